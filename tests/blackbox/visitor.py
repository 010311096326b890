"""A legitimate visitor beside whatever else happens: asks over all four protocols in turn, and says how long each answer took.

Beside them he may ask an echo that stands where the sensor stands: what both take longer is the machine's.

A process of its own, so that neither the load nor the check that waits for it delays its clock. Each line is `protocol milliseconds`, or
`protocol lost why`. Connections are held for ten questions and then made anew: who is in, and who comes in, are both answered."""

import contextlib
import os
import socket
import statistics
import subprocess
import sys
import threading
import time

import modbus
import snmp_message as ber
from checks import require
from s7comm import CONNECT, SETUP, packet, pdu
from snmp_names import SYS_UP_TIME

QUESTIONS = 10
PERIOD = 0.02
# 2,000 connections; nothing else comes near it.
MOST_KILOBYTES = 44 * 1024
ECHO = "echo"
PROTOCOLS = ("modbus", "s7comm", "http", "snmp")
READ_MB0 = pdu(bytes.fromhex("320100000002000e00000401120a10020001000083000000"))


class Visitor:
    """`with Visitor(sensor, cpu) as visitor: ...; visitor.taken()`."""

    def __init__(self, sensor, cpu=None, source="127.0.0.1", address="127.0.0.1", patience=5, echo=None):
        ports = [sensor.port, sensor.s7_port, sensor.http_port, sensor.snmp_port, *([echo.port] if echo else [])]
        self._command = [sys.executable, os.path.abspath(__file__), source, address, *map(str, (patience, *ports))]
        self._cpu = cpu
        self._lines = []
        self._lock = threading.Lock()

    def __enter__(self):
        self._process = subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._cpu is not None:
            os.sched_setaffinity(self._process.pid, {self._cpu})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        return self

    def __exit__(self, *_):
        self.leave()

    def leave(self):
        """Goes, and has said all it had to say."""
        if self._process.poll() is None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._reader.join(5)

    def taken(self):
        """What was measured since the last call: {protocol: [milliseconds]}, [what was lost and why]."""
        with self._lock:
            lines, self._lines = self._lines, []
        times, lost = {protocol: [] for protocol in (*PROTOCOLS, ECHO)}, []
        for line in lines:
            protocol, first, *why = line.split(" ", 2)
            if first == "lost":
                lost.append(f"{protocol}: {why[0]}")
            else:
                times[protocol].append(float(first))
        return times, lost

    def _read(self):
        for line in self._process.stdout:
            with self._lock:
                self._lines.append(line.strip())


class Echo:
    """Sends every datagram back, on the core that it is given."""

    def __init__(self, cpu=None):
        self._process = subprocess.Popen([sys.executable, os.path.abspath(__file__), ECHO], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if cpu is not None:
            os.sched_setaffinity(self._process.pid, {cpu})
        self.port = int(self._process.stdout.readline())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.communicate()


def quantiles(times):
    """Median and 99th percentile, in milliseconds."""
    require(times, "nothing was measured")
    ordered = sorted(times)
    return statistics.median(ordered), ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]


class Watched:
    """A sensor, a visitor of it, and what became of both meanwhile."""

    def __init__(self, sensor, source="127.0.0.9", address="127.0.0.1", patience=5, lossy="nothing"):
        self._sensor, self._lossy = sensor, lossy
        self._visitor = Visitor(sensor, source=source, address=address, patience=patience)

    def __enter__(self):
        self._visitor.__enter__()
        self.before = self._sensor.resident_kilobytes()
        return self

    def __exit__(self, *_):
        self._visitor.leave()

    def remark(self):
        """Ends it: everybody was answered, and memory is bounded."""
        after = self._sensor.resident_kilobytes()
        self._visitor.leave()
        times, lost = self._visitor.taken()
        losses = [why for why in lost if not why.startswith(self._lossy)]
        require(not losses, f"a legitimate visitor was not answered: {losses[:3]}")
        del times[ECHO]
        for protocol, each in times.items():
            require(len(each) >= 5, f"{protocol}: a legitimate visitor was answered {len(each)} times")
        median, most = quantiles([each for all_of_it in times.values() for each in all_of_it])
        # A machine that tests three things at once is slow; one that keeps a visitor waiting for seconds is held up.
        require(most < 2000, f"p99 {most:.0f} ms")
        require(after < MOST_KILOBYTES, f"{after} KiB, {self.before} before")
        return f"p50 {median:.1f} ms, p99 {most:.1f} ms, {after // 1024} MiB" + (f", {len(lost)} questions not answered" if lost else "")


