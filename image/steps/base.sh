#!/usr/bin/env bash
# Debian's packages without ours -> $base. The slow step (emulated maintainer scripts); run again when packages should be newer.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
[ -n "${IN_NAMESPACE:-}" ] || IN_NAMESPACE=1 exec "$(dirname "$0")/in-userns.sh" "$0"

packages=systemd-sysv,udev,kmod,systemd-timesyncd,nftables,iproute2,wpasupplicant,openssh-server,e2fsprogs
packages+=,init-system-helpers,libssl3t64,ca-certificates,netbase,xz-utils
mkdir -p "$archives" "$work"
sources main > "$work/base.list"
TMPDIR=$work mmdebstrap --mode=root --arch=arm64 --variant=essential --include=$packages \
  --skip=download/empty,essential/unlink,cleanup/apt/cache \
  --setup-hook="mkdir -p \"\$1\"/var/cache/apt/archives && cp -n '$archives'/*.deb \"\$1\"/var/cache/apt/archives/ 2>/dev/null || true" \
  --customize-hook="cp -n \"\$1\"/var/cache/apt/archives/*.deb '$archives'/; rm -rf \"\$1\"/var/cache/apt/archives" \
  --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
  --dpkgopt='force-unsafe-io' \
  --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' --dpkgopt='path-exclude=/usr/share/lintian/*' \
  --dpkgopt='path-exclude=/usr/lib/*/gconv/*' --dpkgopt='path-exclude=/usr/lib/udev/hwdb.d/*' \
  "$suite" "$base.new.tar" "$work/base.list"
mv "$base.new.tar" "$base"
