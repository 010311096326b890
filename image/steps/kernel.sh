#!/usr/bin/env bash
# Unpacks the kernel and firmware packages, and makes what a slot has on the FAT but for the initrd: kernel, boards, command line.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
steps=$repo/image/steps kernel_root=$work/kernel slot=$work/slot

rm -rf "$kernel_root" "$slot"
mkdir -p "$kernel_root" "$slot"
for deb in "$kernel_debs"/*.deb; do dpkg-deb --fsys-tarfile "$deb" | tar -C "$kernel_root" -xf -; done
if [ -d "$kernel_root/lib" ] && [ ! -L "$kernel_root/lib" ]; then
  mkdir -p "$kernel_root/usr/lib"
  cp -a "$kernel_root/lib/." "$kernel_root/usr/lib/"
  rm -rf "$kernel_root/lib"
fi
ln -sfn usr/lib "$kernel_root/lib"
release=$(basename "$kernel_root"/usr/lib/modules/*)
depmod -b "$kernel_root" "$release"
vmlinuz=$(find "$kernel_root/boot" "$kernel_root/usr/lib/modules/$release" -maxdepth 1 -name "vmlinuz*" | head -n 1)
python3 "$steps/make_kernel.py" "$vmlinuz" $kernel_bytes "$slot/vmlinuz"
trees=$(dirname "$(find "$kernel_root/usr/lib" -name bcm2711-rpi-4-b.dtb)")
for board in $boards; do cp "$trees/$board.dtb" "$slot/"; done
sed "s/@DISK_ID@/$disk_id/" "$repo/image/boot/cmdline.txt" > "$slot/cmdline.txt"

# An update overwrites every file in place, so each has a fixed size. Zeros behind a device tree mean nothing (Devicetree specification, totalsize).
for tree in "$slot"/*.dtb; do reserve "$tree" $dtb_bytes; done
length=$(stat -c %s "$slot/cmdline.txt")
printf "%s%$((cmdline_bytes - length))s\n" "$(cat "$slot/cmdline.txt")" "" > "$slot/cmdline.txt.new"
mv "$slot/cmdline.txt.new" "$slot/cmdline.txt"
