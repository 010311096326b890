#!/usr/bin/env bash
# Boots the built image under QEMU and looks at it from outside: image/test.sh [--full|--twice] [IMAGE]   (README.md, "Tests")
#   image/test.sh              the essentials, on QEMU's virt board: three boots, a few minutes
#   image/test.sh --full       all: raspi3b, wires, both slots, SSH on a second adapter, twenty power cuts, broken cards, nmap -O and a capture of the boot (root)
#   image/test.sh --full NAME  parts of it: essentials network board3 wires slots management damage cuts writes
#   image/test.sh --twice      builds the image a second time from the same packages; the same bytes must come out
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/need.sh qemu-system-arm mtools mbpoll snmp curl xz-utils iproute2 util-linux device-tree-compiler busybox-static python3
export PYTHONPATH=$PWD/image/test:$PWD/tests/blackbox PYTHONDONTWRITEBYTECODE=1

mode=essentials parts=()
case ${1:-} in
  --full) mode=full; shift ;;
  --twice) mode=twice; shift ;;
esac
image=
for word in "$@"; do
  case $word in
    *.img | *.img.xz) image=$word ;;
    *) parts+=("$word") ;;
  esac
done
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' src/Directory.Build.props)
built=out/image/conpot-pi-$version.img
if [ -z "$image" ]; then
  image=$built
  [ -e "$image" ] || image=$built.xz
fi
[ -e "$image" ] || { echo "image/test.sh: there is no $image; image/build.sh makes it" >&2; exit 2; }

work=$(mktemp -d "${TMPDIR:-/tmp}/conpot-pi-image-test-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ "${image%.xz}" != "$image" ]; then
  xz -dc "$image" > "$work/card.img"
else
  cp --sparse=always "$image" "$work/card.img"   # A build that goes on meanwhile changes nothing.
fi

# A network of the test's own: a loopback and nothing else. Whatever leaves the machine under test ends here.
alone=(unshare --net)
[ "$(id -u)" = 0 ] || alone+=(--user --map-root-user)
python() { "${alone[@]}" sh -c 'ip link set lo up && exec /usr/bin/python3 "$@"' sh "$@"; }

case $mode in
  essentials) python image/test/essentials.py "$work/card.img" ;;
  full)
    . scripts/need.sh nmap tshark iproute2 nftables openssh-client
    python image/test/full.py "$work/card.img" "${parts[@]}"
    ;;
  twice) image/test/twice.sh ;;
esac
