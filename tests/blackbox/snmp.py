"""GET, GETNEXT and GETBULK by the letter of RFC 1157 and RFC 3416, over raw datagrams: what is answered, with which error, at which index.

SET, communities and versions: snmp_rules.py. Bytes that are no clean BER: snmp_bytes.py."""

import bisect
import random
import sys

import snmp_message as ber
from checks import require, run_checks
from snmp_agent import LARGEST, Agent
from snmp_message import GET, GET_BULK, GET_NEXT, V1, V2C
from snmp_names import (ABSENT, IF_DESCR, IF_TABLE, IN_PKTS, MIB2, PRESENT, SYS_CONTACT, SYS_DESCR, SYS_LOCATION, SYS_NAME, SYS_OBJECT_ID,
                        SYS_SERVICES, SYS_UP_TIME)

VERSIONS = (("v1", V1), ("v2c", V2C))

# Names that are no instance: with the reason that v2c gives (RFC 3416, 4.2.1). The object's own name without an instance has a prefix that
# matches an object exactly, so it is the instance that is missing.
NOT_THERE = [
    (f"{MIB2}.1.1", ber.NO_SUCH_INSTANCE, "the object itself, without its instance"),
    (f"{MIB2}.1.1.1", ber.NO_SUCH_INSTANCE, "instance 1 of a scalar"),
    (f"{MIB2}.1.1.0.0", ber.NO_SUCH_INSTANCE, "one part too many"),
    (f"{MIB2}.2.2.1.2.99", ber.NO_SUCH_INSTANCE, "a row that is not there"),
    (f"{MIB2}.2.2.1.2", ber.NO_SUCH_INSTANCE, "a column"),
    (f"{MIB2}.2.2.1", ber.NO_SUCH_OBJECT, "a row as a whole"),
    (IF_TABLE, ber.NO_SUCH_OBJECT, "a table"),
    (f"{MIB2}.1", ber.NO_SUCH_OBJECT, "a group"),
    (f"{MIB2}.1.99.0", ber.NO_SUCH_OBJECT, "an object that the group does not have"),
    (f"{MIB2}.11.7.0", ber.NO_SUCH_OBJECT, "snmp 7, which is not used"),
    ("1.3.6.1.4.1.4329.6.3.2.1.1.1.0", ber.NO_SUCH_OBJECT, "the automation system MIB, which this generation lacks"),
    ("1.3", ber.NO_SUCH_OBJECT, "the tree's trunk"),
    ("0.0", ber.NO_SUCH_OBJECT, "the name of nothing"),
    ("2.999.4294967295", ber.NO_SUCH_OBJECT, "beyond everything"),
]


# ---- GET --------------------------------------------------------------------------------------------------------------

def check_get_answers_in_the_order_asked():
    names = [SYS_SERVICES, SYS_DESCR, IF_DESCR, SYS_NAME, SYS_DESCR, SYS_OBJECT_ID]
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                reply = visitor.ask(GET, *names)
                require((reply.status, reply.index) == (0, 0), f"{label}: {reply}")
                require([each.name for each in reply.bindings] == [ber.parts(name) for name in names], f"{label}: {reply.bindings}")
                require([each.tag for each in reply.bindings] == [2, 4, 4, 4, 4, 6], f"{label}: types {reply.bindings}")
                require(reply.bindings[1].value == reply.bindings[4].value, f"{label}: the same name twice has two values")


def check_get_of_nothing_is_answered_with_nothing():
    with Agent() as agent:
        for label, version in VERSIONS:
            for kind in (GET, GET_NEXT):
                with agent.visitor(version) as visitor:
                    reply = visitor.ask(kind)
                    require((reply.status, reply.index, reply.bindings) == (0, 0, []), f"{label}: {reply}")


def check_values_and_errors_in_a_request_are_ignored():
    """RFC 3416, 4.2.1: the value of a request's binding is not looked at; error-status and error-index are those of replies."""
    values = [ber.integer(5), ber.octets("x" * 100), ber.oid("1.3"), ber.tlv(ber.NO_SUCH_OBJECT), ber.integer(7, ber.COUNTER),
              ber.tlv(ber.IP_ADDRESS, bytes(4))]
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                for value in values:
                    reply = visitor.ask(GET, (SYS_SERVICES, value))
                    require(reply.status == 0 and reply.only.value == 72, f"{label}, with the value {value.hex()}: {reply}")
                reply = visitor.ask(GET, SYS_SERVICES, second=5, third=1)
                require(reply.status == 0 and reply.only.value == 72, f"{label}, with an error in the request: {reply}")


