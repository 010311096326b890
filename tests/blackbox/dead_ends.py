"""Collectors that accept and never answer, and names that nobody resolves: each sink waits for itself, and nobody else does.

The nameserver is one of this program's own on a loopback address, in the place of the machine's for the sensor only (a mount namespace
with its own resolv.conf). An HTTP server that is silent is in sinks_webhook.py."""

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

import modbus
from checks import Failed, Skipped, require, run_checks
from harness import Sensor
from journal import action
from service import PATIENCE, Manager, wait_for
from sinks_webhook import wait_sink
from surroundings import EMULATED

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
# What scripts/soak.sh does, and CI has no time for.
LONG = "CONPOT_PI_SOAK_MINUTES" in os.environ
NAMESERVER = "127.0.0.77"
NAME = "collector.plant.example"


class Silent:
    """Takes connections and never says or reads a word."""

    def __init__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.port = self._server.getsockname()[1]
        self.taken = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        while True:
            try:
                self.taken.append(self._server.accept()[0])
            except OSError:
                return

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        for stream in self.taken:
            stream.close()


def load(sensor, seconds):
    """Reads and writes for a while; how many, and the slowest answer."""
    count, slowest, until = 0, 0, time.monotonic() + seconds
    with sensor.connect(timeout=10) as client:
        while time.monotonic() < until:
            began = time.monotonic()
            client.ask(READ if count % 10 else modbus.write_register(700, count))
            slowest = max(slowest, time.monotonic() - began)
            count += 1
            time.sleep(0.002)
    return count, slowest


def require_unmoved(sensor, seconds):
    """Who visits does not notice, and neither memory nor threads grow with the collectors' silence."""
    before = sensor.resident_kilobytes()
    count, slowest = load(sensor, seconds)
    threads, grown = len(os.listdir(f"/proc/{sensor.pid}/task")), sensor.resident_kilobytes() - before
    require(slowest < 2 * PATIENCE, f"an answer took {slowest:.2f} s")
    require(threads < 40, f"{threads} threads")
    require(grown < 16 * 1024, f"{grown} KiB more after {count} requests")
    events = sensor.journal.fresh()
    require(sum(action(each).startswith("modbus.") for each in events) >= count, "exchanges are missing in the journal")
    require(not any(action(each) in ("sensor.lost", "sensor.error") for each in events), "events were lost, or the sensor made a mistake")
    return f"slowest of {count} answers {slowest * 1000:.0f} ms, {threads} threads"


