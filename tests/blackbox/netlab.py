"""Two machines on one cable: network namespaces of this program's own, with a plant and a management link between them."""

import ctypes
import os
import socket
import subprocess

from checks import Failed, require
from programs import run

PLANT, MANAGEMENT_LINK = "eth0", "eth1"
DEVICE, VISITOR = "10.98.0.1", "10.98.0.2"
MANAGEMENT = "10.97.0.1"
# A hardware address of Siemens', as an interface in a plant may have: what the sensor shows must be this one.
DEVICE_MAC = "08:00:06:4A:11:C7"


class Lab:
    """The sensor's machine is a namespace that commands are put into; this program itself moves to the visitor's, and all that it starts with it."""

    def __init__(self):
        self._device, self._visitor = f"conpot-pi-d{os.getpid()}", f"conpot-pi-v{os.getpid()}"
        self.collector = None
        self.unreachable = None

    def __enter__(self):
        try:
            for name in (self._device, self._visitor):
                ip("netns", "add", name)
                ip("-n", name, "link", "set", "lo", "up")
            for link, number in ((PLANT, 98), (MANAGEMENT_LINK, 97)):
                ip("-n", self._device, "link", "add", link, "type", "veth", "peer", "name", link, "netns", self._visitor)
                for name, host in ((self._device, 1), (self._visitor, 2)):
                    ip("-n", name, "address", "add", f"10.{number}.0.{host}/24", "dev", link)
                    # One segment in a packet: of several the kernel numbers all but the first behind the rules' back.
                    ip("-n", name, "link", "set", link, "up", "gso_max_segs", "1")
            ip("-n", self._device, "link", "set", PLANT, "address", DEVICE_MAC)
            ip("-n", self._device, "route", "add", "default", "via", VISITOR)
            self._enter(self._visitor)
            self.collector = socket.create_server((VISITOR, 0))
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.unreachable and self.unreachable.poll() is None:
            self.unreachable.kill()
            self.unreachable.wait()
        if self.collector:
            self.collector.close()
        for name in (self._device, self._visitor):
            run(["ip", "netns", "del", name], 10)

    def command(self, words):
        """A command as it is started on the sensor's machine."""
        return ["ip", "netns", "exec", self._device, *words]

    def inside(self, words, text=None):
        done = subprocess.run(self.command(words), input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=20, check=False)
        require(done.returncode == 0, f"{' '.join(words)}: {done.stdout}")
        return done.stdout

    def start_unreachable(self, words):
        self.unreachable = subprocess.Popen(self.command(words), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        line = self.unreachable.stderr.readline()
        require("ready" in line, f"appliance unreachable: {line}")

    @staticmethod
    def _enter(name):
        with open(f"/run/netns/{name}", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), 0x40000000) != 0:  # CLONE_NEWNET
                raise Failed(f"cannot enter the network namespace: {os.strerror(ctypes.get_errno())}")


def ip(*words):
    code, said = run(["ip", *words], 10)
    require(code == 0, f"ip {' '.join(words)}: {said}")
