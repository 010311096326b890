"""S7comm's PLC control and block transfers: the mode really changes, blocks come and go, evidence is kept. With a client of its own."""

import hashlib
import json
import os
import random
import socket
import struct
import subprocess
import sys
import time

import modbus
from capture import Capture
from checks import Failed, require, run_checks
from harness import Sensor, binary, free_port
from journal import action, field
from surroundings import EMULATED, LAUNCHER

PATIENCE = 5 if EMULATED else 1
CONNECT = bytes.fromhex("0300001611e00000000400c1020100c2020102c0010a")
P_PROGRAM = b"\x09P_PROGRAM"
STOP, START = b"\x29" + bytes(5) + P_PROGRAM, b"\x28" + bytes(6) + b"\xfd\x00\x00" + P_PROGRAM


class Client:
    """One S7 connection: jobs out, answers in, and the device's own jobs of a download answered."""

    def __init__(self, port, source="127.0.0.1"):
        self._socket = socket.create_connection(("127.0.0.1", port), 5 * PATIENCE, source_address=(source, 0))
        self._reference = 0
        self._socket.sendall(CONNECT)
        require(self._packet()[5] == 0xD0, "no connect confirm")
        answer = self.job(bytes.fromhex("f0000001000103c0"))
        self.pdu = struct.unpack(">H", answer[18:20])[0]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            more = self._socket.recv(count - len(data))
            require(more, f"the connection ended after {len(data)} of {count} bytes")
            data += more
        return data

    def _packet(self):
        head = self._exactly(4)
        return head + self._exactly(struct.unpack(">H", head[2:4])[0] - 4)

    def receive(self):
        return self._packet()[7:]

    def send(self, pdu):
        self._socket.sendall(b"\x03\x00" + struct.pack(">H", len(pdu) + 7) + b"\x02\xf0\x80" + pdu)

    def job(self, parameter):
        self._reference += 1
        self.send(b"\x32\x01\x00\x00" + struct.pack(">HHH", self._reference, len(parameter), 0) + parameter)
        answer = self.receive()
        require(struct.unpack(">H", answer[4:6])[0] == self._reference, f"the answer to another job: {answer.hex()}")
        return answer

    def control(self, service, argument=b""):
        return self.job(b"\x28" + bytes(6) + b"\xfd" + struct.pack(">H", len(argument)) + argument + bytes([len(service)]) + service)

    def upload(self, file):
        begin = self.job(b"\x1d" + bytes(7) + bytes([len(file)]) + file)
        require(begin[10:12] == b"\x00\x00", f"no upload of {file}: {begin.hex()}")
        identity, block = begin[16:20], b""
        while True:
            part = self.job(b"\x1e\x00\x00\x00" + identity)
            require(len(part) <= self.pdu, f"{len(part)} bytes in a PDU of {self.pdu}")
            block += part[18:]
            if part[13] == 0:
                break
        require(len(block) == int(begin[21:28]), f"{len(block)} bytes came, {begin[21:28]} announced")
        require(self.job(b"\x1f\x00\x00\x00" + identity)[12:] == b"\x1f", "the upload did not end")
        return block

    def download(self, file, block):
        answer = self.job(b"\x1a\x00\x01\x00\x00\x00\x00\x00\x09" + file + b"\x0d1%06d%06d" % (len(block), max(0, len(block) - 72)))
        if answer[1] != 3:
            return answer[10:12].hex()
        at = 0
        while True:
            asked = self.receive()
            require(asked[1] == 1 and asked[19:] == file, f"no job for {file}: {asked.hex()}")
            if asked[10] == 0x1C:
                self.send(b"\x32\x03\x00\x00" + asked[4:6] + b"\x00\x01\x00\x00\x00\x00\x1c")
                return asked[12:14].hex()
            part = block[at:at + self.pdu - 18]
            at += len(part)
            self.send(b"\x32\x03\x00\x00" + asked[4:6] + struct.pack(">HH", 2, 4 + len(part)) + b"\x00\x00\x1b" + bytes([at < len(block)])
                      + struct.pack(">H", len(part)) + b"\x00\xfb" + part)


def sensor_with(port, *settings, **more):
    return Sensor("s7comm.enabled=true", f"s7comm.port={port}", "s7comm.latency=0", *settings, **more)


def mode_of(sensor):
    done = subprocess.run([*LAUNCHER, binary(), "status", "--json", "-c", sensor.config, "--set", f"state_directory={sensor.directory}"],
                          capture_output=True, timeout=10 * PATIENCE, check=False)
    require(done.returncode == 0, f"status: {done.stderr.decode()}")
    return json.loads(done.stdout)["mode"]


def modbus_answers(sensor):
    with sensor.connect(timeout=0.5 * PATIENCE) as client:
        client.send(modbus.frame(1, 1, modbus.read(modbus.READ_HOLDING, 0, 1)))
        try:
            return len(client.receive(7)) == 7
        except (Failed, TimeoutError):
            return False


