"""Bytes that are no clean BER: what real scanners send (WIRE 1.5) is answered, nonsense is not, and nothing of it is ever the end of the sensor.

Probe bytes: nmap-service-probes and nmap-payloads (nmap 7.93), zmap's examples/udp-probes, masscan's templ-payloads.c, trailofbits/onesixtyone."""

import random
import sys
import time

import snmp_message as ber
from checks import Failed, require, run_checks
from journal import action, field
from snmp_agent import Agent, event_of, snmp_only
from snmp_message import GET, GET_BULK, GET_NEXT, SET, V1, V2C, integer, octets, tlv
from snmp_names import IN_PARSE_ERRORS, MIB2, SYS_DESCR, SYS_NAME, SYS_OBJECT_ID, SYS_SERVICES, SYS_UP_TIME
from surroundings import EMULATED

MUTATIONS = 1000 if EMULATED else 10_000

# (who, bytes, version, names in the reply; None for silence). A padded sub-identifier comes back padded or not: both are the same name.
PROBES = [
    ("nmap -sV SNMPv1public, long-form lengths",
     "3082002f02010004067075626c6963a082002002044c33a756020100020100308200103082000c06082b060102010105000500", 0, [SYS_NAME]),
    ("nmap payload, GETNEXT of 0.0", "301f02010004067075626c6963a112020100020100020100300730050601000500", 0, [SYS_DESCR]),
    ("zmap snmp1", "302902010004067075626c6963a01c0204565adc5d020100020100300e300c06082b060102010101000500", 0, [SYS_DESCR]),
    ("zmap snmp2, GETNEXT of mib-2", "302602010104067075626c6963a1190204dc63c29a020100020100300b300906052b060102010500", 1, [SYS_DESCR]),
    ("masscan, padded sub-identifiers",
     "303902010004067075626c6963a02c020400000000020100020100301e300d06092b06018002010101000500300d06092b06018002010105000500", 0, [SYS_DESCR, SYS_NAME]),
    ("onesixtyone, request-id -1 in four bytes", "302902010004067075626c6963a01c0204ffffffff020100020100300e300c06082b060102010101000500", 0, [SYS_DESCR]),
    ("nmap and zmap SNMPv3 discovery",
     "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000", 3, None),
]

BINDING = ber.binding(SYS_SERVICES)


def wrapped(identifier=b"\x02\x01\x07", status=b"\x02\x01\x00", index=b"\x02\x01\x00", listed=tlv(0x30, BINDING), version=b"\x02\x01\x01",
            community=octets("public"), tag=GET, rest=b""):
    """A GET of sysServices, with any of its elements replaced."""
    return tlv(0x30, version + community + tlv(tag, identifier + status + index + listed) + rest)


NUMBERS = b"\x02\x01\x07\x02\x01\x00\x02\x01\x00"  # request-id 7, error-status, error-index

# Another form of the right thing: a tolerant agent answers, with the same request-id.
ODD_AND_GOOD = [
    ("every length in the long form with one octet",
     tlv(0x30, b"\x02\x81\x01\x01" + tlv(4, b"public", 1) + tlv(GET, NUMBERS + tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES) + b"\x05\x81\x00", 1), 1), 1), 1)),
    ("lengths with four octets", tlv(0x30, b"\x02\x01\x01" + tlv(4, b"public", 4) + tlv(GET, NUMBERS + tlv(0x30, BINDING, 4)), 4)),
    ("request-id in two bytes that could be one", wrapped(b"\x02\x02\x00\x07")),
    ("request-id in four bytes that could be one", wrapped(b"\x02\x04\x00\x00\x00\x07")),
    ("request-id -1 in two bytes", wrapped(b"\x02\x02\xff\xff")),
    ("request-id of 2^31-1", wrapped(b"\x02\x04\x7f\xff\xff\xff")),
    ("request-id of -2^31", wrapped(b"\x02\x04\x80\x00\x00\x00")),
    ("version in four bytes", wrapped(version=b"\x02\x04\x00\x00\x00\x01")),
    ("error-status in two bytes", wrapped(status=b"\x02\x02\x00\x00")),
    ("a padded name", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(bytes.fromhex("2b0601800201010700")) + b"\x05\x00")))),
    ("a name padded thrice", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(bytes.fromhex("2b06010201018080800700")) + b"\x05\x00")))),
]

