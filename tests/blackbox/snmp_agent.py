"""A sensor that speaks SNMP, and a visitor that asks it over one UDP port of its own; every wait has an end."""

import itertools
import socket
import time

import snmp_message as ber
from checks import Failed, require
from harness import Sensor
from journal import action, field
from snmp_message import GET, GET_NEXT, Malformed, Message
from snmp_names import SYS_UP_TIME
from surroundings import EMULATED

# A lost datagram and a slow one look alike; nothing of these checks is lost on the loopback of a sensor that lives.
PATIENCE = 8 if EMULATED else 2

# One Ethernet frame, as SIMATIC NET: what no reply may exceed.
LARGEST = 1472

# As in harness.LIFTED: one visitor asks here more than any person would.
GENEROUS = ("snmp.packets_per_second=100000", "snmp.amplification=1000")

_request_ids = itertools.count(1)


class Agent(Sensor):
    """`with Agent("snmp.versions=1", profile="conpot-2013") as agent:`; latency and limits as for Modbus."""

    def __init__(self, *settings, profile="s7-200", latency="0", visitor_limits=False, config=None, snmp_latency=None, **more):
        self.version = ber.V1 if profile == "s7-300-cp343" else ber.V2C
        lifted = () if visitor_limits else GENEROUS
        wait = latency if snmp_latency is None else snmp_latency
        timing = () if wait is None else (f"snmp.latency={wait}",)
        super().__init__(*lifted, *timing, *settings, profile=profile, latency=latency, visitor_limits=visitor_limits, config=config, **more)

    def visitor(self, version=None, community=b"public", source="127.0.0.1", address="127.0.0.1"):
        return Visitor(self.snmp_port, self.version if version is None else version, community, source, address)

    def reader(self):
        return self.visitor()

    def writer(self):
        return self.visitor(community=b"private")


class Visitor:
    """One source port. A reply is read strictly, and must carry the version, community and request-id of its request."""

    def __init__(self, port, version, community=b"public", source="127.0.0.1", address="127.0.0.1"):
        self.version, self.community, self.sent, self.received = version, community, 0, 0
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((source, 0))
        self.socket.connect((address, port))
        self.socket.settimeout(PATIENCE)
        self.local_port = self.socket.getsockname()[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    # ---- Bytes ----

    def send(self, data):
        self.sent += 1
        self.socket.send(data)

    def receive(self, seconds=None):
        """One datagram, or None when none came in time."""
        self.socket.settimeout(PATIENCE if seconds is None else max(seconds, 0.001))
        try:
            data = self.socket.recv(65535)
        except TimeoutError:
            return None
        self.received += 1
        require(len(data) <= LARGEST, f"a reply of {len(data)} bytes")
        return data

    def exchange(self, data):
        """The reply to these bytes, read strictly."""
        self.send(data)
        reply = self.receive()
        require(reply is not None, f"no answer to {data.hex().upper()}")
        return read(reply)

    def said_to(self, data):
        """What comes back for these bytes, None for silence. A question that is always answered follows, so that silence needs no time-out."""
        self.send(data)
        sentinel = next(_request_ids)
        self.send(self.message(GET, [SYS_UP_TIME], sentinel))
        until, reply = time.monotonic() + PATIENCE, None
        while True:
            got = self.receive(until - time.monotonic())
            require(got is not None, f"nothing is answered any more after {data.hex().upper()[:200]}")
            if (identifier := request_id_of(got)) == sentinel:
                return reply
            require(reply is None, f"two replies to {data.hex().upper()[:200]}: {reply and reply.hex()}, {got.hex()} ({identifier})")
            reply = got

    def silent(self, data, why):
        reply = self.said_to(data)
        require(reply is None, f"{why}: {data.hex().upper()[:120]} was answered with {reply and reply.hex().upper()}")

    # ---- Questions ----

    def message(self, kind, names, request_id=1, second=0, third=0, community=None):
        return ber.message(ber.pdu(kind, names, request_id, second, third), self.community if community is None else community, self.version)

    def ask(self, kind, *names, second=0, third=0):
        identifier = next(_request_ids)
        reply = self.exchange(self.message(kind, names, identifier, second, third))
        require(reply.tag == ber.RESPONSE, f"the reply is a PDU {reply.tag:02X}")
        require((reply.version, reply.community) == (self.version, self.community), f"asked as {self.version} {self.community!r}, got {reply}")
        require(int.from_bytes(reply.request_id, "big", signed=True) == identifier, f"request-id {identifier} came back as {reply.request_id.hex()}")
        return reply

    def get(self, *names):
        """The values; anything but an answer is a failure."""
        reply = self.ask(GET, *names)
        require(reply.status == 0, f"error {reply.status} at {reply.index} for {', '.join(map(str, names))}")
        require([each.name for each in reply.bindings] == [ber.parts(name) for name in names], f"asked for {names}, got {reply.bindings}")
        values = [each.value for each in reply.bindings]
        return values[0] if len(values) == 1 else values

    def set(self, *pairs):
        return self.ask(ber.SET, *pairs)

    def bulk(self, *names, non_repeaters=0, repetitions=10):
        return self.ask(ber.GET_BULK, *names, second=non_repeaters, third=repetitions)

    def walk(self, root=None, most=5000):
        """GETNEXT from `root` until its end or the MIB's (None: all there is): every name once, in rising order."""
        name = ber.parts(root or "0.0")
        root = name if root else ()
        found = []
        while len(found) < most:
            reply = self.ask(GET_NEXT, name)
            if reply.status == ber.NO_SUCH_NAME and self.version == ber.V1:
                require(reply.index == 1 and reply.only.name == name, f"the walk's end: {reply}")
                return found
            require(reply.status == 0, f"error {reply.status} after {name}")
            if reply.only.tag == ber.END_OF_MIB_VIEW and self.version == ber.V2C:
                require(reply.only.name == name, f"endOfMibView of {name} names {reply.only.dotted}")
                return found
            require(reply.only.name > name, f"after {'.'.join(map(str, name))} comes {reply.only.dotted}")
            if reply.only.name[:len(root)] != root:
                return found
            found.append(reply.only)
            name = reply.only.name
        raise Failed(f"the walk did not end after {most} objects")


def read(data):
    try:
        return Message(data)
    except Malformed as wrong:
        raise Failed(f"a malformed reply: {wrong}; it is {data.hex().upper()}") from None


def request_id_of(data):
    """None where there is none: a version 3 message, or nonsense."""
    try:
        return int.from_bytes(Message(data).request_id, "big", signed=True)
    except Malformed:
        return None


def snmp_only(events):
    return [event for event in events if action(event).startswith("snmp.")]


def hexadecimal(data):
    return data.hex().upper()


def event_of(events, data):
    """The one event of this request."""
    found = [event for event in snmp_only(events) if field(event, "conpot.request") == hexadecimal(data)]
    require(len(found) == 1, f"{len(found)} events with the request {hexadecimal(data)}")
    return found[0]

