#!/usr/bin/env bash
# Runs "$@" as root where arm64 programs can be run: on arm64, or where qemu-user is registered, just so; else in a private user and mount
# namespace with a binfmt_misc of its own (Linux 6.7 or newer), so that nothing is registered on the building machine.
set -euo pipefail
[ "$(id -u)" = 0 ] || { echo "image: this step needs root (sudo image/build.sh)" >&2; exit 1; }
[ "$(uname -m)" != aarch64 ] || exec "$@"
if grep -qs '^enabled' /proc/sys/fs/binfmt_misc/qemu-aarch64; then exec "$@"; fi

ready=$(mktemp -u)
mkfifo "$ready"
trap 'rm -f "$ready"' EXIT
unshare --user --mount --propagation private bash -c '
  read -r _ < "$1"; shift
  mount -t binfmt_misc none /proc/sys/fs/binfmt_misc
  cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
  exec setpriv --reuid 0 --regid 0 --clear-groups "$@"' _ "$ready" "$@" &
child=$!
for _ in $(seq 100); do
  [ "$(readlink /proc/$child/ns/user)" = "$(readlink /proc/$$/ns/user)" ] || break
  sleep 0.02
done
# An identity map: files get the owners that they have in the image.
echo "0 0 65536" > /proc/$child/uid_map
echo "0 0 65536" > /proc/$child/gid_map
echo go > "$ready"
wait $child
