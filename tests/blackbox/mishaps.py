"""A machine in trouble under a running sensor: its clock is set, writes end early, the journal is cut short, its state cannot be written, no file handle is left.

What faults.py has of the journal's medium is not here. The clock and the writes are those of a small library in front of the C library
(mishaps.c, built with gcc), so nothing of this machine is changed."""

import json
import mmap
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from datetime import datetime

import modbus
from checks import Skipped, require, run_checks
from faults import LONG_READ, READ, lost_in
from harness import Sensor, binary
from journal import action, field, modbus_only
from programs import needed, run
from s7comm_control import Client
from service import PATIENCE, Manager, require_no_gap_but, wait_for
from snmp_agent import Visitor
from snmp_message import V2C, octets
from snmp_names import SYS_CONTACT, SYS_UP_TIME
from surroundings import EMULATED, LAUNCHER

HERE = pathlib.Path(__file__).resolve().parent
HOUR, DAY = 3600, 86400


class Mishaps:
    """The library, and the file that tells it what to do: `with Mishaps() as mishaps, Sensor(environment=mishaps.environment) as sensor:`."""

    def __enter__(self):
        if EMULATED:
            raise Skipped("the library is of the machine's own kind")
        self._directory = tempfile.mkdtemp(prefix="conpot-pi-mishaps-")
        library, control = os.path.join(self._directory, "mishaps.so"), os.path.join(self._directory, "control")
        code, said = run([needed("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", "-o", library, str(HERE / "mishaps.c")], 60)
        require(code == 0, f"gcc: {said[-400:]}")
        with open(control, "w+b") as stream:
            stream.write(bytes(24))
            stream.flush()
            self._numbers = mmap.mmap(stream.fileno(), 24)
        self.environment = {"LD_PRELOAD": library, "CONPOT_PI_MISHAPS": control}
        return self

    def __exit__(self, *_):
        self._numbers.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def set_clock(self, seconds):
        self._numbers[0:8] = struct.pack("=q", int(seconds * 1e9))

    def shorten_writes(self, most):
        self._numbers[8:16] = struct.pack("=q", most)

    @property
    def shortened(self):
        return struct.unpack("=q", self._numbers[16:24])[0]


def verb(*words):
    done = subprocess.run([*LAUNCHER, binary(), *words], capture_output=True, text=True, timeout=20, check=False)
    require(done.returncode == 0, f"{words[0]}: exit code {done.returncode}: {done.stderr}")
    return done.stdout


def snmp(sensor):
    return Visitor(sensor.snmp_port, V2C)


def moment(event):
    return datetime.fromisoformat(event["@timestamp"].replace("Z", "+00:00")).timestamp()


# ---- Writes -----------------------------------------------------------------------------------------------------------

def check_writes_that_end_early_tear_no_line():
    """write(2) may take less than it was given: what is left is written after it, and the reply waits for all of it."""
    with Mishaps() as mishaps, Sensor("journal.segment=64KiB", environment=mishaps.environment) as sensor, sensor.connect() as client:
        mishaps.shorten_writes(100)
        require(sum(1 for _ in client.ask_all([LONG_READ] * 300)) == 300, "not every request is answered")
        cut = mishaps.shortened
        require(cut > 300, f"only {cut} writes were cut short: the library is not in front of the sensor")
        events = sensor.journal.fresh()
        require(len(modbus_only(events)) == 300, f"{len(modbus_only(events))} of 300 exchanges are in the journal when their answers are out")
        require_no_gap_but(events, [])
        return f"{cut} writes cut short, nothing lost"


# ---- The clock --------------------------------------------------------------------------------------------------------

def check_the_clock_may_be_set_while_it_runs():
    """Forwards, backwards and to 1971, as a Pi without a battery sees it: only the date of events follows. What waits, counts or ends goes by the time that passed."""
    settings = ("alerts.window=2s", "alerts.alive=1s", "journal.segment=64KiB", "modbus.latency=3ms..6ms")
    with Mishaps() as mishaps, Sensor(*settings, environment=mishaps.environment) as sensor, sensor.connect() as client, snmp(sensor) as asker:
        began, uptime = time.monotonic(), asker.get(SYS_UP_TIME)
        client.ask(modbus.write_register(700, 1))  # opens an alert's window of two seconds
        seen, slowest, steps = [], 0, (HOUR, -DAY, 365 * DAY, -55 * 365 * DAY, 0)
        for number, step in enumerate(steps):
            mishaps.set_clock(step)
            for _ in range(20):
                asked = time.monotonic()
                client.ask(READ)
                slowest = max(slowest, time.monotonic() - asked)
                now = asker.get(SYS_UP_TIME)
                require(now >= uptime, f"sysUpTime fell from {uptime} to {now}")
                uptime = now
            client.ask(modbus.write_register(701 + number, 1))
            event = [each for each in sensor.journal.fresh() if seen.append(each) or action(each) == "modbus.read"][-1]
            require(abs(moment(event) - time.time() - step) < 5, f"the clock was set by {step} s, the event says {event['@timestamp']}")
        seen += sensor.journal.wait(lambda found: any(action(each) == "alert.repeated" for each in found), 5 * PATIENCE)
        repeated = [each for each in seen if action(each) == "alert.repeated"]
        raised = [each for each in seen if action(each) == "alert.raised"]
        passed = time.monotonic() - began
        require(len(raised) <= 1 + passed / 2 and repeated, f"{len(raised)} alerts and {len(repeated)} counts in {passed:.1f} s with a window of 2 s")
        alive = sum(action(each) == "sensor.alive" for each in seen)
        require(passed / 2 - 1 <= alive <= passed + 2, f"{alive} signs of life in {passed:.1f} s, one a second is wanted")
        require(slowest < 3, f"an answer took {slowest:.2f} s when the clock was set")
        require(sum(1 for _ in client.ask_all([LONG_READ] * 200)) == 200, "not every request is answered afterwards")
        port = client.local_port
        client.close()
        seen += sensor.journal.wait(lambda found: any(action(each) == "session.end" and field(each, "source.port") == port for each in found), 5 * PATIENCE)
        end = next(each for each in seen if action(each) == "session.end" and field(each, "source.port") == port)
        lasted = field(end, "conpot.duration")
        require(lasted is not None and abs(lasted - (time.monotonic() - began)) < 5, f"the session lasted {time.monotonic() - began:.1f} s, its end says {lasted}")
        require_no_gap_but(seen, [])
        require(len(sensor.journal.segments()) > 2, "the journal did not rotate")
        # Who asks for the last hour gets all of it, however the segments' beginnings jump.
        told = verb("events", "--json", "--since", "1h", "--journal", sensor.journal.directory).splitlines()
        recent = [each for each in seen if moment(each) >= time.time() - HOUR + 5]
        missing = {field(each, "event.sequence") for each in recent} - {field(json.loads(line), "event.sequence") for line in told}
        require(not missing, f"events --since 1h leaves out {len(missing)} of {len(recent)}")
        return f"{len(steps)} steps, slowest answer {slowest * 1000:.0f} ms"


# ---- The journal under another hand -------------------------------------------------------------------------------------

def check_a_journal_cut_short_underneath_is_told_and_goes_on():
    """Somebody who covers his tracks: the newest segment is emptied, or half of it. What follows is whole, and the deed is an event that raises an alert."""
    with Sensor() as sensor, sensor.connect() as client:
        for part in (0, 0.5):
            for _ in range(20):
                client.ask(READ)
            last = field(sensor.journal.fresh()[-1], "event.sequence")
            path = sensor.journal.path(sensor.journal.segments()[-1])
            os.truncate(path, int(os.stat(path).st_size * part))
            for _ in range(20):
                client.ask(READ)
            events = sensor.journal.wait(lambda found: any(action(each) == "alert.raised" for each in found), 5 * PATIENCE)
            sequences = [field(each, "event.sequence") for each in events]
            require(sequences == list(range(last + 1, last + 1 + len(sequences))), f"after {last} come {sequences}")
            require(len(modbus_only(events)) == 20, f"{len(modbus_only(events))} of 20 exchanges are in the journal")
            told = [each for each in events if action(each) == "sensor.tampered"]
            require(len(told) == 1 and "cut short" in field(told[0], "conpot.damage"), f"told {told}")
            # 'events' finds them all, and nothing that it cannot read but the half line.
            lines = verb("events", "--json", "--journal", sensor.journal.directory).splitlines()
            require({*sequences} <= {field(json.loads(line), "event.sequence") for line in lines}, "events leaves some out")
        sensor.stop()
        sensor.start()
        with sensor.connect() as other:
            other.ask(READ)
        return field(told[0], "conpot.damage")


def check_a_journal_replaced_underneath_is_told_and_goes_on():
    """sed -i, an editor, or grep -v and mv: another file has the newest segment's name. It is noticed at the next look, and what follows is in a new segment."""
    with Sensor("journal.sync=1s") as sensor, sensor.connect() as client:
        for _ in range(20):
            client.ask(READ)
        sensor.journal.fresh()
        segments = sensor.journal.segments()
        path = sensor.journal.path(segments[-1])
        with open(path, "rb") as stream, open(path + ".new", "wb") as other:
            other.writelines(stream.readlines()[:-10])
        os.replace(path + ".new", path)

        def goes_on():
            client.ask(READ)
            return sensor.journal.segments() != segments

        wait_for(goes_on, 10, "no new segment")
        events = sensor.journal.wait(lambda found: any(action(each) == "alert.raised" for each in found), 5 * PATIENCE)
        told = [each for each in events if action(each) == "sensor.tampered"]
        require(len(told) == 1 and field(told[0], "conpot.damage") == f"{segments[-1]} was replaced", f"told {told}")
        for _ in range(20):
            client.ask(READ)
        later = sensor.journal.fresh()
        require(len(modbus_only(later)) == 20, f"{len(modbus_only(later))} of 20 exchanges are in the journal")
        require_no_gap_but(events + later, [])
        return field(told[0], "conpot.damage")


# ---- State that cannot be written ---------------------------------------------------------------------------------------

class OnOwnState(Sensor):
    """All state but the journal in a directory that turns read-only when it is told to, or is from the start: a mount in a namespace of the sensor's own."""

    def __init__(self, *settings, read_only=False, **more):
        if EMULATED or os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "true"], capture_output=True, check=False).returncode != 0:
            raise Skipped("needs root and unshare for a mount of its own")
        self.state = tempfile.mkdtemp(prefix="conpot-pi-state-")
        super().__init__(*settings, f"state_directory={self.state}", **more)
        script = 'mount --bind "$1" "$1" && mount -o "remount,bind,$2" "$1" && shift 2 && exec "$@"'
        self._command = ["unshare", "--mount", "sh", "-c", script, "sh", self.state, "ro" if read_only else "rw", *self._command]

    def __exit__(self, *error):
        super().__exit__(*error)
        shutil.rmtree(self.state, ignore_errors=True)

    def remount(self, how):
        code, said = run(["nsenter", "--mount", f"--target={self.pid}", "mount", "-o", f"remount,bind,{how}", self.state], 10)
        require(code == 0, said)


