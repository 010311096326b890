"""Too much of everything: idle, slow, half-closed and never-reading connections on every port, floods of SYNs and of datagrams.

While each lasts, a legitimate visitor (visitor.py, another address) is answered on all four protocols, and how fast is told; memory stays
bounded; and what came is in the journal, one by one or as a count. The latency is the device's own, 3 to 6 ms, so that is what a quiet
sensor shows. Not again here: one address's share and budget (admission.py, snmp_limits.py), a full web server (web.py)."""

import contextlib
import os
import resource
import socket
import sys
import threading
import time

import modbus
import snmp_message as ber
from checks import Skipped, require, run_checks
from harness import LIFTED, Sensor
from journal import action, field
from netlab import DEVICE, VISITOR, Lab
from packets import from_forged_sources, syn
from programs import needed
from s7comm import CONNECT, SETUP, pdu
from snmp_limits import lost_in_the_kernel
from snmp_names import SYS_UP_TIME
from surroundings import EMULATED
from visitor import Watched

SECONDS = 3
READ = modbus.frame(1, 1, modbus.read(modbus.READ_HOLDING, 500, 1))
LONG_READ = modbus.frame(1, 1, modbus.read(modbus.READ_HOLDING, 500, 120))
S7_READ = pdu(bytes.fromhex("320100000002000e00000401120a100200c80001840000 00".replace(" ", "")))  # 200 bytes of V memory
GET_PAGE = b"GET / HTTP/1.1\r\nHost: hmi\r\n\r\n"
# As shipped, what one address may have on each port: 48 of 64, 12 of 16; the pages make room, so all 16.
SHARES = {"modbus": 48, "s7comm": 12, "http": 16}


def ports_of(sensor):
    return {"modbus": sensor.port, "s7comm": sensor.s7_port, "http": sensor.http_port}


def connect(port, source, receive_buffer=None):
    stream = socket.socket()
    stream.settimeout(5)
    if receive_buffer:
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    stream.bind((source, 0))
    stream.connect(("127.0.0.1", port))
    return stream


def require_all_told(sensor, opened):
    """opened: {(address, protocol): connections}. Each is a session or a refusal, and no session is without its end. A count of refusals is an address's, over all protocols."""
    sensor.stop()
    events = sensor.journal.fresh()
    sensor.start()
    for address in {address for address, _ in opened}:
        count = sum(each for (source, _), each in opened.items() if source == address)
        own = [event for event in events if field(event, "source.ip") == address and field(event, "network.transport") == "tcp"]
        started, ended = (sum(action(event) == what for event in own) for what in ("session.start", "session.end"))
        refused = sum(field(event, "conpot.count") for event in own if action(event) == "session.refused")
        require(started == ended, f"from {address}: {started} sessions began, {ended} ended")
        require(started + refused == count, f"from {address}: {started} sessions and {refused} refusals of {count} connections")
    require(not [event for event in events if action(event) in ("sensor.lost", "sensor.error")], "events were lost, or the sensor made a mistake")
    return events


def check_a_quiet_sensor_for_comparison():
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor) as watched:
        time.sleep(SECONDS)
        return watched.remark()


# ---- Connections ------------------------------------------------------------------------------------------------------

def check_two_thousand_idle_connections_are_held():
    """A sensor that is told to have room for them: half never speak, half have asked once."""
    with files(2300), Sensor("modbus.connections=2100", *LIFTED, "network.connections=2200", latency=None) as sensor, Watched(sensor) as watched:
        streams, opened = [], {}
        for number in range(2000):
            address = f"127.30.0.{1 + number // 50}"
            streams.append(connect(sensor.port, address))
            opened[address, "modbus"] = opened.get((address, "modbus"), 0) + 1
        for stream in streams[::2]:
            stream.sendall(READ)
        for stream in streams[::2]:
            require(len(stream.recv(100)) == 11, "one of them is not answered")
        time.sleep(SECONDS)
        for stream in streams[::100]:
            stream.sendall(READ)
            require(len(stream.recv(100)) == 11, "after a while one of them is not answered")
        remark = watched.remark()
        for stream in streams:
            stream.close()
        require_all_told(sensor, opened)
        return remark


