"""Starts and stops the published sensor. Only the standard library; bounded everywhere.

CONPOT_PI           the native binary (or whatever runs like it)
CONPOT_PI_LAUNCHER  what to start it with, e.g. "qemu-aarch64 -L /usr/aarch64-linux-gnu"; empty on the machine's own kind
"""

import atexit
import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from checks import Failed, Skipped, require
from journal import Journal
from modbus import Connection
from surroundings import EMULATED, LAUNCHER

READY_SECONDS = 10
# DESIGN: SIGTERM stops within a second with everything written. An emulated machine gets five.
STOP_SECONDS = 5 if EMULATED else 1

_alive = set()


def _end_own_children():
    for process in list(_alive):
        if process.poll() is None:
            process.kill()
            process.wait()


atexit.register(_end_own_children)


def binary():
    """The sensor runs in its own folder; a relative path is meant from where the check was started."""
    path = os.environ.get("CONPOT_PI")
    require(path, "CONPOT_PI is not set; name the published binary, e.g. CONPOT_PI=out/linux-x64/conpot-pi")
    return os.path.abspath(path)


# Below what the kernel gives to connections that go out (ip_local_port_range begins with 32768), so that none takes a port before it is bound.
PORTS = range(20000, 32768)
_given = set()


def free_port(kind=socket.SOCK_STREAM):
    """A port on the loopback that nobody has, and that this program has not given before."""
    for _ in range(1000):
        port = random.SystemRandom().choice(PORTS)
        if port in _given:
            continue
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.add(port)
            return port
    raise Failed("a thousand ports of the loopback are taken")


# All tests come from one address, and faster than any person: what is meant against one greedy visitor is lifted where it is not looked at.
LIFTED = ("network.connections_per_address=60000", "network.connection_rate=100000", "network.connection_burst=100000")


