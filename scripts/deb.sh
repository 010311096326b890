#!/usr/bin/env bash
# Makes the Debian package: scripts/deb.sh arm64|amd64 [BINARY] -> out/conpot-pi_<version>_<architecture>.deb
# Without BINARY, scripts/publish.sh makes one first. The same binary and commit give the same bytes. What is in it: image/README.md, "The package".
set -euo pipefail
export LC_ALL=C TZ=UTC   # sort and date are part of the package's bytes
cd "$(dirname "$0")/.."

architecture=${1:-}
case $architecture in
  arm64) rid=linux-arm64 ;;
  amd64) rid=linux-x64 ;;
  *) echo "usage: scripts/deb.sh arm64|amd64 [BINARY]" >&2; exit 2 ;;
esac
. scripts/need.sh dpkg xz-utils

binary=${2:-out/$rid/conpot-pi}
[ $# -ge 2 ] || scripts/publish.sh "$rid"

version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' src/Directory.Build.props)
if [ "$(dpkg-parsechangelog -l image/deb/changelog -S Version 2>/dev/null || sed -n '1s/.*(\(.*\)).*/\1/p' image/deb/changelog)" != "$version" ]; then
  echo "image/deb/changelog begins with another version than $version of src/Directory.Build.props; add an entry for it" >&2
  exit 1
fi
# Reproducible builds: every time in the package is that of the last commit (reproducible-builds.org, SOURCE_DATE_EPOCH).
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT
umask 022
chmod 755 "$tree"
from=image/deb
put() { install -D -m "$1" "$2" "$tree/$3"; }
pack() { mkdir -p "$(dirname "$tree/$1")"; gzip -9n > "$tree/$1"; }

put 755 "$binary" usr/bin/conpot-pi
put 644 image/conpot-pi.toml etc/conpot-pi/conpot-pi.toml
put 644 $from/conpot-pi.default etc/default/conpot-pi
put 644 $from/conpot-pi.service usr/lib/systemd/system/conpot-pi.service
put 644 $from/conpot-pi.sysusers usr/lib/sysusers.d/conpot-pi.conf
put 644 $from/conpot-pi.tmpfiles usr/lib/tmpfiles.d/conpot-pi.conf
put 644 $from/60-conpot-pi.rules usr/lib/udev/rules.d/60-conpot-pi.rules
put 644 $from/completion.bash usr/share/bash-completion/completions/conpot-pi
put 644 $from/copyright usr/share/doc/conpot-pi/copyright
if [ -f $from/lintian-overrides ]; then put 644 $from/lintian-overrides usr/share/lintian/overrides/conpot-pi; fi
pack usr/share/doc/conpot-pi/changelog.gz < $from/changelog
sed -e "s/@VERSION@/$version/" -e "s/@DATE@/$(date -u -d "@$SOURCE_DATE_EPOCH" +%F)/" $from/conpot-pi.8 | pack usr/share/man/man8/conpot-pi.8.gz
# The compiler's package carries the runtime that is linked in, and the notices that go with it.
compiler=runtime.$rid.Microsoft.DotNet.ILCompiler
packages=$(dotnet nuget locals global-packages --list | sed 's/^global-packages: //')
notices=$packages/${compiler,,}/$(sed -n "/\"$compiler\": {/,/}/s/.*\"resolved\": \"\(.*\)\".*/\1/p" src/Conpot.Pi/packages.lock.json | head -n 1)/THIRD-PARTY-NOTICES.TXT
tr -d '\r' < "$notices" | pack usr/share/doc/conpot-pi/THIRD-PARTY-NOTICES.gz

mkdir "$tree/DEBIAN"
put 755 $from/postinst DEBIAN/postinst
put 755 $from/prerm DEBIAN/prerm
put 755 $from/postrm DEBIAN/postrm
(cd "$tree" && find etc -type f -printf '/%p\n' | sort) > "$tree/DEBIAN/conffiles"
(cd "$tree" && find usr -type f -print0 | sort -z | xargs -0 md5sum) > "$tree/DEBIAN/md5sums"
# As dpkg-gencontrol counts: a file in whole KiB, anything else as one.
size=$(cd "$tree" && find etc usr -printf '%y %s\n' | awk '{ n += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print n }')
sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$architecture/" -e "s/@SIZE@/$size/" $from/control.in > "$tree/DEBIAN/control"

mkdir -p out
package=out/conpot-pi_${version}_$architecture.deb
# One thread: with more, xz may cut its blocks elsewhere on another machine.
find "$tree" -print0 | xargs -0 touch -h -d "@$SOURCE_DATE_EPOCH"
dpkg-deb --root-owner-group -Zxz --threads-max=1 --build "$tree" "$package" >&2
echo "$package: $(stat -c %s "$package") bytes"