def check_a_storm_of_connections_is_refused_and_counted():
    """As shipped: 700 connections to each port from one address, as fast as it goes, 200 of them held. The pages show out whoever waits longest, and a browser comes again."""
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor, lossy="http") as watched:
        address, opened, streams = "127.31.0.1", {}, []
        for protocol, port in ports_of(sensor).items():
            opened[address, protocol] = 700
            for _ in range(700):
                try:
                    streams.append(connect(port, address))
                except ConnectionError:
                    pass  # The reset of a refusal may come before connect() has looked.
                if len(streams) > 200:
                    streams.pop(0).close()
        time.sleep(0.5)
        remark = watched.remark()
        for stream in streams:
            stream.close()
        events = require_all_told(sensor, opened)
        told = sum(field(event, "source.ip") == address for event in events)
        return f"{remark}, {told} events for 2100 connections"


class Dribble(threading.Thread):
    """Requests that never end, a byte at a time, on all that one address may have of each port."""

    # Lengths that are never reached: 255 bytes of Modbus, 32 KB of ISO transport, headers without an end.
    BEGINNINGS = {"modbus": b"\x00\x01\x00\x00\x00\xff\x01\x10", "s7comm": b"\x03\x00\x04\x00\x02\xf0\x80", "http": b"GET / HTTP/1.1\r\nHost: x\r\nX: "}

    def __init__(self, sensor, address):
        super().__init__(daemon=True)
        self._over = threading.Event()
        self.streams = []
        self.opened = {}
        for protocol, port in ports_of(sensor).items():
            for _ in range(SHARES[protocol]):
                stream = connect(port, address)
                if protocol == "s7comm":
                    stream.sendall(CONNECT)
                    stream.recv(100)
                stream.sendall(self.BEGINNINGS[protocol])
                self.streams.append(stream)
            self.opened[address, protocol] = SHARES[protocol]

    def run(self):
        while not self._over.wait(0.05):
            for stream in self.streams:
                with contextlib.suppress(OSError):
                    stream.send(b"a")

    def end(self):
        self._over.set()
        self.join()
        for stream in self.streams:
            stream.close()


def check_slow_senders_on_every_port_hold_up_nobody():
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor) as watched:
        dribble = Dribble(sensor, "127.32.0.1")
        dribble.start()
        # SNMP has no connection to hold: datagrams that end too early.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as cut:
            cut.bind(("127.32.0.1", 0))
            whole = ber.message(ber.pdu(ber.GET, [SYS_UP_TIME], 1, 0, 0), b"public", ber.V2C)
            until, number = time.monotonic() + SECONDS, 0
            while time.monotonic() < until:
                cut.sendto(whole[:number % len(whole)], ("127.0.0.1", sensor.snmp_port))
                number += 1
                time.sleep(0.01)
        dribble.end()
        remark = watched.remark()
        events = require_all_told(sensor, dribble.opened)
        told = sum(action(event) == "snmp.malformed" for event in events)
        require(told == number, f"{number} broken datagrams were sent, {told} are in the journal")
        return remark


def check_half_closed_clients_are_answered_and_let_go():
    """Each shuts its sending side, before or after a question, and stays: the sensor closes, and keeps nothing."""
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor) as watched:
        opened, handles = {}, len(os.listdir(f"/proc/{sensor.pid}/fd"))
        until, round_ = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            streams, round_ = [], round_ + 1
            address = f"127.33.{round_ // 200}.{round_ % 200}"
            for protocol, question in (("modbus", READ), ("s7comm", CONNECT), ("http", GET_PAGE)):
                opened[address, protocol] = 10
                for number in range(10):
                    stream = connect(ports_of(sensor)[protocol], address)
                    if number % 2:
                        stream.sendall(question)
                    stream.shutdown(socket.SHUT_WR)
                    streams.append((stream, number % 2))
            for stream, asked in streams:
                said = b""
                while part := stream.recv(65536):
                    said += part
                require(bool(said) == bool(asked), f"{len(said)} bytes for {asked} questions")
            require(len(os.listdir(f"/proc/{sensor.pid}/fd")) <= handles + 8, "connections that were shut on one side stay open")  # the visitor's own come and go
            for stream, _ in streams:
                stream.close()
        remark = watched.remark()
        require_all_told(sensor, opened)
        return remark