class Sensor:
    """One running sensor on a port and a journal of its own: `with Sensor("modbus.stop=silence") as sensor:`.

    latency=None leaves the device's own; visitor_limits=True leaves what one address may do as it is shipped.
    config: the text of the settings file, with {port}, {snmp} and {journal}; then nothing is set on the command line. Ports of
    the protocols that it does not name are written behind it.
    environment, prefix: beside what every sensor gets, and in front of its command."""

    def __init__(self, *settings, profile="s7-200", latency="0", visitor_limits=False, config=None, environment=None, prefix=()):
        self.port = free_port()
        self.snmp_port = free_port(socket.SOCK_DGRAM)
        self.http_port = free_port()
        self.s7_port = free_port()
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-blackbox-")
        self.journal = Journal(os.path.join(self.directory, "journal"))
        os.mkdir(self.journal.directory)
        # An empty file means defaults; naming it keeps the machine's own configuration out of the test.
        self.config = os.path.join(self.directory, "conpot-pi.toml")
        self.configure(config or "")
        self._environment = environment or {}
        self._command = [*prefix, *LAUNCHER, binary(), "run", "-c", self.config]
        if config is None:
            self._set(settings, profile, latency, visitor_limits)
        self._process = None
        self.stderr = []

    def _set(self, settings, profile, latency, visitor_limits):
        assignments = [f"plc.profile={profile}", "network.listen=127.0.0.1", f"modbus.port={self.port}", f"snmp.port={self.snmp_port}",
                       f"http.port={self.http_port}", f"s7comm.port={self.s7_port}",
                       f"journal.directory={self.journal.directory}", f"state_directory={self.directory}"]
        if latency is not None:
            assignments.append(f"modbus.latency={latency}")
        for assignment in [*assignments, *(() if visitor_limits else LIFTED), *settings]:
            self._command += ["--set", assignment]

    def configure(self, text):
        """Writes the settings file; the sensor reads it at its start and at SIGHUP."""
        for name, port in (("s7comm", self.s7_port), ("http", self.http_port)):
            if text and f"[{name}]" not in text:
                text += f"\n[{name}]\nport = {port}\n"
        with open(self.config, "w", encoding="utf-8") as stream:
            stream.write(text.replace("{port}", str(self.port)).replace("{snmp}", str(self.snmp_port)).replace("{journal}", self.journal.directory))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, kind, error, trace):
        try:
            if kind is ConnectionRefusedError:
                self._require_listening()
            if self._process and self._process.poll() is None:
                if kind is None:
                    self.stop()
                else:
                    self.kill()
            elif kind is None and self._process:
                raise Failed(f"the sensor ended by itself, exit code {self._process.returncode}: {self.last_words()}")
        finally:
            if self._process and self._process.poll() is None:
                self.kill()
            shutil.rmtree(self.directory, ignore_errors=True)

    def _require_listening(self):
        """A refused visitor is the sensor's fault when it has ended, or has lost a port that it said it has."""
        if not self._process:
            return
        if self._process.poll() is not None:
            raise Failed(f"the sensor ended by itself, exit code {self._process.returncode}: {self.last_words()}")
        for transport, port in (("tcp", self.port), ("tcp", self.s7_port), ("tcp", self.http_port), ("udp", self.snmp_port)):
            told = any(line.split()[-1].endswith(f":{port}") for line in self.stderr if line.strip())
            with open(f"/proc/net/{transport}", encoding="ascii") as sockets:
                if told and not any(line.split()[1].endswith(f":{port:04X}") for line in list(sockets)[1:]):
                    raise Failed(f"the sensor runs and does not listen on {transport} {port} any more: {self.last_words()}")

    @property
    def pid(self):
        return self._process.pid

    @property
    def command(self):
        """As it is started."""
        return list(self._command)

    def start(self):
        self.stderr = []
        ready = threading.Event()
        environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.directory,
                       "STATE_DIRECTORY": self.directory, "NO_COLOR": "1", **self._environment}
        self._process = subprocess.Popen(self._command, env=environment, cwd=self.directory, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        _alive.add(self._process)

        def listen(stream, lines):
            for line in stream:
                lines.append(line.rstrip("\n"))
                if "ready" in line.lower():
                    ready.set()
            ready.set()  # The stream ended: whoever waits need not wait longer.

        threading.Thread(target=listen, args=(self._process.stderr, self.stderr), daemon=True).start()
        came = ready.wait(READY_SECONDS)
        if not came or self._process.poll() is not None or not any("ready" in line.lower() for line in self.stderr):
            code = self._process.poll()
            self.kill()
            raise Failed(f"the sensor did not say 'ready' on stderr within {READY_SECONDS} s "
                         f"(exit code {code}): {self.last_words()}")

    def last_words(self):
        return " | ".join(self.stderr[-5:]) or "nothing on stderr"

    def send_signal(self, number):
        self._process.send_signal(number)

    def stop(self, number=signal.SIGTERM):
        """SIGTERM; exit code 0 within STOP_SECONDS."""
        process, self._process = self._process, None
        began = time.monotonic()
        process.send_signal(number)
        try:
            code = process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise Failed(f"the sensor did not stop within {STOP_SECONDS} s of {signal.Signals(number).name}") from None
        finally:
            _alive.discard(process)
        require(code == 0, f"exit code {code} after {signal.Signals(number).name} ({time.monotonic() - began:.2f} s): {self.last_words()}")

    def give_away(self):
        """The process, for a check that ends it in its own way."""
        process, self._process = self._process, None
        _alive.discard(process)
        return process

    def kill(self):
        """SIGKILL, as a power cut."""
        process, self._process = self._process, None
        if process and process.poll() is None:
            process.kill()
        if process:
            process.wait()
            _alive.discard(process)

    def running(self):
        return self._process is not None and self._process.poll() is None

    def connect(self, timeout=5.0, source="127.0.0.1"):
        return Connection(self.port, timeout, source)

    def resident_kilobytes(self):
        if EMULATED:
            raise Skipped("the emulator's own memory would be measured")
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1])
        raise Failed("no VmRSS in /proc")

    def cpu_seconds(self):
        with open(f"/proc/{self.pid}/stat", encoding="ascii", errors="replace") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
