"""What the Debian package does to a machine, from its installation to its purge; deb.py runs the steps in order."""

import os
import re
import shutil
import sys
import time

from checks import Failed, require
from programs import run

# Of systemd-analyze security, which says 0 for a service that can do nothing, 10 for root with everything.
MOST_EXPOSURE = 1.5
EDITED = 'name = "pump-house-3"\n'
HOLDING_REGISTER = "import socket; s = socket.create_connection(('127.0.0.1', 502), 5); s.sendall(bytes.fromhex('000100000006010300000001')); print(s.recv(99).hex())"


class Machine:
    """What the package does to a Debian, step by step."""

    def __init__(self, debian, package):
        self._debian = debian
        self._package = package
        self._before = None

    def installs_outside_of_systemd(self):
        """As into an image that is being built: nothing runs, nothing is asked."""
        d = self._debian
        self._before = self._files()
        self._bring(self._package, "first.deb")
        d.does("dpkg", "-i", "/first.deb")
        require("ok" in d.does("conpot-pi", "validate"), "the settings file is not valid as shipped")
        require(d.does("stat", "-c", "%U:%G %a", "/etc/conpot-pi/conpot-pi.toml").strip() == "root:conpot-pi 640", "the settings are for others to read")
        require({"gpio", "i2c", "spi"} <= set(d.does("id", "-nG", "conpot-pi").split()), "the user has not the groups of the pins")
        d.does("systemctl", "is-enabled", "conpot-pi")

    def runs_under_systemd(self):
        d = self._debian
        d.boot()
        self._until("active")
        self._answers()
        require("modbus.read" in d.does("conpot-pi", "events", "--json"), "the visit is not in the journal")
        require("RUN" in d.does("conpot-pi", "status"), "no status")
        d.does("test", "-S", "/run/conpot-pi/control")
        for line in d.run("conpot-pi", "doctor")[1].splitlines():
            require(not line.startswith("FAIL") and not line.startswith("fail"), line)

    def is_sandboxed(self):
        d = self._debian
        said = d.does("systemd-analyze", "security", "--no-pager", "conpot-pi.service")
        require(float(re.search(r"Overall exposure level .*: ([\d.]+)", said).group(1)) <= MOST_EXPOSURE, said)
        pid = self._show("MainPID")
        status = dict(line.split(":\t", 1) for line in d.does("cat", f"/proc/{pid}/status").splitlines() if ":\t" in line)
        for mask in ("CapEff", "CapPrm", "CapBnd", "CapAmb"):
            require(int(status[mask], 16) == 1 << 10, f"{mask} is {status[mask]}, and CAP_NET_BIND_SERVICE alone is meant")
        require((status["NoNewPrivs"], status["Seccomp"]) == ("1", "2"), "no system call filter")
        # Asked of the kernel, as the sensor's own user in the sensor's own view of the file system.
        ids = [d.does("id", flag, "conpot-pi").strip() for flag in ("-u", "-g")]
        _, said = d.run("nsenter", "-t", pid, "-m", "setpriv", "--reuid", ids[0], "--regid", ids[1], "--clear-groups",
                        "find", "/", "-path", "/proc", "-prune", "-o", "-path", "/dev", "-prune", "-o", "-not", "-type", "l", "-writable", "-print")
        writable = {line for line in said.splitlines() if line.startswith("/") and not line.startswith("find:")}
        # memory.pressure: systemd 254 and later tell a service when memory is short, through this file of its own.
        elsewhere = {place for place in writable if not re.match(r"/(var/lib|var/log|run)/conpot-pi(/|$)|/(var/)?tmp$|/run/|/sys/fs/cgroup/.*/conpot-pi.service/memory.pressure$", place)}
        require(not elsewhere, f"the sensor may write to {sorted(elsewhere)[:20]}")
        require("/var/lib/conpot-pi/journal" in writable, f"the sensor may not write its journal: {said[-300:]}")
        # /run is read-only, so what is left of it are sockets, to be written to as such, and its own directory.
        require(all(d.run("nsenter", "-t", pid, "-m", "test", "-S", place)[0] == 0 for place in writable if place.startswith("/run/") and "conpot-pi" not in place), f"{writable}")

    def is_restarted_unless_its_settings_are_wrong(self):
        d = self._debian
        first = self._show("MainPID")
        d.does("sh", "-c", f"kill -KILL {first}")
        self._until("active", lambda: self._show("MainPID") not in ("0", first))
        # It hangs: no life sign, so systemd ends it. Two seconds instead of the unit's thirty.
        d.does("sh", "-c", "mkdir -p /run/systemd/system/conpot-pi.service.d; printf '[Service]\\nWatchdogSec=2\\n' > /run/systemd/system/conpot-pi.service.d/test.conf")
        d.does("systemctl", "daemon-reload")
        d.does("systemctl", "restart", "conpot-pi")
        second = self._show("MainPID")
        d.does("sh", "-c", f"kill -STOP {second}")
        self._until("active", lambda: self._show("MainPID") not in ("0", second))
        d.does("rm", "-r", "/run/systemd/system/conpot-pi.service.d")
        d.does("systemctl", "daemon-reload")
        # Wrong settings: what worked last goes on. Where nothing has, it says so, and is not tried again.
        self._settings('name = "pump-house-3"\n[modbus]\nprot = 502\n')
        d.does("systemctl", "restart", "conpot-pi")
        self._until("active")
        self._answers()
        d.does("systemctl", "stop", "conpot-pi")
        d.does("rm", "/var/lib/conpot-pi/last-good.toml")
        d.run("systemctl", "start", "conpot-pi")
        self._until("failed")
        require(self._show("ExecMainStatus") == "78", f"exit code {self._show('ExecMainStatus')}")
        require("did you mean 'port'" in d.does("journalctl", "-u", "conpot-pi", "--no-pager"), "the mistake is not in the system's journal")
        self._settings('name = "pump-house-3"\n[modbus]\nport = 5502\n')
        d.does("systemctl", "restart", "conpot-pi")
        self._until("active")
        self._settings(EDITED)
        d.does("systemctl", "reload", "conpot-pi")
        self._until("active", lambda: ":502" in d.run("conpot-pi", "status")[1])

    def is_upgraded_with_its_settings(self):
        d = self._debian
        self._bring(self._newer(), "second.deb")
        old = self._show("MainPID")
        # As unattended-upgrades does it: no question, the administrator's file stays.
        d.does("dpkg", "--force-confdef", "--force-confold", "-i", "/second.deb")
        self._until("active", lambda: self._show("MainPID") not in ("0", old))
        require(d.does("dpkg-query", "-W", "-f", "${Version}", "conpot-pi") == "99.0", "not upgraded")
        require(d.does("cat", "/etc/conpot-pi/conpot-pi.toml") == EDITED, "the edited settings are gone")
        require("pump-house-3" in d.does("conpot-pi", "status"), "it does not run with them")
        self._answers()

    def is_removed_and_purged(self):
        d = self._debian
        d.does("dpkg", "-r", "conpot-pi")
        require(d.run("systemctl", "is-active", "conpot-pi")[1].strip() != "active", "it still runs")
        d.does("test", "-f", "/etc/conpot-pi/conpot-pi.toml")
        d.does("test", "-d", "/var/lib/conpot-pi/journal")
        d.does("sh", "-c", "echo secret > /etc/conpot-pi/mqtt")
        d.does("dpkg", "-P", "conpot-pi")
        require(d.run("id", "conpot-pi")[0] != 0, "its user is left")
        left = {path for path in self._files() - self._before if "conpot" in path}
        require(not left, f"left behind: {sorted(left)}")

    def _answers(self):
        code, said = self._debian.inside_network(sys.executable, "-c", HOLDING_REGISTER)
        require(code == 0 and said.startswith("00010000000501" + "0302"), f"Modbus says {said[-200:]}")

    def _until(self, state, also=lambda: True, seconds=30):
        end = time.monotonic() + seconds
        while self._show("ActiveState") != state or not also():
            if time.monotonic() > end:
                raise Failed(f"not {state} within {seconds} s: {self._debian.run('systemctl', 'status', '--no-pager', 'conpot-pi')[1][-900:]}")
            time.sleep(0.2)

    def _show(self, name):
        return self._debian.does("systemctl", "show", "-P", name, "conpot-pi").strip()

    def _settings(self, text):
        with open(self._debian.path("/etc/conpot-pi/conpot-pi.toml"), "w", encoding="utf-8") as stream:
            stream.write(text)

    def _bring(self, path, name):
        shutil.copy(path, self._debian.path("/" + name))

    def _newer(self):
        """The package as a later version with other settings in its file."""
        work = self._debian.path("/newer")
        require(run(["dpkg-deb", "-R", self._package, work], 60)[0] == 0, "dpkg-deb -R")
        for path, change in (("DEBIAN/control", lambda text: re.sub(r"(?m)^Version: .*", "Version: 99.0", text)), ("etc/conpot-pi/conpot-pi.toml", lambda text: text + "# new\n")):
            with open(os.path.join(work, path), "r+", encoding="utf-8") as stream:
                text = change(stream.read())
                stream.seek(0)
                stream.truncate()
                stream.write(text)
        code, said = run(["dpkg-deb", "--root-owner-group", "-Znone", "-b", work, work + ".deb"], 60)
        require(code == 0, said)
        return work + ".deb"

    def _files(self):
        """Paths, without what is mounted while it runs."""
        found = set()
        for place, folders, files in os.walk(self._debian.folder):
            folders[:] = [f for f in folders if os.path.join(place, f) not in {self._debian.path(p) for p in ("/proc", "/sys", "/dev", "/run", "/tmp", "/newer")}]
            found.update(os.path.join(place, name).removeprefix(self._debian.folder) for name in files + folders)
        return found
