"""The wires of a board in QEMU, pulled and looked at from outside through its qtest socket.

virt has a PL061 of eight lines (ARM DDI 0190: the data register under a mask of all lines is at 0x3FC); raspi3b the BCM2835's block (BCM2835 ARM
Peripherals, section 6.1: GPFSEL from 0, GPSET0 at 0x1C, GPCLR0 at 0x28, GPLEV0 at 0x34), whose levels QEMU keeps for inputs too, without edges."""

import json
import socket
import time

from checks import Failed, require

PL061, PL061_DATA = 0x09030000, 0x3FC
BCM2835 = 0x3F200000
GPSET0, GPCLR0, GPLEV0 = 0x1C, 0x28, 0x34


class Pins:
    def __init__(self, board):
        self._board = board
        self._qtest = _file(f"{board.directory}/qtest")
        self._pl061 = _find_pl061(f"{board.directory}/qmp") if board.kind == "virt" else None

    def pull(self, line, up):
        if self._pl061:
            self._say(f"set_irq_in {self._pl061} unnamed-gpio-in {line} {int(up)}")
        else:
            self._say(f"writel {BCM2835 + (GPSET0 if up else GPCLR0):#x} {1 << line:#x}")

    def level(self, line):
        place = PL061 + PL061_DATA if self._pl061 else BCM2835 + GPLEV0
        return int(self._say(f"readl {place:#x}").split()[1], 16) >> line & 1

    def await_level(self, line, wanted, seconds=20):
        await_value(lambda: self.level(line), wanted, f"line {line}", seconds)

    def _say(self, words):
        self._qtest.write(words + "\n")
        self._qtest.flush()
        while True:
            answer = self._qtest.readline().strip()
            require(answer, "QEMU's qtest socket closed")
            if not answer.startswith("IRQ"):
                require(answer.startswith("OK"), f"{words}: {answer}")
                return answer


def await_value(read, wanted, what, seconds=20):
    began = time.monotonic()
    while (found := read()) != wanted:
        if time.monotonic() - began > seconds:
            raise Failed(f"{what} is {found}, not {wanted}, after {seconds} s")
        time.sleep(0.1)


def _file(path):
    line = socket.socket(socket.AF_UNIX)
    line.settimeout(30)
    line.connect(path)
    return line.makefile("rw")


def _find_pl061(path):
    """Its place in QEMU's tree of devices, which is numbered in the order of creation."""
    monitor = _file(path)
    monitor.readline()

    def ask(command, **arguments):
        monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        monitor.flush()
        while True:
            answer = json.loads(monitor.readline())
            if "return" in answer or "error" in answer:
                return answer.get("return")

    ask("qmp_capabilities")
    for number in range(80):
        place = f"/machine/unattached/device[{number}]"
        if ask("qom-get", path=place, property="type") == "pl061":
            return place
    raise Failed("QEMU's virt board has no PL061")
