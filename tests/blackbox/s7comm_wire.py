"""Replays the .wire files of S7comm against the running binary, as wire.py does those of Modbus: whole, cut, byte by byte.

    python3 s7comm_wire.py                 every file
    python3 s7comm_wire.py userdata writes files whose name has one of these words in it"""

import struct
import sys

import wire
from checks import Failed, Report, require
from harness import Sensor
from s7comm_control import Client
from vectors import exchanges, read_file

VECTORS = wire.VECTORS.parent / "s7comm"
# Their milliseconds stand still in the unit tests alone.
NEEDS_A_STOPPED_CLOCK = ("the clock is set and read back",)
# Every cut is the unit tests' matter; here those around TPKT, COTP and header.
CUTS = (1, 4, 6, 7, 8, 17)
# As the unit tests' bench: the device's reference is 4.
SETTINGS = ("plc.seed=bench", "s7comm.latency=0")
PROBE = bytes.fromhex("03000019 02f080 3201 0000 7e57 0008 0000 f000 0001 0001 01e0")
PROBED = bytes.fromhex("0300001b 02f080 3203 0000 7e57 0008 0000 0000 f000 0001 0001 00f0")


class S7Image:
    """The process image over a connection of its own."""

    AREAS = {"V": (0x84, 1), "Q": (0x82, 0), "M": (0x83, 0), "SM": (0x05, 0)}

    def __init__(self, sensor):
        self._client = Client(sensor.s7_port)

    def close(self):
        self._client.__exit__()

    def _item(self, address):
        area, place = address.split("W") if "W" in address else (None, None)
        require(area in self.AREAS, f"no word that S7comm shows: {address}")
        code, block = self.AREAS[area]
        return bytes.fromhex("120a10020002") + struct.pack(">HB", block, code) + (8 * int(place)).to_bytes(3, "big")

    def _ask(self, parameter, data):
        self._client.send(b"\x32\x01\x00\x00\x00\x63" + struct.pack(">HH", len(parameter), len(data)) + parameter + data)
        return self._client.receive()

    def read(self, address):
        got = self._ask(b"\x04\x01" + self._item(address), b"")
        require(got[14] == 0xFF, f"{address} is not read: {got.hex()}")
        return int.from_bytes(got[18:20], "big")

    def write(self, values):
        for address, value in values:
            got = self._ask(b"\x05\x01" + self._item(address), b"\x00\x04\x00\x10" + struct.pack(">H", value & 0xFFFF))
            require(got[-1] in (0xFF, 3), f"{address} is not written: {got.hex()}")  # 03: a system flag that nobody writes

    def undo(self, case):
        """The front of the memory that cases write, and what else this one looked at."""
        got = self._ask(bytes.fromhex("0501 120a100200c8000184001f40"), b"\x00\x04" + struct.pack(">H", 8 * 200) + bytes(200))
        require(got[-1] == 0xFF, f"VB1000 to VB1199 are not written: {got.hex()}")
        self.write([(address, 0) for address, _ in [*case.presets, *case.expectations]])


def packets(data):
    """Whole TPKTs, and what is left over."""
    found = []
    while len(data) >= 4 and len(data) >= (size := int.from_bytes(data[2:4], "big")) >= 7:
        found.append(data[:size])
        data = data[size:]
    return found, data


def lint(cases):
    for case in cases:
        for exchange, place in exchanges(case):
            for what, data in (("request", exchange.sent), ("reply", exchange.expected)):
                require(exchange.closes or not packets(data)[1], f"{place}: the TPKT lengths of the {what} do not add up")


def manners(case):
    yield "whole", wire.whole
    longest = max(len(exchange.sent) for exchange in case.exchanges)
    for position in (*CUTS, longest // 2, longest - 1):
        yield f"cut at byte {position}", wire.cut_at(position)
    yield "byte by byte", wire.byte_by_byte


def nothing_more(connection, _case):
    connection.send(PROBE)
    got = connection.receive(len(PROBED))
    require(got == PROBED, f"instead of the reply to a probe came {got.hex().upper() or 'a close'}")
    return True


def check(sensor, image, case):
    count = 0
    for name, manner in manners(case):
        try:
            wire.replay(sensor, image, case, manner, "s7comm", sensor.s7_port, nothing_more)
            image.undo(case)
        except (Failed, OSError, IndexError) as why:
            raise Failed(f"{name}: {why}") from None
        count += 1
    return f"{count} ways"


def replay_all(cases):
    report = Report()
    groups = {}
    for case in cases:
        groups.setdefault((case.profile, case.settings), []).append(case)
    for (profile, settings), members in groups.items():
        with Sensor(*SETTINGS, *settings, profile=profile) as sensor:
            for case in members:
                image = S7Image(sensor)
                report.run(case.title, lambda: check(sensor, image, case))
                image.close()
    return report.end()


def main(words):
    paths = [path for path in sorted(VECTORS.glob("*.wire")) if not words or any(word in path.name for word in words)]
    require(paths, f"no .wire file matches {words}")
    cases = [case for path in paths for case in read_file(path)]
    lint(cases)
    return replay_all([case for case in cases if case.name not in NEEDS_A_STOPPED_CLOCK])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failed:
        sys.exit(f"FAIL {failed}")