def check_clients_that_never_read_hold_up_nobody():
    """They ask for the longest answers until the sensor takes no more, on every port at once."""
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor) as watched:
        address, opened, streams = "127.34.0.1", {}, []
        for protocol, question in (("modbus", LONG_READ), ("s7comm", S7_READ), ("http", GET_PAGE)):
            opened[address, protocol] = 10
            for _ in range(10):
                stream = connect(ports_of(sensor)[protocol], address, receive_buffer=2048)
                if protocol == "s7comm":
                    stream.sendall(CONNECT)
                    stream.recv(100)
                    stream.sendall(SETUP)
                    stream.recv(100)
                stream.setblocking(False)
                streams.append((stream, question * 200))
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for stream, questions in streams:
                with contextlib.suppress(OSError):
                    stream.send(questions)
            time.sleep(0.02)
        remark = watched.remark()
        for stream, _ in streams:
            stream.close()
        require_all_told(sensor, opened)
        return remark


@contextlib.contextmanager
def files(count):
    """So many open files for this program; the sensor inherits it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < count:
        raise Skipped(f"only {hard} open files are allowed here")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, count), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


# ---- Datagrams and SYNs -----------------------------------------------------------------------------------------------

def check_a_flood_of_datagrams_from_fifty_addresses_is_counted():
    """As fast as one core can: whoever asks over TCP does not notice; over SNMP some datagrams find no room in the kernel, as at any agent."""
    with Sensor(latency=None, visitor_limits=True) as sensor, Watched(sensor, patience=0.5, lossy="snmp") as watched:
        question = ber.message(ber.pdu(ber.GET, [SYS_UP_TIME], 1, 0, 0), b"public", ber.V2C)
        lines, sent = [], 0
        for number in range(50):
            line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            line.setblocking(False)
            line.bind((f"127.35.0.{1 + number}", 0))
            line.connect(("127.0.0.1", sensor.snmp_port))
            lines.append(line)
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            for line in lines:
                with contextlib.suppress(OSError):
                    line.send(question)
                    sent += 1
        for line in lines:
            line.close()
        remark = watched.remark()
        time.sleep(0.5)  # The last of them are still in the socket's buffer.
        lost = lost_in_the_kernel(sensor.snmp_port)
        sensor.stop()
        events = [event for event in sensor.journal.fresh() if field(event, "source.ip", "").startswith("127.35.")]
        sensor.start()
        answered = sum(action(event) == "snmp.get" for event in events)
        counted = sum(field(event, "conpot.count") for event in events if action(event) == "session.limited")
        # What found no room may have been the visitor's.
        require(answered + counted <= sent <= answered + counted + lost, f"{sent} were sent, {answered} answered, {counted} counted, {lost} found no room in the kernel")
        return f"{remark}; {sent} sent, {answered} answered, {counted} counted, {lost} without room in the kernel"


def check_a_flood_of_SYNs_locks_nobody_out():
    """From forged addresses, in network namespaces of this program's own; the last check, as it moves this program into one of them."""
    if os.geteuid() != 0 or EMULATED:
        raise Skipped("needs root, and the machine's own kind of binary")
    needed("ip")
    with Lab() as lab, Sensor("network.listen=0.0.0.0", latency=None, visitor_limits=True, prefix=lab.command([])) as sensor, Watched(sensor, source=VISITOR, address=DEVICE) as watched:
        until, sent = time.monotonic() + SECONDS, 0
        while time.monotonic() < until:
            for port in ports_of(sensor).values():
                sent += from_forged_sources(lambda source, own, to=port: syn(source, DEVICE, own, to, bytes.fromhex("020405B4")), 500)
        remark = watched.remark()
        sensor.stop()
        events = sensor.journal.fresh()
        sensor.start()
        strangers = [event for event in events if action(event).startswith("session.") and field(event, "source.ip") != VISITOR]
        require(not strangers, f"a SYN without a connection has an event: {strangers[:1]}")
        told = sum(field(event, "conpot.count") for event in events if action(event) == "network.syn-flood")
        require(sent // 10 < told <= sent, f"{sent} SYNs were sent, {told} are told as a flood")
        return f"{remark}; {sent} SYNs, {told} told as a flood"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
