#!/usr/bin/env bash
# The image compressed, with block map, list of contents, checksums and what Raspberry Pi Imager wants to know.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
cd "$out"
# One thread's blocks: the same bytes on any number of processors.
xz -6 -T2 --block-size=32MiB -c "$name.img" > "$name.img.xz"
bmaptool -q create -o "$name.bmap" "$name.img"
python3 "$repo/image/steps/describe.py" "$name" "$version"
sha256sum "$name.img" "$name.img.xz" "$name.bmap" "$name.spdx.json" "$name.packages" "$name.rpi-imager-manifest" > SHA256SUMS
echo "packed: $(($(stat -c %s "$name.img.xz") / 1000)) kB"
