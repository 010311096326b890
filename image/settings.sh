# Sourced by every step: what identifies a build, and where its pieces are.
export LC_ALL=C TZ=UTC
repo=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=$repo/out/image                                  # results
work=$out/work                                       # pieces; may be deleted
cache=$out/cache                                     # downloads and the base system; may be deleted

suite=trixie
kernel=${KERNEL:-stable}                             # or "backports": newer, has gpio-sim, no long-term care
version=$(sed -n 's|.*<Version>\(.*\)</Version>.*|\1|p' "$repo/src/Directory.Build.props")
name=conpot-pi-$version
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$repo" log -1 --format=%ct 2>/dev/null || stat -c %Y "$repo/src/Directory.Build.props")}
export SOURCE_DATE_EPOCH

disk_id=c09901b1                                     # MBR signature: how the initrd finds its card
fat_id=C0990001
data_uuid=c0990a11-0000-4000-8000-000000000004

# MiB. The partitions of slot B are there and empty; nothing that is ever updated needs another size than these.
fat_mb=80 root_mb=96 data_mb=16
# Bytes that a slot's kernel and initrd have on the FAT: an update overwrites them in place.
kernel_bytes=$((18 << 20)) initrd_bytes=$((4 << 20)) dtb_bytes=$((64 << 10)) cmdline_bytes=512

base=$cache/base-$suite.tar
archives=$cache/archives-$suite
kernel_debs=$cache/kernel-$suite-$kernel

boards="bcm2837-rpi-3-a-plus bcm2837-rpi-3-b bcm2837-rpi-3-b-plus bcm2837-rpi-cm3-io3 bcm2837-rpi-zero-2-w
        bcm2711-rpi-4-b bcm2711-rpi-400 bcm2711-rpi-cm4-io"

# mirror main|security: where this machine's own apt gets Debian from.
mirror() {
  local given=${DEBIAN_MIRROR:-} kind='[a-z]+' uri
  [ "$1" = main ] || { given=${DEBIAN_SECURITY_MIRROR:-} kind='[a-z]+-security'; }
  if [ -n "$given" ]; then echo "$given"; return; fi
  uri=$(apt-get indextargets --format '$(ORIGIN) $(CODENAME) $(REPO_URI)' 'Created-By: Packages' \
    | grep -E "^Debian $kind " | head -n 1 | cut -d' ' -f3)
  if [ -z "$uri" ]; then
    echo "image: this machine's apt knows no Debian '$1' archive; set DEBIAN_MIRROR and DEBIAN_SECURITY_MIRROR" >&2
    return 1
  fi
  echo "$uri"
}

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
sources() { # sources COMPONENTS [backports]
  local main security
  main=$(mirror main) security=$(mirror security)
  echo "deb [arch=arm64 signed-by=$keyring] $main $suite $1"
  echo "deb [arch=arm64 signed-by=$keyring] $main $suite-updates $1"
  echo "deb [arch=arm64 signed-by=$keyring] $security $suite-security $1"
  if [ "${2:-}" = backports ]; then echo "deb [arch=arm64 signed-by=$keyring] $main $suite-backports $1"; fi
}

# reserve FILE BYTES: its place on the FAT, the rest zeros.
reserve() {
  [ "$(stat -c %s "$1")" -le "$2" ] || { echo "image: $1 is larger than $2 bytes; raise that in settings.sh" >&2; return 1; }
  truncate -s "$2" "$1"
}
