"""Deception as a test: no published detector takes the shipped profiles for a honeypot, each takes a Conpot for one, and who looks twice sees the same device.

Rules: deception_rules.py. Where one cannot but fire it stands in KNOWN with the reason, and must go on firing, so that the list stays true."""

import concurrent.futures
import contextlib
import os
import re
import sys
import time

from checks import require, run_checks
from deception_checklist import PLACE, require_checklist
from deception_decoy import Decoy
from deception_latency import require_device_times
from deception_probes import CONNECT, page, stream, szl
from deception_rules import RULES, idle, rationed, stands_still
from s7comm import SETUP, asked
from snmp_agent import Agent
from snmp_names import IF_DESCR, IF_PHYS_ADDRESS, SYS_DESCR, SYS_UP_TIME

IS_ERROR = "as published, an exception is enough: every Siemens server refuses FC43 with one (WIRE 2.2)"
SIEMENS = "it looks for \"Siemens\": every device of the maker"
KNOWN = {
    "s7-200": {
        "Modbus: FC43 to unit 5 is an error": IS_ERROR,
        "SNMP: potsnitch": SIEMENS,
        "SNMP: strings, as published": "it looks for \"0\" in the first object that v2c gives: every order number has one",
        "SNMP: v2c answered": "the owner's wish; [snmp] versions = [\"1\"] ends it",
        "ports: three of six": "the owner's wish: Modbus, S7comm and a page on one address; [http] enabled = false ends it",
    },
    "s7-300-cp343": {
        "Modbus: FC43 to unit 5 is an error": IS_ERROR,
        "SNMP: potsnitch": SIEMENS,
        "SNMP: v2c not answered": "a CP 343-1 does not speak it: 141 in its snmpInBadVersions (WIRE 1.2)",
        "S7comm: potsnitch's strings": "\"CPU 315-2 PN/DP\" is what the real one says (captures)",
    },
}

# What the first Conpot must be known by; later ones' S7comm and page are played by deception_decoy.py.
OF_2013 = {"Modbus: server id", "Modbus: identification", "Modbus: unknown unit", "Modbus: addresses of papers", "Modbus: eight registers", "Modbus: diced values", "values never move",
           "SNMP: strings, as published", "SNMP: strings of the template", "SNMP: potsnitch", "SNMP: v2c answered", "any string of a template or library"}

SLOW = (idle, stands_still)


class Library(Agent):
    """An agent as pysnmp and Conpot's tarpit make it: the library's own sysObjectID, a reply after 100 to 200 ms, version 3."""

    def __init__(self):
        super().__init__("snmp.walk=conpot.snmprec", 'snmp.versions=["1", "2c", "3"]', profile="conpot-2013", snmp_latency="100ms..200ms")
        with open(os.path.join(self.directory, "conpot.snmprec"), "w", encoding="ascii") as stream_:
            stream_.write("1.3.6.1.2.1.1.1.0|4|Siemens, SIMATIC, S7-200\n1.3.6.1.2.1.1.2.0|6|1.3.6.1.4.1.20408\n1.3.6.1.2.1.1.3.0|67|1234\n")


def target(sensor, profile):
    """The sensor as a detector sees it: which of its services are on, at their well-known ports."""
    if profile != "s7-200":
        sensor.http_port = None
    if profile == "conpot-2013":
        sensor.s7_port = None
    sensor.open_ports = {502} | ({102} if sensor.s7_port else set()) | ({80} if sensor.http_port else set())
    return sensor


def findings(aim, rules=RULES):
    """{rule: evidence} of those that fire. Those that wait for seconds do it beside the others."""
    with concurrent.futures.ThreadPoolExecutor(len(SLOW)) as pool:
        waiting = {rule.name: pool.submit(rule.find, aim) for rule in rules if rule.find in SLOW}
        found = {rule.name: rule.find(aim) for rule in rules if rule.find not in SLOW}
        found |= {name: each.result() for name, each in waiting.items()}
    return {name: evidence for name, evidence in found.items() if evidence}


