"""Asking a target as a detector does: one exchange, and what came of it. A target has the ports of the four services, None where there is none."""

import functools
import re
import socket
import struct

import modbus
import snmp_message as ber
from s7comm import SETUP, asked, pdu, userdata
from snmp_agent import PATIENCE, Visitor
from snmp_names import MIB2

CONNECT = "0300001611e00000000400c1020100c2020102c0010a"
# System status lists: all of the numbers that CPUs have, and parts of some; of most a Conpot and a snap7 server have none.
LISTS = (*range(0x0000, 0x0140), 0x0174, 0x0232, 0x0424, 0x0591, 0x0D91, 0x0F11)
READ_DB1 = "0300001f02f080320100000001000e00000401120a10020001000184000000"


def stream(port):
    return socket.create_connection(("127.0.0.1", port), 5 * PATIENCE)


def s7(target, *requests):
    """The replies, each b"" once the connection has ended; None where S7comm is not spoken."""
    if target.s7_port is None:
        return None
    replies = []
    with stream(target.s7_port) as connection:
        for request in requests:
            try:
                replies.append(asked(connection, request))
            except OSError:
                replies.append(b"")
    return replies


def szl(identity, index, reference=1):
    return userdata(4, 1, struct.pack(">HH", identity, index), reference)


def whole_list(connection, identity, index):
    """All parts of a system status list, one behind the other."""
    said = got = asked(connection, szl(identity, index))
    while len(got) > 26 and got[26] == 1:
        got = asked(connection, pdu(bytes.fromhex("32070000000200" "0c0004000112081244010100000000" "0a000000")))
        said += got
    return said


def frame(target, request, unit=1):
    """A Modbus request on a connection of its own: the reply's bytes, as far as they came before a close."""
    if target.port is None:
        return None
    with modbus.Connection(target.port, 5 * PATIENCE) as client:
        client.send(modbus.frame(1, unit, request))
        try:
            return client.receive_frame()
        except ConnectionError:
            return b""


def answer(target, request, unit=1):
    """Its PDU."""
    got = frame(target, request, unit)
    return got and got[7:]


def ask_snmp(target, kind, name, version=ber.V2C):
    """The first binding of the reply; None for silence, also to a second try as detectors make one."""
    if target.snmp_port is None:
        return None
    with Visitor(target.snmp_port, version) as visitor:
        for _ in range(2):
            visitor.send(visitor.message(kind, [name], 4711))
            if (got := visitor.receive()) is not None:
                return ber.Message(got, strict=False).only
    return None


def system_group(target):
    if target.snmp_port is None:
        return None
    with Visitor(target.snmp_port, ber.V1) as visitor:
        return [str(each.value) if not isinstance(each.value, (bytes, tuple)) else each.value.decode("latin-1") if isinstance(each.value, bytes) else ".".join(map(str, each.value))
                for each in visitor.walk(f"{MIB2}.1")]


def page(target, path="/"):
    if target.http_port is None:
        return ""
    with stream(target.http_port) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n\r\n".encode())
        said = b""
        while part := connection.recv(65536):
            said += part
    return said.decode("utf-8", "replace")


@functools.lru_cache(maxsize=None)
def everything_said(target):
    """What all protocols say of the device: lists, tables, pages, identification."""
    said = []
    if target.s7_port is not None:
        with stream(target.s7_port) as connection:
            for request in (CONNECT, SETUP):
                said.append(asked(connection, request))
            said += [whole_list(connection, identity, 1) for identity in LISTS] + [whole_list(connection, 0x011C, index) for index in range(2, 12)]
    for unit in (0, 1, 2, 5, 255) if target.port is not None else ():
        said += [frame(target, b"\x11", unit), *(frame(target, bytes([43, 14, code, 0]), unit) for code in (1, 2, 3))]
    if target.snmp_port is not None:
        with Visitor(target.snmp_port, ber.V1) as visitor:
            for each in visitor.walk():
                said += [each.raw, ".".join(map(str, each.value)).encode() if isinstance(each.value, tuple) else b""]
    index = page(target)
    said += [index.encode(), *(page(target, path).encode() for path in sorted(set(re.findall(r'(?:href|src)="(/[^"]+)"', index))))]
    return b"\n".join(said)
