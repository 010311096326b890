"""A Raspberry Pi out of QEMU with a card in it: its ports on the loopback, a root shell over a virtual serial line, a plug that can be pulled.

The image runs unchanged: the shell comes from systemd.debug_shell on the kernel's command line, which is QEMU's to give. `virt` has the Pi's
processor and nothing else of it; `raspi3b` boots the card's own device tree from its SD slot. The network is QEMU's own; test.sh starts all of it
in a network namespace with a loopback and nothing else, so that nothing has a way out. Addresses of the world are carried to programs of ours."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time

import modbus
from checks import Failed, require
from harness import free_port
from machine import Machine, has_kvm, _alive

# QEMU's user network: the machine, and where it finds the collectors of the tests.
DEVICE, SINK, STRANGER = "10.0.2.15", "10.0.2.100", "10.0.2.101"
SIEMENS_MAC = "28:63:36:0a:0b:0c"  # Of the USB adapter that raspi3b has in QEMU; the image gives it its own.
WATCHDOG_OFF = "systemd.watchdog_sec=0"  # raspi3b in QEMU resets when the watchdog is armed.


class Board(Machine):
    """`with Board(card) as board:` boots and waits for the first Modbus answer; leaving pulls the plug.

    adapter: the hardware address of a second network adapter, on a network of its own (virt only); management_port(22) is where its SSH is to be found on the loopback."""

    def __init__(self, card, kind="virt", append="", tcp=(502, 1502, 102, 80), udp=(161,), worlds=(), network=None, qtest=False, drive=None, modbus_port=502,
                 address=None, boot_seconds=300, adapter=None):
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-board-")
        self.card, self.kind, self.modbus_port, self.address = card, kind, modbus_port, address
        self.accelerated = kind == "virt" and os.uname().machine == "aarch64" and has_kvm()
        # Of QEMU's processor time: on a busy machine the clock on the wall says nothing.
        self._boot_limit = boot_seconds if not self.accelerated else boot_seconds / 4
        self._ports = {port: free_port() for port in tcp}
        self._udp = {port: free_port(socket.SOCK_DGRAM) for port in udp}
        self._process = self._shell = self._typing = None
        self._count = 0
        self.first_answer = None
        self._append, self._qtest, self._drive, self._adapter = append, qtest, drive, adapter
        self._management = {port: free_port() for port in (22, 502)}
        self._network = network or self._user_network(worlds)

    def _user_network(self, worlds):
        """worlds: (address, port, port here) that the machine can reach; one process for each connection, for QEMU's own forwards have one in all."""
        words = ["user", "id=net"]  # Not restrict=on, which swallows the replies of forwarded UDP.
        words += [f"hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in self._ports.items()]
        words += [f"hostfwd=udp:127.0.0.1:{here}-:{there}" for there, here in self._udp.items()]
        carry = os.path.join(os.path.dirname(os.path.abspath(__file__)), "carry.py")
        words += [f"guestfwd=tcp:{address}:{port}-cmd:{shlex.join([sys.executable, carry, str(here)])}" for address, port, here in worlds]
        return ",".join(words)

    def udp_port(self, there):
        return self._udp[there]

    def management_port(self, there):
        return self._management[there]

    def console(self):
        """The kernel's and systemd's words."""
        return self._tail("console.log", 200000)

    def _arguments(self):
        _, kernel, initrd, line = self.card.boot_files()
        place, console, shell = self.directory, "ttyAMA0", "hvc0"
        words = [word for word in line.split() if not word.startswith("console=ttyS")]
        arguments = ["qemu-system-aarch64", "-display", "none", "-monitor", "none", "-no-reboot", "-kernel", kernel, "-initrd", initrd, "-netdev", self._network,
                     "-qmp", f"unix:{place}/qmp,server=on,wait=off"]
        if self.kind == "virt":
            accelerator = ["-accel", "kvm", "-cpu", "host"] if self.accelerated else ["-accel", "tcg", "-cpu", "cortex-a53"]
            arguments += ["-M", "virt", *accelerator, "-smp", "2", "-m", "512", "-drive", f"file={self.card.path},if=none,format=raw,id=card",
                          "-device", "virtio-blk-pci,drive=card", "-device", "virtio-net-pci,netdev=net,romfile=", "-serial", f"file:{place}/console.log",
                          "-device", "virtio-rng-pci", "-device", "virtio-serial-pci",
                          "-chardev", f"socket,id=typing,path={place}/typing,server=on,wait=off", "-device", "virtconsole,chardev=typing",
                          "-chardev", f"socket,id=shell,path={place}/shell,server=on,wait=off", "-device", "virtserialport,chardev=shell,name=shell"]
            if self._adapter:
                forwards = [f"hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in self._management.items()]
                arguments += ["-netdev", ",".join(["user,id=management,net=10.0.3.0/24", *forwards]),
                              "-device", f"virtio-net-pci,netdev=management,mac={self._adapter},romfile="]
            if self._drive:
                arguments += ["-drive", f"file={self._drive},if=none,format=raw,readonly=on,id=more", "-device", "virtio-blk-pci,drive=more"]
        else:
            console, shell = "ttyS1", "ttyAMA0"
            arguments += ["-M", self.kind, "-dtb", self._device_tree(), "-drive", f"file={self.card.path},if=sd,format=raw",
                          "-chardev", f"socket,id=shell,path={place}/shell,server=on,wait=off", "-serial", "chardev:shell", "-serial", f"file:{place}/console.log",
                          "-device", f"usb-net,netdev=net,mac={SIEMENS_MAC}"]
            words.append(WATCHDOG_OFF)
        if self._qtest:
            arguments += ["-qtest", f"unix:{place}/qtest,server=on,wait=off", "-qtest-log", "/dev/null"]
            if self.kind != "virt":
                arguments += ["-accel", "tcg"]
        words += [f"console={console},115200", f"systemd.debug_shell={shell}", *self._append.split()]
        return [*arguments, "-append", " ".join(words)]

    def _device_tree(self):
        """The card's own, without what QEMU's board lacks: the Bluetooth chip on the PL011, which then is a line for the shell, and Wi-Fi."""
        path = os.path.join(self.directory, "board.dtb")
        with open(path, "wb") as stream:
            stream.write(self.card.read(f"{self.card.slot()}/bcm2837-rpi-3-b.dtb"))
        for node in ("/soc/serial@7e201000/bluetooth", "/soc/mmc@7e300000/wifi@1"):
            subprocess.run(["fdtput", "-r", path, node], stderr=subprocess.DEVNULL, check=False)
        return path

    def start(self):
        """Power on; returns with the first Modbus answer, or at once where modbus_port is None."""
        self.began = time.monotonic()
        guard = ["setpriv", "--pdeathsig", "KILL", "--"]
        with open(os.path.join(self.directory, "qemu.log"), "wb") as log:
            self._process = subprocess.Popen([*guard, *self._arguments()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        _alive.add(self._process)
        if self.modbus_port:
            self.await_modbus()

    def processor_seconds(self):
        """What QEMU has used up so far (proc(5): the 14th and 15th field of stat)."""
        try:
            with open(f"/proc/{self._process.pid}/stat", encoding="ascii") as stat:
                fields = stat.read().rsplit(")", 1)[1].split()
        except OSError:
            return 0
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def await_modbus(self):
        while True:
            try:
                with self.modbus(3) as client:
                    client.ask(modbus.read(modbus.READ_INPUTS, 0, 1))
                self.first_answer = self.first_answer or time.monotonic() - self.began
                self.first_answer_cost = self.processor_seconds()
                return
            except OSError:
                pass
            took, used = time.monotonic() - self.began, self.processor_seconds()
            if used > self._boot_limit or took > 4 * self._boot_limit or self._process.poll() is not None:
                raise Failed(f"no Modbus answer after {took:.0f} s, {used:.0f} s of them QEMU's: {self._tail('console.log', 1500)} {self._tail('qemu.log')}")
            time.sleep(0.5)

    def modbus(self, timeout=20, port=None):
        port = port or self.modbus_port
        return modbus.Connection(self._ports[port], timeout) if self.address is None else _far(self.address, port, timeout)

    def power_cut(self):
        """The plug is pulled; the card stays as it is."""
        process = self._process
        if process:
            process.kill()
            process.wait()
            _alive.discard(process)
        for line in (self._shell, self._typing):
            if line:
                line.close()
        self._process = self._shell = self._typing = None

    _kill = power_cut

    def again(self):
        """Power on after a cut; first_answer is measured anew."""
        require(self._process is None, "the board still runs")
        self.first_answer = None
        self.start()

    def await_end(self, seconds):
        """A restart: QEMU ends instead (-no-reboot). As with a boot, `seconds` are of its processor time. Returns what the kernel said."""
        began, before = time.monotonic(), self.processor_seconds()
        while self._process.poll() is None:
            took, used = time.monotonic() - began, self.processor_seconds() - before
            if used > seconds or took > 4 * seconds:
                raise Failed(f"the board did not restart within {took:.0f} s, {used:.0f} s of them QEMU's: {self._tail('console.log', 1500)}")
            time.sleep(0.5)
        self.power_cut()
        return self.console()

    @property
    def slowness(self):
        return 1 if self.accelerated else 6

    def _ask(self, command, seconds):
        if self._shell is None:
            self._open_shell()
        return super()._ask(command, seconds)

    def _open_shell(self):
        """On virt the console shell only starts another on a port, which has no echo and takes lines of any length."""
        self._shell = _connected(f"{self.directory}/shell")
        if self.kind == "virt":
            self._typing = _connected(f"{self.directory}/typing")
            self._typing.sendall(b"setsid sh <>/dev/virtio-ports/shell >&0 2>&1 &\r")
        else:
            self._shell.sendall(b"stty -echo; PS1=\r")
        until = time.monotonic() + 120
        while super()._ask("export PS1= PAGER=cat SYSTEMD_COLORS=0 LC_ALL=C", 10) is None:
            if time.monotonic() > until:
                raise Failed(f"no root shell: {self._tail('console.log', 1500)}")


signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # Cards are large, and are taken away on the way out.


def _connected(path):
    line = socket.socket(socket.AF_UNIX)
    line.connect(path)
    return line


class _far(modbus.Connection):
    """modbus.Connection to another host than the loopback."""

    def __init__(self, address, port, timeout):
        self._socket = socket.create_connection((address, port), timeout=timeout)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local_port = self._socket.getsockname()[1]
        self._transaction = 0