def require_unknown(profile):
    # As shipped: latency, and the limits of one visitor.
    with Agent(profile=profile, latency=None, visitor_limits=True) as sensor:
        found = findings(target(sensor, profile))
    new = {name: evidence for name, evidence in found.items() if name not in KNOWN[profile]}
    gone = [name for name in KNOWN[profile] if name not in found]
    require(not new, f"{profile} is taken for a honeypot: {new}")
    require(not gone, f"{profile}: {gone} no longer fire; take them out of KNOWN")
    return f"{len(RULES)} rules, {len(KNOWN[profile])} known tells: {', '.join(KNOWN[profile])}"


def check_no_detector_knows_the_default_profile():
    return require_unknown("s7-200")


def check_no_detector_knows_the_s7_300():
    return require_unknown("s7-300-cp343")


def check_every_rule_fires_on_a_conpot():
    """The counter-proof: a rule that never fires proves nothing where it does not."""
    with contextlib.ExitStack() as up:
        # All of them, before the first is asked: who starts beside a detector changes what it measures.
        first, slow, rationing, *later = (up.enter_context(each) for each in (
            Agent(profile="conpot-2013"), Library(), Agent("snmp.packets_per_second=2", profile="conpot-2013"), Decoy(False), Decoy(True)))
        with rationing.reader() as visitor:
            for _ in range(1000):  # what it answers in one go before it looks at the rate
                visitor.get(SYS_DESCR)
        of_snmp = [rule for rule in RULES if rule.name.startswith("SNMP") and rule.find is not rationed]
        aims = [(target(first, "conpot-2013"),), (target(slow, "conpot-2013"), of_snmp), (target(rationing, "conpot-2013"), [rule for rule in RULES if rule.find is rationed])]
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            works = [pool.submit(findings, *aim) for aim in aims + [(decoy,) for decoy in later]]
            of_2013, *others = (work.result() for work in works)
    require(OF_2013 <= set(of_2013), f"conpot-2013 is not known by {OF_2013 - set(of_2013)}")
    fired = set(of_2013).union(*others, *KNOWN.values())
    require(fired == {rule.name for rule in RULES}, f"never fire: {sorted({rule.name for rule in RULES} - fired)}")
    return f"{len(of_2013)} on conpot-2013: {', '.join(of_2013)}"


def check_the_checklist():
    said = []
    for profile in KNOWN:
        with Agent(*PLACE, "s7comm.latency=0", profile=profile) as sensor:
            said.append(require_checklist(target(sensor, profile), profile))
    return "; ".join(said)


def check_reply_times_are_the_devices():
    return require_device_times()


# ---- Who looks twice --------------------------------------------------------------------------------------------------------

def component(connection, index):
    """SZL 011C, one record's text."""
    return asked(connection, szl(0x011C, index))[43:67].split(b"\0")[0].decode("latin-1").strip()


def cells(text):
    return re.findall(r"<tr><td>([^<]*)</td><td>([^<]*)</td></tr>", text)