def check_state_that_turns_read_only_stops_nothing():
    """What a visitor writes is in memory, a downloaded block's file is counted as lost while the journal has its bytes; when it can be written again, it is."""
    with OnOwnState("snmp.latency=0", "s7comm.latency=0") as sensor, sensor.connect() as client, snmp(sensor) as asker:
        asker.community = b"private"
        sensor.remount("ro")
        require(asker.set((SYS_CONTACT, octets("nobody"))).status == 0, "a SET is refused")
        require(asker.get(SYS_CONTACT) == b"nobody", "what was SET is not read back")
        with Client(sensor.s7_port) as s7:
            require(s7.download(b"_0C00001P", bytes(200)) == "0000", "a download is refused")
        for _ in range(20):
            client.ask(READ)
        wait_for(lambda: state_status(sensor)["lost_files"] >= 1, 5, "the file that could not be written is not counted")
        wait_for(lambda: any("cannot be written" in line and sensor.state in line for line in sensor.stderr), 5, "nobody is told that the agent's texts cannot be written")
        events = sensor.journal.fresh()
        require(len(modbus_only(events)) == 20 and not lost_in(events), "events are missing")
        require_no_gap_but(events, [])
        sensor.remount("rw")
        client.ask(READ)
        client.close()
        sensor.stop()
        sensor.start()
        require(asker.get(SYS_CONTACT) == b"nobody", "what was SET is forgotten after a restart")


