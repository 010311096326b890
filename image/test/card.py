"""A memory card with the image on it, as a person with a card reader sees it: a copy of the image, larger, and its FAT partition through mtools."""

import os
import re
import shutil
import subprocess
import tempfile
import zlib

from checks import Failed, require

SETTINGS = "conpot-pi.toml"
ERRORS = "conpot-pi-errors.txt"
SECTOR = 512


class Card:
    """A copy of an image file on a card of `megabytes` (a power of two, for QEMU's SD slot)."""

    def __init__(self, image, megabytes=512):
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-card-")
        self.path = os.path.join(self.directory, "card.raw")
        self.megabytes = megabytes
        subprocess.run(["cp", "--sparse=always", image, self.path], check=True)
        os.truncate(self.path, megabytes << 20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)

    def partition(self, number):
        """(first byte, bytes) of a partition, from the MBR's table (entries of 16 bytes from byte 446 on; start and size at 8 and 12)."""
        with open(self.path, "rb") as disk:
            disk.seek(446 + 16 * (number - 1) + 8)
            entry = disk.read(8)
        return int.from_bytes(entry[:4], "little") * SECTOR, int.from_bytes(entry[4:], "little") * SECTOR

    @property
    def _fat(self):
        return f"{self.path}@@{self.partition(1)[0]}"

    def read(self, name):
        """A file of the FAT, or None where there is none."""
        done = subprocess.run(["mtype", "-i", self._fat, f"::{name}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        if done.returncode == 0:
            return done.stdout
        require(b"not found" in done.stderr, f"mtype {name}: {done.stderr.decode(errors='replace')}")
        return None

    def write(self, name, data):
        """What an editor does that saves a file on the FAT."""
        here = os.path.join(self.directory, "written")
        with open(here, "wb") as stream:
            stream.write(data)
        done = subprocess.run(["mcopy", "-o", "-i", self._fat, here, f"::{name}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        require(done.returncode == 0, f"mcopy {name}: {done.stderr.decode(errors='replace')}")

    def settings(self, text):
        """Settings as Windows' editor saves them."""
        self.write(SETTINGS, text.replace("\n", "\r\n").encode())

    def wipe(self, number, start, count):
        """Zeros over a part of a partition."""
        first, size = self.partition(number)
        require(start + count <= size, f"partition {number} has only {size} bytes")
        with open(self.path, "r+b") as disk:
            disk.seek(first + start)
            disk.write(bytes(count))

    def slot(self):
        """The slot that the GPU firmware would boot."""
        return re.search(rb"os_prefix=(\w)/", self.read("slot.txt"))[1].decode()

    def boot_files(self):
        """(slot, kernel, initrd, command line) as the firmware takes them; QEMU wants the kernel unpacked."""
        slot = self.slot()
        paths = []
        for name in ("vmlinuz", "initrd.img"):
            data = self.read(f"{slot}/{name}")
            if data is None:
                raise Failed(f"slot {slot} has no {name}")
            if data[:2] == b"\x1f\x8b" and name == "vmlinuz":
                data = zlib.decompressobj(31).decompress(data)
            paths.append(os.path.join(self.directory, name))
            with open(paths[-1], "wb") as stream:
                stream.write(data)
        return slot, *paths, self.read(f"{slot}/cmdline.txt").rstrip(b"\0").decode().strip()
