#!/usr/bin/env bash
# The base system, the kernel's modules, firmware, our package and our files -> the root as one squashfs file.
set -euo pipefail
. "$(dirname "$0")/../settings.sh"
[ -n "${IN_NAMESPACE:-}" ] || IN_NAMESPACE=1 exec "$(dirname "$0")/in-userns.sh" "$0"
image=$repo/image root=$work/root
deb=$out/../conpot-pi_${version}_arm64.deb

rm -rf "$root"
mkdir -p "$root"
tar -C "$root" --numeric-owner --xattrs --xattrs-include='*' --exclude='./dev/*' -xf "$base"
# Their numbers must not depend on what else is installed: they own files on the data partition.
chroot "$root" groupadd -r -g 900 conpot-pi
chroot "$root" useradd -r -u 900 -g 900 -d /var/lib/conpot-pi -s /usr/sbin/nologin -M -c "Conpot.Pi decoy PLC" conpot-pi

cp "$deb" "$root/tmp/conpot-pi.deb"
chroot "$root" dpkg --force-unsafe-io -i /tmp/conpot-pi.deb
rm "$root/tmp/conpot-pi.deb"

# Kernel: modules of the list, Wi-Fi firmware of the boards.
release=$(basename "$work"/kernel/usr/lib/modules/*)
modules=$root/usr/lib/modules/$release
mkdir -p "$root/usr/lib/modules" "$root/usr/lib/firmware/brcm" "$root/usr/lib/firmware/cypress"
cp -a "$work/kernel/usr/lib/modules/$release" "$root/usr/lib/modules/"
rm -rf "$modules"/{build,source,vmlinuz,config,System.map,dtb}
python3 "$image/steps/prune_modules.py" "$modules" "$image/modules"
# Once is enough: squashfs packs them, and xz is what a slow processor unpacks slowest.
find "$modules" -name '*.ko.xz' -exec unxz {} +
depmod -b "$root" "$release"
firmware=$work/kernel/usr/lib/firmware
cp -a "$firmware"/cypress/cyfmac{43430,43455}-sdio.* "$root/usr/lib/firmware/cypress/"
cp -a "$firmware"/brcm/brcmfmac{43430,43455}-sdio.{bin,clm_blob,txt} "$firmware"/brcm/brcmfmac{43430,43455}-sdio.raspberrypi* \
  "$firmware"/brcm/brcmfmac43456-sdio.* "$root/usr/lib/firmware/brcm/"
for file in regulatory.db regulatory.db.p7s; do cp "$firmware/$file-debian" "$root/usr/lib/firmware/$file"; done
for copyright in "$work"/kernel/usr/share/doc/*/copyright; do
  package=$(basename "$(dirname "$copyright")")
  mkdir -p "$root/usr/share/doc/$package"
  cp -L "$copyright" "$root/usr/share/doc/$package/"
done

# Our files. The slots' state is one text for the initrd and for what runs.
tar -C "$image/root" --owner=0 --group=0 --mode=u=rwX,go=rX -cf - . | tar -C "$root" -xf -
install -m 644 "$image/initrd/state.sh" "$root/usr/lib/conpot-pi-image/state.sh"
chmod 755 "$root"
mkdir -p "$root"/{data,boot/firmware}
: > "$root/etc/machine-id"
ln -sf ../run/conpot-pi-appliance/resolv.conf "$root/etc/resolv.conf"
rm -f "$root"/etc/ssh/ssh_host_* "$root"/etc/conpot-pi/conpot-pi.toml
units="systemd-networkd systemd-timesyncd conpot-pi conpot-pi-appliance conpot-pi-confirm conpot-pi-console conpot-pi-unreachable conpot-pi-wifi
  conpot-pi-egress.timer conpot-pi-egress.path ssh"
# shellcheck disable=SC2086
systemctl --root="$root" -q enable $units
rm -f "$root"/etc/systemd/system/*/{wpa_supplicant,sshd-keygen,nftables}.service "$root"/etc/systemd/system/getty.target.wants/*
systemctl --root="$root" -q mask systemd-networkd-wait-online.service systemd-pstore.service e2scrub_all.timer e2scrub_reap.service \
  ldconfig.service systemd-update-done.service systemd-hwdb-update.service systemd-journal-catalog-update.service systemd-firstboot.service \
  getty@tty1.service getty-static.service serial-getty@.service ctrl-alt-del.target systemd-hibernate-clear.service dpkg-db-backup.timer \
  systemd-rfkill.socket systemd-networkd-persistent-storage.service sshd-keygen.service ssh.socket wpa_supplicant.service \
  systemd-machine-id-commit.service fstrim.timer proc-sys-fs-binfmt_misc.automount
# What no program here uses, and costs the first answer seconds. Nobody waits for a network: the sensor listens before. logind has no bus to be asked over,
# the random seed would be kept in RAM, and so is the journal that would be flushed.
systemctl --root="$root" -q mask network-online.target systemd-logind.service systemd-random-seed.service systemd-journal-flush.service systemd-network-generator.service \
  systemd-udev-load-credentials.service systemd-ask-password-console.path systemd-ask-password-wall.path dev-hugepages.mount dev-mqueue.mount \
  sys-fs-fuse-connections.mount sys-kernel-config.mount sys-kernel-debug.mount sys-kernel-tracing.mount
mkdir -p "$root/etc/systemd/system-generators"
for generator in getty gpt-auto hibernate-resume rc-local run ssh system-update sysv tpm2; do
  ln -s /dev/null "$root/etc/systemd/system-generators/systemd-$generator-generator"
done
# Of udev's rules those that do something here (modules, rights, names; systemd's devices), and of tmpfiles.d's what is not there already or for a desktop: each
# device is held against each rule.
for rules in "$root"/usr/lib/udev/rules.d/*.rules; do
  case $(basename "$rules" .rules) in
    50-udev-default | 60-conpot-pi | 80-drivers | 80-net-setup-link | 90-conpot-pi-ports | 99-systemd) ;;
    *) rm "$rules" ;;
  esac
done
for part in 20-systemd-shell-extra 20-systemd-ssh-generator 20-systemd-stub credstore debian home journal-nocow legacy libselinux1 openssh-client passwd provision \
  static-nodes-permissions systemd-nologin systemd-pstore x11; do
  rm -f "$root/usr/lib/tmpfiles.d/$part.conf"
done
# What nobody uses in an image that installs nothing: package manager, locales, the parts of udev's database.
rm -rf "$root"/usr/lib/udev/hwdb.bin "$root"/usr/share/{doc-base,bug,zoneinfo,bash-completion,zsh,lintian} "$root"/var/cache/* \
  "$root"/var/log/* "$root"/var/lib/apt "$root"/usr/lib/aarch64-linux-gnu/gconv "$root"/usr/lib/locale "$root"/var/lib/dpkg/info "$root"/var/lib/dpkg/*-old \
  "$root"/var/backups/* "$root"/tmp/* "$root"/run/*
mkdir -p "$root/usr/share/conpot-pi"
{
  chroot "$root" dpkg-query -W -f '${binary:Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n'
  for part in "$kernel_debs"/*.deb; do
    dpkg-deb --show --showformat '${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' "$part"
  done
} | sort > "$root/usr/share/conpot-pi/packages.tsv"
mv "$root/var/lib/dpkg" "$root/usr/share/conpot-pi/dpkg"
echo "$version" > "$root/usr/share/conpot-pi/image-version"
cp "$root/usr/share/conpot-pi/packages.tsv" "$out/$name.packages"

# The clock starts no earlier than the build (systemd-timesyncd).
: > "$root/usr/lib/clock-epoch"
find "$root" -newermt "@$SOURCE_DATE_EPOCH" -print0 | xargs -0r touch -hd "@$SOURCE_DATE_EPOCH"
touch -d "@$SOURCE_DATE_EPOCH" "$root/usr/lib/clock-epoch"
rm -f "$work/root.squashfs"
mksquashfs "$root" "$work/root.squashfs" -comp zstd -Xcompression-level 19 -b 256K -noappend -quiet -no-progress
echo "root: $(du -sm "$root" | cut -f1) MiB, packed $(($(stat -c %s "$work/root.squashfs") >> 20)) MiB of $root_mb MiB"