# No message at all, or one that says two things: silence.
BAD = [
    ("nothing", b""),
    ("one byte", b"\x30"),
    ("an indefinite length", b"\x30\x80" + wrapped()[2:] + b"\x00\x00"),
    ("a length of 2^32-1", b"\x30\x84\xff\xff\xff\xff" + wrapped()[2:]),
    ("a length of 2^31-1", b"\x30\x84\x7f\xff\xff\xff" + wrapped()[2:]),
    ("a length of 2^64-1", b"\x30\x88" + b"\xff" * 8 + wrapped()[2:]),
    ("a length of 127 octets", b"\x30\xff" + b"\x01" * 127),
    ("one byte more is claimed than there is", bytes([0x30, len(wrapped()) - 1]) + wrapped()[2:]),
    ("a community that claims too much", wrapped(community=b"\x04\x7fpublic")),
    ("a PDU that claims too much", tlv(0x30, b"\x02\x01\x01" + octets("public") + b"\xa0\x7f" + NUMBERS + tlv(0x30, BINDING))),
    ("another outer tag", b"\x31" + wrapped()[1:]),
    ("a version that is a text", wrapped(version=octets("1"))),
    ("a version without contents", wrapped(version=b"\x02\x00")),
    ("a community that is a number", wrapped(community=b"\x02\x01\x01")),
    ("a request-id that is a text", wrapped(identifier=octets("7"))),
    ("bindings that are a set", wrapped(listed=tlv(0x31, BINDING))),
    ("a binding that is a set", wrapped(listed=tlv(0x30, b"\x31" + BINDING[1:]))),
    ("a binding without a value", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES))))),
    ("a binding without a name", wrapped(listed=tlv(0x30, tlv(0x30, b"\x05\x00")))),
    ("a name that is a number", wrapped(listed=tlv(0x30, tlv(0x30, b"\x02\x01\x01\x05\x00")))),
    ("a name that ends in the middle of a part", wrapped(listed=tlv(0x30, tlv(0x30, b"\x06\x03\x2b\x06\x81\x05\x00")))),
    ("no bindings at all", tlv(0x30, b"\x02\x01\x01" + octets("public") + tlv(GET, NUMBERS))),
    ("no error-index", tlv(0x30, b"\x02\x01\x01" + octets("public") + tlv(GET, b"\x02\x01\x07\x02\x01\x00" + tlv(0x30, BINDING)))),
    ("a value of a type that SNMP has not", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES) + b"\x01\x01\xff")))),
    ("a value that claims too much", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES) + b"\x04\x7f")))),
    ("a hundred sequences in each other", b"\x30\x7e" * 60),
    ("an HTTP request", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
    ("a Modbus request", bytes.fromhex("000100000006010300000001")),
    ("zeros", bytes(1400)),
    ("ones", b"\xff" * 1400),
    ("a datagram as large as they come", b"\x30\x82\xff\xd0" + b"\x04" * 65000),
]

# An answer that is right, or silence: agents differ.
EITHER = [
    ("bytes behind the message", wrapped() + b"\x00" * 8),
    ("another message behind the message", wrapped() + wrapped(b"\x02\x01\x08")),
    ("bytes within the message, behind the PDU", wrapped(rest=b"\x05\x00")),
    ("request-id without contents", wrapped(b"\x02\x00")),
    ("request-id in five bytes", wrapped(b"\x02\x05\x00\xff\xff\xff\xff")),
    ("request-id in nine bytes", wrapped(b"\x02\x09\x01" + b"\x00" * 8)),
    ("a name without contents", wrapped(listed=tlv(0x30, b"\x30\x04\x06\x00\x05\x00"))),
    ("a name with a part of 2^35-1", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(b"\x2b\x06\xff\xff\xff\xff\x7f") + b"\x05\x00")))),
    ("a name of 129 parts", wrapped(listed=tlv(0x30, ber.binding((1, 3) + (1,) * 127)))),
    ("a name of 1000 parts", wrapped(listed=tlv(0x30, ber.binding((1, 3) + (1,) * 998)))),
    ("GETNEXT of a name of 128 parts", wrapped(listed=tlv(0x30, ber.binding((1, 3) + (0xFFFFFFFF,) * 126)), tag=GET_NEXT)),
    ("a name that begins with 2.999", wrapped(listed=tlv(0x30, ber.binding((2, 999, 3))))),
    ("NULL with contents", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES) + b"\x05\x01\x00")))),
    ("a binding with two values", wrapped(listed=tlv(0x30, tlv(0x30, ber.oid(SYS_SERVICES) + b"\x05\x00\x05\x00")))),
    ("repetitions in nine bytes", wrapped(index=b"\x02\x09\x01" + b"\x00" * 8, tag=GET_BULK)),
]


