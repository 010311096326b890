"""What a machine is asked: its journal, whole or not; its SNMP; a collector of syslog on the loopback."""

import json
import re
import socket
import subprocess
import threading
import time

from checks import Failed, require
from journal import field
from programs import needed, run

JOURNAL = "/var/lib/conpot-pi/journal"
MEMORY_MB = 100
IF_PHYS_ADDRESS, SYS_DESCR = "1.3.6.1.2.1.2.2.1.6.1", "1.3.6.1.2.1.1.1.0"


def memory_in_use(board):
    """What no other program could have (proc_meminfo(5), MemAvailable), within the goal; and no swap."""
    words = dict(re.findall(r"^(\w+):\s+(\d+) kB", board.sh("cat /proc/meminfo"), re.MULTILINE))
    used = (int(words["MemTotal"]) - int(words["MemAvailable"])) / 1024
    require(used <= MEMORY_MB, f"{used:.0f} MiB are used; {MEMORY_MB} are allowed")
    require(words["SwapTotal"] == "0", "there is swap")
    return f"{used:.0f} MiB of {int(words['MemTotal']) // 1024}"


def events(board, after=0):
    """Every event of the journal; a line that is no JSON is a failure, but for one that is being written.

    after: without the segments (each named by its first sequence) that end before this one, for a journal of many megabytes takes its time through the
    serial line of an emulated machine."""
    found = []
    firsts = sorted(int(name) for name in re.findall(r"events-(\d+)\.jsonl", board.sh(f"ls {JOURNAL}")))
    wanted = [first for first, following in zip(firsts, [*firsts[1:], None]) if following is None or following > after]
    said = board.sh(f"cd {JOURNAL} && cat {' '.join(f'events-{first:012}.jsonl' for first in wanted)}", 60)
    lines = said.split("\n")
    for number, line in enumerate(lines):
        if not line and number == len(lines) - 1:
            continue
        try:
            found.append(json.loads(line))
        except ValueError:
            require(number >= len(lines) - 2 and not said.endswith("\n"), f"line {number + 1} of {len(lines)} of the journal is not JSON: {line[:120]!r}")
    return found


def require_no_gap(found):
    """event.sequence goes on by one, but where sensor.lost tells which numbers are missing. Returns the last."""
    told = set()
    for event in found:
        if field(event, "event.action") == "sensor.lost":
            first, last = _find(event, "first"), _find(event, "last")
            if first is not None and last is not None:
                told |= set(range(first, last + 1))
    last = None
    for event in found:
        sequence = field(event, "event.sequence")
        if last is not None and sequence != last + 1:
            missing = [number for number in range(last + 1, sequence) if number not in told]
            require(sequence > last and not missing, f"event.sequence {sequence} follows {last}, and sensor.lost tells nothing of it")
        last = sequence
    return last


def _find(value, key):
    """A number by its last name, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name.split(".")[-1] == key and isinstance(inner, int):
                return inner
            if (found := _find(inner, key)) is not None:
                return found
    return None


def snmp_get(port, oid, host="127.0.0.1"):
    """Value of one object, in hexadecimal without spaces for octets that are no text."""
    code, said = run([needed("snmpget"), "-v2c", "-c", "public", "-On", "-Oqv", "-m", "", "-r", "3", "-t", "5", f"{host}:{port}", oid], 40)
    require(code == 0, f"snmpget: {said}")
    return said.strip().strip('"').strip()


def snmp_mac(port, host="127.0.0.1"):
    """ifPhysAddress as colons write it; net-snmp prints it as "28 63 36 .. " or 28:63:36:.."""
    octets = re.findall(r"[0-9A-Fa-f]{1,2}", snmp_get(port, IF_PHYS_ADDRESS, host))
    require(len(octets) == 6, f"ifPhysAddress is {octets}")
    return ":".join(octet.rjust(2, "0").upper() for octet in octets)


def mbpoll(port, *options, values=(), host="127.0.0.1"):
    code, said = run([needed("mbpoll"), "-m", "tcp", "-p", str(port), "-a", "1", "-1", "-o", "10", *options, host, *map(str, values)], 40)
    require(code == 0, f"mbpoll: {said[-300:]}")
    return said


def page(port, host="127.0.0.1"):
    done = subprocess.run([needed("curl"), "-s", "-S", "-m", "30", "-i", f"http://{host}:{port}/"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=40, check=False)
    require(done.returncode == 0, f"curl: {done.stderr}")
    return done.stdout


class Collector:
    """A TCP port on the loopback that takes all that comes: `with Collector() as collector:`."""

    def __enter__(self):
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.visits = 0
        self._text = b""
        threading.Thread(target=self._serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._server.close()

    def _serve(self):
        while True:
            try:
                visitor, _ = self._server.accept()
            except OSError:
                return
            self.visits += 1
            threading.Thread(target=self._take, args=(visitor,), daemon=True).start()

    def _take(self, visitor):
        with visitor:
            try:
                while data := visitor.recv(65536):
                    self._text += data
            except OSError:
                pass

    @property
    def text(self):
        return self._text.decode(errors="replace")

    def wait(self, text, seconds):
        until = time.monotonic() + seconds
        while text not in self.text:
            if time.monotonic() > until:
                raise Failed(f"'{text}' did not arrive within {seconds} s; {self.visits} connections, at the end {self.text[-200:]!r}")
            time.sleep(0.2)
