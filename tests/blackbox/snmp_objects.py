"""A table of one's own: [[snmp.object]] in the configuration, and a recorded walk in the place of the device's (snmpsim's .snmprec)."""

import os
import shutil
import sys
import tempfile
import time

import modbus
import snmp_message as ber
from checks import Skipped, require, run_checks
from harness import binary
from programs import run
from snmp_agent import Agent
from snmp_message import COUNTER, COUNTER64, GAUGE, GET, GET_NEXT, INTEGER, IP_ADDRESS, OCTETS, OID, OPAQUE, TIME_TICKS, V1, V2C
from snmp_names import SYS_DESCR, SYS_NAME, SYS_UP_TIME
from surroundings import EMULATED, LAUNCHER

SETTINGS = """[network]
listen = "127.0.0.1"
[modbus]
port = {port}
latency = "0"
[journal]
directory = "{journal}"
[snmp]
port = {snmp}
latency = "0"
packets_per_second = 100000
amplification = 1000
"""

OWN = "1.3.6.1.4.1.4329.99"

# (end of the name, type, value as it is written, tag, value as it is read)
OBJECTS = [
    ("1.0", "integer", "-40000", INTEGER, -40000),
    ("2.0", "string", '"pump \\"A\\""', OCTETS, b'pump "A"'),
    ("3.0", "hexstring", '"00 0e8c ff"', OCTETS, bytes.fromhex("000e8cff")),
    ("4.0", "oid", '"1.3.6.1.4.1.4329.6.4294967295"', OID, (1, 3, 6, 1, 4, 1, 4329, 6, 4294967295)),
    ("5.0", "ipaddress", '"192.168.10.200"', IP_ADDRESS, "192.168.10.200"),
    ("6.0", "counter", "4294967295", COUNTER, 4294967295),
    ("7.0", "gauge", "2147483648", GAUGE, 2147483648),
    ("8.0", "timeticks", "900", TIME_TICKS, 900),
    ("9.0", "counter64", '"18446744073709551615"', COUNTER64, 18446744073709551615),
    ("10.0", "opaque", '"9f780442f60000"', OPAQUE, bytes.fromhex("9f780442f60000")),
]


def objects_text(objects):
    return "".join(f'[[snmp.object]]\noid = "{OWN}.{end}"\ntype = "{kind}"\nvalue = {value}\n' for end, kind, value, _, _ in objects)


# ---- Objects of one's own -------------------------------------------------------------------------------------------------

def check_every_type_is_shown_in_its_place():
    # Written backwards: the order of the tree is not that of the file, and 9 comes before 10.
    with Agent(config=SETTINGS + objects_text(OBJECTS[::-1])) as agent, agent.visitor(V2C) as visitor:
        found = [(each.dotted, each.tag, each.value) for each in visitor.walk(OWN)]
        require(found == [(f"{OWN}.{end}", tag, value) for end, _, _, tag, value in OBJECTS], f"{found}")
        require([each.dotted for each in visitor.walk()][-1] == f"{OWN}.10.0", "they come behind mib-2")
        reply = visitor.ask(ber.SET, (f"{OWN}.1.0", ber.integer(1)))
        require(reply.status in (ber.NO_ACCESS, ber.NOT_WRITABLE), f"public may write them: {reply}")
        with agent.writer() as writer:
            reply = writer.set((f"{OWN}.1.0", ber.integer(1)))
            require((reply.status, reply.index) == (ber.NOT_WRITABLE, 1), f"{reply}")


