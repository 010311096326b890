#!/usr/bin/env bash
# Builds the flashable image: image/build.sh -> out/image/conpot-pi-<version>.img.xz (README.md). Needs root, and x86-64 or arm64 Debian.
#   image/build.sh             what is missing, then everything that is made from the source
#   image/build.sh --fresh     with Debian's packages as they are today
#   image/build.sh STEP...     these steps alone: fetch base deb kernel initrd root disk pack
set -euo pipefail
cd "$(dirname "$0")/.."
. image/settings.sh
. scripts/need.sh mmdebstrap qemu-user-static squashfs-tools mtools dosfstools fdisk bmap-tools xz-utils zstd kmod debian-archive-keyring python3
mkdir -p "$work" "$cache"

step() {
  local started=$SECONDS log=$work/$1.log
  if ! "${@:2}" > "$log" 2>&1; then
    tail -n 30 "$log" >&2
    echo "image: step '$1' failed; all of it: $log" >&2
    exit 1
  fi
  printf '%4d s  %-7s %s\n' $((SECONDS - started)) "$1" "$(tail -n 1 "$log")"
}

run() {
  case $1 in
    fetch | base | kernel | initrd | root | disk | pack) step "$1" "image/steps/$1.sh" ;;
    deb) step deb scripts/deb.sh arm64 ;;
    *) echo "image: no step '$1'; there are fetch base deb kernel initrd root disk pack" >&2; exit 2 ;;
  esac
}

if [ "${1:-}" = --fresh ]; then
  rm -rf "$cache"
elif [ $# -gt 0 ]; then
  for wanted in "$@"; do run "$wanted"; done
  exit
fi
compgen -G "$kernel_debs/linux-image-*.deb" > /dev/null || run fetch
[ -s "$base" ] || run base
for wanted in deb kernel initrd root disk pack; do run "$wanted"; done
cat "$out/SHA256SUMS"
