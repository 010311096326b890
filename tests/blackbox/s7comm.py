"""S7comm and the clients that others wrote: node-snap7 and nodes7, nmap, the probes of scanners, cyclic data, and
tshark's opinion of every byte that the sensor sent meanwhile.

Debian: nmap tshark nodejs npm; the two clients come from npm into a temporary folder. What is not to be had is skipped by name."""

import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

from capture import Capture
from checks import Skipped, require, run_checks
from deception_strings import EXAMPLES, TEMPLATES, within
from harness import Sensor, binary
from journal import action, field
from programs import needed, run
from s7comm_control import CONNECT, PATIENCE, STOP, Client, mode_of
from surroundings import LAUNCHER

HERE = pathlib.Path(__file__).resolve().parent
SETUP = bytes.fromhex("0300001902f08032010000000000080000f0000001000101e0")
PACKAGES = ("node-snap7@1.0.9", "nodes7@0.3.18")


def exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            return data
        data += more
    return data


def packet(stream):
    head = exactly(stream, 4)
    return head + exactly(stream, struct.unpack(">H", head[2:])[0] - 4) if len(head) == 4 else head


def connected(sensor):
    return socket.create_connection(("127.0.0.1", sensor.s7_port), 5 * PATIENCE)


def asked(stream, request):
    stream.sendall(request if isinstance(request, bytes) else bytes.fromhex(request))
    return packet(stream)


def pdu(body):
    return b"\x03\x00" + struct.pack(">H", len(body) + 7) + b"\x02\xf0\x80" + body


def userdata(group, subfunction, data, reference=1):
    body = b"\xff\x09" + struct.pack(">H", len(data)) + data if data else b"\x0a\x00\x00\x00"
    return pdu(b"\x32\x07\x00\x00" + struct.pack(">HHH", reference, 8, len(body)) + bytes([0, 1, 0x12, 4, 0x11, 0x40 | group, subfunction, 0]) + body)


def sensor_with(*settings, **more):
    return Sensor("s7comm.enabled=true", "s7comm.latency=0", *settings, **more)


# ---- Probes of scanners, byte for byte (facts: probes.txt) ---------------------------------------------------------------

def confirm(request):
    """What a real CPU says to it: its own reference between, and size, calling and called TSAP in this order (WIRE 3.1)."""
    parameters, rest = {}, bytes.fromhex(request)[11:]
    while rest:
        parameters[rest[0]], rest = rest[2:2 + rest[1]], rest[2 + rest[1]:]
    size = parameters.get(0xC0, b"\x0a")
    return b"\xd0" + bytes.fromhex(request)[8:10], b"\x00\xc0\x01" + size + b"\xc1\x02" + parameters[0xC1] + b"\xc2\x02" + parameters[0xC2]


CONNECTS = [
    ("nmap s7-info", "0300001611e00000001400c1020100c2020102c0010a", True),
    ("nmap s7-info, second", "0300001611e00000000500c1020100c2020200c0010a", True),
    ("zgrab2, 0102", "0300001611e00000000400c1020100c2020102c0010a", True),
    ("zgrab2, 0200", "0300001611e00000000400c1020100c2020200c0010a", True),
    ("OpenVAS", "0300001611e00000000200c1020100c2020102c0010a", True),
    ("plcscan", "0300001611e00000000100c1020100c2020102c0010a", True),
    ("snap7 client", "0300001611e00000000100c0010ac1020100c2020102", True),
    ("Micro/WIN", "0300001611e00000000100c1024d57c2024d57c00109", "s7-200"),
    ("S7-200 SMART", "0300001611e00000000100c1021000c2020300c0010a", True),
    ("no such rack", "0300001611e00000000100c1020100c2020fffc0010a", False),
]
JOBS = [
    ("setup, 480 bytes", "0300001902f08032010000000000080000f0000001000101e0", r"0300001b02f080320300000000000800000000f00000010001" "00f0"),
    ("SZL 0011", "0300002102f080320700000000000800080001120411440100ff09000400110001", r"0300009902f080320700000000000c007c0001120812840101000000" "00ff090078" "00110000001c0004.*"),
    ("SZL 0011 again", "0300002102f080320700000000000800080001120411440100ff09000400110001", r"0300009902f080320700000000000c007c00011208128401..00000000ff09007800110000001c0004.*"),
    ("SZL 001c", "0300002102f080320700000000000800080001120411440100ff090004001c0001", r"030000f702f080320700000000000c00da00011208128401..(?!00)..010000ff0900d6001c00000022000a.*"),
    ("Micro/WIN writes M2.4", "0300002502f080320100000002000e00060501120a10010001000083000014000300010000", r"0300001602f0803203000000020002000100000501ff"),
    ("PLC stop", "0300002102f0803201000000020010000029000000000009505f50524f4752414d", r"0300001402f080320300000002000100000000" "29"),
    ("hot start", "0300002502f0803201000000000014000028000000000000fd000009505f50524f4752414d", r"0300001402f080320300000000000100000000" "28"),
]