def check_stop_and_start():
    port = free_port()
    with sensor_with(port) as sensor, Client(port) as client:
        require(modbus_answers(sensor) and mode_of(sensor) == "RUN", "it does not run to begin with")
        began = time.monotonic()
        require(client.job(STOP)[6:] == bytes.fromhex("00010000000029"), "no STOP")
        took = time.monotonic() - began
        require(mode_of(sensor) == "STOP", "status does not know of the STOP")
        require(not modbus_answers(sensor), "Modbus answers in STOP")
        require(client.job(STOP)[12:] == b"\x29\x07", "a second STOP is news")
        began = time.monotonic()
        require(client.job(START)[12:] == b"\x28", "no start")
        started = time.monotonic() - began
        require(started >= 0.09, f"a start in {started * 1000:.0f} ms")
        require(mode_of(sensor) == "RUN" and modbus_answers(sensor), "it does not run again")
        actions = [action(e) for e in sensor.journal.wait(lambda events: any(action(e) == "s7comm.start" for e in events))]
        for wanted in ("s7comm.connect", "s7comm.setup", "s7comm.stop", "plc.mode", "s7comm.start"):
            require(wanted in actions, f"no {wanted} in {actions}")
        return f"STOP in {took * 1000:.0f} ms, start in {started * 1000:.0f} ms"


def check_return_to_run():
    port = free_port()
    with sensor_with(port, "s7comm.return_to_run=1s") as sensor, Client(port) as client:
        client.job(STOP)
        require(mode_of(sensor) == "STOP", "no STOP")
        end = time.monotonic() + 5 * PATIENCE
        while mode_of(sensor) != "RUN":
            require(time.monotonic() < end, "it stays in STOP")
            time.sleep(0.1)


def check_protected():
    port = free_port()
    with sensor_with(port, "s7comm.control=refuse") as sensor, Client(port) as client:
        for parameter in (STOP, START):
            require(client.job(parameter)[10:12] == b"\xd2\x41", "a protected CPU obeys")
        require(client.download(b"_0C00001P", bytes(100)) == "d241", "a protected CPU takes a block")
        require(mode_of(sensor) == "RUN", "a protected CPU stopped")
        require(client.upload(b"_0800001P")[:2] == b"pp", "no upload")


def check_blocks_come_and_go():
    port = free_port()
    block = b"pp\x01\x01\x01\x0c\x00\x07" + struct.pack(">I", 600) + random.Random(1).randbytes(588)
    capture = Capture(port, "tpkt")
    try:
        come_and_go(port, block)
        capture.end()
        if capture.problem:
            return f"without a dissector: {capture.problem}"
        replies, malformed, warnings = capture.replies(), capture.malformed(), capture.warnings()
        require(replies > 20 and not malformed and not warnings, f"{replies} packets, malformed {malformed[:3]}, warnings {warnings[:3]}")
        return f"{replies} packets, none malformed"
    finally:
        capture.end()
        capture.remove()


def come_and_go(port, block):
    with sensor_with(port) as sensor:
        with Client(port) as client:
            own = client.upload(b"_0800001P")
            require(own[:2] == b"pp" and struct.unpack(">I", own[8:12])[0] == len(own), f"OB1 does not hold together: {own.hex()}")
            require(client.job(b"\x1d" + bytes(7) + b"\x09_0800077P")[10:12] == b"\xd2\x0c", "a block that is not there")
            require(client.download(b"_0C00007P", block) == "0000", "the download did not end well")
            require(client.control(b"_INSE", b"\x01\x000C00007P")[12:] == b"\x28", "no insert")
            require(client.control(b"_MODU", b"EP")[12:] == b"\x28" and client.control(b"_GARB")[12:] == b"\x28", "no copy or compress")
        with Client(port) as client:
            require(client.upload(b"_0C00007A") == block, "another block comes back")
            require(client.control(b"_DELE", b"\x01\x000C00007P")[12:] == b"\x28", "no delete")
            require(client.job(b"\x1d" + bytes(7) + b"\x09_0C00007A")[10:12] == b"\xd2\x0c", "it is still there")
        digest = hashlib.sha256(block).hexdigest()
        events = sensor.journal.wait(lambda events: any(field(e, "conpot.operation") == "delete block" for e in events))
        kept = [e for e in events if field(e, "conpot.sha256") == digest]
        require(len(kept) == 1 and action(kept[0]) == "s7comm.download" and field(kept[0], "event.severity") == 90, f"no grave event with the hash: {kept}")
        path = field(kept[0], "conpot.file")
        require(os.path.basename(path) == digest + ".mc7" and os.stat(path).st_mode & 0o111 == 0, f"{path} is named or marked wrongly")
        with open(path, "rb") as stream:
            require(stream.read() == block, "the file holds something else")


def check_a_megabyte_of_rubbish():
    port, dice, sent = free_port(), random.Random(2), 0
    with sensor_with(port, "s7comm.download_total=1MiB") as sensor:
        with Client(port) as client:
            number = 0
            while sent < 3 << 20:
                block = dice.randbytes(dice.randrange(1, 65536))
                require(client.download(b"_0%c%05dP" % (b"8ABCE"[number % 5], number), block) == "0000", "refused")
                sent, number = sent + len(block), number + 1
        kept = sum(os.path.getsize(os.path.join(sensor.directory, "downloads", name)) for name in os.listdir(os.path.join(sensor.directory, "downloads")))
        require(kept <= 1 << 20, f"{kept} bytes kept")
        require(mode_of(sensor) == "RUN", "it does not run any more")
        return f"{sent} bytes in {number} blocks, {kept} kept"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
