# Sourced by the initrd and by what runs in the image: which slot boots, and how far an update is. Two small files on the FAT, both overwritten in
# place and so in one sector: a power cut leaves the old or the new text.
#   slot.txt     os_prefix=a/                       read by the GPU firmware (included by config.txt)
#   slots.sta    trial=- left=0 failed=-            read by us: the slot on trial, the starts it still has, the slot given up last
# Whoever sources this has the FAT at $fat, read-only.
fat=${fat:-/fat}

other() { [ "$1" = a ] && echo b || echo a; }
state() { tr ' ' '\n' < "$fat/slots.sta" 2>/dev/null | sed -n "s/^$1=//p"; }

# write_states SLOT TRIAL LEFT FAILED: the state goes first, so that a slot never boots on trial without being counted.
write_states() {
  mount -o remount,rw "$fat" || return 1
  printf 'trial=%s left=%s failed=%s\n' "$2" "$3" "$4" | dd of="$fat/slots.sta" conv=notrunc,fsync 2>/dev/null
  printf 'os_prefix=%s/\n' "$1" | dd of="$fat/slot.txt" conv=notrunc,fsync 2>/dev/null
  sync
  mount -o remount,ro "$fat"
}

settle_on() { write_states "$1" - 0 "${2:--}"; }

# count_the_trial: a slot on trial uses up a start; without one left the other slot is booted.
count_the_trial() {
  trial=$(state trial) left=$(state left)
  case $trial in
    "$slot")
      if [ "${left:-0}" -gt 0 ]; then
        write_states "$slot" "$slot" $((left - 1)) -
        say "slot $slot is on trial, $((left - 1)) more starts"
      else
        settle_on "$(other $slot)" "$slot"
        again "slot $slot did not come up healthy"
      fi ;;
    a | b) settle_on "$slot" ;;   # the power went between the two writes of an update
  esac
}
