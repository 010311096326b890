"""An initramfs: busybox, kernel modules, programs with the libraries they need, and an init that opens a shell on the virtio port."""

import gzip
import os
import re
import shutil
import stat
import subprocess

from checks import Skipped, require

# The guest's address and gateway are those of QEMU's user network (-netdev user).
INIT = """#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /modules/order); do insmod /modules/$module.ko || echo "cannot load $module"; done
[ ! -d /sys/kernel/config ] || mount -t configfs config /sys/kernel/config
ip link set lo up
if [ -e /sys/class/net/eth0 ]; then
  ip address add 10.0.2.15/24 dev eth0
  ip link set eth0 up
  ip route add default via 10.0.2.2
fi
# No terminal, so no prompt, no echo, no line too long; a virtual console (hvc0) passes long lines 16 bytes at a time, seconds apart.
exec 3<>/dev/vport0p1
setsid sh <&3 >&3 2>&1
poweroff -f
"""


class Initramfs:
    """A tree of files, written as the kernel reads it: cpio "newc" (kernel documentation, initramfs buffer format)."""

    def __init__(self):
        self._files = {}
        for folder in ("bin", "dev", "etc", "modules", "proc", "root", "run", "sys", "tmp", "var"):
            self.folder(folder)
        self.folder("tmp", 0o1777)
        busybox = shutil.which("busybox")
        require(busybox and not libraries(busybox), "busybox is not linked statically here; install busybox-static") if busybox else _missing()
        self.copy(busybox, "bin/busybox")
        self.write("init", INIT, 0o755)
        self.write("etc/passwd", "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n")
        self.write("etc/group", "root:x:0:\nnogroup:x:65534:\n")

    def folder(self, path, mode=0o755):
        self._files[path] = (stat.S_IFDIR | mode, b"")

    def write(self, path, content, mode=0o644):
        """A file, with the folders above it."""
        above = os.path.dirname(path)
        while above and above not in self._files:
            self.folder(above)
            above = os.path.dirname(above)
        self._files[path] = (stat.S_IFREG | mode, content.encode() if isinstance(content, str) else content)

    def copy(self, source, path):
        with open(source, "rb") as stream:
            self.write(path, stream.read(), 0o755)

    def program(self, source, path):
        """A program with its libraries, where its loader looks for them."""
        self.copy(source, path)
        for library in libraries(source):
            self.copy(library, library.lstrip("/"))

    def modules(self, loaded):
        """(name, bytes) in the order in which init is to load them."""
        for name, data in loaded:
            self.write(f"modules/{name}.ko", data)
        self.write("modules/order", "".join(name + "\n" for name, _ in loaded))

    def save(self, path):
        # Folders sort before what is in them.
        archive = b"".join(_entry(number, name, *self._files[name]) for number, name in enumerate(sorted(self._files), 1))
        with open(path, "wb") as stream:
            stream.write(gzip.compress(archive + _entry(0, "TRAILER!!!", 0, b""), 1))


def libraries(program):
    """The paths that ldd names; none for what is linked statically."""
    said = subprocess.run(["ldd", program], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=30, check=False).stdout
    require("not found" not in said, f"{program} lacks a library: {said}")
    return re.findall(r"(/\S+) \(0x", said)


def _missing():
    raise Skipped("busybox is not installed (package busybox-static)")


def _entry(number, name, mode, data):
    def padded(part):
        return part + bytes(-len(part) % 4)

    fields = (number, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
    return padded(b"070701" + "".join(f"{field:08X}" for field in fields).encode() + name.encode() + b"\0") + padded(data)