def check_v1_what_is_not_there_is_no_such_name():
    """RFC 1157, 4.1.2: noSuchName, the index of the name, and the bindings as they were sent."""
    with Agent() as agent, agent.visitor(V1) as visitor:
        for name, _, what in NOT_THERE:
            for names in ([name], [SYS_DESCR, name], [SYS_DESCR, SYS_NAME, name, SYS_LOCATION]):
                reply = visitor.ask(GET, *names)
                require((reply.status, reply.index) == (ber.NO_SUCH_NAME, names.index(name) + 1), f"{what} ({name}) in {len(names)}: {reply}")
                require([(each.name, each.tag) for each in reply.bindings] == [(ber.parts(each), ber.NULL) for each in names], f"{what}: {reply}")
    return f"{len(NOT_THERE)} names"


def check_v2c_what_is_not_there_is_an_exception_in_its_place():
    wrong = []
    with Agent() as agent, agent.visitor(V2C) as visitor:
        for name, expected, what in NOT_THERE:
            reply = visitor.ask(GET, SYS_SERVICES, name, SYS_UP_TIME)
            require((reply.status, reply.index) == (0, 0), f"{what}: an exception is no error: {reply}")
            require([each.tag for each in reply.bindings[::2]] == [ber.INTEGER, ber.TIME_TICKS], f"{what}: the other names are answered: {reply}")
            require(reply.bindings[1].name == ber.parts(name), f"{what}: the name comes back as {reply.bindings[1].dotted}")
            if reply.bindings[1].tag != expected:
                wrong.append(f"{what} ({name}) is {reply.bindings[1].tag:02X}, not {expected:02X}")
    require(not wrong, "; ".join(wrong))


# ---- GETNEXT ----------------------------------------------------------------------------------------------------------

def names_of(agent, version):
    with agent.visitor(version) as visitor:
        return [each.name for each in visitor.walk()]


def check_a_walk_meets_the_groups_of_a_cp_and_no_other():
    for profile in ("s7-200", "s7-300-cp343", "conpot-2013"):
        with Agent(profile=profile) as agent:
            with agent.reader() as visitor:
                for group in PRESENT[:1] if profile == "conpot-2013" else PRESENT:
                    require(visitor.walk(group), f"{profile}: {group} is empty")
                for group in ABSENT:
                    require(not visitor.walk(group), f"{profile}: {group} is not empty")


def check_both_versions_walk_the_same_names():
    with Agent() as agent:
        first, second = (names_of(agent, version) for version in (V1, V2C))
        require(first == second, f"v1 has {len(first)} names, v2c {len(second)}")
        require(first == sorted(set(first)) and len(first) > 150, f"{len(first)} names: they rise, each once, and are all there")
        return f"{len(first)} names"


def check_the_next_name_of_any_name():
    """For 600 names between, before, within and behind the objects, GETNEXT gives what the sorted list says."""
    dice = random.Random(1157)
    with Agent() as agent:
        for label, version in VERSIONS:
            names = names_of(agent, version)
            with agent.visitor(version) as visitor:
                for _ in range(300):
                    asked = list(dice.choice(names))
                    kind = dice.randrange(6)
                    if kind == 0:
                        asked = asked[:dice.randrange(2, len(asked))]
                    elif kind == 1:
                        asked.append(dice.choice((0, 1, 0xFFFFFFFF)))
                    elif kind == 2:
                        at = dice.randrange(2, len(asked))
                        asked[at] = max(0, asked[at] + dice.choice((-1, 1)))
                    elif kind == 3:
                        asked[-1] = dice.choice((0, 127, 128, 16383, 16384, 0xFFFFFFFF))
                    elif kind == 4:
                        asked = asked[:2] + [dice.randrange(20) for _ in range(dice.randrange(12))]
                    place = bisect.bisect_right(names, tuple(asked))
                    reply = visitor.ask(GET_NEXT, asked)
                    if place < len(names):
                        require(reply.status == 0 and reply.only.name == names[place], f"{label}: after {asked} comes {reply}, not {names[place]}")
                    elif version == V1:
                        require((reply.status, reply.index, reply.only.name) == (ber.NO_SUCH_NAME, 1, tuple(asked)), f"{label}: after {asked}: {reply}")
                    else:
                        require((reply.status, reply.only.tag, reply.only.name) == (0, ber.END_OF_MIB_VIEW, tuple(asked)), f"{label}: after {asked}: {reply}")


