"""tshark on the loopback: what was said between the sensor and its clients, and what a dissector thinks of it."""

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time

from checks import require


class Capture:
    """tshark on the loopback, from before the first client until after the last; protocol is "mbtcp", "snmp" or "tpkt", as tshark calls them."""

    def __init__(self, port, protocol="mbtcp"):
        self.file = None
        self.problem = None
        self._port = port
        self._protocol = protocol
        self._transport = {"mbtcp": "tcp", "snmp": "udp", "tpkt": "tcp"}[protocol]
        if shutil.which("tshark") is None:
            self.problem = "tshark is not installed"
            return
        self._folder = tempfile.mkdtemp(prefix="conpot-pi-capture-")
        self.file = os.path.join(self._folder, "session.pcapng")
        self._process = subprocess.Popen(["tshark", "-q", "-i", "lo", "-f", f"{self._transport} port {port}", "-w", self.file],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
        self._words = []
        begun = threading.Event()

        def listen():
            for line in self._process.stderr:
                self._words.append(line.strip())
                if "Capture started" in line:
                    begun.set()
            begun.set()

        threading.Thread(target=listen, daemon=True).start()
        begun.wait(15)
        if self._process.poll() is not None:
            self.problem = f"tshark cannot capture on lo here: {' | '.join(self._words[-3:])}"

    def end(self):
        if self.file and self._process.poll() is None:
            time.sleep(0.5)  # dumpcap hands over what it has every so often; its last packets must be in the file.
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def remove(self):
        if self.file:
            shutil.rmtree(self._folder, ignore_errors=True)

    # ---- What it says afterwards ----

    def _read(self, *arguments):
        # The port preference tells tshark which side of Modbus answers; with -d alone it cannot know.
        preference = ["-o", f"mbtcp.tcp.port:{self._port}"] if self._protocol == "mbtcp" else []
        done = subprocess.run(["tshark", "-r", self.file, *preference, "-d", f"{self._transport}.port=={self._port},{self._protocol}", *arguments],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, text=True, errors="replace", check=False)
        require(done.returncode == 0, f"tshark: {done.stderr[-300:]}")
        return done.stdout.splitlines()

    def replies(self):
        """How many messages the sensor sent; a segment may hold several."""
        field = {"mbtcp": "mbtcp.trans_id", "snmp": "snmp.version", "tpkt": "tpkt.version"}[self._protocol]
        lines = self._read("-Y", f"{self._transport}.srcport=={self._port} && {self._protocol}", "-T", "fields", "-e", field)
        return sum(len(line.split(",")) for line in lines if line.strip())

    def malformed(self):
        return self._read("-Y", f"{self._transport}.srcport=={self._port} && _ws.malformed")

    def warnings(self):
        """Expert warnings and errors about what the sensor sent. TCP's own remarks (a client's reset, a closed window) are about the
        clients and the loopback; only what stands above TCP counts."""
        lines = self._read("-q", "-z", f"expert,warn,{self._transport}.srcport=={self._port}")
        rows = [line.strip() for line in lines if re.match(r"\s+\d+\s+\S", line)]
        return [row for row in rows if not re.match(r"\d+\s+\S+(?: \S+)*\s+TCP\s", row)]