def check_counter64_is_never_shown_to_v1():
    """RFC 3584, 4.2.2.1: GET is noSuchName, GETNEXT goes on to the next object of a type that v1 knows."""
    with Agent(config=SETTINGS + objects_text(OBJECTS)) as agent, agent.visitor(V1) as visitor:
        found = [(each.dotted, each.value) for each in visitor.walk(OWN)]
        require(found == [(f"{OWN}.{end}", value) for end, _, _, tag, value in OBJECTS if tag != COUNTER64], f"{found}")
        reply = visitor.ask(GET, SYS_DESCR, f"{OWN}.9.0")
        require((reply.status, reply.index) == (ber.NO_SUCH_NAME, 2), f"{reply}")
        require(visitor.ask(GET_NEXT, f"{OWN}.8.0").only.name == ber.parts(f"{OWN}.10.0"), "GETNEXT goes past it")
    with Agent(config=SETTINGS + objects_text([OBJECTS[8]])) as agent, agent.visitor(V1) as visitor:
        reply = visitor.ask(GET_NEXT, f"{OWN}.1")
        require((reply.status, reply.index) == (ber.NO_SUCH_NAME, 1), f"nothing comes behind it: {reply}")


def check_an_address_shows_the_process_image():
    text = "".join(f'[[snmp.object]]\noid = "{OWN}.{number}.0"\ntype = "{kind}"\nvalue = "{address}"\n'
                   for number, kind, address in ((1, "integer", "VW1000"), (2, "gauge", "VW1000"), (3, "integer", "Q8.0"), (4, "integer", "AIW0")))
    with Agent(config=SETTINGS + text) as agent, agent.reader() as visitor, agent.connect() as client:
        for value in (0, 1, 1234, 32767):
            client.ask(modbus.write_register(500, value))
            require(visitor.get(f"{OWN}.1.0", f"{OWN}.2.0") == [value, value], f"VW1000 is {value}, SNMP says {visitor.get(f'{OWN}.1.0', f'{OWN}.2.0')}")
        for on in (True, False):
            client.ask(modbus.write_coil(64, on))
            require(visitor.get(f"{OWN}.3.0") == int(on), f"Q8.0 is {on}")
        level = modbus.registers(client.ask(modbus.read(modbus.READ_ANALOG, 0, 1)))[0]
        require(abs(visitor.get(f"{OWN}.4.0") - level) < 2000, f"AIW0 is {level}, SNMP says {visitor.get(f'{OWN}.4.0')}")


def check_an_object_can_stand_in_the_place_of_the_devices():
    text = f'[[snmp.object]]\noid = "{SYS_DESCR}"\ntype = "string"\nvalue = "Something else"\n'
    with Agent(config=SETTINGS + text) as agent, agent.reader() as visitor:
        require(visitor.get(SYS_DESCR) == b"Something else", f"{visitor.get(SYS_DESCR)}")
        names = [each.name for each in visitor.walk()]
        require(len(names) == len(set(names)) and len(names) > 150, "the others stay, and none is there twice")


# ---- A recorded walk --------------------------------------------------------------------------------------------------------

# (line of the file, type, value); not in order, as files that were put together by hand.
RECORDED = [
    ("1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.4196.1.1.9.1", OID, (1, 3, 6, 1, 4, 1, 4196, 1, 1, 9, 1)),
    ("1.3.6.1.2.1.1.1.0|4|Siemens, SIMATIC S7, CPU-1200, 6ES7 212-1BD30-0XB0, HW: 2, FW: V.2.2.0, SZVC5YU6038586", OCTETS,
     b"Siemens, SIMATIC S7, CPU-1200, 6ES7 212-1BD30-0XB0, HW: 2, FW: V.2.2.0, SZVC5YU6038586"),
    ("1.3.6.1.2.1.1.3.0|67|194500870", TIME_TICKS, 194500870),
    ("1.3.6.1.2.1.1.4.0|4|", OCTETS, b""),
    ("1.3.6.1.2.1.1.5.0|4|a | b", OCTETS, b"a | b"),
    ("1.3.6.1.2.1.1.6.0|4| ", OCTETS, b" "),
    ("1.3.6.1.2.1.1.7.0|2|-72", INTEGER, -72),
    ("1.3.6.1.2.1.2.2.1.6.1|4x|001c06112233", OCTETS, bytes.fromhex("001c06112233")),
    ("1.3.6.1.2.1.2.2.1.10.1|65|4294967295", COUNTER, 4294967295),
    ("1.3.6.1.2.1.2.2.1.5.1|66|100000000", GAUGE, 100000000),
    ("1.3.6.1.2.1.2.2.1.22.1|6|0.0", OID, (0, 0)),
    ("1.3.6.1.2.1.4.20.1.1.10.0.0.5|64|10.0.0.5", IP_ADDRESS, "10.0.0.5"),
    ("1.3.6.1.4.1.4329.6.3.2.1.1.1.0|68|9f780442f60000", None, None),
    ("1.3.6.1.4.1.4329.7.1.0|70|18446744073709551615", COUNTER64, 18446744073709551615),
    ("1.3.6.1.2.1.31.1.1.1.6.1|70|0", COUNTER64, 0),
]


