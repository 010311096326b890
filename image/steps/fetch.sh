#!/usr/bin/env bash
# Kernel, GPU firmware, Wi-Fi firmware and busybox as .debs that apt has verified, with an apt state of their own.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"

state=$work/apt-$kernel
mkdir -p "$state"/{etc,lists/partial,cache/archives/partial} "$kernel_debs"
sources "main non-free-firmware" "$kernel" > "$state/etc/sources.list"
cat > "$state/apt.conf" <<END
Dir::Etc "$state/etc"; Dir::Etc::sourcelist "$state/etc/sources.list"; Dir::Etc::sourceparts "/dev/null";
Dir::Etc::parts "/dev/null"; Dir::Etc::preferences "/dev/null"; Dir::Etc::preferencesparts "/dev/null";
Dir::State "$state"; Dir::State::lists "$state/lists"; Dir::State::status "/dev/null"; Dir::Cache "$state/cache";
APT::Architecture "arm64"; APT::Architectures { "arm64"; }; Acquire::Languages "none"; APT::Sandbox::User "root";
END
export APT_CONFIG=$state/apt.conf
apt-get -qq update

from=() at=
if [ "$kernel" = backports ]; then from=(-t "$suite-backports") at=/$suite-backports; fi
# The meta package names the image; the newer kernels have their modules in a package of their own.
image=$(apt-cache show "linux-image-arm64$at" | sed -n 's/^Depends: //p' | head -n 1 | grep -oE 'linux-image-[0-9][0-9a-z.+-]+' | head -n 1)
parts=$(apt-cache show --no-all-versions "$image" | grep -E '^(Pre-)?Depends:' | grep -oE 'linux-(modules|binary|base)-[0-9][0-9a-z.+-]+' | sort -u || true)
cd "$kernel_debs"
rm -f ./*.deb
# shellcheck disable=SC2086
apt-get -qq "${from[@]}" download "$image" $parts raspi-firmware firmware-brcm80211 wireless-regdb busybox-static
echo "kernel: $image $parts"
