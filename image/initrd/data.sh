# Sourced by the initrd: the data partition (the fourth) is grown, checked, repaired, made anew, or replaced by RAM. And by the build, for its format:
# by itself mke2fs would choose from the size at the build 1 KiB blocks and an inode for each 4 KiB (mke2fs.conf, "small"), which the largest card would
# keep for ever. A file of orphans, its newest feature, ends e2fsck when it is itself what is broken. Descriptors have room for 512 GiB, in blocks.
data_format='-t ext4 -m 0 -L data -b 4096 -i 65536 -O ^orphan_file' data_room=resize=134217728

# To the card's end: one field of the MBR (partition 4, its number of sectors: bytes 506 to 509), before anything is mounted.
grow_data() {
  total=$(cat /sys/block/$disk/size) start=$(cat /sys/block/$disk/${part}4/start) size=$(cat /sys/block/$disk/${part}4/size)
  [ -n "$start" ] && [ $((total - start - size)) -gt 65536 ] || return
  size=$(((total - start) / 8192 * 8192))
  [ $size -le 4294967295 ] || size=4294967295
  bytes=$(printf '\\%03o\\%03o\\%03o\\%03o' $((size & 255)) $((size >> 8 & 255)) $((size >> 16 & 255)) $((size >> 24 & 255)))
  printf "$bytes" | dd of=/dev/$disk bs=1 seek=506 conv=notrunc,fsync 2>/dev/null
  blockdev --rereadpt /dev/$disk
  tries=0
  while [ ! -e /dev/${part}4 ] && [ $tries -lt 50 ]; do usleep 100000; tries=$((tries + 1)); done
  say "data partition grown to $((size / 2048)) MiB"
}

# By its full path: busybox would take an applet of its own.
in_root() { program=/usr/sbin/$1; shift; chroot /newroot $program "$@" > /dev/kmsg 2>&1; }
try_data() {
  # noinit_itable: no writes in the background to inodes that nobody has.
  mount -t ext4 -o rw,noatime,nosuid,nodev,noexec,commit=30,noinit_itable,errors=remount-ro $device /newroot/data 2>/dev/null || return 1
  touch /newroot/data/.writable 2>/dev/null || { umount /newroot/data; return 1; }
}

repair_data() {
  in_root e2fsck -fy $device
  [ $? -lt 4 ] && try_data && return
  in_root tune2fs -f -O ^orphan_file $device
  in_root e2fsck -fy $device
  [ $? -lt 4 ] && try_data
}

# mount_data: /data for root, and the sensor's part of it where the sensor expects its state.
mount_data() {
  mount --bind /dev /newroot/dev
  mount --bind /proc /newroot/proc
  device=/dev/${part}4
  in_root e2fsck -p $device
  if [ $? -lt 4 ] && try_data; then :
  elif repair_data; then
    say "data partition repaired"
    [ -e /newroot/data/sensor/seed ] || trouble "the data partition was broken and could be repaired only in part: journal and identity are lost and made anew; watch this card"
  elif in_root mke2fs -q -F $data_format -E $data_room $device && try_data; then
    trouble "the data partition was broken and has been made anew: journal and identity are lost; watch this card"
  else
    mount -t tmpfs -o nosuid,nodev,noexec,mode=0755,size=64m tmpfs /newroot/data
    trouble "the data partition cannot be used: events are kept in RAM, and lost when the power goes; replace the card"
  fi
  [ ! -e /newroot/data/.writable ] || in_root resize2fs $device
  mkdir -p /newroot/data/sensor /newroot/data/system /newroot/var/lib/conpot-pi
  chmod 0700 /newroot/data/system
  mount --bind /newroot/data/sensor /newroot/var/lib/conpot-pi
  umount /newroot/dev /newroot/proc
}
