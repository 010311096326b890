"""SET, communities, versions and what is never answered, by the letter of RFC 1157, RFC 3416, RFC 3584 and RFC 3414; and that all of it is counted."""

import os
import sys
import time

import snmp_message as ber
from checks import require, run_checks
from journal import action, field
from snmp_agent import Agent, event_of, snmp_only
from snmp_message import GET, GET_NEXT, SET, V1, V2C, octets
from snmp_names import (AUTHEN_TRAPS, IF_DESCR, IN_BAD_COMMUNITY_NAMES, IN_BAD_COMMUNITY_USES, IN_BAD_VERSIONS, IN_GET_NEXTS, IN_GETS, IN_PARSE_ERRORS,
                        IN_PKTS, IN_SETS, IN_TOTAL_REQ_VARS, IN_TOTAL_SET_VARS, MIB2, OUT_NO_SUCH_NAMES, OUT_PKTS, OUT_RESPONSES, SYS_CONTACT, SYS_DESCR,
                        SYS_LOCATION, SYS_NAME, SYS_SERVICES, SYS_UP_TIME, USM_UNKNOWN_ENGINES, USM_UNKNOWN_USERS)

VERSIONS = (("v1", V1), ("v2c", V2C))
WRITABLE = (SYS_CONTACT, SYS_NAME, SYS_LOCATION)

# What cannot be set: (name, value, v1's error, v2c's error, why). RFC 1157, 4.1.5, knows noSuchName and badValue; RFC 3416, 4.2.5, in this order:
# (2) nothing with this prefix can be written: notWritable; (3) wrongType; (4) wrongLength; (7) could never be created: noCreation.
NOT_SETTABLE = [
    (SYS_DESCR, octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "an object that can only be read"),
    (SYS_SERVICES, ber.integer(72), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "an object that can only be read, with the value it has"),
    (SYS_UP_TIME, octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "an object that can only be read, and a wrong type"),
    (IF_DESCR, octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "a row's object"),
    (f"{MIB2}.1.1.7", octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "an instance that is not there of an object that can only be read"),
    (f"{MIB2}.1.99.0", octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "an object that is not there"),
    ("1.3.6.1.4.1.4329.1.0", octets("x"), ber.NO_SUCH_NAME, ber.NOT_WRITABLE, "a private object"),
    (f"{MIB2}.1.5.1", octets("x"), ber.NO_SUCH_NAME, ber.NO_CREATION, "a second instance of sysName"),
    (f"{MIB2}.1.5", octets("x"), ber.NO_SUCH_NAME, ber.NO_CREATION, "sysName without its instance"),
    (SYS_NAME, ber.integer(1), ber.BAD_VALUE, ber.WRONG_TYPE, "a number for a text"),
    (SYS_NAME, b"\x05\x00", ber.BAD_VALUE, ber.WRONG_TYPE, "NULL for a text"),
    (SYS_NAME, octets("x", ber.OPAQUE), ber.BAD_VALUE, ber.WRONG_TYPE, "Opaque for a text"),
    (SYS_NAME, ber.oid("1.3"), ber.BAD_VALUE, ber.WRONG_TYPE, "an object identifier for a text"),
    (SYS_NAME, octets("x" * 256), ber.BAD_VALUE, ber.WRONG_LENGTH, "256 characters: DisplayString (SIZE (0..255))"),
    (SYS_LOCATION, octets("x" * 1000), ber.BAD_VALUE, ber.WRONG_LENGTH, "1000 characters"),
]


# ---- SET --------------------------------------------------------------------------------------------------------------

def check_set_is_taken_echoed_seen_and_recorded():
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version, b"private") as writer, agent.visitor(V1) as reader:
                for number, name in enumerate(WRITABLE):
                    text = f"pump house {label} {number}".encode()
                    request = writer.message(SET, [(name, octets(text))], 77 + number)
                    reply = writer.exchange(request)
                    require((reply.status, reply.index) == (0, 0), f"{label}: {reply}")
                    require((reply.only.name, reply.only.tag, reply.only.value) == (ber.parts(name), ber.OCTETS, text), f"{label}: not echoed: {reply}")
                    require(reader.get(name) == writer.get(name) == text, f"{label}: {name} is {reader.get(name)!r}")
                    event = event_of(agent.journal.fresh(), request)
                    require(action(event) == "snmp.set" and field(event, "conpot.community") == "private", f"{event}")
        with agent.writer() as writer:
            reply = writer.set(*[(name, octets("")) for name in WRITABLE])
            require(reply.status == 0 and writer.get(*WRITABLE) == [b"", b"", b""], f"three at once, and empty: {reply}")