def check_probes_get_the_answers_of_a_device():
    count = 0
    for profile in ("s7-200", "s7-300-cp343"):
        with sensor_with(profile=profile) as sensor:
            for name, request, accepted in CONNECTS:
                with connected(sensor) as stream:
                    got = asked(stream, request)
                    if accepted is False or accepted not in (True, profile):
                        require(got == b"", f"{profile}, {name}: {got.hex()} for a TSAP that it does not have")
                    else:
                        front, back = confirm(request)
                        require(got[5:8] == front and got[10:] == back, f"{profile}, {name}: {got.hex()}")
                        require(got[8:10] not in (b"\0\0", b"\0\1"), f"{profile}, {name}: reference {got[8:10].hex()} is that of a Conpot or a snap7 server")
                    count += 1
            with connected(sensor) as stream:
                asked(stream, CONNECTS[0][1])
                for name, request, expected in JOBS:
                    got = asked(stream, request).hex()
                    require(re.fullmatch(expected, got), f"{profile}, {name}: {got}")
                    count += 1
    return f"{count} probes"


# ---- Real clients, and a capture of all that is said ----------------------------------------------------------------------

_modules = None


def modules():
    """The folder that npm has put the clients into; once, and removed at the end."""
    global _modules
    if _modules is None:
        needed("node")
        folder = tempfile.mkdtemp(prefix="conpot-pi-npm-")
        code, said = run([needed("npm"), "install", "--prefix", folder, "--silent", "--no-audit", "--no-fund", *PACKAGES], 240)
        if code != 0:
            shutil.rmtree(folder, ignore_errors=True)
            require(os.environ.get("CI") != "true", f"npm gives no clients here: {said[-300:]}")
            raise Skipped(f"npm gives no clients here: {said[-200:].strip()}")
        _modules = folder
    return _modules


def client(which, sensor):
    code, said = run([needed("node"), str(HERE / "s7comm_clients.js"), which, modules(), str(sensor.s7_port)], 60)
    require(code == 0 and said.strip(), f"exit code {code}: {said[-400:]}")
    return json.loads(said.strip().splitlines()[-1])


def captured(work, *settings, **more):
    """Runs work(sensor) with a capture of its S7 port; the dissector finds nothing wrong in what the sensor sent."""
    modules()
    with sensor_with(*settings, **more) as sensor:
        capture = Capture(sensor.s7_port, "tpkt")
        try:
            work(sensor)
            capture.end()
            if capture.problem:
                return f"without a dissector: {capture.problem}"
            replies, malformed, warnings = capture.replies(), capture.malformed(), capture.warnings()
            require(replies > 3 and not malformed and not warnings, f"{replies} packets, malformed {malformed[:3]}, warnings {warnings[:3]}")
            return f"{replies} packets, none malformed"
        finally:
            capture.end()
            capture.remove()


