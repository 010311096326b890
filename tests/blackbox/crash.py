"""Promise 2 of the design: nothing answered goes unrecorded. Twenty power cuts in the middle of load, and the journal is asked.

A reply that a client holds in full must have its event in the journal, with the bytes of both; event.sequence goes on without a gap over
every restart; a line that was torn is repaired, also one that was torn by hand. Nor does an end at the worst moments of a start or of a rotation cost anything."""

import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import modbus
from checks import Skipped, require, run_checks
from harness import Sensor
from journal import field, modbus_only
from s7comm import CONNECT, SETUP, userdata
from service import injected
from surroundings import EMULATED

ROUNDS = 20
CLIENTS = 8
# Enough that every kill comes before the end, little enough that the journal's cap takes nothing away: 20 x 8 x 400 events.
REQUESTS = 400
IN_FLIGHT = 5


class Load(threading.Thread):
    """One connection that writes and reads in batches and remembers every exchange that it holds in full."""

    def __init__(self, sensor, number, first_reply):
        super().__init__(daemon=True)
        self._connection = sensor.connect(timeout=5)
        self.port = self._connection.local_port
        self._number = number
        self._first_reply = first_reply
        self.exchanges = []
        self.cut = False
        self.wrong = None

    def run(self):
        register = 500 + 10 * self._number  # VW1000.. : its own, so that values never mix
        try:
            for start in range(0, REQUESTS, IN_FLIGHT):
                batch = []
                for number in range(start, start + IN_FLIGHT):
                    value = (self._number * REQUESTS + number) & 0xFFFF
                    pdu = modbus.write_register(register, value) if number % 2 == 0 else modbus.read(modbus.READ_HOLDING, register, 1)
                    batch.append(modbus.frame(number, self._number, pdu))
                self._connection.send(b"".join(batch))
                for request in batch:
                    reply = self._connection.receive_frame()
                    if len(reply) < 6 or len(reply) < 6 + int.from_bytes(reply[4:6], "big"):
                        self.cut = True
                        return
                    if reply[:2] != request[:2]:
                        self.wrong = f"{request.hex().upper()} was answered with {reply.hex().upper()}"
                        return
                    self.exchanges.append((request.hex().upper(), reply.hex().upper()))
                    self._first_reply.set()
        except OSError:
            self.cut = True
        finally:
            self._connection.close()


def one_round(sensor, dice):
    """Load, kill; returns the loads as the cut left them."""
    first_reply = threading.Event()
    loads = [Load(sensor, number, first_reply) for number in range(1, CLIENTS + 1)]
    for load in loads:
        load.start()
    require(first_reply.wait(5), "no reply within 5 s of the load's beginning")
    # By progress and not by the clock: on any machine the cut comes in the middle.
    enough = CLIENTS * REQUESTS * dice.uniform(0.02, 0.7)
    until = time.monotonic() + 10
    while sum(len(load.exchanges) for load in loads) < enough:
        require(time.monotonic() < until, "the load does not get on")
        time.sleep(0.001)
    sensor.kill()
    for load in loads:
        load.join(10)
        require(not load.is_alive(), "a client hangs after the kill")
        require(load.wrong is None, load.wrong)
    return loads


def require_recorded(loads, events, where):
    by_port = {}
    for event in modbus_only(events):
        by_port.setdefault(field(event, "source.port"), []).append((field(event, "conpot.request"), field(event, "conpot.response")))
    for load in loads:
        recorded = by_port.get(load.port, [])
        require(len(recorded) >= len(load.exchanges),
                f"{where}: port {load.port} holds {len(load.exchanges)} replies, the journal has {len(recorded)} of its exchanges")
        for index, (exchange, event) in enumerate(zip(load.exchanges, recorded)):
            require(exchange == event, f"{where}: exchange {index} of port {load.port} was {exchange}, the journal has {event}")


def require_no_gap(events, last, where):
    for event in events:
        sequence = field(event, "event.sequence")
        require(isinstance(sequence, int), f"{where}: event.sequence is {sequence!r}")
        require(last is None or sequence == last + 1, f"{where}: event.sequence {sequence} follows {last}")
        last = sequence
    return last