def state_status(sensor):
    return json.loads(verb("status", "--json", "-c", sensor.config, "--set", f"state_directory={sensor.state}"))


def check_state_that_is_read_only_at_the_start():
    """It serves and records; what it cannot have is said with the place."""
    with OnOwnState(read_only=True) as sensor, sensor.connect() as client:
        client.ask(READ)
        words = " | ".join(sensor.stderr)
        require(sensor.state in words, f"nothing is said of {sensor.state}: {words}")
        require(any(f"the state directory {sensor.state} cannot be used" in line for line in sensor.stderr), f"nobody is told what that means: {words}")
        events = sensor.journal.fresh()
        require(len(modbus_only(events)) == 1 and not lost_in(events), "events are missing")
        return next(line for line in sensor.stderr if sensor.state in line)


# ---- File handles -------------------------------------------------------------------------------------------------------

def handles(sensor):
    return len(os.listdir(f"/proc/{sensor.pid}/fd"))


def check_without_a_file_handle_it_answers_who_is_in_and_records_it():
    """Who comes then waits in the kernel's queue, and is let in when there is a handle again; the journal grows beyond its segment instead of losing events."""
    with Manager() as manager, Sensor("journal.segment=64KiB", "journal.sync=1s", "alerts.alive=1s", environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect(timeout=10) as client:
        client.ask(READ)
        before = handles(sensor)
        _, most = resource.prlimit(sensor.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(sensor.pid, resource.RLIMIT_NOFILE, (before + 2, most))
        crowd = [sensor.connect(timeout=10) for _ in range(12)]
        wait_for(lambda: handles(sensor) >= before + 2, 3, "the handles are not used up")
        require(sum(1 for _ in client.ask_all([LONG_READ] * 400)) == 400, "who is in is not answered")
        began = sensor.cpu_seconds()
        time.sleep(2.2)  # What is measured is the time, and that every timer has come by.
        used = sensor.cpu_seconds() - began
        require(used < 0.5, f"{used:.2f} s of CPU in two seconds without a handle: it spins")
        events = sensor.journal.fresh()
        require(len(modbus_only(events)) == 401 and not lost_in(events), f"{len(modbus_only(events))} of 401 exchanges are in the journal")
        require_no_gap_but(events, [])
        resource.prlimit(sensor.pid, resource.RLIMIT_NOFILE, (min(4096, most), most))
        for each in crowd:
            require(each.ask(READ)[0] == 3, "who waited is not answered")
            each.close()
        require(sum(1 for _ in client.ask_all([LONG_READ] * 300)) == 300, "not every request is answered afterwards")
        events += sensor.journal.wait(lambda found: sum(action(each) == "session.end" for each in found) >= 12, 5 * PATIENCE)
        require(sum(action(each) == "session.end" for each in events) >= 12, "not everybody who waited has a session")
        strange = [each for each in events if action(each) in ("network.half-open", "network.syn-flood") and field(each, "conpot.count") > 1000]
        require(not strange, f"what the kernel had counted before is told as new: {strange[:1]}")
        require_no_gap_but(events, [])
        require(len(sensor.journal.segments()) > 2, "the journal does not rotate any more")
        status = [line for line in manager.drain(0.7) if line.startswith("STATUS=")][-1]
        require("LOST" not in status and "journal:" not in status, f"the status: {status}")
        return f"{used:.2f} s of CPU in two seconds without a handle"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