def check_protocols_agree_on_who_it_is():
    with Agent() as sensor, sensor.reader() as visitor, stream(sensor.s7_port) as connection:
        asked(connection, CONNECT)
        asked(connection, SETUP)
        index = page(sensor)
        rows = [pair for path in sorted(set(re.findall(r'href="(/[^"]+)"', index))) for pair in cells(page(sensor, path))]
        shown = dict(rows)
        descr, interface, mac = (visitor.get(name) for name in (SYS_DESCR, IF_DESCR, IF_PHYS_ADDRESS))
        descr, interface = descr.decode(), interface.decode()
        module, order, hardware, firmware, serial = re.fullmatch(r"Siemens, SIMATIC NET, ([^,]+), ([^,]+), HW: Version ([^,]+), FW: Version ([^,]+), (\w+)", descr).groups()
        require(interface.startswith(descr.rpartition(", ")[0]), f"ifDescr is {interface}, sysDescr {descr}")
        for label, value in (("Module", module), ("Hardware version", hardware), ("Firmware version", firmware), ("Serial number", serial), ("MAC address", mac.hex(":").upper()),
                             ("Communication module", module)):
            require(shown.get(label) == value, f"{label}: the page says {shown.get(label)}, SNMP {value}")
        orders = [value for label, value in rows if label == "Order number"]
        cpu = asked(connection, szl(0x0111, 1))[43:63].decode().strip()
        require(orders == [cpu, order], f"order numbers: the page says {orders}, SZL 0111 {cpu}, SNMP {order}")
        station, name, cpu_serial, kind = (component(connection, number) for number in (1, 2, 5, 7))
        require(shown["Controller"] == kind == name, f"the page says {shown['Controller']}, S7comm {kind} and {name}")
        number = re.search(r"<title>\D*(\d+)", index)[1]
        require(station == f"PW{number}", f"the page's title has station {number}, SZL 011C {station}")
        year = 2007 + "VWXABCDEF".index(serial[2])
        require(cpu_serial.endswith(str(year)), f"the module {serial} is of {year}, its CPU {cpu_serial}")
        return f"{module} {serial} {firmware} {mac.hex(':')}, {kind} {cpu_serial}, station {number}"


def bcd(data):
    """S7's date and time of eight bytes, in seconds."""
    year, month, day, hour, minute, second = (octet // 16 * 10 + octet % 16 for octet in data[:6])
    return time.mktime((2000 + year, month, day, hour, minute, second, 0, 0, 0))


def check_protocols_agree_on_since_when_it_runs():
    """The diagnostic buffer's latest power-up, by the CPU's own clock, and sysUpTime."""
    for profile in KNOWN:
        with Agent(profile=profile) as sensor, sensor.reader() as visitor, stream(sensor.s7_port) as connection:
            asked(connection, CONNECT)
            asked(connection, SETUP)
            entries = asked(connection, szl(0x00A0, 0))
            now = bcd(asked(connection, szl(0x0424, 0))[-8:])
            up = visitor.get(SYS_UP_TIME) / 100
            records = [entries[at:at + 20] for at in range(41, len(entries) - 19, 20)]
            started = [bcd(record[12:]) for record in records if record[:2] == b"\x43\x00"]
            require(started and all(0 <= now - each for each in started), f"{profile}: power-ups at {started}, it is {now}")
            require(abs(now - max(started) - up) <= 10, f"{profile}: switched on {now - max(started):.0f} s ago by the diagnostic buffer, {up:.0f} s by SNMP")


def identity(sensor):
    with sensor.reader() as visitor, stream(sensor.s7_port) as connection:
        said = [visitor.get(name) for name in (SYS_DESCR, IF_DESCR, IF_PHYS_ADDRESS)]
        for request in (CONNECT, SETUP):
            asked(connection, request)
        said += [asked(connection, szl(number, index))[29:] for number, indexes in ((0x0111, (1, 6, 7)), (0x011C, range(1, 9)), (0x0132, (4,))) for index in indexes]
    text = page(sensor)
    said += [re.search(pattern, text, re.DOTALL)[0] for pattern in ("Server: [^\r]*", "<style.*?</style>", "<script.*?</script>", "<title>[^<]*")] if text else []
    return said


def check_a_restart_shows_nothing():
    for profile in KNOWN:
        with Agent(profile=profile) as sensor:
            target(sensor, profile)
            before, up = identity(sensor), 0
            for end in (sensor.stop, sensor.kill):
                end()
                sensor.start()
                require(identity(sensor) == before, f"{profile}: another device after {end.__name__}: {before} {identity(sensor)}")
                with sensor.reader() as visitor:
                    now = visitor.get(SYS_UP_TIME)
                require(now > up, f"{profile}: sysUpTime {up}, and then {now}")
                up = now


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
