"""IPv4 packets by hand: SYNs with any options, datagrams of any shape, and what comes back."""

import socket
import struct
import time


def checksum(data):
    """RFC 1071; 0 over a whole that holds its own."""
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


_out = None


def send(packet):
    global _out
    if _out is None:
        _out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    _out.sendto(packet, (socket.inet_ntoa(packet[16:20]), 0))
    return packet


def _ip(source, to, protocol, payload, identification=0, fragment=0, options=b""):
    header = struct.pack(">BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), identification, fragment, 57, protocol, 0,
                         socket.inet_aton(source), socket.inet_aton(to)) + options
    return header[:10] + checksum(header).to_bytes(2, "big") + header[12:] + payload


def _with_pseudo_header(source, to, protocol, segment):
    return checksum(socket.inet_aton(source) + socket.inet_aton(to) + struct.pack(">BBH", 0, protocol, len(segment)) + segment).to_bytes(2, "big")


def syn(source, to, port, to_port, options=b""):
    """A SYN; the answer's acknowledgement is for the kernel of this side to reset."""
    options += bytes(-len(options) % 4)
    segment = struct.pack(">HHIIBBHHH", port, to_port, 0x10203040, 0, (20 + len(options)) // 4 << 4, 2, 1024, 0, 0) + options
    segment = segment[:16] + _with_pseudo_header(source, to, 6, segment) + segment[18:]
    return send(_ip(source, to, 6, segment))


def datagram(source, to, port, to_port, data, length=None, **header):
    segment = struct.pack(">HHHH", port, to_port, 8 + len(data) if length is None else length, 0) + data
    segment = segment[:6] + _with_pseudo_header(source, to, 17, segment) + segment[8:]
    return send(_ip(source, to, 17, segment, **header))


def echo(source, to, code):
    message = struct.pack(">BBHHH", 8, code, 0, 7, 1) + b"nmap's IE has code 9"
    return send(_ip(source, to, 1, message[:2] + checksum(message).to_bytes(2, "big") + message[4:]))


def from_forged_sources(one, count, address=None):
    """count packets of one(source, port), each from another address beyond this network, or from the one given."""
    sent = 0
    for number in range(count):
        try:
            one(address or f"172.{16 + number // 60000 % 16}.{number // 250 % 240}.{1 + number % 250}", 1024 + number % 60000)
            sent += 1
        except BlockingIOError:
            time.sleep(0.001)
        except OSError:
            pass  # No room in the queue: a flood does not mind.
    return sent


class Listener:
    """Packets of one protocol that reach this machine, from now on."""

    def __init__(self, protocol):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_RAW, protocol)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def wait(self, wanted, seconds=2):
        """The first wanted packet, or None."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(left)
            try:
                packet = self._socket.recv(65536)
            except TimeoutError:
                return None
            if wanted(packet):
                return packet
        return None

    def all(self, seconds):
        """Every packet until the time is over."""
        got = []
        self.wait(lambda packet: got.append(packet) and False, seconds)
        return got