def read_text(agent):
    try:
        with open(os.path.join(agent.directory, "snmp"), encoding="ascii") as stream:
            return stream.read()
    except FileNotFoundError:
        return ""


def comes(condition, seconds):
    """Whether it comes true in time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def check_what_was_set_survives_a_restart_and_a_power_cut():
    with Agent() as agent:
        for number, end in enumerate((agent.stop, agent.kill)):
            texts = [f"{number} {name}".encode() for name in WRITABLE]
            with agent.writer() as writer:
                require(writer.set(*zip(WRITABLE, map(octets, texts))).status == 0, "the SET")
            # The device writes its flash, the sensor a file, right after the reply.
            require(comes(lambda: all(text.hex().upper() in read_text(agent) for text in texts), 2), "what was set is not kept within 2 s")
            end()
            agent.start()
            with agent.reader() as reader:
                require(reader.get(*WRITABLE) == texts, f"after {end.__name__}: {reader.get(*WRITABLE)}, not {texts}")


def check_set_refuses_with_the_right_error_at_the_right_place():
    """Alone, first, in the middle and last; and nothing of the whole SET is done (RFC 1157, 4.1.5; RFC 3416, 4.2.5)."""
    wrong = []
    with Agent() as agent, agent.reader() as reader:
        before = reader.get(*WRITABLE)
        for label, version in VERSIONS:
            with agent.visitor(version, b"private") as writer:
                for name, value, status_v1, status_v2c, what in NOT_SETTABLE:
                    good = [(SYS_CONTACT, octets("changed")), (SYS_LOCATION, octets("changed"))]
                    for place in range(4):
                        pairs = [(name, value)] if place == 3 else [*good[:place], (name, value), *good[place:]]
                        reply = writer.set(*pairs)
                        expected = (status_v1 if version == V1 else status_v2c, 1 if place == 3 else place + 1)
                        if (reply.status, reply.index) != expected:
                            wrong.append(f"{label}, {what}, place {place}: {reply.status} at {reply.index}, not {expected[0]} at {expected[1]}")
                        elif [each.name for each in reply.bindings] != [ber.parts(each) for each, _ in pairs]:
                            wrong.append(f"{label}, {what}: the bindings do not come back: {reply}")
                        require(reader.get(*WRITABLE) == before, f"{label}, {what}: half of the SET was done: {reader.get(*WRITABLE)}")
    require(not wrong, f"{len(wrong)} of {len(NOT_SETTABLE) * 8}: " + "; ".join(wrong[:12]))
    return f"{len(NOT_SETTABLE) * 8} SETs"


def check_set_bounds_of_a_text():
    with Agent() as agent, agent.writer() as writer:
        for text in (b"x" * 255, b"", b" ", "Pumpenhaus Süd".encode("latin-1")):
            reply = writer.set((SYS_LOCATION, octets(text)))
            if reply.status == 0:
                require(writer.get(SYS_LOCATION) == text, f"{text[:20]!r} is read as {writer.get(SYS_LOCATION)!r}")
            else:  # NVT ASCII is what DisplayString says, and devices differ in how they take it; but then with the right word.
                require(text[-4:] == b"S\xfcd" and reply.status in (ber.WRONG_VALUE, ber.WRONG_ENCODING), f"{text[:20]!r}: {reply.status}")


def check_set_of_one_name_twice_takes_one_of_them():
    with Agent() as agent, agent.writer() as writer:
        reply = writer.set((SYS_NAME, octets("first")), (SYS_NAME, octets("second")))
        got = writer.get(SYS_NAME)
        require(got in (b"first", b"second") if reply.status == 0 else got == b"", f"error {reply.status}, and sysName is {got!r}")


def check_set_of_nothing_is_nothing():
    with Agent() as agent, agent.writer() as writer:
        reply = writer.set()
        require((reply.status, reply.index, reply.bindings) == (0, 0, []), f"{reply}")


def check_the_read_community_may_not_write():
    """noSuchName or noAccess (its view holds nothing to write), or silence and snmpInBadCommunityUses; never the deed."""
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                uses = visitor.get(IN_BAD_COMMUNITY_USES)
                request = visitor.message(SET, [(SYS_NAME, octets("mine"))], 5)
                reply = visitor.said_to(request)
                require(visitor.get(SYS_NAME) == b"", f"{label}: public wrote sysName")
                if reply is None:
                    require(visitor.get(IN_BAD_COMMUNITY_USES) == uses + 1, f"{label}: silence that snmpInBadCommunityUses does not count")
                    said = "silence"
                else:
                    said = ber.Message(reply)
                    require((said.status, said.index) == (ber.NO_SUCH_NAME if version == V1 else ber.NO_ACCESS, 1), f"{label}: {said}")
                require(event_of(agent.journal.fresh(), request), "recorded")
    return str(said)


# ---- Communities and versions -----------------------------------------------------------------------------------------

def check_a_wrong_community_gets_silence_is_counted_and_recorded():
    communities = [b"", b"Public", b"PUBLIC", b"publi", b"public ", b"public\0", b"publicprivate", b"Private", b"manager", b"\xff\xfe\x00\x0a\"\\",
                   b"c" * 255, b"c" * 1300]
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                before = visitor.get(IN_BAD_COMMUNITY_NAMES)
                agent.journal.fresh()
                requests = [visitor.message(kind, [(SYS_NAME, octets("mine"))], 5, community=name) for name in communities for kind in (GET, GET_NEXT, SET)]
                for request in requests:
                    visitor.silent(request, f"{label}, a wrong community")
                counted = visitor.get(IN_BAD_COMMUNITY_NAMES) - before
                require(counted == len(requests), f"{label}: snmpInBadCommunityNames counts {counted} of {len(requests)}")
                require(visitor.get(SYS_NAME) == b"", f"{label}: one of them wrote")
                events = agent.journal.fresh()
                for request in requests:
                    event = event_of(events, request)
                    require(action(event) == "snmp.bad-community" and not field(event, "conpot.response"), f"{event}")
                tried = {field(event, "conpot.community") for event in snmp_only(events) if action(event) == "snmp.bad-community"}
                require({"Public", "manager", ""} <= tried, f"the strings that were tried are {tried}")
    return f"{len(communities)} communities"


def check_communities_can_be_chosen():
    with Agent("snmp.community=read-me", "snmp.write_community=write-me") as agent:
        with agent.visitor(community=b"read-me") as reader, agent.visitor(community=b"write-me") as writer:
            require(writer.set((SYS_NAME, octets("new"))).status == 0 and reader.get(SYS_NAME) == b"new", "both communities work")
            for old in (b"public", b"private"):
                reader.silent(reader.message(GET, [SYS_DESCR], 5, community=old), f"{old} is no longer known")


def check_other_versions_get_silence_and_are_counted():
    """RFC 1157, 4.1 (2): the version is looked at before the community. The profile of the real station knows v1 only."""
    for profile, known in (("s7-200", (0, 1)), ("s7-300-cp343", (0,))):
        with Agent(profile=profile) as agent, agent.visitor(V1) as visitor:
            before, wrong = visitor.get(IN_BAD_VERSIONS), 0
            for version in (0, 1, 2, 4, 127, 128, 2 ** 31 - 1):
                request = ber.message(ber.pdu(GET, [SYS_DESCR], 5), version=version)
                if version in known:
                    require(visitor.said_to(request), f"{profile}: version {version} is not answered")
                else:
                    visitor.silent(request, f"{profile}, version {version}")
                    visitor.silent(ber.message(ber.pdu(GET, [SYS_DESCR], 5), b"wrong", version), f"{profile}, version {version} and a wrong community")
                    wrong += 2
            counted = visitor.get(IN_BAD_VERSIONS) - before
            require(counted == wrong, f"{profile}: snmpInBadVersions counts {counted} of {wrong}")
            discovery = ber.v3(ber.pdu(GET, [], 6))
            visitor.silent(discovery, f"{profile}, version 3")
            require(visitor.get(IN_BAD_VERSIONS) == before + wrong + 1, f"{profile}: version 3 is not counted")
            require(field(event_of(agent.journal.fresh(), discovery), "conpot.version") == "3", "version 3 is recorded as such")


def check_versions_can_be_chosen():
    with Agent("snmp.versions=[\"2c\"]") as agent, agent.visitor(V2C) as visitor:
        visitor.silent(ber.message(ber.pdu(GET, [SYS_DESCR], 5), version=V1), "v1 is switched off")


def check_what_is_no_question_is_never_answered():
    """Traps, informs, reports and responses (an agent that answers those can be made to talk to itself)."""
    pair = [(SYS_UP_TIME, ber.integer(1, ber.TIME_TICKS)), ("1.3.6.1.6.3.1.1.4.1.0", ber.oid("1.3.6.1.6.3.1.1.5.1"))]
    trap_v1 = ber.tlv(ber.TRAP_V1, ber.oid("1.3.6.1.4.1.4329") + ber.tlv(ber.IP_ADDRESS, bytes([127, 0, 0, 1])) + ber.integer(0) + ber.integer(0)
                      + ber.integer(100, ber.TIME_TICKS) + ber.tlv(ber.SEQUENCE))
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version, b"private") as visitor:
                requests = [visitor.message(tag, pair, 5) for tag in (ber.RESPONSE, ber.INFORM, ber.TRAP_V2, ber.REPORT, 0xA9, 0xAF)]
                for request in [*requests, ber.message(trap_v1, b"private", version)]:
                    visitor.silent(request, label)
                    event = event_of(agent.journal.fresh(), request)
                    require(action(event) in ("snmp.unanswered", "snmp.malformed"), f"{label}: {event}")


# ---- Counters -----------------------------------------------------------------------------------------------------------

def check_the_snmp_group_counts_what_came_and_went():
    """RFC 1213, 6.14. A message is counted before it is answered: a GET of snmpInPkts counts itself, and of snmpOutPkts does not."""
    watched = (IN_PKTS, OUT_PKTS, IN_BAD_VERSIONS, IN_BAD_COMMUNITY_NAMES, IN_PARSE_ERRORS, IN_TOTAL_REQ_VARS, IN_TOTAL_SET_VARS, IN_GETS, IN_GET_NEXTS,
               IN_SETS, OUT_NO_SUCH_NAMES, OUT_RESPONSES)
    with Agent() as agent, agent.visitor(V1) as reader, agent.visitor(V1, b"private") as writer:
        before = dict(zip(watched, reader.get(*watched)))
        for _ in range(10):
            reader.get(SYS_DESCR, SYS_NAME)
        for _ in range(5):
            reader.ask(GET_NEXT, MIB2)
        for _ in range(3):
            require(reader.ask(GET, "1.3.6.1.2.1.99.1").status == ber.NO_SUCH_NAME, "not there")
        for text in ("one", "two"):
            writer.set((SYS_CONTACT, octets(text)), (SYS_NAME, octets(text)))
        for request in [b"\x30\x80", b"\x30", b"", b"GET / HTTP/1.0\r\n\r\n"]:
            reader.send(request)
        for community in (b"a", b"b"):
            reader.send(reader.message(GET, [SYS_DESCR], community=community))
        reader.send(ber.message(ber.pdu(GET, [SYS_DESCR]), version=2))
        after = dict(zip(watched, reader.get(*watched)))
        grown = {name: after[name] - before[name] for name in watched}
        answered = 10 + 5 + 3 + 2
        # The counters of GETs and of variables may count the GET that reads them or not: over two readings it is one GET either way.
        expected = {IN_PKTS: answered + 4 + 2 + 1 + 1, OUT_PKTS: answered + 1, IN_BAD_VERSIONS: 1, IN_BAD_COMMUNITY_NAMES: 2, IN_PARSE_ERRORS: 4,
                    IN_TOTAL_REQ_VARS: 10 * 2 + 5 + len(watched), IN_TOTAL_SET_VARS: 2 * 2, IN_GETS: 10 + 3 + 1, IN_GET_NEXTS: 5, IN_SETS: 2,
                    OUT_NO_SUCH_NAMES: 3, OUT_RESPONSES: answered + 1}
        off = {name: (grown[name], expected[name]) for name in watched if grown[name] != expected[name]}
        require(not off, f"counted and expected differ: {off}")
        require(reader.get(AUTHEN_TRAPS) == 2, "snmpEnableAuthenTraps")


# ---- Version 3 ----------------------------------------------------------------------------------------------------------

def report(visitor, data):
    visitor.send(data)
    reply = visitor.receive()
    require(reply is not None, f"no answer to {data.hex().upper()}")
    try:
        return ber.Report(reply)
    except ber.Malformed as wrong:
        require(False, f"a malformed reply: {wrong}; it is {reply.hex().upper()}")


def check_v3_discovery_and_unknown_users_where_it_is_switched_on():
    with Agent("snmp.versions=[\"1\", \"2c\", \"3\"]") as agent, agent.reader() as visitor:
        first = report(visitor, ber.v3(ber.pdu(GET, [], 815), message_id=4711))
        require((first.version, first.message_id, first.model) == (3, 4711, 3), "version, msgID and the security model come back")
        require(first.flags[0] & 7 == 0, f"flags {first.flags.hex()}: a report is not reportable, not signed, not encrypted")
        require(first.pdu.tag == ber.REPORT and first.pdu.only.name == ber.parts(USM_UNKNOWN_ENGINES) and first.pdu.only.tag == ber.COUNTER, f"{first.pdu}")
        require(first.pdu.request_id == (815).to_bytes(2, "big"), f"request-id {first.pdu.request_id.hex()}")
        # RFC 3411, SnmpEngineID: bit 1 set, the enterprise (Siemens: 4329), the form, 5 to 32 bytes in all.
        require(5 <= len(first.engine) <= 32 and first.engine[:4] == (0x80000000 | 4329).to_bytes(4, "big"), f"engine {first.engine.hex()}")
        require(first.context_engine == first.engine and first.boots >= 0 and first.time >= 0, "the engine says who and when it is")
        again = report(visitor, ber.v3(ber.pdu(GET, [], 816), message_id=1))
        require(again.engine == first.engine and again.pdu.only.value == first.pdu.only.value + 1, "the same engine, and the counter counts")

        for flags, user in ((4, b"admin"), (5, b"admin"), (7, b"operator"), (4, b"")):
            digest, salt = bytes(12) if flags & 1 else b"", bytes(8) if flags & 2 else b""
            request = ber.v3(ber.pdu(GET, [SYS_DESCR], 817), 2, flags, first.engine, 1, 1, user, digest, salt,
                             context=first.engine, scoped=octets(bytes(48)) if flags & 2 else None)
            said = report(visitor, request)
            require(said.pdu.only.name == ber.parts(USM_UNKNOWN_USERS), f"user {user!r}, flags {flags}: {said.pdu}")
            event = event_of(agent.journal.fresh(), request)
            require(user.decode() in str(event), f"the user {user} is not in {event}")
        # RFC 3412, 4.1.2: no report to who does not ask for one; a report in version 3 could be sent to and fro for ever.
        visitor.silent(ber.v3(ber.pdu(GET, [], 818), flags=0), "not reportable")
        visitor.silent(ber.v3(ber.pdu(GET, [], 818), flags=6), "encrypted and not signed")
        visitor.silent(ber.v3(ber.pdu(ber.REPORT, [], 818), flags=0), "a report")
        visitor.silent(ber.v3(ber.pdu(GET, [], 819), model=99), "an unknown security model")
        for cut in ber.truncations(ber.v3(ber.pdu(GET, [], 820))):
            visitor.silent(cut, "a cut")


def check_v3_time_goes_on():
    with Agent("snmp.versions=[\"3\", \"2c\"]") as agent, agent.reader() as visitor:
        first = report(visitor, ber.v3(ber.pdu(GET, [], 1)))
        time.sleep(1.1)
        second = report(visitor, ber.v3(ber.pdu(GET, [], 1)))
        require((first.boots, first.time) == (0, 0) or second.time > first.time or second.boots > first.boots, f"engine time {first.time}, then {second.time}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