def require_right(reply, what, request, strict=True):
    """Whatever is said, it is a whole response to this community, in the shortest form; a padded name may come back padded."""
    try:
        read = ber.Message(reply, strict)
    except ber.Malformed as wrong:
        raise Failed(f"{what}: a malformed reply: {wrong}; {request.hex().upper()[:200]} got {reply.hex().upper()}") from None
    require(read.tag == ber.RESPONSE and read.community in (b"public", b"private") and read.version in (0, 1), f"{what}: {read}")
    require(0 <= read.status <= 18 and 0 <= read.index <= max(len(read.bindings), 1), f"{what}: {read}")
    return read


def require_echoed(request, reply, what):
    """The same number, in the same bytes or in the shortest form: clients compare numbers (and onesixtyone wants the shortest, snmp_clients.py)."""
    sent, got = (int.from_bytes(message.request_id, "big", signed=True) for message in (ber.Message(request, strict=False), reply))
    require(got == sent, f"{what}: request-id {sent} came back as {reply.request_id.hex()}")


# ---- What scanners send ------------------------------------------------------------------------------------------------

def check_every_scanner_gets_its_answer():
    with Agent() as agent, agent.reader() as visitor:
        for who, text, version, names in PROBES:
            request = bytes.fromhex(text)
            reply = visitor.said_to(request)
            event = event_of(agent.journal.fresh(), request)
            require(field(event, "conpot.version") == ("1", "2c", None, "3")[version], f"{who}: recorded as version {field(event, 'conpot.version')}")
            if names is None:
                require(reply is None, f"{who} is answered: {reply and reply.hex()}")
                continue
            require(reply is not None, f"{who} is not answered")
            read = require_right(reply, who, request, strict="padded" not in who)
            require((read.version, read.status, [each.name for each in read.bindings]) == (version, 0, [ber.parts(name) for name in names]), f"{who}: {read}")
            require_echoed(request, read, who)
    return f"{len(PROBES)} probes"


# ---- Forms ------------------------------------------------------------------------------------------------------------

def check_odd_forms_of_the_right_thing_are_answered():
    wrong = []
    with Agent() as agent, agent.reader() as visitor:
        for what, request in ODD_AND_GOOD:
            reply = visitor.said_to(request)
            if reply is None:
                wrong.append(f"{what}: silence")
                continue
            read = require_right(reply, what, request, strict="padded" not in what)
            require((read.status, read.only.name, read.only.value) == (0, ber.parts(SYS_SERVICES), 72), f"{what}: {read}")
            require_echoed(request, read, what)
    require(not wrong, "; ".join(wrong))
    return f"{len(ODD_AND_GOOD)} forms"


def check_nonsense_gets_silence_is_counted_and_recorded():
    wrong = []
    with Agent() as agent, agent.reader() as visitor:
        for what, request in BAD:
            before = visitor.get(IN_PARSE_ERRORS)
            agent.journal.fresh()
            if visitor.said_to(request) is not None:
                wrong.append(f"{what} is answered")
            if visitor.get(IN_PARSE_ERRORS) != before + 1:
                wrong.append(f"{what}: snmpInASNParseErrs went from {before} to {visitor.get(IN_PARSE_ERRORS)}")
            found = [event for event in snmp_only(agent.journal.fresh()) if action(event) == "snmp.malformed"]
            if len(found) != 1:
                wrong.append(f"{what}: {len(found)} events snmp.malformed")
    require(not wrong, f"{len(wrong)} of {len(BAD)}: " + "; ".join(wrong[:10]))
    return f"{len(BAD)} messages"


