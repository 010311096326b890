"""Clients that others wrote: mbpoll, libmodbus, pymodbus, nmap, and tshark's opinion of every byte that the sensor sent meanwhile.

Debian: mbpoll libmodbus-dev gcc pkg-config python3-pymodbus nmap tshark. What is not installed is skipped by name."""

import os
import pathlib
import re
import shutil
import sys
import tempfile
import threading
import time

import modbus
from capture import Capture
from checks import Failed, Skipped, require, run_checks
from harness import Sensor
from journal import field, modbus_only
from programs import SLOW, needed, run

HERE = pathlib.Path(__file__).resolve().parent


# ---- One sensor, and a capture of all that is said to it ---------------------------------------------------------------

class Everyone:
    """The sensor that all clients below talk to; nmap -sV has one of its own and runs beside, because it takes a minute."""

    def __enter__(self):
        self.sensor = Sensor()
        self.sensor.start()
        self.capture = Capture(self.sensor.port)
        self.version_scan = VersionScan()
        self.version_scan.start()
        return self

    def __exit__(self, *_):
        self.capture.end()
        self.capture.remove()
        self.sensor.kill()
        shutil.rmtree(self.sensor.directory, ignore_errors=True)


everyone = Everyone()


# ---- mbpoll -----------------------------------------------------------------------------------------------------------

def mbpoll(table, reference, *values, count=None):
    """References count from 1, as in the papers: 501 is PDU address 500."""
    command = [needed("mbpoll"), "-m", "tcp", "-1", "-o", "5", "-a", "1", "-t", str(table), "-r", str(reference), "-p", str(everyone.sensor.port)]
    command += ["-c", str(count)] if count else []
    code, said = run([*command, "127.0.0.1", *map(str, values)], 15)
    read = {int(reference): int(value) for reference, value in re.findall(r"^\[(\d+)\]:\s+(-?\d+)", said, re.MULTILINE)}
    return code, read, said


def check_mbpoll_writes_and_reads_holding_registers():
    code, _, said = mbpoll(4, 501, 111, 222, 65535)
    require(code == 0 and "Written 3 references" in said, said[-200:])
    code, read, said = mbpoll(4, 501, count=3)
    require(code == 0 and [read[501], read[502], read[503] & 0xFFFF] == [111, 222, 65535], said[-200:])
    code, _, said = mbpoll(4, 502, 7)
    require(code == 0 and "Written 1 references" in said, said[-200:])
    require(mbpoll(4, 501, count=2)[1] == {501: 111, 502: 7}, "the single register is read back")
    code, _, said = mbpoll(4, 501, 0, 0, 0)
    require(code == 0, said[-200:])


def check_mbpoll_reads_many_holding_registers():
    code, read, said = mbpoll(4, 1001, count=120)
    require(code == 0 and len(read) == 120, said[-200:])


def check_mbpoll_writes_and_reads_coils():
    code, _, said = mbpoll(0, 65, 1, 0, 1, 1, 0, 0, 1, 1)
    require(code == 0 and "Written 8 references" in said, said[-200:])
    code, read, said = mbpoll(0, 65, count=8)
    require(code == 0 and list(read.values()) == [1, 0, 1, 1, 0, 0, 1, 1], said[-200:])
    code, _, said = mbpoll(0, 66, 1)
    require(code == 0, said[-200:])
    require(list(mbpoll(0, 65, count=3)[1].values()) == [1, 1, 1], "the single coil is read back")
    require(mbpoll(0, 65, 0, 0, 0, 0, 0, 0, 0, 0)[0] == 0, "the coils are off again")


def check_mbpoll_reads_discrete_inputs():
    code, read, said = mbpoll(1, 1, count=125)
    require(code == 0 and len(read) == 125 and set(read.values()) <= {0, 1}, said[-200:])


def check_mbpoll_reads_analog_inputs():
    code, read, said = mbpoll(3, 1, count=32)
    require(code == 0 and len(read) == 32, said[-200:])


def check_mbpoll_is_told_of_an_illegal_address():
    code, _, said = mbpoll(4, 5121, count=1)
    require(code != 0 and "Illegal data address" in said, said[-200:])
    code, _, said = mbpoll(4, 501, count=121)
    require(code != 0 and "Illegal data value" in said, said[-200:])