ALIVE = (TIME_TICKS, COUNTER, COUNTER64)


class WithWalk(Agent):
    """A sensor whose [snmp] walk lies beside its configuration."""

    def __init__(self, lines, ending="\n", start=""):
        super().__init__(config=SETTINGS + 'walk = "mydevice.snmprec"\n')
        with open(os.path.join(self.directory, "mydevice.snmprec"), "wb") as stream:
            stream.write((start + ending.join(lines) + ending).encode("utf-8"))


def check_a_recorded_walk_is_played_back():
    """Every object, type and value as it was recorded; time and counters are alive (below)."""
    for ending, start in (("\n", ""), ("\r\n", "\ufeff"), ("\n", "# my device\n\n")):
        with WithWalk([line for line, _, _ in RECORDED], ending, start) as agent:
            for version in (V1, V2C):
                with agent.visitor(version) as visitor:
                    found = {each.dotted: each for each in visitor.walk()}
                    expected = {line.split("|")[0]: (tag, value) for line, tag, value in RECORDED if version == V2C or tag != COUNTER64}
                    missing, extra = set(expected) - set(found), set(found) - set(expected)
                    require(not missing and not extra, f"version {version}: missing {missing}, too many {extra}")
                    wrong = [each for name, each in found.items()
                             if expected[name][0] and (each.tag != expected[name][0] or each.tag not in ALIVE and each.value != expected[name][1])]
                    require(not wrong, f"version {version}: {wrong}")
    return f"{len(RECORDED)} objects"


def check_a_recorded_clock_runs_and_recorded_counters_only_rise():
    """Standing values would give a recording away: the clock is the sensor's, counters go on at the mean rate of the recorded device."""
    with WithWalk([line for line, _, _ in RECORDED]) as agent, agent.visitor(V2C) as visitor:
        alive = [line.split("|")[0] for line, tag, _ in RECORDED if tag in ALIVE]
        first = visitor.get(SYS_UP_TIME, *alive)
        time.sleep(0.6)
        second = visitor.get(SYS_UP_TIME, *alive)
        require(40 <= second[0] - first[0] <= 300 and all((b - a) % (1 << 64) < 1 << 63 for a, b in zip(first, second)), f"{first}, then {second}")


def check_a_walk_of_twenty_thousand_objects():
    lines = [f"1.3.6.1.4.1.4329.{number // 1000}.{number % 1000}.0|2|{number}" for number in range(20_000)]
    with WithWalk(lines) as agent, agent.visitor(V2C) as visitor:
        name, found = "1.3", 0
        while True:
            reply = visitor.bulk(name, repetitions=100)
            found += sum(each.tag == INTEGER and each.value == each.name[7] * 1000 + each.name[8] for each in reply.bindings)
            if reply.bindings[-1].tag == ber.END_OF_MIB_VIEW:
                break
            name = reply.bindings[-1].name
        require(found == 20_000, f"{found} of 20000 objects")
        if not EMULATED:
            require(agent.resident_kilobytes() < 64 * 1024, f"VmRSS {agent.resident_kilobytes()} KiB")
            return f"VmRSS {agent.resident_kilobytes()} KiB"
    return None


