"""make_initrd.py MODULES-DIRECTORY BUSYBOX OUTPUT: our initrd, the same bytes every time: a newc cpio archive written here, zstd."""
import lzma
import os
import subprocess
import sys

from kernel_modules import Modules, read_list

modules = Modules(sys.argv[1])
source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "initrd")
epoch = int(os.environ["SOURCE_DATE_EPOCH"])
archive = bytearray()
inode = 0


def read(path):
    with open(path, "rb") as stream:
        data = stream.read()
    return lzma.decompress(data) if path.endswith(".xz") else data


def add(name, mode, data=b"", device=(0, 0)):
    """One entry (cpio(5), "New ASCII Format")."""
    global inode
    inode += 1
    encoded = name.encode() + b"\0"
    numbers = (inode, mode, 0, 0, 2 if mode & 0o40000 else 1, epoch, len(data), 0, 0, *device, len(encoded), 0)
    archive.extend(b"070701" + b"".join(b"%08X" % number for number in numbers) + encoded)
    archive.extend(b"\0" * (-len(archive) % 4) + data)
    archive.extend(b"\0" * (-len(archive) % 4))


order = modules.in_order(read_list(f"{source}/modules"))
for directory in ("bin", "dev", "modules", "proc", "mnt", "run", "sys"):
    add(directory, 0o40755)
add("dev/console", 0o20600, device=(5, 1))  # the kernel opens it before devtmpfs is there
add("bin/busybox", 0o100755, read(sys.argv[2]))
for module in order:
    add(f"modules/{module}.ko", 0o100644, read(modules.path[module]))
add("modules/order", 0o100644, "".join(f"{module}.ko\n" for module in order).encode())
for file in ("init", "state.sh", "root.sh", "data.sh"):
    add(file, 0o100755, read(f"{source}/{file}"))
add("TRAILER!!!", 0)
packed = subprocess.run(["zstd", "-q", "-19", "-c", "--no-check"], input=bytes(archive), stdout=subprocess.PIPE, check=True).stdout
with open(sys.argv[3], "wb") as stream:
    stream.write(packed)
print(f"initrd: {len(order)} modules, {len(archive) >> 10} KiB, packed {len(packed) >> 10} KiB")