def snap7_on(order_number, cpu, data_block, functions):
    def work(sensor):
        said = client("snap7", sensor)
        failed = {name: got["error"] for name, got in said.items() if isinstance(got, dict) and "error" in got}
        # Without protection there is no password to set, nor one to clear: the client's own words for D605 and D604.
        allowed = {"upload of none", "DBRead of none", "password", "give back"} | ({"list SFC"} if not functions else set())
        require(set(failed) == allowed, f"failed: {failed}")
        require(said["GetCpuInfo"]["ModuleTypeName"] == cpu and said["GetCpuInfo"]["Copyright"] == "Original Siemens Equipment", f"{said['GetCpuInfo']}")
        require(said["GetOrderCode"]["Code"].strip() == order_number, f"{said['GetOrderCode']}")
        require((said["PDULength"], said["PlcStatus"], said["GetProtection"]["sch_rel"]) == (240, 8, 1), "PDU, mode or protection")
        require(len(said["ReadSZLList"]) > 20 and len(said["szl"]) >= 2 * 340, "the lists")
        require(said["ListBlocks"]["SFCCount"] == len(functions) and said["ListBlocks"]["OBCount"] == 1, f"{said['ListBlocks']}")
        require((said["list OB"], said["list DB"]) == ([1], [1]) and (not functions or said["list SFC"] == functions), f"lists of blocks: {said['list SFC']}")
        require(said["info"]["LoadSize"] * 2 == len(said["full upload"]) and said["info"]["MC7Size"] * 2 == len(said["upload"]), f"sizes of OB1: {said['info']}")
        require(len(said["DBGet"]) == 2 * data_block, f"DB1 has {len(said['DBGet']) // 2} bytes")
        require(said["DBRead"] == bytes(i % 256 for i in range(600)).hex(), "DB1 reads back otherwise")
        require((said["MBRead back"], said["ABRead back"]) == ("0908", "a5"), "M or Q read back otherwise")
        require([item["data"] for item in said["many"]][:2] == ["000102", "01"], f"{said['many']}")
        require(said["many"][2]["result"] != 0, "a block that does not exist can be read")
        require(said["clock"].startswith("2016-02-08T"), f"the clock says {said['clock']}")
        require((said["stopped"], said["started"]) == (4, 8) and mode_of(sensor) == "RUN", "STOP and start")
        actions = {action(e) for e in sensor.journal.wait(lambda events: any(field(e, "conpot.operation") == "compress memory" for e in events))}
        for wanted in ("s7comm.identify", "s7comm.read", "s7comm.write", "s7comm.upload", "s7comm.stop", "s7comm.start", "s7comm.clock-set", "s7comm.password", "s7comm.control"):
            require(wanted in actions, f"no {wanted} in the journal")
    return work


def check_snap7_finds_an_s7_200():
    return captured(snap7_on("6ES7 214-2BD23-0XB0", "CPU 224XP", 10240, []))


def check_snap7_finds_an_s7_300():
    functions = [0, 1, 2, 3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 22, 23, 24, 28, 29, 30, 31, 32, 33, 34, 36, 37, 38, 39, 40, 41, 42, 43, 44, 46, 47, 49, 50,
                 51, 52, 55, 56, 57, 58, 59, 64, 65, 66, 67, 68, 69, 70, 71, 81, 82, 83, 84, 101, 102, 105, 106, 107, 108]
    return captured(snap7_on("6ES7 315-2EH13-0AB0", "CPU 315-2 PN/DP", 1024, functions), profile="s7-300-cp343")


def check_nodes7_reads_what_it_wrote():
    def work(sensor):
        said = client("nodes7", sensor)
        require(not said.get("bad") and not said.get("unread") and "got" in said, f"{said}")
        got = said["got"]
        expected = {"word": -1234, "real": 2.5, "bit": True, "text": "pump", "array": list(range(20)), "merker": 4711, "output": 0x5A}
        for name, value in expected.items():
            require(got[name] == value, f"{name} is {got[name]}, written was {value}")
        require(isinstance(got["input"], int), f"inputs: {got['input']}")
    return captured(work)


# ---- Small transport PDUs ----------------------------------------------------------------------------------------------------

