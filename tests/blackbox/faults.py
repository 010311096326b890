"""A journal in trouble: full, deleted, read-only, rotating. The sensor answers on, counts what it cannot keep, and tells it afterwards.

A medium of its own is a tmpfs in a mount namespace of the sensor's own: nothing is left of it when the sensor has ended."""

import glob
import os
import shutil
import subprocess
import sys
import threading
import time

import modbus
from checks import Skipped, require, run_checks
from harness import Sensor
from journal import action, field
from service import PATIENCE, Manager, injected, require_no_gap_but, require_words, run_to_its_end
from surroundings import EMULATED

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
# The most bytes that a request can leave in the journal.
LONG_READ = modbus.read(modbus.READ_HOLDING, 500, 120)


class OnMedium(Sensor):
    """A sensor whose journal lies on a small medium of its own."""

    def __init__(self, *settings, size, full=False, **more):
        if os.geteuid() != 0 or not shutil.which("unshare") or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
            raise Skipped("needs root and unshare for a medium of its own")
        if EMULATED:
            raise Skipped("the mount is made for the machine's own kind")
        super().__init__(*settings, **more)
        self._mounted = self.journal.directory
        fill = 'dd if=/dev/zero of="$2/ballast" bs=4096 2>&-; ' if full else ""
        script = f'mount -t tmpfs -o size="$1" tmpfs "$2" && {{ {fill}shift 2; exec "$@"; }}'
        self._command = ["unshare", "--mount", "sh", "-c", script, "sh", size, self._mounted, *self._command]

    def start(self):
        self.journal.directory = self._mounted
        super().start()
        self.journal.directory = f"/proc/{self.pid}/root{self._mounted}"  # as it sees it


def status_of(manager):
    statuses = [line for line in manager.drain(0.7) if line.startswith("STATUS=")]
    return statuses[-1] if statuses else "no status"


def lost_in(events):
    return [each for each in events if action(each) == "sensor.lost"]


def require_recovery(sensor, client, manager, events):
    """Asks until the loss is told; the sequence goes on, and nothing but what was told is missing."""
    until = time.monotonic() + 6 * PATIENCE
    while not lost_in(events):
        require(time.monotonic() < until, "no sensor.lost after the journal can be written again")
        client.ask(READ)
        events += sensor.journal.wait(lost_in, 0.3)
    for _ in range(5):
        client.ask(READ)
    events += sensor.journal.wait(lambda seen: len(seen) >= 5)
    require_no_gap_but(events, lost_in(events))
    lost = lost_in(events)[0]
    status = status_of(manager)
    require(f"{field(lost, 'conpot.lost')} LOST" in status and "journal:" not in status, f"the status after the recovery: {status}")
    return f"{field(lost, 'conpot.lost')} events from {field(lost, 'conpot.first')} to {field(lost, 'conpot.last')} told"


