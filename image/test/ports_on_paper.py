"""Which interface is eth0, without a board: the image's own `ports` on folders in the place of /sys/class/net and the device tree, `ip` being a rename.

    ports_on_paper.py     no root, seconds"""

import itertools
import os
import subprocess
import sys
import tempfile

from checks import Report, require

PORTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "root", "usr", "lib", "conpot-pi-image", "ports")
# ip link set dev OLD name NEW, as the kernel does it: a name that is taken is refused.
IP = '#!/bin/sh\ncd "$CLASS" && [ ! -e "$6" ] && mv "$4" "$6"\n'
ON_BOARD = {"Pi 3 B": "/soc/usb@7e980000/usb1@1/ethernet@1", "Pi 4 B": "/scb/ethernet@7d580000", "Zero 2 W": None}


class Desk:
    """A board, and what is found on it, one after the other."""

    def __init__(self, board):
        self._folder = tempfile.TemporaryDirectory(prefix="conpot-pi-ports-")
        self.net, self._tree = self._path("sys/class/net"), self._path("tree")
        os.makedirs(self.net)
        os.makedirs(f"{self._tree}/aliases")
        self._node = ON_BOARD[board]
        if self._node:
            os.makedirs(self._tree + self._node)
            with open(f"{self._tree}/aliases/ethernet0", "wb") as stream:
                stream.write(self._node.encode() + b"\0")
        os.mkdir(self._path("bin"))
        with open(self._path("bin/ip"), "w", encoding="ascii") as stream:
            stream.write(IP)
        os.chmod(self._path("bin/ip"), 0o755)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._folder.cleanup()

    def _path(self, name):
        return os.path.join(self._folder.name, name)

    def found(self, what, on_interface=False):
        """The kernel names it; the device tree knows the board's own port, by its USB device or by that one's interface."""
        usb = self._path(f"devices/{what}")
        device = f"{usb}/{what}:1.0"
        os.makedirs(f"{device}/net")
        if what == "own":
            os.symlink(self._tree + self._node, f"{device if on_interface else usb}/of_node")
        name = next(f"eth{n}" for n in range(9) if not os.path.exists(f"{self.net}/eth{n}"))
        os.mkdir(f"{self.net}/{name}")
        os.symlink(device, f"{self.net}/{name}/device")

    def ports(self):
        environment = {"CLASS": self.net, "TREE": self._tree, "LOCK": self._path("lock"), "PATH": self._path("bin") + ":" + os.environ["PATH"]}
        done = subprocess.run([PORTS], env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=20, check=False)
        require(done.returncode == 0 and not done.stderr, f"exit code {done.returncode}: {done.stderr}")

    def names(self):
        return {name: os.path.basename(os.readlink(f"{self.net}/{name}/device")).split(":")[0] for name in os.listdir(self.net)}


def the_boards_own_port_is_eth0_in_every_order():
    count = 0
    for board, on_interface, late in itertools.product(("Pi 3 B", "Pi 4 B"), (False, True), (False, True)):
        for order in itertools.permutations(("own", "stick", "dongle")):
            with Desk(board) as desk:
                for what in order:
                    desk.found(what, on_interface)
                    if not late:
                        desk.ports()
                for _ in order:
                    desk.ports()
                names = desk.names()
                require(names.get("eth0") == "own" and set(names) == {"eth0", "eth1", "eth2"}, f"{board}, {order}: {names}")
                count += 1
    return f"{count} ways"


def an_adapter_alone_is_not_the_plants():
    with Desk("Pi 3 B") as desk:
        desk.found("stick")
        desk.ports()
        require(desk.names() == {"eth1": "stick"}, f"{desk.names()}")


def a_board_without_a_port_leaves_the_kernels_names():
    with Desk("Zero 2 W") as desk:
        desk.found("stick")
        desk.found("dongle")
        desk.ports()
        require(desk.names() == {"eth0": "stick", "eth1": "dongle"}, f"{desk.names()}")


def run(report):
    for check in (the_boards_own_port_is_eth0_in_every_order, an_adapter_alone_is_not_the_plants, a_board_without_a_port_leaves_the_kernels_names):
        report.run(f"ports on paper: {check.__name__}", check)


if __name__ == "__main__":
    outcome = Report()
    run(outcome)
    sys.exit(outcome.end())