# ---- libmodbus --------------------------------------------------------------------------------------------------------

def check_libmodbus_every_function():
    compiler = needed("gcc")
    with tempfile.TemporaryDirectory(prefix="conpot-pi-libmodbus-") as folder:
        program = os.path.join(folder, "libmodbus_client")
        code, flags = run([needed("pkg-config"), "--cflags", "--libs", "libmodbus"], 10)
        if code != 0:
            raise Skipped("libmodbus-dev is not installed")
        code, said = run([compiler, "-Wall", "-Wextra", "-Werror", "-o", program, str(HERE / "libmodbus_client.c"), *flags.split()], 60)
        require(code == 0, f"gcc: {said[-400:]}")
        code, said = run([program, "127.0.0.1", str(everyone.sensor.port)], 30)
    wrong = [line for line in said.splitlines() if line.startswith("FAIL")]
    require(code == 0, "; ".join(wrong) or said[-200:])
    return said.splitlines()[-1]


# ---- pymodbus (the old interface of Debian's 3.0.0rc1) -----------------------------------------------------------------

def check_pymodbus_every_function():
    try:
        from pymodbus.client import ModbusTcpClient
        from pymodbus.pdu import ExceptionResponse
    except ImportError as missing:
        raise Skipped(f"python3-pymodbus is not installed ({missing})") from None

    client = ModbusTcpClient("127.0.0.1", port=everyone.sensor.port, timeout=5 * SLOW)
    require(client.connect(), "pymodbus connects")

    def good(reply):
        require(not reply.isError(), f"pymodbus got {reply}")
        return reply

    def refused(reply, code):
        require(isinstance(reply, ExceptionResponse) and reply.exception_code == code, f"pymodbus got {reply}, expected exception {code}")

    try:
        good(client.write_register(500, 1234, slave=1))
        require(good(client.read_holding_registers(500, 1, slave=1)).registers == [1234], "FC6, FC3")
        values = [257 * number & 0xFFFF for number in range(120)]
        good(client.write_registers(500, values, slave=1))
        require(good(client.read_holding_registers(500, 120, slave=1)).registers == values, "FC16, FC3")
        good(client.write_registers(500, [0] * 120, slave=1))
        good(client.write_coil(64, True, slave=1))
        require(good(client.read_coils(64, 1, slave=1)).bits[0] is True, "FC5, FC1")
        pattern = [True, False, True, True, False, False, True, True] * 8
        good(client.write_coils(64, pattern, slave=1))
        require(good(client.read_coils(64, 64, slave=1)).bits[:64] == pattern, "FC15, FC1")
        good(client.write_coils(64, [False] * 64, slave=1))
        require(len(good(client.read_discrete_inputs(0, 128, slave=1)).bits) == 128, "FC2")
        require(len(good(client.read_input_registers(0, 32, slave=1)).registers) == 32, "FC4")
        for unit in (0, 5, 247, 255):
            reply = good(client.read_holding_registers(500, 1, slave=unit))
            require(reply.registers == [0], f"unit {unit}")

        refused(client.read_holding_registers(5120, 1, slave=1), 2)
        refused(client.read_holding_registers(500, 121, slave=1), 3)
        refused(client.read_coils(128, 1, slave=1), 2)
        refused(client.write_register(5120, 1, slave=1), 2)
        refused(client.mask_write_register(500, 0xF2, 0x25, slave=1), 1)
        refused(client.readwrite_registers(read_address=500, read_count=1, write_address=500, write_registers=[1], slave=1), 1)
        refused(client.read_exception_status(slave=1), 1)
        refused(client.diag_query_data(0xA537, slave=1), 1)
        require(good(client.read_holding_registers(500, 1, slave=1)).registers == [0], "the connection goes on")
    finally:
        client.close()


# ---- nmap -------------------------------------------------------------------------------------------------------------

def nmap_discover(*arguments):
    # The plus runs the script although the port is not 502.
    code, said = run([needed("nmap"), "-Pn", "-n", "-p", str(everyone.sensor.port), "--script", "+modbus-discover", *arguments, "127.0.0.1"], 60)
    require(code == 0, said[-300:])
    require("modbus-discover" in said, f"the script said nothing: {said[-300:]}")
    for word in ("Conpot", "Siemens", "SIMATIC", "Device identification", "Slave ID data"):
        require(word not in said, f"'{word}' in nmap's words: {said[-300:]}")
    return said