def check_a_dissector_puts_the_parts_of_a_small_transport_size_together():
    with sensor_with() as sensor:
        capture = Capture(sensor.s7_port, "tpkt")
        try:
            with connected(sensor) as stream:
                asked(stream, CONNECT[:-1] + b"\x07")
                asked(stream, SETUP)
                stream.sendall(userdata(4, 1, b"\x00\x11\x00\x00"))
                parts = [packet(stream), packet(stream)]
                require([part[6] for part in parts] == [0, 0x80] and len(parts[0]) == 4 + 128, f"parts {[part.hex() for part in parts]}")
                require(len(b"".join(part[7:] for part in parts)) == 0x99 - 7, f"parts of {[len(part) for part in parts]} bytes")
            capture.end()
            if capture.problem:
                return f"without a dissector: {capture.problem}"
            require(not capture.malformed() and not capture.warnings(), f"{capture.malformed()[:3]} {capture.warnings()[:3]}")
        finally:
            capture.end()
            capture.remove()


# ---- nmap -------------------------------------------------------------------------------------------------------------------

def check_nmap_s7_info():
    """The script wants port 102; with a plus it takes any. It opens a connection of its own for each try."""
    for profile, wanted in (("s7-200", "6ES7 214-2BD23-0XB0"), ("s7-300-cp343", "6ES7 315-2EH13-0AB0")):
        with sensor_with(profile=profile) as sensor:
            code, said = run([needed("nmap"), "-Pn", "-n", "-p", str(sensor.s7_port), "--script", "+s7-info", "127.0.0.1"], 60)
            require(code == 0 and f"Module: {wanted}" in said and f"Basic Hardware: {wanted}" in said and "Original Siemens Equipment" in said, f"{profile}: {said[-700:]}")
            # nmap adds a maker's name of its own.
            require(within((*TEMPLATES, *EXAMPLES), said) in ("", "Siemens AG"), f"{profile}: {said[-700:]}")


def check_nmap_version_scan_leaves_it_standing():
    with sensor_with() as sensor:
        before = sensor.cpu_seconds()
        code, said = run([needed("nmap"), "-Pn", "-n", "-sV", "-p", str(sensor.s7_port), "127.0.0.1"], 200)
        require(code == 0 and "open" in said, said[-300:])
        require(sensor.cpu_seconds() - before < 3, f"{sensor.cpu_seconds() - before:.1f} s of CPU (Conpot #404)")
        with connected(sensor) as stream:
            require(len(asked(stream, CONNECT)) == 22, "no answer after a version scan")


# ---- Cyclic data ------------------------------------------------------------------------------------------------------------

VW1000 = bytes.fromhex("120a1004000100018400 1f40".replace(" ", ""))


def subscribe(stream, base, factor, item=VW1000, subfunction=1):
    return asked(stream, userdata(2, subfunction, bytes([0, 1, base, factor]) + item))


def check_cyclic_data_come_in_their_period():
    with sensor_with() as sensor:
        capture = Capture(sensor.s7_port, "tpkt")
        try:
            with connected(sensor) as stream:
                asked(stream, CONNECT)
                asked(stream, SETUP)
                got = subscribe(stream, 0, 1)
                require(got[22:24] == b"\x82\x01" and got[27:29] == b"\0\0", f"refused: {got.hex()}")
                job, began, times = got[24], time.monotonic(), []
                for _ in range(20):
                    got = packet(stream)
                    require(got[22:25] == bytes([2, 1, job]), f"no push of job {job}: {got.hex()}")
                    times.append(time.monotonic() - began)
                require(1.8 <= times[-1] <= 2.6 * PATIENCE, f"twenty in {times[-1]:.2f} s")
                with connected(sensor) as other:
                    asked(other, CONNECT)
                    asked(other, SETUP)
                    asked(other, "0300002502f080320100000002000e00060501120a10020002000184001f400004001004d2")
                require(any(packet(stream)[-2:] == b"\x04\xd2" for _ in range(4)), "a value that another wrote is not sent")
                stream.sendall(userdata(2, 4, bytes([5, job])))
                while (got := packet(stream))[22] == 2:
                    pass
                require(got[22:24] == b"\x82\x04" and got[27:29] == b"\0\0", f"no end: {got.hex()}")
                stream.settimeout(0.5)
                try:
                    require(False, f"a push of an ended job: {packet(stream).hex()}")
                except TimeoutError:
                    pass
            events = [e for e in sensor.journal.wait(lambda events: any(field(e, "conpot.operation") == "end cyclic data" for e in events)) if action(e) == "s7comm.subscribe"]
            require([field(e, "conpot.operation") for e in events] == ["cyclic data", "cyclic data sent", "end cyclic data"], f"{[field(e, 'conpot.operation') for e in events]}")
            capture.end()
            if not capture.problem:
                require(not capture.malformed() and not capture.warnings(), f"{capture.malformed()[:3]} {capture.warnings()[:3]}")
            return f"20 in {times[-1]:.2f} s; {field(events[-1], 'conpot.note')}"
        finally:
            capture.end()
            capture.remove()


