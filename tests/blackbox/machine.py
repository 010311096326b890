"""A whole machine under QEMU: a kernel, an initramfs or an image, a shell in it, some of its ports on the loopback. Bounded everywhere.

Knows nothing of the sensor. KVM where a kernel really boots with it, else QEMU's own emulation; CONPOT_PI_ACCEL=tcg asks for the latter.
"""

import atexit
import fcntl
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from checks import Failed, Skipped
from harness import free_port

# Boards that a kernel and an initramfs suffice for: QEMU's program, its arguments, the console that the kernel writes to.
BOARDS = {
    "amd64": ("qemu-system-x86_64", ("-M", "q35", "-nodefaults"), "ttyS0"),
    "arm64": ("qemu-system-aarch64", ("-M", "virt", "-nodefaults"), "ttyAMA0"),
}
NATIVE = {"x86_64": "amd64", "aarch64": "arm64"}.get(os.uname().machine)

# With KVM a kernel's first line comes within a second.
SILENT_SECONDS = 6

_alive = set()
# Machines that do not boot with KVM are not tried again: the device may let one make a machine and not run an unmodified kernel in it.
_kvm = {"usable": os.environ.get("CONPOT_PI_ACCEL", "kvm") == "kvm"}


def _end_own_machines():
    for process in list(_alive):
        process.kill()
        process.wait()


atexit.register(_end_own_machines)


def has_kvm():
    """Whether a virtual machine can be made, and none has failed to boot."""
    if not _kvm["usable"]:
        return False
    try:
        with open("/dev/kvm", "r+b", buffering=0) as kvm:
            os.close(fcntl.ioctl(kvm, 0xAE01, 0))  # KVM_CREATE_VM, linux/kvm.h
            return True
    except OSError:
        return False


class Machine:
    """One running machine: `with Machine(kernel, initrd, forwards=[502]) as machine: machine.sh("uname -r")`.

    forwards: TCP ports of the machine; machine.port(502) is where it is to be found on the loopback.
    arguments: more of QEMU's (a drive, a device). boot_seconds: with KVM; without it ten times as long."""

    def __init__(self, kernel, initrd, append="", architecture=NATIVE, memory=512, forwards=(), arguments=(), boot_seconds=20):
        program, board, console = BOARDS[architecture]
        if shutil.which(program) is None:
            raise Skipped(f"{program} is not installed (package qemu-system-x86 or qemu-system-arm)")
        self._architecture = architecture
        self._boot_seconds = boot_seconds
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-machine-")
        self._ports = {port: free_port() for port in forwards}
        network = ",".join(["user,id=net,restrict=on", *(f"hostfwd=tcp:127.0.0.1:{here}-:{there}" for there, here in self._ports.items())])
        self._console = os.path.join(self.directory, "console.log")
        self._command = [
            program, *board, "-m", str(memory), "-display", "none", "-monitor", "none", "-no-reboot",
            "-kernel", kernel, "-initrd", initrd,
            "-append", f"console={console} panic=-1 mitigations=off no_timer_check {append}", "-serial", f"file:{self._console}",
            "-device", "virtio-serial-pci", "-chardev", f"socket,id=shell,path={self.directory}/shell", "-device", "virtserialport,chardev=shell",
            "-netdev", network, "-device", "virtio-net-pci,netdev=net,romfile=", *arguments]
        self._process = self._shell = None
        self.accelerated = False
        self._count = 0

    @property
    def slowness(self):
        """What a limit in seconds is to be multiplied by."""
        return 1 if self.accelerated else 10

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def port(self, there):
        return self._ports[there]

    def start(self):
        """Returns when the shell answers."""
        self.accelerated = self._architecture == NATIVE and has_kvm()
        try:
            self._boot()
        except Failed:
            if not self.accelerated:
                raise
            self._kill()
            _kvm["usable"] = self.accelerated = False
            self._boot()

    def _accelerator(self):
        pc = self._architecture == "amd64"
        if self.accelerated:
            # In a virtual machine that is itself one, that register (0x10A) may be announced and not be writable.
            return "-accel", "kvm", "-smp", "2", "-cpu", "host,arch-capabilities=off" if pc else "host"
        # What .NET asks for (x86-64-v2) and no more: what a newer processor has is emulated too, slowly.
        # One processor: two emulated ones wait for each other where the machine below is busy.
        return "-accel", "tcg", "-cpu", "Nehalem" if pc else "cortex-a53"

    def _boot(self):
        # QEMU is to end with this program however that ends.
        guard = [shutil.which("setpriv"), "--pdeathsig", "KILL", "--"] if shutil.which("setpriv") else []
        path = os.path.join(self.directory, "shell")
        with socket.socket(socket.AF_UNIX) as door, open(os.path.join(self.directory, "qemu.log"), "wb") as log:
            door.bind(path)
            door.listen(1)
            door.settimeout(10)
            self._process = subprocess.Popen([*guard, *self._command, *self._accelerator()], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            _alive.add(self._process)
            try:
                self._shell, _ = door.accept()
            except TimeoutError:
                raise Failed(f"QEMU did not start: {self._tail('qemu.log')}") from None
            finally:
                os.unlink(path)
        limit = self._boot_seconds * self.slowness
        began = time.monotonic()
        # What is typed before anybody reads is kept, or is not (a terminal that is being set up): ask until there is an answer.
        while self._ask("true", 1) is None:
            # A machine that KVM cannot go on with is only paused, or turns round for ever before its kernel says a word.
            took = time.monotonic() - began
            silent = self.accelerated and took > SILENT_SECONDS and not self._tail("console.log")
            if silent or took > limit or self._process.poll() is not None or "internal error" in self._tail("qemu.log", 60000):
                raise Failed(f"no shell after {took:.0f} s: {self.last_words()}")

    def stop(self):
        """At once, as a power cut."""
        self._kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _kill(self):
        process, self._process = self._process, None
        if process:
            process.kill()
            process.wait()
            _alive.discard(process)
        if self._shell:
            self._shell.close()

    def run(self, command, seconds=10):
        """A command's exit code and all that it said."""
        answer = self._ask(command, seconds * self.slowness)
        if answer is None:
            raise Failed(f"no end within {seconds * self.slowness} s: {command}; {self.last_words()}")
        return answer

    def sh(self, command, seconds=10):
        """What a command said; it must succeed."""
        code, said = self.run(command, seconds)
        if code != 0:
            raise Failed(f"exit code {code}: {command}: {said[-300:]}")
        return said

    def last_words(self):
        return f"{self._tail('qemu.log')} {self._tail('console.log')}".strip() or "nothing on the console"

    def _tail(self, name, most=600):
        try:
            with open(os.path.join(self.directory, name), "r", encoding="utf-8", errors="replace") as stream:
                return stream.read()[-most:].strip()
        except OSError:
            return ""

    def _ask(self, command, seconds):
        self._count += 1
        # The marks are written so that a terminal's echo of the command is none.
        line = f"echo '<'{self._count}'<'; {{ {command}\n}} </dev/null 2>&1; echo '>'{self._count}:$?'>'\n"
        marks = re.compile(rf"<{self._count}<\r?\n(.*)>{self._count}:(\d+)>\r?\n".encode(), re.DOTALL)
        said, until = b"", time.monotonic() + seconds
        try:
            self._shell.sendall(line.encode())
            while (left := until - time.monotonic()) > 0:
                self._shell.settimeout(left)
                part = self._shell.recv(65536)
                if not part:
                    return None
                said += part
                if match := marks.search(said):
                    return int(match[2]), match[1].decode(errors="replace").replace("\r", "")
        except (TimeoutError, ConnectionError):
            pass
        return None