def check_set_on_a_recorded_walk():
    """It is a picture: nothing of it can be written, or the three writable ones can; never a half."""
    with WithWalk([line for line, _, _ in RECORDED]) as agent, agent.writer() as writer:
        reply = writer.set((SYS_NAME, ber.octets("new")))
        require(reply.status in (0, ber.NOT_WRITABLE), f"{reply}")
        require(writer.get(SYS_NAME) == (b"new" if reply.status == 0 else b"a | b"), f"{writer.get(SYS_NAME)}")


# ---- Bad files ------------------------------------------------------------------------------------------------------------

def validate(text, walk=None):
    """Exit code and words of `validate`, and of `run`, for a configuration with this [snmp]; walk: bytes of mydevice.snmprec."""
    place = tempfile.mkdtemp(prefix="conpot-pi-blackbox-")
    try:
        with open(os.path.join(place, "conpot-pi.toml"), "w", encoding="utf-8") as stream:
            stream.write(text)
        if walk is not None:
            with open(os.path.join(place, "mydevice.snmprec"), "wb") as stream:
                stream.write(walk)
        environment = {"HOME": place, "STATE_DIRECTORY": place, "NO_COLOR": "1"}
        return [run([*LAUNCHER, binary(), verb, "-c", os.path.join(place, "conpot-pi.toml")], 10, environment) for verb in ("validate", "run")]
    finally:
        shutil.rmtree(place, ignore_errors=True)


def require_refused(what, text, place, words, walk=None):
    wrong = []
    for verb, (code, said) in zip(("validate", "run"), validate(text, walk)):
        if code != 78:
            wrong.append(f"{what}: {verb} ended with {code}: {said[-200:].strip()}")
        elif place not in said or not all(word in said for word in words):
            wrong.append(f"{what}: {verb} does not say {[place, *words]}: {said[-300:].strip()}")
        elif "   at " in said or "Unhandled" in said:
            wrong.append(f"{what}: a stack trace: {said[:200]}")
    return wrong


def object_with(**keys):
    lines = {"oid": f'"{OWN}.1.0"', "type": '"integer"', "value": "1"} | keys
    return "[[snmp.object]]\n" + "".join(f"{key} = {value}\n" for key, value in lines.items() if value is not None)


def check_a_bad_object_is_told_with_its_place():
    # The table begins in line 1: oid is in line 2, type in 3, value in 4, anything else in 5.
    cases = [
        ("an unknown type", object_with(type='"intger"'), ":3:", ["intger", "integer"]),
        ("a name with a letter", object_with(oid='"1.3.six"'), ":2:", ["1.3.six"]),
        ("a name that is empty", object_with(oid='""'), ":2:", []),
        ("a name of one part", object_with(oid='"1"'), ":2:", []),
        ("a first part of 3", object_with(oid='"3.1.1"'), ":2:", []),
        ("a second part of 40", object_with(oid='"1.40.1"'), ":2:", []),
        ("a part beyond 2^32-1", object_with(oid='"1.3.4294967296"'), ":2:", ["4294967296"]),
        ("a number beyond 32 bits", object_with(value="2147483648"), ":4:", ["2147483648"]),
        ("a counter below zero", object_with(type='"counter"', value="-1"), ":4:", ["-1"]),
        ("no address of an IpAddress", object_with(type='"ipaddress"', value='"10.1"'), ":4:", ["10.1"]),
        ("half a byte", object_with(type='"hexstring"', value='"00f"'), ":4:", ["00f"]),
        ("an address that the CPU has not", object_with(value='"AIW99"'), ":4:", ["AIW99"]),
        ("an address beyond its memory", object_with(value='"VW10240"'), ":4:", ["VW10240"]),
        ("no name", object_with(oid=None), ":1:", ["oid"]),
        ("no value", object_with(value=None), ":1:", ["value"]),
        ("an unknown key", object_with(vlaue="1"), ":5:", ["vlaue", "value"]),
        ("the same name twice", object_with() + object_with(), ":6:", [OWN, "twice"]),
    ]
    wrong = [line for what, text, place, words in cases for line in require_refused(what, text, f"conpot-pi.toml{place}", words)]
    require(not wrong, f"{len(wrong)} of {2 * len(cases)}: " + "; ".join(wrong[:8]))
    return f"{len(cases)} mistakes"