def check_what_can_be_read_in_two_ways_gets_a_right_answer_or_none():
    answered = 0
    with Agent() as agent, agent.reader() as visitor:
        for what, request in EITHER:
            reply = visitor.said_to(request)
            if reply is not None:
                answered += 1
                if "without contents" not in what and "request-id" not in what:  # Both are echoed as they came.
                    require_right(reply, what, request)
            require(snmp_only(agent.journal.fresh()), f"{what}: not recorded")
    return f"{answered} of {len(EITHER)} answered"


def check_a_message_cut_at_every_byte():
    """No answer to any cut; a right one to the whole."""
    cuts = 0
    with Agent() as agent:
        for version in (V1, V2C):
            for kind, names, second, third in ((GET, [SYS_DESCR, SYS_NAME], 0, 0), (GET_NEXT, [MIB2], 0, 0), (SET, [(SYS_NAME, octets("cut"))], 0, 0),
                                               (GET_BULK, [MIB2], 0, 5)):
                with agent.visitor(version, b"private") as visitor:
                    before = visitor.get(SYS_NAME)
                    whole = visitor.message(kind, names, 300, second, third)
                    for cut in ber.truncations(whole):
                        visitor.silent(cut, "a cut")
                        cuts += 1
                    require(visitor.get(SYS_NAME) == before, "a cut SET was done")
    return f"{cuts} cuts"


def check_random_mutations_are_survived():
    """Whatever is answered is a right message; the journal stays readable; the sensor does not grow. At most 5,000 a second."""
    dice = random.Random(2013)
    with Agent() as agent, agent.writer() as visitor:
        seeds = [ber.message(ber.pdu(kind, names, 0x01020304, second, third), community, version)
                 for version in (V1, V2C) for community in (b"public", b"private")
                 for kind, names, second, third in ((GET, [SYS_DESCR, SYS_UP_TIME, SYS_OBJECT_ID], 0, 0), (GET_NEXT, [MIB2, f"{MIB2}.2.2.1.6"], 0, 0),
                                                    (GET_BULK, [MIB2, f"{MIB2}.6.13"], 1, 10),
                                                    (SET, [(SYS_NAME, octets("mutant")), (SYS_SERVICES, integer(72))], 0, 0))]
        seeds.append(ber.v3(ber.pdu(GET, [], 6)))
        answered, sent, began = 0, list(ber.mutations(seeds, dice, MUTATIONS)), time.monotonic()
        for start in range(0, len(sent), 50):
            part = sent[start:start + 50]
            for request in part[:-1]:
                visitor.send(request)
            # The question that follows the last one is answered after all of them: what came before it is theirs.
            sentinel = visitor.message(GET, [SYS_UP_TIME], 0x7A000000 + start)
            visitor.send(part[-1])
            visitor.send(sentinel)
            while True:
                reply = visitor.receive()
                require(reply is not None, f"silence after mutations {start}..{start + 49}, the last of them {part[-1].hex().upper()[:300]}")
                if reply.find((0x7A000000 + start).to_bytes(4, "big")) > 0:
                    break
                require_mutant(reply)
                answered += 1
            time.sleep(max(0.0, began + start / 5000 - time.monotonic()))
        require(visitor.get(SYS_SERVICES) == 72, "the sensor lives and knows itself")
        events = snmp_only(agent.journal.fresh())
        require(len(events) == visitor.sent, f"{visitor.sent} datagrams, {len(events)} events")
        if not EMULATED:
            require(agent.resident_kilobytes() < 40 * 1024, f"VmRSS {agent.resident_kilobytes()} KiB")
    return f"{len(sent)} mutations, {answered} answered"


def require_mutant(reply):
    """A mutant's request-id is echoed whatever it is; all else must be whole."""
    try:
        ber.Message(reply)
    except ber.Malformed as wrong:
        try:
            ber.Report(reply)
        except ber.Malformed:
            require("padded" in str(wrong), f"a malformed reply to a mutation: {wrong}; {reply.hex().upper()}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