def check_nmap_modbus_discover():
    said = nmap_discover()
    require(re.search(r"sid 0x1: \n\|_\s+error: ILLEGAL FUNCTION", said), said[-300:])


def check_nmap_modbus_discover_aggressive():
    said = nmap_discover("--script-args", "modbus-discover.aggressive=true")
    units = re.findall(r"sid 0x[0-9a-f]+:", said)
    require(len(units) == 246 and said.count("ILLEGAL FUNCTION") == 246, f"{len(units)} units, {said.count('ILLEGAL FUNCTION')} illegal functions")
    return "246 units"


class VersionScan(threading.Thread):
    """nmap -sV with a sensor of its own. It once drove a Conpot to 100 % CPU (mushorg/conpot issue 404)."""

    def __init__(self):
        super().__init__(daemon=True)
        self.outcome = Failed("the scan did not end")

    def run(self):
        try:
            self.outcome = self._scan()
        except Exception as error:
            self.outcome = error

    def _scan(self):
        needed("nmap")
        with Sensor() as sensor:
            before = sensor.cpu_seconds()
            code, said = run(["nmap", "-Pn", "-n", "-sV", "-p", str(sensor.port), "--host-timeout", "150s", "127.0.0.1"], 180)
            used = sensor.cpu_seconds() - before
            require(code == 0 and f"{sensor.port}/tcp open" in said, said[-300:])
            for word in ("Conpot", "conpot", "Siemens", "libmodbus", "pymodbus"):
                require(word not in said, f"'{word}' in nmap's words: {said[-400:]}")
            require(used < 3 * SLOW, f"the scan cost {used:.1f} s of CPU")
            with sensor.connect() as client:
                began = time.monotonic()
                require(client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))[0] == 3, "the sensor answers after the scan")
                require(time.monotonic() - began < SLOW, "the sensor answers at once after the scan")
            recorded = len(modbus_only(sensor.journal.fresh()))
            return f"{used:.2f} s of CPU, {recorded} events"


def check_nmap_version_scan_neither_crashes_nor_slows():
    everyone.version_scan.join(200 * SLOW)
    if isinstance(everyone.version_scan.outcome, Exception):
        raise everyone.version_scan.outcome
    return everyone.version_scan.outcome


# ---- Every kind of reply once more, for tshark ------------------------------------------------------------------------

def check_one_of_every_reply_is_in_the_capture():
    """Exceptions of every function, long replies, and several replies in one segment: what the clients above do not send."""
    with everyone.sensor.connect() as client:
        for function in range(1, 128):
            client.ask(bytes([function]))
        client.ask(b"\x2B\x0E\x01\x00")
        for request in (modbus.read(3, 1000, 120), modbus.read(1, 0, 128), modbus.read(2, 0, 128), modbus.read(4, 0, 32)):
            client.ask(request)
        replies = list(client.ask_all([modbus.read(3, 500, number) for number in range(1, 17)]))
        require(len(replies) == 16, "sixteen replies")


def ended_capture():
    if everyone.capture.problem:
        raise Skipped(everyone.capture.problem)
    everyone.capture.end()
    return everyone.capture


def check_tshark_finds_nothing_wrong_with_any_reply():
    capture = ended_capture()
    replies, malformed, warnings = capture.replies(), capture.malformed(), capture.warnings()
    require(replies > 500, f"the capture holds {replies} Modbus frames of the sensor")
    require(not malformed, f"malformed: {malformed[:3]}")
    require(not warnings, f"expert warnings: {warnings[:3]}")
    return f"{replies} replies"


def check_everything_that_was_answered_is_in_the_journal():
    """All clients together: as many replies on the wire as events with a response in the journal."""
    replies = ended_capture().replies()
    answered = sum(1 for event in modbus_only(everyone.sensor.journal.fresh()) if field(event, "conpot.response"))
    require(answered >= replies, f"{replies} replies on the wire, {answered} events with a response")
    return f"{replies} replies"


if __name__ == "__main__":
    try:
        with everyone:
            code = run_checks(globals())
    except Failed as why:
        sys.exit(f"FAIL the sensor that all clients talk to: {why}")
    sys.exit(code)
