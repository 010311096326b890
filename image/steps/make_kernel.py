"""make_kernel.py IMAGE SIZE OUTPUT: the kernel as gzip of exactly SIZE bytes, so that an update overwrites it in place.

The rest is filled with empty stored blocks (RFC 1951, 3.2.4: 5 bytes each): a whole and valid gzip file, its length still in the last 4 bytes.
"""
import struct
import sys
import zlib

with open(sys.argv[1], "rb") as stream:
    kernel = stream.read()
size = int(sys.argv[2])
deflate = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
body = deflate.compress(kernel) + deflate.flush(zlib.Z_FULL_FLUSH)  # ends on a byte, without a last block
tail = b"\x01\x00\x00\xff\xff" + struct.pack("<II", zlib.crc32(kernel), len(kernel) & 0xffffffff)
# What is not a multiple of 5 goes into the file name of the header (RFC 1952, 2.3).
room = size - 10 - len(body) - len(tail) - 1
if room < 6:
    sys.exit(f"kernel: {len(body) >> 10} KiB packed do not fit into {size >> 10} KiB; raise kernel_bytes in settings.sh")
header = b"\x1f\x8b\x08\x08\0\0\0\0\x02\x03" + b"k" * (room % 5) + b"\0"
packed = header + body + b"\0\0\0\xff\xff" * (room // 5) + tail
assert len(packed) == size and zlib.decompress(packed, 31) == kernel
with open(sys.argv[3], "wb") as stream:
    stream.write(packed)
print(f"kernel: {len(kernel) >> 10} KiB, packed {len(body) >> 10} KiB of {size >> 10} KiB")