def check_cyclic_jobs_are_bounded_and_come_back():
    with sensor_with() as sensor:
        for _ in range(2):
            with connected(sensor) as stream:
                asked(stream, CONNECT)
                asked(stream, SETUP)
                for number in range(16):
                    require(subscribe(stream, 2, 255)[27:29] == b"\0\0", f"job {number} is refused")
                require(subscribe(stream, 2, 255)[27:29] == b"\xd8\x05", "a seventeenth job")
            time.sleep(0.3 * PATIENCE)


def check_who_subscribes_and_does_not_read_costs_nothing():
    with sensor_with() as sensor:
        streams = []
        for _ in range(4):
            stream = socket.socket()
            stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            stream.connect(("127.0.0.1", sensor.s7_port))
            streams.append(stream)
            asked(stream, CONNECT)
            asked(stream, SETUP)
            for _ in range(4):
                stream.sendall(userdata(2, 1, bytes([0, 1, 0, 1]) + bytes.fromhex("120a100200c800018400 1f40".replace(" ", ""))))
        before, memory = sensor.cpu_seconds(), sensor.resident_kilobytes()
        time.sleep(6)
        used = sensor.cpu_seconds() - before
        require(used < 1, f"{used:.2f} s of CPU in 6 s")
        require(sensor.resident_kilobytes() - memory < 4096, f"{sensor.resident_kilobytes() - memory} KB more")
        for stream in streams:
            stream.close()
        return f"{used:.2f} s of CPU in 6 s"


# ---- Protection and evidence --------------------------------------------------------------------------------------------------

def encoded(password):
    plain, sent = password.encode().ljust(8), bytearray(8)
    for index in range(8):
        sent[index] = plain[index] ^ 0x55 ^ (sent[index - 2] if index > 1 else 0)
    return bytes(sent)


PASSWORDS = ("s7comm.password", "s7comm.password-taken")


def check_a_password_opens_a_protected_cpu():
    with sensor_with("s7comm.control=refuse", "s7comm.password=geheim") as sensor, connected(sensor) as stream:
        asked(stream, CONNECT)
        asked(stream, SETUP)
        stop = pdu(b"\x32\x01\x00\x00\x00\x02" + struct.pack(">HH", len(STOP), 0) + STOP)
        require(asked(stream, stop)[17:19] == b"\xd2\x41", "a protected CPU stops")
        require(asked(stream, userdata(5, 1, encoded("falsch")))[27:29] == b"\xd6\x02", "a wrong password")
        require(asked(stream, stop)[17:19] == b"\xd2\x41", "a wrong password opens it")
        require(asked(stream, userdata(5, 1, encoded("geheim")))[27:29] == b"\0\0", "the right password is refused")
        require(asked(stream, stop)[17:19] == b"\0\0" and mode_of(sensor) == "STOP", "the right password opens nothing")
        tried = [(action(e), field(e, "conpot.said")) for e in sensor.journal.wait(lambda events: sum(action(e) in PASSWORDS for e in events) == 2) if action(e) in PASSWORDS]
        require(tried == [("s7comm.password", "falsch"), ("s7comm.password-taken", "geheim")], f"tried: {tried}")