def require_quick_end(sensor):
    """SIGTERM: whatever the sinks wait for, it takes half a second for what can still be sent. A busy machine gets more; a sink's own patience is ten seconds."""
    began, process = time.monotonic(), sensor.give_away()
    process.send_signal(signal.SIGTERM)
    try:
        code = process.wait(4 * PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Failed("it did not stop: it waits for a sink") from None
    require(code == 0, f"exit code {code}: {sensor.last_words()}")
    return f"stopped in {time.monotonic() - began:.2f} s"


def check_collectors_that_accept_and_never_answer_hold_up_nobody():
    if EMULATED:
        raise Skipped("the emulator's own memory and threads would be measured")
    if not LONG:
        raise Skipped("half a minute of patience; scripts/soak.sh has it")
    with Silent() as mqtt, Silent() as syslog, Silent() as hpfeeds:
        settings = (f"mqtt.server=mqtt://127.0.0.1:{mqtt.port}", f"syslog.server=tcp://127.0.0.1:{syslog.port}",
                    f"hpfeeds.server=tcp://127.0.0.1:{hpfeeds.port}", "hpfeeds.ident=decoy", "hpfeeds.secret=s3cret")
        with Sensor(*settings) as sensor:
            remark = require_unmoved(sensor, 4)
            for name, silent in (("mqtt", mqtt), ("syslog", syslog), ("hpfeeds", hpfeeds)):
                wait_for(lambda each=silent: each.taken, 5, f"{name} was not tried")
            for name in ("mqtt", "hpfeeds"):  # each waits ten seconds for a word
                told = wait_sink(sensor, lambda sink: sink.get("error"), name, 25 * PATIENCE)
                require("did not answer" in (told.get("error") or "") and told["lag"] > 0, f"{name}: the status says {told}")
            require(len(mqtt.taken) + len(hpfeeds.taken) < 20, f"{len(mqtt.taken)} and {len(hpfeeds.taken)} connections in half a minute")
            remark += ", " + require_quick_end(sensor)
            sensor.start()
        return remark


# ---- Names ------------------------------------------------------------------------------------------------------------

class Nameserver(threading.Thread):
    """Hears every question, and answers none until it is told to; then everything is at 127.0.0.1."""

    def __init__(self):
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            self._socket.bind((NAMESERVER, 53))
        except OSError as taken:
            raise Skipped(f"no nameserver can be had here: {taken}") from None
        self.asked, self.answers = 0, False
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()

    def run(self):
        while True:
            try:
                question, asker = self._socket.recvfrom(4096)
            except OSError:
                return
            self.asked += 1
            if not self.answers:
                continue
            end = question.index(b"\0", 12) + 5
            kind = struct.unpack(">H", question[end - 4:end - 2])[0]
            answer = b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\0\0\x01" if kind == 1 else b""
            self._socket.sendto(question[:2] + b"\x81\x80\0\x01" + struct.pack(">H", bool(answer)) + b"\0\0\0\0" + question[12:end] + answer, asker)


@contextlib.contextmanager
def listening(manager):
    """Takes systemd's words as they come, so that their moments are right."""
    over = threading.Event()

    def take():
        while not over.is_set():
            manager.drain(0.2)

    listener = threading.Thread(target=take, daemon=True)
    listener.start()
    try:
        yield
    finally:
        over.set()
        listener.join(5)


def check_a_nameserver_that_never_answers_holds_up_nobody():
    """All sinks by name: who visits does not notice, nor does the watchdog, threads stay few, it stops when it is told to; and when names are known again, everything arrives."""
    if EMULATED or os.geteuid() != 0 or not shutil.which("unshare") or not os.path.exists("/etc/resolv.conf") \
            or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
        raise Skipped("needs root, unshare and an /etc/resolv.conf for one of its own")
    with Nameserver() as names, Manager() as manager, socket.create_server(("127.0.0.1", 0)) as collector:
        port = collector.getsockname()[1]
        settings = (f"mqtt.server=mqtt://{NAME}:1", f"syslog.server=tcp://{NAME}:{port}", f"webhook.url=http://{NAME}:1/",
                    f"hpfeeds.server=tcp://{NAME}:1", "hpfeeds.ident=decoy", "hpfeeds.secret=s3cret")
        sensor = Sensor(*settings, environment=manager.environment(watchdog=2))
        resolv = os.path.join(sensor.directory, "resolv.conf")
        with open(resolv, "w", encoding="ascii") as stream:
            stream.write(f"nameserver {NAMESERVER}\n")
        sensor._command = ["unshare", "--mount", "sh", "-c", 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"', "sh", resolv, *sensor._command]
        with listening(manager), sensor:
            remark = require_unmoved(sensor, 10 if LONG else 4)
            signs = [moment for moment, line in manager.seen if line == "WATCHDOG=1"]
            gap = max(after - before for before, after in zip(signs, signs[1:]))
            require(gap < 2 * PATIENCE, f"{gap:.2f} s without a life sign, the watchdog bites after 2 s, and a resolver is waited for 5")
            remark += f", a life sign every {gap:.2f} s at least"
            require(names.asked > 0, "nobody was asked for a name: the sensor has another resolv.conf")
            if LONG:
                told = wait_sink(sensor, lambda sink: sink.get("error"), "syslog", 30 * PATIENCE)
                require(told.get("error") and told["lag"] > 0, f"the status says {told}")
            remark += ", " + require_quick_end(sensor)
            sensor.start()
            expected = load(sensor, 0.5)[0]
            names.answers = True
            collector.settimeout(60 * PATIENCE)
            stream, _ = collector.accept()
            with stream:
                stream.settimeout(20 * PATIENCE)
                said = b""
                while said.count(b"modbus.") < expected:
                    part = stream.recv(65536)
                    require(part, "the sink closed its connection")
                    said += part
            return remark + f", then {said.count(b'modbus.')} events arrived"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