def check_several_names_each_have_their_next():
    with Agent() as agent:
        for label, version in VERSIONS:
            names = names_of(agent, version)
            with agent.visitor(version) as visitor:
                reply = visitor.ask(GET_NEXT, names[0], names[10], "0.0", names[0])
                require([each.name for each in reply.bindings] == [names[1], names[11], names[0], names[1]], f"{label}: {reply}")
                reply = visitor.ask(GET_NEXT, names[0], names[-1], names[3])
                if version == V1:
                    require((reply.status, reply.index) == (ber.NO_SUCH_NAME, 2), f"{label}: the second name has no next: {reply}")
                    require([each.name for each in reply.bindings] == [names[0], names[-1], names[3]], f"{label}: the names as they were sent: {reply}")
                else:
                    require([each.name for each in reply.bindings] == [names[1], names[-1], names[4]], f"{label}: {reply}")
                    require(reply.status == 0 and reply.bindings[1].tag == ber.END_OF_MIB_VIEW, f"{label}: {reply}")


# ---- GETBULK ----------------------------------------------------------------------------------------------------------

def bulk_model(names, asked, non_repeaters, repetitions):
    """RFC 3416, 4.2.3: names of the reply before anything is cut off; None where the view has ended."""
    def after(name):
        place = bisect.bisect_right(names, name)
        return (names[place], False) if place < len(names) else (name, True)

    found = [after(name) for name in asked[:max(non_repeaters, 0)]]
    last = asked[max(non_repeaters, 0):]
    for _ in range(max(repetitions, 0) if last else 0):
        row = [after(name) for name in last]
        found += row
        if all(ended for _, ended in row):
            break  # The rest may be left out, and would say the same.
        last = [name for name, _ in row]
    return found


def check_getbulk_is_getnext_many_times():
    dice = random.Random(3416)
    with Agent() as agent, agent.visitor(V2C) as visitor:
        names = names_of(agent, V2C)
        for _ in range(150):
            asked = [dice.choice(names)[:dice.choice((4, 7, 9, 99))] for _ in range(dice.randrange(1, 5))]
            non_repeaters, repetitions = dice.choice((-1, 0, 0, 1, 2, 9)), dice.choice((-7, 0, 1, 2, 5, 30, 1000))
            reply = visitor.bulk(*asked, non_repeaters=non_repeaters, repetitions=repetitions)
            where = f"{[len(each) for each in asked]} {asked}, {non_repeaters}, {repetitions}"
            expected = bulk_model(names, asked, non_repeaters, repetitions)
            require((reply.status, reply.index) == (0, 0), f"{where}: {reply.status} at {reply.index}")
            got = [(each.name, each.tag == ber.END_OF_MIB_VIEW) for each in reply.bindings]
            require(got[:len(expected)] == expected[:len(got)], f"{where}: got {got}, expected {expected}")
            # Rows of nothing but ends may go on; anything that is missing was cut off because the reply is full.
            require(all(ended for _, ended in got[len(expected):]), f"{where}: more than was asked for: {got[len(expected):]}")
            if len(got) < len(expected):
                require(len(reply.data) > LARGEST - 300, f"{where}: {len(got)} of {len(expected)} bindings in {len(reply.data)} bytes: it was not full")


def check_getbulk_limits():
    """Negative numbers are zero; huge ones give what fits into one datagram (never more than 1472 bytes: Visitor.receive)."""
    most = 2 ** 31 - 1
    with Agent() as agent, agent.visitor(V2C) as visitor:
        for non_repeaters, repetitions, least, greatest in ((0, 0, 0, 0), (0, -1, 0, 0), (-1, -most - 1, 0, 0), (-most - 1, 1, 3, 3), (most, most, 3, 3),
                                                            (3, 5, 3, 3), (2, 0, 2, 2), (1, 2, 5, 5), (0, most, 20, 300), (0, 65535, 20, 300)):
            reply = visitor.bulk(MIB2, IF_TABLE, f"{MIB2}.11", non_repeaters=non_repeaters, repetitions=repetitions)
            count = len(reply.bindings)
            require(reply.status == 0 and least <= count <= greatest, f"{non_repeaters}, {repetitions}: error {reply.status}, {count} bindings")
        require(visitor.bulk(repetitions=most).bindings == [], "no name, many repetitions")
        full = visitor.bulk(MIB2, repetitions=most)
        require(len(full.data) > 1300, f"a reply to 2^31-1 repetitions has {len(full.data)} bytes: it is not full")
        return f"{len(full.bindings)} bindings in {len(full.data)} bytes"


