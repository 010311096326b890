# Sourced by the initrd and by what runs in the image: which slot boots, and how far an update is. Two small files on the FAT, both overwritten in
# place and so in one sector: a power cut leaves the old or the new text.
#   slot.txt     os_prefix=a/                       read by the GPU firmware (included by config.txt)
#   slots.sta    trial=- left=0 failed=-            read by us: the slot on trial, the starts it still has, the slot given up last
# Whoever sources this has the FAT at $fat, read-only. What a power cut between any two writes leads to: image/test/slots_on_paper.py.
fat=${fat:-/fat}

other() { [ "$1" = a ] && echo b || echo a; }
state() { tr ' ' '\n' < "$fat/slots.sta" 2>/dev/null | sed -n "s/^$1=//p"; }

# written: a slot's kernel begins as gzip. An update takes that away first and gives it back last, so a slot is empty, half written or whole.
written() { [ "$(dd if="$fat/$1/vmlinuz" bs=2 count=1 2>/dev/null | od -An -tx1 | tr -d ' \n')" = 1f8b ]; }

put_slot() { printf 'os_prefix=%s/\n' "$1" | dd of="$fat/slot.txt" conv=notrunc,fsync 2>/dev/null; }
put_state() { printf 'trial=%s left=%s failed=%s\n' "$1" "$2" "$3" | dd of="$fat/slots.sta" conv=notrunc,fsync 2>/dev/null; }
drop_caches() { echo 3 > /proc/sys/vm/drop_caches; }
# A worn card takes writes and keeps nothing.
is_kept() {
  drop_caches
  [ "$(cat "$fat/slot.txt")" = "os_prefix=$1/" ] && [ "$(state trial) $(state left) $(state failed)" = "$2 $3 $4" ]
}

# write_states SLOT TRIAL LEFT FAILED. On the way to a trial the state goes first, so that a slot never boots on trial without being counted; on the way
# back slot.txt does, so that a slot that was given up never boots as if it had been kept.
write_states() {
  mount -o remount,rw "$fat" || return 1
  if [ "$2" = - ]; then put_slot "$1" && put_state "$2" "$3" "$4"; else put_state "$2" "$3" "$4" && put_slot "$1"; fi
  result=$?
  sync
  mount -o remount,ro "$fat"
  [ $result = 0 ] && is_kept "$@"
}

settle_on() { write_states "$1" - 0 "${2:--}"; }

# count_the_trial: a slot on trial uses up a start; without one left the other slot is booted. A card that cannot be written boots all the same.
count_the_trial() {
  trial=$(state trial) left=$(state left)
  case $trial in
    "$slot")
      if [ "${left:-0}" -gt 0 ]; then
        write_states "$slot" "$slot" $((left - 1)) - || trouble "the boot partition cannot be written: the update on trial in slot $slot is not counted; replace the card"
        say "slot $slot is on trial, $((left - 1)) more starts"
      elif settle_on "$(other $slot)" "$slot"; then
        again "slot $slot did not come up healthy"
      else
        trouble "slot $slot did not come up healthy, and the boot partition cannot be written to go back to the other; replace the card"
      fi ;;
    # The power went between the two writes of an update (starts are left), or of its end.
    a | b) if [ "${left:-0}" -gt 0 ]; then settle_on "$slot"; else settle_on "$slot" "$trial"; fi || trouble "the boot partition cannot be written; replace the card" ;;
  esac
}