def check_part_of_a_download_is_kept():
    part = random.Random(3).randbytes(200)
    with sensor_with() as sensor:
        with Client(sensor.s7_port) as client_:
            client_.job(b"\x1a\x00\x01\x00\x00\x00\x00\x00\x09_0C00009P\x0d1000700000628")
            job = client_.receive()
            client_.send(b"\x32\x03\x00\x00" + job[4:6] + struct.pack(">HH", 2, 204) + b"\x00\x00\x1b\x01\x00\xc8\x00\xfb" + part)
            client_.receive()
        events = sensor.journal.wait(lambda events: any(field(e, "conpot.operation") == "download given up" for e in events))
        event = next(e for e in events if field(e, "conpot.operation") == "download given up")
        path = field(event, "conpot.file")
        require(os.path.basename(path) == hashlib.sha256(part).hexdigest() + ".part", f"{path}")
        end = time.monotonic() + 5
        while not os.path.exists(path) and time.monotonic() < end:
            time.sleep(0.05)
        with open(path, "rb") as stream:
            require(stream.read() == part, "the file holds something else")
        return field(event, "conpot.note")


def check_a_megabyte_in_one_block_and_a_full_disk():
    block = random.Random(4).randbytes(1 << 20)
    with sensor_with("s7comm.download_size=1MiB", "s7comm.download_total=1MiB") as sensor:
        with Client(sensor.s7_port) as client_:
            require(client_.download(b"_0C00001P", block[:999_999]) == "0000", "a megabyte is refused")
            require(client_.download(b"_0C00002P", block[1:900_000]) == "0000", "the second is refused")
            require(client_.download(b"_0C00003P", block[2:700_000]) == "0000", "the third is refused")
        folder = os.path.join(sensor.directory, "downloads")
        kept = sum(os.path.getsize(os.path.join(folder, name)) for name in os.listdir(folder))
        require(0 < kept <= 1 << 20, f"{kept} bytes kept")
        status = status_of(sensor)
        require(status["lost_files"] >= 1 and status["mode"] == "RUN", f"lost {status['lost_files']}")
        return f"{kept} bytes kept, {status['lost_files']} files not"


def status_of(sensor):
    done = subprocess.run([*LAUNCHER, binary(), "status", "--json", "-c", sensor.config, "--set", f"state_directory={sensor.directory}"], capture_output=True, timeout=10 * PATIENCE, check=False)
    require(done.returncode == 0, f"status: {done.stderr.decode()}")
    return json.loads(done.stdout)


def check_a_megabyte_of_anything_on_the_port():
    dice, sent = random.Random(5), 0
    with sensor_with() as sensor:
        while sent < 1 << 20:
            with connected(sensor) as stream:
                stream.settimeout(2 * PATIENCE)
                try:
                    if dice.random() < 0.9:
                        asked(stream, CONNECT)
                        asked(stream, SETUP)
                    for _ in range(20):
                        noise = dice.randbytes(dice.randrange(1, 230))
                        shape = dice.randrange(4)
                        data = noise if shape == 0 else pdu(noise) if shape == 1 else userdata(dice.randrange(16), dice.randrange(8), noise) if shape == 2 else pdu(
                            b"\x32\x01\x00\x00\x00\x01" + struct.pack(">HH", len(noise), 0) + noise)
                        stream.sendall(data)
                        sent += len(data)
                except OSError:
                    pass
        require(sensor.running(), f"it has ended: {sensor.last_words()}")
        events = sensor.journal.wait(lambda events: len(events) > 10)
        require(not any(action(e) == "sensor.error" for e in events), "an exception came out of a codec")
        with connected(sensor) as stream:
            require(len(asked(stream, CONNECT)) == 22, "no answer any more")
        return f"{sent} bytes"


if __name__ == "__main__":
    try:
        sys.exit(run_checks(globals()))
    finally:
        if _modules:
            shutil.rmtree(_modules, ignore_errors=True)