def check_getbulk_at_the_end_of_the_view():
    with Agent() as agent, agent.visitor(V2C) as visitor:
        last = names_of(agent, V2C)[-1]
        reply = visitor.bulk(last, "2.5", repetitions=3)
        require(reply.status == 0 and len(reply.bindings) in (2, 4, 6), f"{reply}")
        require({(each.name, each.tag) for each in reply.bindings} == {(last, ber.END_OF_MIB_VIEW), ((2, 5), ber.END_OF_MIB_VIEW)}, f"{reply}")


def check_getbulk_is_unknown_to_v1():
    with Agent() as agent, agent.visitor(V1) as visitor:
        visitor.silent(visitor.message(GET_BULK, [MIB2], 5, 0, 10), "GETBULK in a v1 message")


# ---- Too big ------------------------------------------------------------------------------------------------------------

def check_a_reply_that_does_not_fit_is_too_big():
    """v1: the bindings as they were sent; v2c: none (RFC 1157, 4.1.2; RFC 3416, 4.2.1). Index 0 in both."""
    names = [IF_DESCR] * 70  # 70 x 18 bytes in, 70 x 190 bytes out
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                for kind in (GET, GET_NEXT):
                    asked = names if kind == GET else [f"{MIB2}.2.2.1.2"] * 70
                    reply = visitor.ask(kind, *asked)
                    require((reply.status, reply.index) == (ber.TOO_BIG, 0), f"{label}: {reply.status} at {reply.index}, {len(reply.bindings)} bindings")
                    expected = [(ber.parts(name), ber.NULL) for name in asked] if version == V1 else []
                    require([(each.name, each.tag) for each in reply.bindings] == expected, f"{label}: {len(reply.bindings)} bindings in tooBig")


def check_the_largest_reply_that_fits_is_given():
    """One more binding at a time: first answers, then tooBig, and the change comes near the end of an Ethernet frame."""
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                longest = 0
                for count in range(1, 20):
                    reply = visitor.ask(GET, *[IF_DESCR] * count)
                    if reply.status == ber.TOO_BIG:
                        break
                    require(reply.status == 0 and len(reply.bindings) == count, f"{label}: {count} bindings: {reply.status}")
                    longest = len(reply.data)
                # RFC 1157, 4: 484 bytes at least; a whole frame less one of these bindings at most.
                require(reply.status == ber.TOO_BIG and longest > LARGEST - 400, f"{label}: the longest of {count} was {longest} bytes")


def check_a_request_longer_than_any_reply():
    """Its bindings cannot even be sent back: a reply that fits, or none (RFC 3416: snmpSilentDrops). Then life goes on."""
    with Agent() as agent:
        for label, version in VERSIONS:
            with agent.visitor(version) as visitor:
                for count in (100, 500, 3000):
                    reply = visitor.said_to(visitor.message(GET, [SYS_DESCR] * count, 9))
                    if reply is not None:
                        read = ber.Message(reply)
                        require((read.status, read.index) == (ber.TOO_BIG, 0), f"{label}, {count} names: {read.status} at {read.index}")
                require(visitor.get(SYS_SERVICES) == 72, label)


def check_replies_do_not_mix_up_visitors():
    """Many ports at once, each with its own request-id, each with a different question; every reply goes where it belongs."""
    names = [SYS_DESCR, SYS_UP_TIME, SYS_CONTACT, SYS_SERVICES, IN_PKTS, IF_DESCR]
    with Agent() as agent:
        visitors = [agent.visitor((V1, V2C)[number % 2]) for number in range(60)]
        try:
            for turn in range(5):
                for number, visitor in enumerate(visitors):
                    visitor.send(visitor.message(GET, [names[(number + turn) % 6]], 1000 * turn + number))
                for number, visitor in enumerate(visitors):
                    reply = ber.Message(visitor.receive() or b"")
                    require(int.from_bytes(reply.request_id, "big") == 1000 * turn + number and reply.version == visitor.version, f"visitor {number}: {reply}")
                    require(reply.only.name == ber.parts(names[(number + turn) % 6]), f"visitor {number}: {reply}")
        finally:
            for visitor in visitors:
                visitor.socket.close()


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
