"""Who may come in, and what it costs: scans that leave at once, resets, too many, too slow, never reading, idle.

WIRE 6, checklist 10 (no 5 s idle close) and 34 (more than N connections are refused with RST, as the device does)."""

import os
import select
import socket
import struct
import sys
import threading
import time

import modbus
from checks import Skipped, require, run_checks
from harness import Sensor
from journal import action, ends_session, field, of_port, starts_session
from surroundings import EMULATED

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
MOST_KILOBYTES = 40 * 1024


def require_answers(sensor, seconds=1.0):
    began = time.monotonic()
    with sensor.connect(timeout=5) as client:
        require(client.ask(READ)[0] == 3, "a valid read is answered")
    took = time.monotonic() - began
    require(took < seconds * (5 if EMULATED else 1), f"another client was answered after {took:.2f} s only")


def require_sessions(sensor, ports, seconds=3.0):
    """Every one of these connections is in the journal with its beginning and its end."""
    ports = set(ports)

    def ended(events):
        return {field(event, "source.port") for event in events if ends_session(event)} >= ports

    events = sensor.journal.wait(ended, seconds)
    started = {field(event, "source.port") for event in events if starts_session(event)}
    finished = {field(event, "source.port") for event in events if ends_session(event)}
    require(ports <= started, f"{len(ports - started)} of {len(ports)} connections have no session.start")
    require(ports <= finished, f"{len(ports - finished)} of {len(ports)} connections have no session.end")
    return events


# ---- Idle: begun first, looked at last, so that its six seconds run beside the others -----------------------------------

class Idle(threading.Thread):
    """One connection of each kind of idleness, left alone for 6 s: Conpot closes after 5."""

    def __init__(self):
        super().__init__(daemon=True)
        self.problem = "it did not end"

    def run(self):
        try:
            with Sensor() as sensor, sensor.connect() as silent, sensor.connect() as once:
                require(once.ask(READ)[0] == 3, "the first request is answered")
                time.sleep(6)
                for name, client in (("a connection that never spoke", silent), ("a connection that asked once", once)):
                    readable, _, _ = select.select([client.socket], [], [], 0)
                    require(not readable, f"{name} was closed within 6 s")
                    require(client.ask(READ)[0] == 3, f"{name} is answered after 6 s")
            self.problem = None
        except Exception as error:
            self.problem = f"{type(error).__name__}: {error}"


idle = Idle()


# ---- The checks -------------------------------------------------------------------------------------------------------

def check_connect_and_leave_is_recorded_and_costs_nothing():
    # A slow sensor may see all 200 at once: here it may take them all.
    with Sensor("modbus.connections=300") as sensor:
        require_answers(sensor)
        before = None if EMULATED else sensor.resident_kilobytes()
        ports = []
        for _ in range(200):
            with sensor.connect() as client:
                ports.append(client.local_port)
        require_sessions(sensor, ports)
        require_answers(sensor)
        if before is not None:
            grown = sensor.resident_kilobytes() - before
            require(grown < 8 * 1024, f"200 connections that said nothing left {grown} KiB behind")


def check_reset_in_every_state_is_recorded():
    with Sensor() as sensor:
        ports = []
        for said in (b"", b"\x00", bytes.fromhex("000100000006"), bytes.fromhex("0001000000060103"), modbus.frame(1, 1, READ),
                     modbus.frame(1, 1, READ) + b"\x00\x02\x00"):
            for _ in range(5):
                client = sensor.connect()
                ports.append(client.local_port)
                if said:
                    client.send(said)
                client.reset()
        require_sessions(sensor, ports)
        require_answers(sensor)


def check_half_closed_clients_still_get_their_answer():
    """A client that sends and shuts its side down (printf | nc -N) has asked, and may read the answer."""
    with Sensor() as sensor, sensor.connect() as client:
        client.send(modbus.frame(7, 1, READ))
        client.finish_sending()
        require(client.receive_rest()[:9] == bytes.fromhex("000700000005010302"), "the reply comes before the end")


def check_the_65th_connection_is_refused_with_a_reset():
    with Sensor("modbus.connections=64") as sensor:
        clients, outcomes = [], []
        for _ in range(70):
            try:
                clients.append(sensor.connect(timeout=3))
            except ConnectionError:
                outcomes.append("refused before it was open")
        for client in clients:
            try:
                outcomes.append("answered" if client.ask(READ)[:1] == b"\x03" else "another answer")
            except ConnectionResetError:
                outcomes.append("reset")
            except BrokenPipeError:
                outcomes.append("reset")
            except ConnectionError as closed:
                outcomes.append(f"closed without a reset ({closed})")
            except TimeoutError:
                outcomes.append("neither answered nor closed")
        counts = {outcome: outcomes.count(outcome) for outcome in outcomes}
        require(counts.get("answered") == 64 and counts.get("reset", 0) + counts.get("refused before it was open", 0) == 6, f"70 connections: {counts}")

        events = sensor.journal.wait(lambda found: any(action(event) == "session.refused" for event in found))
        require(any(action(event) == "session.refused" for event in events), "no session.refused was recorded at once")

        # A place that is given back is a place.
        clients[0].close()
        until = time.monotonic() + 3
        while True:
            try:
                with sensor.connect(timeout=3) as late:
                    require(late.ask(READ)[0] == 3, "the place that was given back is answered")
                break
            except ConnectionError:
                require(time.monotonic() < until, "3 s after one connection left, no other is let in")
                time.sleep(0.02)
        for client in clients:
            client.close()

        # Refusals are summed up, so that a flood of them does not wash the journal away; none may be missing from the sums, not even at the end.
        sensor.stop()
        sums = [field(event, "conpot.count") for event in events + sensor.journal.fresh() if action(event) == "session.refused"]
        require(sum(sums) >= 6, f"6 connections were refused, session.refused counts {sums}")
        sensor.start()