def check_a_full_medium_stops_no_answer():
    with Manager() as manager, OnMedium("journal.sync=1s", size="256k", environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect() as client:
        ballast = os.path.join(sensor.journal.directory, "ballast")
        with open(ballast, "wb") as stream:
            stream.write(bytes(160 * 1024))
        # 90 KiB are left: more than that is asked for, in little over a second.
        answers = list(client.ask_all([LONG_READ] * 400))
        require(len(answers) == 400 and all(each[0] == 3 for each in answers), "not every request is answered when the medium is full")
        events = sensor.journal.fresh()
        began = time.monotonic()
        client.ask(READ)
        require(time.monotonic() - began < 0.5, "replies wait for a medium that is full")
        status = status_of(manager)
        require("LOST" in status and "journal:" in status, f"the status does not say it: {status}")
        os.unlink(ballast)
        return require_recovery(sensor, client, manager, events)


def check_a_failing_medium_stops_no_answer():
    """What a worn-out card gives: EIO, and EROFS once the kernel has remounted it. A remount itself is refused while the journal is open."""
    remarks = []
    for fault in ("EIO", "EROFS"):
        with Manager() as manager, Sensor("journal.sync=1s", environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect() as client:
            client.ask(READ)
            events = sensor.journal.fresh()
            with injected(sensor.pid, "pwrite64", f"error={fault}"):
                for _ in range(10):
                    require(client.ask(READ)[0] == 3, "a reply")
                status = status_of(manager)
                require("10 LOST" in status and "journal:" in status, f"{fault}: the status does not say it: {status}")
            remarks.append(f"{fault}: {require_recovery(sensor, client, manager, events)}")
    return "; ".join(remarks)


def check_a_deleted_journal_is_made_anew():
    with Sensor("journal.sync=1s") as sensor, sensor.connect() as client:
        client.ask(READ)
        before = sensor.journal.fresh()
        shutil.rmtree(sensor.journal.directory)
        began = time.monotonic()
        asked = 0
        while not glob.glob(f"{sensor.journal.directory}/events-*"):
            require(time.monotonic() - began < 2.5 * PATIENCE, "the journal was not made anew")
            client.ask(READ)
            asked += 1
            time.sleep(0.02)
        took = time.monotonic() - began
        require(took < 1.5 * PATIENCE, f"made anew after {took:.1f} s, the sync interval is 1 s")
        for _ in range(5):
            client.ask(READ)
        sensor.journal.rewind()
        after = sensor.journal.wait(lambda seen: len(seen) >= 6)
        sequences = [field(each, "event.sequence") for each in after]
        require(sequences == list(range(sequences[0], sequences[0] + len(sequences))), f"sequences {sequences}")
        last = field(before[-1], "event.sequence")
        require(last < sequences[0] <= last + asked + 1, f"the last before was {last}, {asked} requests later it goes on with {sequences[0]}")
        require(os.stat(sensor.journal.directory).st_mode & 0o007 == 0, "the new directory is open to everyone")
        return f"after {took:.1f} s"


def check_a_medium_that_is_full_at_the_start():
    with Manager() as manager, OnMedium("journal.sync=1s", size="256k", full=True, environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect() as client:
        client.ask(READ)
        status = status_of(manager)
        require("LOST" in status and "journal:" in status, f"the status does not say it: {status}")
        os.unlink(os.path.join(sensor.journal.directory, "ballast"))
        events = []
        remark = require_recovery(sensor, client, manager, events)
        require(field(lost_in(events)[0], "conpot.first") == 1, "the first event of all is not among the lost")
        return remark


def sizes(directory):
    found = 0
    for path in glob.glob(f"{directory}/events-*.jsonl"):
        try:
            found += os.stat(path).st_size
        except FileNotFoundError:
            pass  # The cap took it meanwhile.
    return found


def check_rotation_and_the_cap_hold_under_load():
    segment, total = 64 * 1024, 1024 * 1024
    with Sensor("journal.segment=64KiB", "journal.total=1MiB") as sensor:
        largest, over = [0], threading.Event()

        def watch():
            while not over.is_set():
                largest[0] = max(largest[0], sizes(sensor.journal.directory))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            with sensor.connect() as client:
                requests = 1500 if EMULATED else 6000
                require(sum(1 for _ in client.ask_all([LONG_READ] * requests)) == requests, "not every request is answered")
        finally:
            over.set()
            watcher.join()
        events = sensor.journal.fresh()
        sequences = [field(each, "event.sequence") for each in events]
        require(sequences == list(range(sequences[0], sequences[0] + len(sequences))), "sequences are not contiguous over the segments that are left")
        require(sequences[0] > 1 and sequences[-1] > requests, f"sequences {sequences[0]} to {sequences[-1]}: nothing was dropped")
        require(not lost_in(events), "events were lost on a sound medium")
        require(largest[0] <= total + segment, f"{largest[0]} bytes on the medium, {total} are allowed")
        for name in sensor.journal.segments():
            require(os.stat(sensor.journal.path(name)).st_size <= 256 * 1024 + segment, f"{name} is far longer than a segment")
        longest = max(os.stat(sensor.journal.path(name)).st_size for name in sensor.journal.segments())
        require(sizes(sensor.journal.directory) > total // 2, "the cap drops more than it must")
        return f"most {largest[0] // 1024} KiB in all, longest segment {longest // 1024} KiB"


def check_a_small_medium_is_never_full_of_the_journal_alone():
    """The RAM in place of a broken card: less than [journal] total."""
    with Manager() as manager, OnMedium("journal.segment=64KiB", "journal.total=4MiB", size="2M", environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect() as client:
        requests = 1500 if EMULATED else 8000
        require(sum(1 for _ in client.ask_all([LONG_READ] * requests)) == requests, "not every request is answered")
        status = status_of(manager)
        require("LOST" not in status and "journal:" not in status, f"the status: {status}")
        most = sizes(sensor.journal.directory)
        require(512 * 1024 < most <= 1536 * 1024, f"{most} bytes on a medium of 2 MiB, three quarters are allowed")
        return f"{most // 1024} KiB of 2 MiB"


def check_a_medium_that_others_fill_keeps_what_happens_now():
    """Below its own limit the journal has nothing to give back but old events: they make way, and that is told."""
    with Manager() as manager, OnMedium("journal.segment=64KiB", "journal.total=4MiB", size="2M", environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect() as client:
        require(sum(1 for _ in client.ask_all([LONG_READ] * 400)) == 400, "not every request is answered")
        with open(os.path.join(sensor.journal.directory, "ballast"), "wb", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)):
                    pass
            except OSError:
                pass
        require(sum(1 for _ in client.ask_all([LONG_READ] * 200)) == 200, "not every request is answered beside a full medium")
        status = status_of(manager)
        require("made way" in status and "LOST" not in status, f"the status does not say it: {status}")


def check_a_journal_that_cannot_be_had_is_an_error_with_a_remedy():
    with Sensor() as sensor:
        file = os.path.join(sensor.directory, "file")
        open(file, "w").close()
        for directory in (file, f"{file}/below"):
            code, words = run_to_its_end("--set", f"journal.directory={directory}", "--set", "network.listen=127.0.0.1")
            require(code == 1, f"exit code {code}: {words}")
            require_words(words, directory, "[journal] directory")
            require("another conpot-pi" not in words, f"it blames another sensor: {words}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
