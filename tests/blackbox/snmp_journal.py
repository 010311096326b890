"""What the journal says about SNMP: one event for every datagram, sessions without connections, and nothing answered that is not in it."""

import random
import sys
import threading
import time

import snmp_message as ber
from checks import require, run_checks
from crash import require_no_gap, require_whole, tear
from journal import action, ends_session, field, of_port, starts_session
from snmp_agent import Agent, event_of, hexadecimal, snmp_only
from snmp_message import GET, GET_BULK, GET_NEXT, SET, V1, V2C, octets
from snmp_names import MIB2, SYS_DESCR, SYS_NAME, SYS_SERVICES, SYS_UP_TIME, TCP_CONNECTIONS
from surroundings import EMULATED

ROUNDS = 5
CLIENTS = 8
IN_FLIGHT = 4
REQUESTS = 400


def techniques(event):
    return set(field(event, "threat.technique.id") or [])


# ---- Events -----------------------------------------------------------------------------------------------------------

def check_every_kind_of_question_is_one_event_with_all_that_matters():
    # (version, community, kind, names, second, third, action, techniques of ATT&CK for ICS that must be named: WIRE 7)
    questions = [
        (V1, b"public", GET, [SYS_DESCR, SYS_NAME], 0, 0, "snmp.get", {"T0888"}),
        (V2C, b"public", GET, [SYS_DESCR], 0, 0, "snmp.get", {"T0888"}),
        (V2C, b"public", GET_NEXT, [MIB2], 0, 0, "snmp.walk", {"T0888"}),
        (V2C, b"public", GET_BULK, [f"{TCP_CONNECTIONS}.1.1", f"{MIB2}.4.22"], 0, 5, "snmp.walk", {"T0840"}),
        (V1, b"public", GET_NEXT, [f"{MIB2}.3.1"], 0, 0, "snmp.walk", {"T0840"}),
        (V2C, b"private", SET, [(SYS_NAME, octets("mine"))], 0, 0, "snmp.set", {"T0836"}),
        (V1, b"manager", GET, [SYS_DESCR], 0, 0, "snmp.bad-community", {"T0812"}),
        (V2C, b"write", SET, [(SYS_NAME, octets("mine"))], 0, 0, "snmp.bad-community", {"T0812"}),
        (V2C, b"public", ber.TRAP_V2, [(SYS_UP_TIME, ber.integer(1, ber.TIME_TICKS))], 0, 0, "snmp.unanswered", set()),
    ]
    with Agent() as agent:
        for number, (version, community, kind, names, second, third, expected, wanted) in enumerate(questions):
            with agent.visitor(version, community) as visitor, agent.reader() as other:
                request = visitor.message(kind, names, 1000 + number, second, third)
                visitor.send(request)
                other.get(SYS_UP_TIME)  # Answered after it.
                reply = visitor.receive(0.05)
                event = event_of(agent.journal.fresh(), request)
            where = f"{number}: {event}"
            require(action(event) == expected, where)
            require(field(event, "source.ip") == "127.0.0.1" and field(event, "source.port") == visitor.local_port, where)
            require(field(event, "destination.port") == agent.snmp_port and field(event, "network.transport") == "udp", where)
            require(field(event, "network.protocol") == "snmp", where)
            require(field(event, "conpot.version") == ("1", "2c")[version] and field(event, "conpot.community") == community.decode(), where)
            require(field(event, "conpot.oids") == [name if isinstance(name, str) else name[0] for name in names], where)
            require((field(event, "conpot.response") or None) == (reply and hexadecimal(reply)), f"{where}; the reply was {reply and hexadecimal(reply)}")
            require((reply is None) == (expected in ("snmp.bad-community", "snmp.unanswered")), where)
            require((field(event, "event.severity") or 0) > 0 and wanted <= techniques(event), where)


def check_an_error_is_in_its_event():
    with Agent() as agent:
        for version, names, status, index in ((V1, [SYS_DESCR, f"{MIB2}.99.0"], ber.NO_SUCH_NAME, 2), (V2C, [f"{MIB2}.2.2.1.2.1"] * 70, ber.TOO_BIG, 0)):
            with agent.visitor(version) as visitor:
                request = visitor.message(GET, names, 7)
                visitor.exchange(request)
                event = event_of(agent.journal.fresh(), request)
                require(field(event, "conpot.error_status") == status, f"{event}")
                require(field(event, "conpot.error_index", 0) == index and field(event, "event.outcome") == "failure", f"{event}")
                require(len(str(event)) < 20_000, f"an event of {len(str(event))} characters")