def check_one_visitor_cannot_keep_all_others_out():
    """As shipped: whoever opens connections until he is refused has not taken them all."""
    with Sensor(visitor_limits=True) as sensor:
        clients = []
        try:
            for _ in range(80):
                try:
                    clients.append(sensor.connect(timeout=3))
                except ConnectionError:
                    break
            with sensor.connect(timeout=3, source="127.0.0.2") as other:
                require(other.ask(READ)[0] == 3, "a visitor from another address is answered")
        finally:
            for client in clients:
                client.close()


def check_a_slow_sender_is_answered():
    """A request of 12 bytes, one every 50 ms: a bad line, not an attack."""
    with Sensor() as sensor, sensor.connect() as client:
        for byte in modbus.frame(9, 1, READ):
            client.send(bytes([byte]))
            time.sleep(0.05)
        require(client.receive_frame()[:9] == bytes.fromhex("000900000005010302"), "the reply after the last byte")


def check_many_slow_senders_hold_up_nobody():
    with Sensor() as sensor:
        slow = [sensor.connect() for _ in range(30)]
        try:
            for byte in modbus.frame(9, 1, READ)[:-1]:
                for client in slow:
                    client.send(bytes([byte]))
                require_answers(sensor)
            for client in slow:
                client.send(modbus.frame(9, 1, READ)[-1:])
            for client in slow:
                require(client.receive_frame()[:9] == bytes.fromhex("000900000005010302"), "a slow sender's reply")
        finally:
            for client in slow:
                client.close()


def flood_without_reading(port, seconds):
    """Pipelines long reads and never takes a reply; ends when the sensor takes no more for half a second."""
    greedy = socket.socket()
    greedy.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    greedy.settimeout(5)
    greedy.connect(("127.0.0.1", port))
    greedy.setblocking(False)
    # 12 bytes in, 249 bytes out: whoever buffers replies for a reader who never comes grows twenty times as fast as it is fed.
    batch = modbus.frame(1, 1, modbus.read(modbus.READ_HOLDING, 1000, 120)) * 256
    until, sent, rest = time.monotonic() + seconds, 0, b""
    while time.monotonic() < until:
        _, writable, _ = select.select([], [greedy], [], 0.5)
        if not writable:
            break
        rest = rest or batch
        try:
            count = greedy.send(rest)
        except BlockingIOError:
            continue
        except ConnectionError:
            break  # To drop such a client is an answer, too.
        sent, rest = sent + count, rest[count:]
    return greedy, sent


def check_a_client_that_never_reads_holds_nothing_up():
    with Sensor() as sensor:
        require_answers(sensor)
        greedy = []
        try:
            for _ in range(4):
                client, _ = flood_without_reading(sensor.port, 1.5)
                greedy.append(client)
                require_answers(sensor)
            if not EMULATED:
                resident = sensor.resident_kilobytes()
                require(resident < MOST_KILOBYTES, f"VmRSS is {resident} KiB with four clients that never read")
            require_answers(sensor)
        finally:
            for client in greedy:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
        require_answers(sensor)
        return None if EMULATED else f"VmRSS {resident} KiB"


def check_garbage_of_every_length_is_survived():
    """Random bytes, a new connection each: closed, discarded or waited for, never a hang of the sensor."""
    with Sensor() as sensor:
        for length in (1, 5, 6, 7, 8, 12, 100, 260, 261, 1000, 70000):
            with sensor.connect(timeout=3) as client:
                try:
                    client.send(os.urandom(length))
                    client.finish_sending()
                    client.receive_rest()
                except ConnectionError:
                    pass  # It was dropped while it spoke.
        require_answers(sensor)


def check_the_session_has_an_id_that_its_events_share():
    with Sensor() as sensor:
        with sensor.connect() as first, sensor.connect() as second:
            first.ask(READ)
            second.ask(READ)
            ports = first.local_port, second.local_port
        events = require_sessions(sensor, ports)
        names = []
        for port in ports:
            own = {field(event, "conpot.session") or field(event, "conpot.session.id") or field(event, "conpot.session_id")
                   for event in of_port(events, port) if action(event).startswith(("session.", "modbus."))}
            require(len(own) == 1 and None not in own, f"the events of one connection name the sessions {own}")
            names.append(own.pop())
        require(names[0] != names[1], f"two connections share the session {names[0]}")


def check_a_visitor_makes_it_load_no_library():
    """One native file: what it needs beyond the C library is missing on a small image, and the first visitor would be its end."""
    if EMULATED:
        raise Skipped("the emulator's own libraries would be seen")
    with Sensor() as sensor:
        require_answers(sensor)
        with open(f"/proc/{sensor.pid}/maps", encoding="utf-8") as maps:
            loaded = {os.path.basename(line.split()[-1]) for line in maps if ".so" in line}
    beyond = sorted(name for name in loaded if not name.startswith(("ld-linux", "libc.", "libm.", "libdl.", "libpthread.", "librt.", "libgcc_s.")))
    require(not beyond, f"loaded after the first request: {', '.join(beyond)}")


def check_six_seconds_of_idleness_close_nothing():
    idle.join(20)
    require(idle.problem is None, idle.problem)


if __name__ == "__main__":
    idle.start()
    sys.exit(run_checks(globals()))