# ---- The process ------------------------------------------------------------------------------------------------------

class Line:
    """One protocol's connection, made when it is needed and left after some questions."""

    def __init__(self, protocol, source, to, patience):
        self.protocol, self._source, self._to, self._patience = protocol, source, to, patience
        self._stream, self._asked = None, 0
        self._ask = {"modbus": self._modbus, "s7comm": self._s7, "http": self._http, "snmp": self._snmp, ECHO: self._echo}[protocol]

    def ask(self):
        """Milliseconds from the question to the whole answer, a connection's making apart."""
        try:
            if self._stream is None:
                self._open()
            began = time.perf_counter()
            self._ask()
            took = (time.perf_counter() - began) * 1000
            self._asked += 1
            if self._asked % QUESTIONS == 0:
                self._close()
            return f"{self.protocol} {took:.3f}"
        except (OSError, ValueError) as wrong:
            self._close()
            return f"{self.protocol} lost {type(wrong).__name__}: {wrong}".replace("\n", " ")

    def _open(self):
        kind = socket.SOCK_DGRAM if self.protocol in ("snmp", ECHO) else socket.SOCK_STREAM
        self._stream = socket.socket(socket.AF_INET, kind)
        self._stream.settimeout(self._patience)
        self._stream.bind((self._source, 0))
        self._stream.connect(self._to)
        if self.protocol == "s7comm":
            for words in (CONNECT, SETUP):
                self._stream.sendall(words)
                self._expect(len(packet(self._stream)) > 7, "no connection")

    def _close(self):
        if self._stream is not None:
            self._stream.close()
        self._stream = None

    @staticmethod
    def _expect(true, why):
        if not true:
            raise ValueError(why)

    def _exactly(self, count):
        data = b""
        while len(data) < count:
            part = self._stream.recv(count - len(data))
            self._expect(part, f"closed after {len(data)} of {count} bytes")
            data += part
        return data

    def _modbus(self):
        number = self._asked & 0xFFFF
        self._stream.sendall(modbus.frame(number, 1, modbus.read(modbus.READ_HOLDING, 500, 1)))
        reply = self._exactly(11)
        self._expect(int.from_bytes(reply[:2], "big") == number and reply[7] == 3, f"answered with {reply.hex()}")

    def _s7(self):
        self._stream.sendall(READ_MB0)
        reply = packet(self._stream)
        self._expect(len(reply) > 21 and reply[8] == 3 and reply[21] == 0xFF, f"answered with {reply.hex()}")

    def _http(self):
        self._stream.sendall(b"GET / HTTP/1.1\r\nHost: hmi\r\n\r\n")
        self._expect(read_page(self._stream.recv).startswith(b"HTTP/1.1 200 "), "not answered with the page")

    def _snmp(self):
        identifier = self._asked + 1
        self._stream.send(ber.message(ber.pdu(ber.GET, [SYS_UP_TIME], identifier, 0, 0), b"public", ber.V2C))
        reply = ber.Message(self._stream.recv(65535))
        self._expect(int.from_bytes(reply.request_id, "big", signed=True) == identifier and reply.status == 0, f"answered with {reply}")

    def _echo(self):
        self._stream.send(b"?")
        self._stream.recv(1)


def echo():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        print(line.getsockname()[1], flush=True)
        while True:
            line.sendto(*line.recvfrom(64))


def read_page(receive):
    """One HTTP answer with a Content-Length."""
    data = b""
    while b"\r\n\r\n" not in data:
        part = receive(65536)
        if not part:
            return data
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    length = int(lengths[0].split(b":")[1]) if lengths else 0
    while len(body) < length:
        part = receive(length - len(body))
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


def main(source, address, patience, *ports):
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    lines = [Line(protocol, source, (address, int(port)), float(patience)) for protocol, port in zip((*PROTOCOLS, ECHO), ports)]
    while not over.is_set():
        for line in lines:
            print(line.ask(), flush=True)
            if over.wait(PERIOD):
                break


if __name__ == "__main__":
    if sys.argv[1] == ECHO:
        echo()
    main(*sys.argv[1:])