def check_a_write_says_what_was_before_and_what_is_now():
    with Agent() as agent, agent.writer() as visitor:
        visitor.set((SYS_NAME, octets("the first")))
        request = visitor.message(SET, [(SYS_NAME, octets("the second"))], 7)
        visitor.exchange(request)
        event = event_of(agent.journal.fresh(), request)
        require("the first" in str(event) and "the second" in str(event), f"{event}")
        require((field(event, "event.severity") or 0) >= 60, f"severity {field(event, 'event.severity')}: a write is an alert")
        refused = visitor.message(SET, [(SYS_DESCR, octets("x"))], 8)
        visitor.exchange(refused)
        require(action(event_of(agent.journal.fresh(), refused)) == "snmp.set", "an attempt to write is recorded as one")


def check_community_strings_cannot_break_a_line():
    with Agent() as agent, agent.reader() as visitor:
        for community in (b'","event":{"action":"sensor.stop"},"x":"', b"\n\r\x00\x1b[31m", b"\xff\xfe\xc0\x80", "\u2028€".encode(), bytes(range(256))):
            request = visitor.message(GET, [SYS_DESCR], 5, community=community)
            visitor.silent(request, "a wrong community")
            events = agent.journal.fresh()  # Fails on a line that is no JSON.
            require(action(event_of(events, request)) == "snmp.bad-community", f"{events}")
            require(not any(action(event) == "sensor.stop" for event in events), "a forged event")


# ---- Sessions of datagrams ------------------------------------------------------------------------------------------------

def sessions_of(events):
    return {field(event, "conpot.session") or field(event, "conpot.session.id") or field(event, "conpot.session_id") for event in events}


def check_one_port_is_one_session():
    with Agent("snmp.quiet_gap=1s") as agent:
        with agent.reader() as first, agent.reader() as second:
            for visitor in (first, second, first):
                visitor.get(SYS_UP_TIME)
            ports = first.local_port, second.local_port
            events = agent.journal.wait(lambda seen: {field(event, "source.port") for event in seen if ends_session(event)} >= set(ports), 6)
            names = []
            for port, questions in zip(ports, (2, 1)):
                own = of_port(events, port)
                kinds = [action(event) for event in own]
                require(starts_session(own[0]) and ends_session(own[-1]), f"port {port}: {kinds}")
                require(len(snmp_only(own)) == questions and len(own) == questions + 2, f"port {port}: {kinds}")
                require(len(sessions_of(own)) == 1 and None not in sessions_of(own), f"port {port}: sessions {sessions_of(own)}")
                names += sessions_of(own)
            require(names[0] != names[1], "two ports share a session")
            # After the quiet gap the same port is a visitor anew.
            first.get(SYS_UP_TIME)
            again = of_port(agent.journal.wait(lambda seen: of_port(seen, ports[0])), ports[0])
            require(starts_session(again[0]) and sessions_of(again) != {names[0]}, f"{again}")


def check_sessions_end_with_the_sensor():
    with Agent() as agent, agent.reader() as visitor:
        visitor.get(SYS_UP_TIME)
        agent.stop()
        own = of_port(agent.journal.fresh(), visitor.local_port)
        require(len(own) == 3 and ends_session(own[-1]), f"{[action(event) for event in own]}")
        agent.start()


def check_wire_and_journal_count_the_same():
    with Agent() as agent, agent.reader() as visitor:
        visitor.walk()
        for _ in range(20):
            visitor.bulk(MIB2, repetitions=100)
        events = snmp_only(agent.journal.fresh())
        require(len(events) == visitor.sent, f"{visitor.sent} questions, {len(events)} events")
        require(sum(1 for event in events if field(event, "conpot.response")) == visitor.received, f"{visitor.received} replies")
        return f"{visitor.sent} questions"


# ---- Power cuts ---------------------------------------------------------------------------------------------------------