def tear(sensor, dice):
    """Half a line at the end of the newest segment, as a power cut leaves it."""
    line = b'{"@timestamp":"2013-05-11T09:00:00.000000Z","event":{"action":"modbus.read","sequence":4711},"source":{"ip":"192.0.2.1"'
    segment = sensor.journal.segments()[-1]
    with open(sensor.journal.path(segment), "ab") as stream:
        stream.write(line[:dice.randrange(1, len(line))])
    return segment


def require_whole(sensor, segment):
    with open(sensor.journal.path(segment), "rb") as stream:
        data = stream.read()
    require(not data or data.endswith(b"\n"), f"{segment} still ends in the middle of a line after the restart: {data[-60:]!r}")


def check_twenty_power_cuts_lose_no_answered_exchange():
    dice = random.Random(2013)
    answered, last, cuts = 0, None, 0
    with Sensor() as sensor:
        for number in range(1, ROUNDS + 1):
            where = f"round {number}"
            loads = one_round(sensor, dice)
            cuts += sum(load.cut for load in loads)
            answered += sum(len(load.exchanges) for load in loads)
            torn = tear(sensor, dice) if number % 4 == 0 else sensor.journal.segments()[-1]
            sensor.start()
            require_whole(sensor, torn)
            events = sensor.journal.fresh()
            require_recorded(loads, events, where)
            last = require_no_gap(events, last, where)
        require(cuts >= ROUNDS, f"only {cuts} connections were cut in {ROUNDS} rounds: the load ends before the kill")
        # All of it once more, as a reader who comes later finds it.
        sensor.stop()
        sensor.journal.rewind()
        require_no_gap(sensor.journal.fresh(), None, "all segments")
        sensor.start()
    return f"{answered} answered exchanges, {cuts} connections cut, last sequence {last}"


def check_a_torn_line_is_repaired_wherever_it_was_torn():
    """Every kind of stump: one byte, an escape in the middle, zeros as a file system leaves them, bytes that are no text."""
    stumps = [b"{", b'{"a":"\\u00', b'{"event":{"sequence":', b"\x00" * 64, b"\xff\xfe{"]
    with Sensor() as sensor:
        last = None
        for stump in stumps:
            with sensor.connect() as client:
                client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
            sensor.kill()
            segment = sensor.journal.segments()[-1]
            with open(sensor.journal.path(segment), "ab") as stream:
                stream.write(stump)
            sensor.start()
            with sensor.connect() as client:
                client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
            last = require_no_gap(sensor.journal.fresh(), last, f"after the stump {stump!r}")
            require_whole(sensor, segment)
    return f"{len(stumps)} stumps"


def check_a_graceful_stop_has_everything_written():
    with Sensor() as sensor:
        first_reply = threading.Event()
        loads = [Load(sensor, number, first_reply) for number in range(1, CLIENTS + 1)]
        for load in loads:
            load.start()
        first_reply.wait(5)
        sensor.stop()
        for load in loads:
            load.join(10)
        events = sensor.journal.fresh()
        require_recorded(loads, events, "after SIGTERM")
        require_no_gap(events, None, "after SIGTERM")
        segment = sensor.journal.path(sensor.journal.segments()[-1])
        with open(segment, "rb") as stream:
            stream.seek(-1, os.SEEK_END)
            require(stream.read() == b"\n", "the last line is whole")
        sensor.start()


# ---- At the worst moments: the kernel ends it in the middle of a system call (strace's inject) ------------------------------

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
LONG_READ = modbus.read(modbus.READ_HOLDING, 500, 120)
# What a start does to files and sockets; which of its calls it is does not matter, only that the end comes at all of them.
START_CALLS = (("openat", 60), ("pwrite64", 4), ("ftruncate", 1), ("flock", 3), ("rename,renameat,renameat2", 2), ("unlink,unlinkat", 3), ("bind", 5), ("listen", 4), ("clone,clone3", 5))


