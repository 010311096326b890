"""Collectors of events for the sinks' checks: a real rsyslogd on the loopback, and an hpfeeds broker of a page. Each in a folder of its own."""

import atexit
import hashlib
import json
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

from checks import Failed, Skipped, require
from harness import free_port
from programs import needed, run

_alive = set()


def _end_own():
    for process in list(_alive):
        process.kill()
        process.wait()


atexit.register(_end_own)

# What is looked at of the structured data, "element parameter".
DATA = ("event@32473 id", "event@32473 src", "event@32473 spt", "event@32473 severity", "conpot@32473 request", "conpot@32473 range", "conpot@32473 community")

# Every property of a message as rsyslog understood it, one JSON object a line; mmpstrucdata takes the structured data apart.
TEMPLATE = """
template(name="all" type="list" option.jsonf="on") {
  property(outname="pri" name="pri" format="jsonf")
  property(outname="time" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="host" name="hostname" format="jsonf")
  property(outname="app" name="app-name" format="jsonf")
  property(outname="msgid" name="msgid" format="jsonf")
  property(outname="msg" name="msg" format="jsonf")
DATA
}
ruleset(name="in") {
  action(type="mmpstrucdata" sd_name.lowercase="off")
MORE
  action(type="omfile" file="OUT" template="all" asyncWriting="off" flushOnTXEnd="on")
}
"""