class Load(threading.Thread):
    """One port that asks and writes, a few at a time, and remembers every exchange of which it holds the reply."""

    def __init__(self, agent, number, first_reply):
        super().__init__(daemon=True)
        self._visitor = agent.visitor((V1, V2C)[number % 2], b"private")
        self._visitor.socket.settimeout(0.3)
        self.port = self._visitor.local_port
        self._first_reply = first_reply
        self.exchanges, self.cut, self.wrong = [], False, None

    def run(self):
        visitor, waiting = self._visitor, {}
        try:
            for number in range(1, REQUESTS + 1):
                kind, names = ((GET, [SYS_SERVICES]), (GET_NEXT, [MIB2]), (GET, [SYS_DESCR, SYS_UP_TIME]), (SET, [(SYS_NAME, octets(f"{number}"))]))[number % 4]
                waiting[number] = visitor.message(kind, names, number)
                visitor.send(waiting[number])
                while len(waiting) >= IN_FLIGHT:
                    reply = visitor.receive(0.3)
                    if reply is None:
                        self.cut = True
                        return
                    identifier = int.from_bytes(ber.Message(reply).request_id, "big")
                    self.exchanges.append((hexadecimal(waiting.pop(identifier)), hexadecimal(reply)))
                    self._first_reply.set()
        except ConnectionRefusedError:
            self.cut = True  # The port is closed: ICMP says so.
        except Exception as error:
            self.wrong = f"{type(error).__name__}: {error}"
        finally:
            visitor.socket.close()


def require_recorded(loads, events, where):
    by_port = {}
    for event in snmp_only(events):
        by_port.setdefault(field(event, "source.port"), set()).add((field(event, "conpot.request"), field(event, "conpot.response")))
    for load in loads:
        missing = [exchange for exchange in load.exchanges if exchange not in by_port.get(load.port, ())]
        require(not missing, f"{where}: port {load.port} holds {len(load.exchanges)} replies, {len(missing)} of them are not in the journal: {missing[:1]}")


def check_power_cuts_lose_no_answered_exchange():
    """As crash.py, over datagrams: every reply that a visitor holds has its event, with the bytes of both."""
    dice = random.Random(1988)
    answered, last, cuts = 0, None, 0
    with Agent() as agent:
        for number in range(1, ROUNDS + 1):
            first_reply = threading.Event()
            loads = [Load(agent, each, first_reply) for each in range(CLIENTS)]
            for load in loads:
                load.start()
            require(first_reply.wait(5), "no reply within 5 s of the load's beginning")
            enough, until = CLIENTS * REQUESTS * dice.uniform(0.02, 0.7), time.monotonic() + 10
            while sum(len(load.exchanges) for load in loads) < enough:
                require(time.monotonic() < until, f"the load does not get on: {[load.wrong for load in loads]}")
                time.sleep(0.001)
            agent.kill()
            for load in loads:
                load.join(10)
                require(not load.is_alive() and load.wrong is None, f"round {number}: {load.wrong or 'a visitor hangs'}")
            cuts += sum(load.cut for load in loads)
            answered += sum(len(load.exchanges) for load in loads)
            torn = tear(agent, dice) if number % 2 == 0 else agent.journal.segments()[-1]
            agent.start()
            require_whole(agent, torn)
            events = agent.journal.fresh()
            require_recorded(loads, events, f"round {number}")
            last = require_no_gap(events, last, f"round {number}")
        require(cuts >= ROUNDS, f"only {cuts} visitors were cut in {ROUNDS} rounds: the load ends before the kill")
    return f"{answered} answered exchanges, {cuts} visitors cut"


def check_power_cuts_with_the_devices_latency():
    """A reply that waits for its time is already in the journal: nothing of it may come earlier than its event."""
    with Agent(latency=None) as agent:
        first_reply = threading.Event()
        loads = [Load(agent, each, first_reply) for each in range(CLIENTS)]
        for load in loads:
            load.start()
        require(first_reply.wait(5), "no reply within 5 s")
        time.sleep(0.5 if EMULATED else 0.15)
        agent.kill()
        for load in loads:
            load.join(10)
        require(all(load.wrong is None for load in loads), f"{[load.wrong for load in loads]}")
        agent.start()
        require_recorded(loads, agent.journal.fresh(), "with latency")
        return f"{sum(len(load.exchanges) for load in loads)} answered exchanges"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
