"""A real mosquitto on the loopback, and mosquitto_sub as the one who hears. Each in a folder of its own."""

import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

from checks import Failed
from harness import free_port
from programs import needed, run

_alive = set()


def _end_own():
    for process in list(_alive):
        process.kill()
        process.wait()


atexit.register(_end_own)


class Mosquitto:
    """A broker: plain, with users={"name": "password"}, or with TLS. `kill` is SIGKILL, `start` begins it anew on the same port.

    Retained messages survive a stop (SIGTERM); a kill loses those since the last autosave, as a power cut does."""

    def __init__(self, *, users=None, authorities=None, certificate=None, key=None, clients=False, more=()):
        self._program = shutil.which("mosquitto") or ("/usr/sbin/mosquitto" if os.path.exists("/usr/sbin/mosquitto") else needed("mosquitto"))
        needed("mosquitto_sub")
        self.port = free_port()
        # Not under a folder of its own user alone: as root, mosquitto becomes "mosquitto".
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-mosquitto-")
        self.tls = authorities
        lines = [f"listener {self.port} 127.0.0.1", "persistence false", "log_type all", "log_dest stderr", "user root" if os.geteuid() == 0 else "", *more]
        if users is None:
            lines.append("allow_anonymous true")
        else:
            passwords = os.path.join(self.directory, "passwords")
            for name, password in users.items():
                create = [] if os.path.exists(passwords) else ["-c"]
                code, said = run([needed("mosquitto_passwd"), *create, "-b", passwords, name, password], 30)
                if code:
                    raise Failed(f"mosquitto_passwd: {said[-200:]}")
            lines += ["allow_anonymous false", f"password_file {passwords}"]
        if authorities:
            lines += [f"cafile {authorities}", f"certfile {certificate}", f"keyfile {key}", f"require_certificate {'true' if clients else 'false'}"]
        self._config = os.path.join(self.directory, "mosquitto.conf")
        with open(self._config, "w", encoding="ascii") as stream:
            stream.write("\n".join(lines) + "\n")
        self._process = None
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def address(self):
        return f"{'mqtts' if self.tls else 'mqtt'}://127.0.0.1:{self.port}"

    def start(self):
        with open(os.path.join(self.directory, "said"), "ab") as said:
            self._process = subprocess.Popen([self._program, "-c", self._config], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _alive.add(self._process)
        until = time.monotonic() + 10
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > until:
                raise Failed(f"mosquitto does not listen: {self.said()[-400:]}")
            time.sleep(0.02)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self, number=signal.SIGKILL):
        if self._process:
            self._process.send_signal(number)
            self._process.wait(10)
            _alive.discard(self._process)
            self._process = None

    def said(self):
        with open(os.path.join(self.directory, "said"), encoding="utf-8", errors="replace") as said:
            return said.read()


class Listener:
    """mosquitto_sub on "#", which keeps every message with when it came: (topic, retained, text, monotonic seconds).

    Its session is durable, so that a broker's restart alone costs it nothing; it comes back by itself."""

    def __init__(self, broker, *arguments, topic="#"):
        self.messages = []
        self._ready = threading.Event()
        self._process = subprocess.Popen([needed("stdbuf"), "-oL", needed("mosquitto_sub"), "-h", "127.0.0.1", "-p", str(broker.port), "-q", "1", "-t", topic,
                                          "-t", "$SYS/broker/uptime", "-F", "%r\t%t\t%p", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _alive.add(self._process)
        threading.Thread(target=self._listen, daemon=True).start()
        if not self._ready.wait(15):
            self.__exit__()
            raise Failed(f"mosquitto_sub hears nothing: {self._process.stderr.read()[-200:]!r}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.kill()
        self._process.wait()
        _alive.discard(self._process)

    def _listen(self):
        for line in self._process.stdout:
            came = time.monotonic()
            retained, topic, text = line.decode("utf-8", "replace").rstrip("\n").split("\t", 2)
            self._ready.set()
            if not topic.startswith("$SYS"):
                self.messages.append((topic, retained == "1", text, came))

    def of(self, end):
        """The messages of topics that end so, as (JSON, retained, when)."""
        return [(json.loads(text), retained, came) for topic, retained, text, came in list(self.messages) if topic.endswith(end)]

    def wait(self, wanted, seconds=20):
        """Whether it became true in time."""
        until = time.monotonic() + seconds
        while not wanted(self):
            if time.monotonic() > until:
                return False
            time.sleep(0.01)
        return True
