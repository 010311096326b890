# Sourced by the initrd: the slot's root, or the other's.

root_of() { [ "$1" = a ] && echo "/dev/${part}2" || echo "/dev/${part}3"; }

mount_root() {
  mount -t squashfs -o ro "$1" /newroot 2>/dev/null && [ -x /newroot/usr/lib/systemd/systemd ] && [ -d "/newroot/usr/lib/modules/$(uname -r)" ] && return
  umount /newroot 2>/dev/null
  return 1
}

# One bad read of a card that is getting old or warm is not the end of a slot.
use() {
  reads=0
  until mount_root "$1"; do
    reads=$((reads + 1))
    [ $reads -lt 5 ] || return 1
    sleep 1
  done
}

# find_root: where the slot's own cannot be read, the other slot's serves if it has this kernel's modules, else that slot is booted. Never a slot that was
# not written whole, nor one that was given up: two slots that pass the turn to each other would wear the card out.
find_root() {
  use "$(root_of $slot)" && return
  second=$(other $slot)
  if ! written $second || [ "$(state failed)" = $second ]; then again "no sound root in slot $slot, and none to go to"; fi
  if use "$(root_of $second)"; then
    trouble "slot $slot has no sound root; running slot $second's; watch this card"
    settle_on $second $slot || trouble "the boot partition cannot be written; replace the card"
    slot=$second
  else
    settle_on $second $slot || say "the boot partition cannot be written"
    again "no sound root in slot $slot for this kernel"
  fi
}
