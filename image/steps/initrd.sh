#!/usr/bin/env bash
# Our initrd: busybox, the few modules that find a card, and image/initrd.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
kernel_root=$work/kernel

python3 "$repo/image/steps/make_initrd.py" "$(echo "$kernel_root"/usr/lib/modules/*)" "$kernel_root/usr/bin/busybox" "$work/slot/initrd.img"
# Zeros behind it mean nothing (Linux: driver-api/early-userspace/buffer-format).
reserve "$work/slot/initrd.img" $initrd_bytes