class Rsyslog:
    """rsyslogd with one input: Rsyslog("tcp"). `kill` is SIGKILL, `start` begins it anew on the same port. cef: liblognorm takes the message apart as CEF."""

    def __init__(self, kind, *, authorities=None, certificate=None, key=None, clients=False, cef=False):
        self._program = shutil.which("rsyslogd") or ("/usr/sbin/rsyslogd" if os.path.exists("/usr/sbin/rsyslogd") else needed("rsyslogd"))
        self.kind = kind
        self.port = free_port(socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-rsyslog-")
        self.out = os.path.join(self.directory, "out.json")
        self._process = None
        if kind == "tls" and not any(os.path.exists(f"/usr/lib/{machine}/rsyslog/lmnsd_gtls.so") for machine in ("x86_64-linux-gnu", "aarch64-linux-gnu")):
            raise Skipped("rsyslog-gnutls is not installed")
        glob = f'global(workDirectory="{self.directory}" maxMessageSize="16k" parser.escapeControlCharactersOnReceive="on"'
        if kind == "tls":
            glob += f' defaultNetstreamDriver="gtls" defaultNetstreamDriverCAFile="{authorities}" defaultNetstreamDriverCertFile="{certificate}" defaultNetstreamDriverKeyFile="{key}"'
        module = {"udp": 'module(load="imudp")',
                  "tcp": 'module(load="imtcp")',
                  "tls": f'module(load="imtcp" streamDriver.name="gtls" streamDriver.mode="1" streamDriver.authMode="{"x509/certvalid" if clients else "anon"}")'}[kind]
        taken_apart = "\n".join(f'  property(outname="{name}" name="$!rfc5424-sd!{name.replace(" ", "!")}" format="jsonf")' for name in DATA)
        if cef:
            module += '\nmodule(load="mmnormalize")'
            taken_apart += '\n  property(outname="cef" name="$!cef" format="jsonf")'
            with open(os.path.join(self.directory, "cef.rb"), "w", encoding="ascii") as rules:
                rules.write("version=2\nrule=:%cef:cef%\nrule=: %cef:cef%\n")
        normalise = f'  action(type="mmnormalize" ruleBase="{self.directory}/cef.rb")' if cef else ""
        text = "\n".join([glob + ")", 'module(load="mmpstrucdata")', module, TEMPLATE.replace("OUT", self.out).replace("MORE", normalise).replace("DATA", taken_apart),
                          f'input(type="{"imudp" if kind == "udp" else "imtcp"}" port="{self.port}" address="127.0.0.1" ruleset="in")', ""])
        self._config = os.path.join(self.directory, "rsyslog.conf")
        with open(self._config, "w", encoding="ascii") as stream:
            stream.write(text)
        self.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def address(self):
        return f"{self.kind}://127.0.0.1:{self.port}"

    def start(self):
        with open(os.path.join(self.directory, "said"), "ab") as said:
            self._process = subprocess.Popen([self._program, "-n", "-f", self._config, "-i", "NONE"], stdin=subprocess.DEVNULL, stdout=said, stderr=said)
        _alive.add(self._process)
        until = time.monotonic() + 10
        while not self._listens():
            if self._process.poll() is not None or time.monotonic() > until:
                with open(os.path.join(self.directory, "said"), encoding="utf-8", errors="replace") as said:
                    raise Failed(f"rsyslogd does not listen: {said.read()[-400:]}")
            time.sleep(0.02)

    def _listens(self):
        with open("/proc/net/udp" if self.kind == "udp" else "/proc/net/tcp", encoding="ascii") as table:
            return any(f":{self.port:04X} 00000000:0000 {'07' if self.kind == 'udp' else '0A'}" in line for line in table)

    def kill(self, number=signal.SIGKILL):
        if self._process:
            self._process.send_signal(number)
            self._process.wait(10)
            _alive.discard(self._process)
            self._process = None

    def messages(self):
        try:
            with open(self.out, "rb") as stream:
                whole = stream.read().rpartition(b"\n")[0]
        except FileNotFoundError:
            return []
        # A kill in the middle of a write may tear one line; the message comes again.
        taken = []
        for line in whole.splitlines():
            try:
                taken.append(json.loads(line))
            except ValueError:
                continue
        return taken

    def wait(self, wanted, seconds=20):
        until = time.monotonic() + seconds
        while not wanted(self.messages()) and time.monotonic() < until:
            time.sleep(0.05)
        return self.messages()


class Authority:
    """A root of its own with a server's and a client's certificate, made by openssl in a folder that goes with it."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-ca-")
        self.root = self._path("ca.pem")
        self._openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Test root", "-keyout", self._path("ca.key"), "-out", self.root,
                      "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.directory, ignore_errors=True)

    def issue(self, name, alternative):
        """(certificate, key) as PEM files."""
        certificate, key, request, extension = (self._path(f"{name}.{end}") for end in ("pem", "key", "csr", "ext"))
        with open(extension, "w", encoding="ascii") as stream:
            stream.write(f"subjectAltName={alternative}\nextendedKeyUsage=serverAuth,clientAuth\n")
        self._openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        self._openssl("x509", "-req", "-in", request, "-CA", self.root, "-CAkey", self._path("ca.key"), "-CAcreateserial", "-days", "2", "-extfile", extension, "-out", certificate)
        os.chmod(key, 0o600)
        return certificate, key

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _openssl(self, *arguments):
        code, said = run([needed("openssl"), *arguments], 30)
        require(code == 0, f"openssl {arguments[0]}: {said[-300:]}")


class Broker:
    """An hpfeeds broker for one identity: checks the proof, keeps what is published. `cut` ends all its connections."""

    def __init__(self, ident, secret):
        self._ident, self._secret = ident.encode(), secret.encode()
        self.published = []
        self.refused = 0
        self._connections = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()
        self.cut()

    def cut(self):
        for connection in self._connections:
            try:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        nonce = os.urandom(4)
        try:
            with connection.makefile("rb") as stream:
                connection.sendall(self._frame(1, b"\x04test" + nonce))
                while head := stream.read(5):
                    length, operation = struct.unpack(">IB", head)
                    body = stream.read(length - 5)
                    ident, rest = body[1:1 + body[0]], body[1 + body[0]:]
                    if operation == 2 and (ident != self._ident or rest != hashlib.sha1(nonce + self._secret).digest()):
                        self.refused += 1
                        connection.sendall(self._frame(0, b"accessfail"))
                        connection.close()
                        return
                    if operation == 3:
                        self.published.append((ident.decode(), rest[1:1 + rest[0]].decode(), json.loads(rest[1 + rest[0]:])))
        except OSError:
            pass

    @staticmethod
    def _frame(operation, body):
        return struct.pack(">IB", 5 + len(body), operation) + body
