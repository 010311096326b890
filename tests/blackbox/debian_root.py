"""A small Debian that is thrown away: a folder to install packages into, and systemd as the first process of namespaces around it.

Made by mmdebstrap from the mirror that this machine's apt uses, the unpacked system kept as out/debian-<suite>.tar. Its network is its own: nothing
but its loopback, so that it has every port. systemd needs root, a cgroup tree of version 2 and namespaces; where they are not to be had, Skipped.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time

from checks import Failed, Skipped, require
from kernel import KEYRING, OUT, debian_mirror
from programs import needed, run

# What the package depends on, and what its checks look with.
PACKAGES = {"bookworm": "systemd,init-system-helpers,libssl3,passwd", "trixie": "systemd,init-system-helpers,libssl3t64,passwd"}
MAKING_SECONDS = 300

# $1 is the folder. A cgroup of its own comes first: it is the root of the tree that the new namespace sees.
ENTER = r"""
set -eu
groups=$(mktemp -d)
mount --make-rprivate /
mount -t cgroup2 none "$groups"
mkdir "$groups/$2"
echo $$ > "$groups/$2/cgroup.procs"
umount "$groups"; rmdir "$groups"
exec unshare --mount --pid --fork --kill-child --uts --ipc --net --cgroup sh -euc '
    mount --bind "$1" "$1"
    mount -t proc proc "$1/proc"
    mount -t sysfs sysfs "$1/sys"
    mount -t cgroup2 none "$1/sys/fs/cgroup"
    mount -t tmpfs tmpfs "$1/run"
    mount -t tmpfs tmpfs "$1/dev"
    for device in null zero full random urandom tty; do : > "$1/dev/$device"; mount --bind "/dev/$device" "$1/dev/$device"; done
    mkdir "$1/dev/pts" "$1/dev/shm"
    ln -s /proc/self/fd "$1/dev/fd"
    cd "$1"
    mkdir -p .outside
    pivot_root . .outside
    umount -l .outside
    rmdir .outside
    exec env -i container=other PATH=/usr/sbin:/usr/bin:/sbin:/bin /usr/lib/systemd/systemd --system --unit=multi-user.target --log-target=journal
' sh "$1"
"""


class DebianRoot:
    """`with DebianRoot("trixie") as debian:`; run() in it without, and boot() for systemd."""

    def __init__(self, suite):
        self.suite = suite
        self.folder = None
        self._first = None
        self._outside = None
        self._group = ""

    def __enter__(self):
        if os.geteuid() != 0:
            raise Skipped("a Debian to install into is made by root alone")
        for program in ("mmdebstrap", "unshare", "nsenter"):
            needed(program)
        self.folder = tempfile.mkdtemp(prefix=f"conpot-pi-{self.suite}-")
        try:
            code, said = run(["tar", "-xpf", self._archive(), "-C", self.folder], 60)
            require(code == 0, f"tar: {said[-300:]}")
            # Nothing that Debian itself mounts or loads can be had here, and nothing of it is looked at.
            for unit in ("systemd-modules-load", "systemd-sysctl", "systemd-networkd-wait-online", "systemd-binfmt"):
                self.run("systemctl", "mask", unit)
            return self
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def __exit__(self, kind, error, trace):
        self.halt()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _archive(self):
        os.makedirs(OUT, exist_ok=True)
        archive = os.path.abspath(os.path.join(OUT, f"debian-{self.suite}.tar"))
        if not os.path.exists(archive):
            if not os.path.exists(KEYRING):
                raise Skipped(f"no {KEYRING} (package debian-archive-keyring), to make a Debian with")
            part = archive.removesuffix(".tar") + f".{os.getpid()}.tar"  # by its name mmdebstrap knows that an archive is meant
            try:
                code, said = run(["mmdebstrap", "--quiet", "--mode=root", "--variant=essential", f"--include={PACKAGES[self.suite]}", '--aptopt=Acquire::Languages "none"',
                                  '--aptopt=Acquire::Retries "2"', self.suite, part, f"deb [signed-by={KEYRING}] {debian_mirror()} {self.suite} main"], MAKING_SECONDS)
                require(code == 0, f"mmdebstrap made no {self.suite}: {said[-600:]}")
                os.rename(part, archive)
            finally:
                if os.path.exists(part):
                    os.remove(part)
        return archive

    def run(self, *command, seconds=60):
        """Exit code and all that it said; in the running system when there is one."""
        way = ["nsenter", "-t", str(self._first), "-a", "--"] if self._first else ["chroot", self.folder]
        return run([*way, *command], seconds, {"LC_ALL": "C.UTF-8", "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"})

    def does(self, *command, seconds=60):
        """What the command said; anything but success is a failed check."""
        code, said = self.run(*command, seconds=seconds)
        require(code == 0, f"{' '.join(command)} ended with {code}: {said[-600:]}")
        return said

    def path(self, path):
        return self.folder + path

    def inside_network(self, *command, seconds=20):
        """A program of this machine in the network of the running system."""
        return run(["nsenter", "-t", str(self._first), "-n", "--", *command], seconds)

    def boot(self, seconds=30):
        """systemd up to multi-user.target."""
        self._group = f"conpot-pi-{os.getpid()}-{self.suite}"
        self._outside = subprocess.Popen(["unshare", "--mount", "sh", "-c", ENTER, "sh", self.folder, self._group],
                                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self._outside.poll() is not None:
                said = self._outside.stdout.read()
                self._outside = None
                raise Skipped(f"systemd cannot be the first process of a namespace here: {said.strip()[-200:]}")
            self._first = self._first or _systemd_below(self._outside.pid)
            if self._first and self.run("systemctl", "is-system-running")[1].strip() in ("running", "degraded"):
                return
            time.sleep(0.3)
        raise Failed(f"{self.suite}'s systemd was not up within {seconds} s: {self.run('systemctl', 'list-jobs')[1] if self._first else 'not even begun'}")

    def halt(self):
        """As a power cut: the first process's end is the end of all others."""
        if self._first:
            os.kill(self._first, signal.SIGKILL)
        if self._outside:
            self._outside.wait(20)
        if self._group:
            _remove_group(self._group)
        self._first = self._outside = None
        self._group = ""


def _systemd_below(pid):
    """The process id, out here, of the systemd that a chain of unshare and sh has become; None before that."""
    while True:
        with open(f"/proc/{pid}/comm", encoding="ascii", errors="replace") as stream:
            name = stream.read().strip()
        if name == "systemd":
            return pid
        try:
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as stream:
                children = stream.read().split()
        except OSError:
            return None
        if not children:
            return None
        pid = int(children[0])


def _remove_group(name):
    """The empty cgroups that systemd leaves."""
    subprocess.run(["unshare", "--mount", "sh", "-c", 'set -e; d=$(mktemp -d); mount -t cgroup2 none "$d"; find "$d/$1" -depth -type d -exec rmdir {} +; umount "$d"; rmdir "$d"', "sh", name],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=20, check=False)
