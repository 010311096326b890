#!/usr/bin/env bash
# FAT, root and data partition -> the image. No loop device, no mount: mtools, mke2fs, sfdisk.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
. "$repo/image/initrd/data.sh"
boot=$repo/image/boot firmware=$work/kernel/usr/lib/raspi-firmware fat=$work/fat tree=$work/fat-tree image=$out/$name.img

bytes=$(stat -c %s "$work/root.squashfs")
[ "$bytes" -le $((root_mb << 20)) ] || { echo "image: the root has $((bytes >> 20)) MiB and does not fit; raise root_mb in settings.sh" >&2; exit 1; }

rm -rf "$tree"
mkdir -p "$tree"/{a,b,overlays}
# With less the GPU firmware loads the cut-down start_cd.elf and start4cd.elf in their place, which are not on the card.
[ "$(sed -n 's/^gpu_mem=//p' "$boot/config.txt")" -ge 32 ] || { echo "image: gpu_mem in config.txt is below 32; start.elf does not run with that" >&2; exit 1; }
cp "$firmware"/{bootcode.bin,start.elf,fixup.dat,start4.elf,fixup4.dat} "$tree/"
cp "$firmware"/overlays/* "$tree/overlays/"
cp "$boot"/{config.txt,slot.txt,slots.sta} "$tree/"
cp "$work"/slot/* "$tree/a/"
{
  (cd "$tree/a" && sha256sum -- *.dtb cmdline.txt initrd.img vmlinuz)
  echo "# root bytes $bytes"
  echo "$(sha256sum < "$work/root.squashfs" | cut -d' ' -f1)  root"
} > "$tree/a/SHA256SUMS.new"
# Filled up with empty lines to its fixed size.
{ cat "$tree/a/SHA256SUMS.new"; head -c $((2048 - $(stat -c %s "$tree/a/SHA256SUMS.new"))) /dev/zero | tr '\0' '\n'; } > "$tree/a/SHA256SUMS"
rm "$tree/a/SHA256SUMS.new"
# Slot B has its place, filled with zeros, until the first update.
for file in "$tree"/a/*; do truncate -s "$(stat -c %s "$file")" "$tree/b/$(basename "$file")"; done
sed 's/\r*$/\r/' "$repo/image/conpot-pi.toml" > "$tree/conpot-pi.toml"     # for Windows' Notepad
chmod -R u=rwX,go=rX "$tree"
find "$tree" -print0 | xargs -0 touch -hd "@$SOURCE_DATE_EPOCH"

rm -f "$fat"
truncate -s "${fat_mb}M" "$fat"
mkfs.vfat --invariant -F 32 -s 1 -n CONPOT-PI -i $fat_id "$fat" >/dev/null
(cd "$tree" && find . -mindepth 1 -type d -printf '%P\n' | sort | while read -r directory; do mmd -i "$fat" "::$directory"; done
 find . -type f -printf '%P\n' | sort | while read -r file; do mcopy -m -i "$fat" "$file" "::$file"; done)

# Debian 12's mke2fs writes the time of the build into its files; that of the image does not (1.47.1 and newer: SOURCE_DATE_EPOCH).
rm -f "$work/data"
mke2fs=("$work/root/usr/sbin/mke2fs")
[ "$(uname -m)" = aarch64 ] || mke2fs=(qemu-aarch64-static -L "$work/root" "${mke2fs[@]}")
# shellcheck disable=SC2086,SC2154
E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH MKE2FS_CONFIG=$work/root/etc/mke2fs.conf "${mke2fs[@]}" -q -F $data_format -U $data_uuid \
  -E "$data_room,hash_seed=$data_uuid,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0,nodiscard" "$work/data" "${data_mb}M"

start=(0 8192)
size=(0 $((fat_mb * 2048)) $((root_mb * 2048)) $((root_mb * 2048)) $((data_mb * 2048)))
for i in 2 3 4; do start[i]=$((start[i - 1] + size[i - 1])); done
rm -f "$image"
truncate -s $(((start[4] + size[4]) * 512)) "$image"
sfdisk -q "$image" <<END
label: dos
label-id: 0x$disk_id
start=${start[1]}, size=${size[1]}, type=c, bootable
start=${start[2]}, size=${size[2]}, type=83
start=${start[3]}, size=${size[3]}, type=83
start=${start[4]}, size=${size[4]}, type=83
END
put() { dd if="$1" of="$image" bs=512 seek="${start[$2]}" conv=notrunc,sparse status=none; }
put "$fat" 1
put "$work/root.squashfs" 2
put "$work/data" 4
echo "image: $(($(stat -c %s "$image") >> 20)) MiB"