def check_a_bad_setting_is_told_with_its_place():
    cases = [
        ("a version that is none", '[snmp]\nversions = ["2"]\n', ":2:", ["2c"]),
        ("a misspelt key", '[snmp]\ncomunity = "x"\n', ":2:", ["comunity", "community"]),
        ("a port beyond 65535", "[snmp]\nport = 70000\n", ":2:", ["70000", "65535"]),
        ("a community that is empty", '[snmp]\ncommunity = ""\n', ":2:", ["community"]),
        ("a latency from late to early", '[snmp]\nlatency = "6ms..3ms"\n', ":2:", ["latency"]),
        ("a negative amplification", "[snmp]\namplification = -1\n", ":2:", ["amplification"]),
        ("a walk that is not there", '[snmp]\nwalk = "nothing.snmprec"\n', ":2:", ["nothing.snmprec"]),
        ("a walk that is a folder", '[snmp]\nwalk = "."\n', ":2:", ["walk"]),
    ]
    wrong = [line for what, text, place, words in cases for line in require_refused(what, text, f"conpot-pi.toml{place}", words)]
    require(not wrong, f"{len(wrong)} of {2 * len(cases)}: " + "; ".join(wrong[:8]))
    return f"{len(cases)} mistakes"


def check_a_bad_line_of_a_walk_is_told_with_its_number():
    first = b"1.3.6.1.2.1.1.1.0|4|x\n# a remark\n"
    cases = [
        ("an unknown tag", b"1.3.6.1.2.1.1.2.0|99|x", ["99"]),
        ("no tag", b"1.3.6.1.2.1.1.2.0", []),
        ("no number", b"1.3.6.1.2.1.1.2.0|2|x", ["x"]),
        ("no name", b"sysDescr.0|4|x", ["sysDescr"]),
        ("half a byte", b"1.3.6.1.2.1.1.2.0|4x|abc", ["abc"]),
        ("no address", b"1.3.6.1.2.1.1.2.0|64|1.2.3", ["1.2.3"]),
        ("a counter beyond 2^32-1", b"1.3.6.1.2.1.1.2.0|65|4294967296", ["4294967296"]),
        ("the same name twice", b"1.3.6.1.2.1.1.1.0|4|y", ["1.3.6.1.2.1.1.1.0"]),
        ("a variation module of snmpsim", b"1.3.6.1.2.1.1.3.0|67:numeric|rate=1", []),
        ("bytes that are no text", b"\x00\x01\xff\xfe", []),
    ]
    wrong = [line for what, last, words in cases for line in
             require_refused(what, '[snmp]\nwalk = "mydevice.snmprec"\n', "mydevice.snmprec:3", words, first + last + b"\n1.3.6.1.2.1.1.7.0|2|72\n")]
    require(not wrong, f"{len(wrong)} of {2 * len(cases)}: " + "; ".join(wrong[:8]))
    return f"{len(cases)} mistakes"


def check_nonsense_in_the_place_of_a_walk_is_refused():
    dice = os.urandom
    for what, data in (("random bytes", dice(100_000)), ("one endless line", b"1.3." * 300_000), ("a huge file of zeros", bytes(20 << 20))):
        for code, said in validate('[snmp]\nwalk = "mydevice.snmprec"\n', data):
            require(code == 78 and len(said) < 20_000 and "   at " not in said, f"{what}: exit code {code}: {said[:300]!r}")
    if EMULATED:
        raise Skipped("the rest is the same")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