def tracing():
    if EMULATED or not shutil.which("strace"):
        raise Skipped("needs strace and the machine's own kind of binary")


def identity(sensor):
    """What must never change: the answers of one device."""
    with socket.create_connection(("127.0.0.1", sensor.s7_port), 5) as stream:
        stream.sendall(CONNECT)
        stream.recv(100)
        stream.sendall(SETUP)
        stream.recv(100)
        stream.sendall(userdata(4, 1, b"\x00\x1c\x00\x01"))
        return stream.recv(1000)[29:]


def check_a_kill_at_any_moment_of_the_start_costs_nothing():
    """Each start is ended at another system call; the next one comes up, is the same device, and its journal has no gap and no torn line."""
    tracing()
    dice = random.Random(1984)
    with Sensor() as sensor:
        with sensor.connect() as client:
            client.ask(READ)
        same, last = identity(sensor), require_no_gap(sensor.journal.fresh(), None, "before")
        sensor.stop()
        ended = 0
        for calls, most in START_CALLS:
            for number in sorted(dice.sample(range(1, most + 1), min(most, 4))):
                command = ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:signal=KILL:when={number}", *sensor.command]
                ended += ends_by_itself(command, sensor.directory)
                last = require_no_gap(sensor.journal.fresh(), last, f"after a kill at {calls} number {number}")
        sensor.start()
        require(identity(sensor) == same, "it is another device afterwards")
        with sensor.connect() as client:
            client.ask(READ)
        require_no_gap(sensor.journal.fresh(), last, "at the end")
        require(ended >= 15, f"only {ended} starts were ended")
        return f"{ended} starts ended"


def ends_by_itself(command, directory):
    """Whether the kill came: a start that makes fewer of these calls is up after a while, and is ended then."""
    process = subprocess.Popen(command, cwd=directory, env={"PATH": os.environ.get("PATH", ""), "HOME": directory, "STATE_DIRECTORY": directory},
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True)
    late = threading.Timer(30, os.killpg, (process.pid, signal.SIGKILL))
    late.start()
    ready = any("ready" in line for line in process.stderr)
    if ready:
        os.killpg(process.pid, signal.SIGKILL)
        process.stderr.read()  # to its end: strace goes first, and the sensor has journal and ports until it is gone, too
    process.wait()
    require(late.is_alive(), "a start neither ended nor came up within 30 s")
    late.cancel()
    process.stderr.close()
    return not ready


def check_a_kill_in_a_rotation_costs_no_answered_exchange():
    """Ended while a segment is begun, while the oldest is removed, and while a sink's place is written: what was answered is there."""
    tracing()
    cuts = 0
    sensor = Sensor("journal.segment=64KiB", "journal.total=1MiB")
    sensor._command += ["--set", f"file.path={os.path.join(sensor.directory, 'events.json')}"]
    with sensor:
        last, moments = 0, (("openat", 2), ("openat", 7), ("unlink,unlinkat", 1), ("unlink,unlinkat", 2), ("rename,renameat,renameat2", 1), ("fsync,fdatasync", 1), ("fsync,fdatasync", 2))
        for calls, number in moments:
            where = f"a kill at {calls} number {number}"
            with injected(sensor.pid, calls, f"signal=KILL:when={number}"), sensor.connect() as client:
                answered = 0
                try:
                    for _ in range(3000):
                        client.ask(LONG_READ)
                        answered += 1
                except (ConnectionError, TimeoutError):
                    cuts += 1
            sensor.kill()
            sensor.start()
            # The cap may have taken the round's first ones; the numbers tell how many there were.
            events = sensor.journal.fresh()
            newest = require_no_gap(events, None, where)
            require(newest - last > answered, f"{where}: {answered} exchanges were answered, the journal has {newest - last} events of them")
            require(len(modbus_only(events)) >= min(answered, 300), f"{where}: {answered} exchanges were answered, {len(modbus_only(events))} are in the journal")
            last = newest
        require(cuts >= 5, f"only {cuts} of {len(moments)} kills came")
    return f"{cuts} kills"



if __name__ == "__main__":
    sys.exit(run_checks(globals()))
