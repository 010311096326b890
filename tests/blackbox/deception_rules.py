"""What the published detectors look for in an ICS honeypot, as rules: a rule asks a target and says what it found, or nothing.

Written anew from their descriptions (WIRE 6, facts/conpot_tells.txt; what potsnitch and HoneypotScanner2 compare was read in their repositories).
A rule finds what its detector finds, mistakes included: several of them call every Siemens device a honeypot. Targets: deception_probes.py;
`open_ports` are the well-known numbers of their TCP ports."""

import re
import struct
import time
from typing import Callable, NamedTuple

import modbus
import snmp_message as ber
from deception_probes import CONNECT, READ_DB1, answer, ask_snmp, everything_said, frame, page, s7, stream, system_group, szl, whole_list
from deception_strings import EXAMPLES, POTSNITCH_MODBUS, POTSNITCH_S7, SNMP_PATTERNS, TEMPLATES, within
from s7comm import SETUP, asked
from snmp_agent import PATIENCE, Visitor
from snmp_names import MIB2, SYS_DESCR, SYS_UP_TIME

POTSNITCH_PORTS = (102, 502, 47808, 80, 161, 623)


class Rule(NamedTuple):
    name: str
    source: str
    find: Callable


# ---- S7comm ---------------------------------------------------------------------------------------------------------------

def confirms(request, with_bytes):
    """Whether a connection request gets these bytes."""
    def find(target):
        replies = s7(target, request)
        return with_bytes if replies and with_bytes in replies[0].hex() else ""
    return find


def potsnitch_s7(target):
    """One reply to SZL 001C, index 0: its first part."""
    replies = s7(target, "0300001611e00000000100c0010ac1020100c2020102", SETUP, szl(0x001C, 0))
    return within(POTSNITCH_S7, replies[2]) if replies else ""


def scanner_s7list(target):
    if target.s7_port is None:
        return ""
    with stream(target.s7_port) as connection:
        for request in (CONNECT, SETUP):
            asked(connection, request)
        return within(("6ES7 315-2EH14-0AB0",), whole_list(connection, 0x0011, 1)) or within(("Technodrome", "88111222", "Mouser Factory"), whole_list(connection, 0x001C, 1))


def short_parameter(target):
    replies = s7(target, CONNECT, SETUP, szl(0x0011, 1))
    return "a parameter of 8 bytes" if replies and replies[2][13:15] == b"\x00\x08" else ""


def echoed_pdu(target):
    for size in (960, 1920):
        replies = s7(target, CONNECT, SETUP[:-2] + struct.pack(">H", size))
        if not replies or replies[1][-2:] != struct.pack(">H", size):
            return ""
    return "960 and 1920 granted"


def read_closes(target):
    replies = s7(target, CONNECT, SETUP, szl(0x0011, 1), READ_DB1)
    return "lists are answered, a read ends the connection" if replies and replies[2] and not replies[3] else ""


def another_family(target):
    """It calls itself an S7-x00, and its CPU's order number is another family's."""
    claims = set(re.findall(r"S7-([234])00", page(target) + " ".join(system_group(target) or [])))
    replies = s7(target, CONNECT, SETUP, szl(0x0011, 1))
    order = re.search(rb"6ES7 ([234])\d\d", replies[2]) if replies else None
    return f"S7-{claims}00 with {order[0].decode()}" if claims and order and order[1].decode() not in claims else ""


def idle(target):
    """Conpot ends what was idle for five seconds."""
    for port in (target.s7_port, target.port):
        if port is not None:
            with stream(port) as connection:
                if port == target.s7_port:
                    asked(connection, CONNECT)
                connection.settimeout(6)
                try:
                    if not connection.recv(1):
                        return "closed within 6 idle seconds"
                except TimeoutError:
                    pass
                except ConnectionError:
                    return "reset within 6 idle seconds"
    return ""


# ---- Modbus ---------------------------------------------------------------------------------------------------------------

IDENTIFY = b"\x2B\x0E\x01\x00"


def server_id(target):
    got = answer(target, b"\x11")
    return "11 01 01 FF" if got and got[1:] == bytes.fromhex("110101FF") else ""  # a length that is none


def dropped(target):
    got = frame(target, IDENTIFY)
    return f"{len(got)} bytes" if got is not None and len(got) < 9 else ""


def unit_5_dropped(target):
    got = frame(target, b"\x2B\x0E\x02\x00", 5)
    return "closed" if got == b"" else ""


def unit_5_is_error(target):
    """As published: an exception is an "error" too."""
    got = answer(target, b"\x2B\x0E\x02\x00", 5)
    return got.hex().upper() or "closed" if got is not None and got[:1] != b"\x2B" else ""


def unknown_unit(target):
    got = answer(target, modbus.read(3, 0, 1), 99)
    return "83 04" if got == b"\x83\x04" else ""


def paper_addresses(target):
    served = [f"FC{function} at {address}" for function, address in ((2, 10001), (4, 30001), (3, 40001))
              if any((answer(target, modbus.read(function, address, 1), unit) or b"\xff")[0] == function for unit in (1, 2))]
    return ", ".join(served)


def no_address_0(target):
    got = [answer(target, modbus.read(function, 0, 1)) for function in (1, 2, 3, 4)]
    return "exception 02 at 0" if got == [bytes([function | 0x80, 2]) for function in (1, 2, 3, 4)] else ""


def eight_registers(target):
    for unit in (1, 2):
        for first in (0, 40001):
            if (answer(target, modbus.read(3, first, 8), unit) or b"\xff")[0] == 3 and answer(target, modbus.read(3, first + 8, 1), unit) == b"\x83\x02":
                return f"8 at {first}, unit {unit}"
    return ""


def analog(target):
    for unit in (1, 2):
        for count in (32, 8):
            got = answer(target, modbus.read(4, 0, count), unit)
            if got and got[0] == 4:
                return modbus.registers(got)
    return None


def diced(target):
    values = analog(target)
    return f"{values[:8]}" if values and max(values) <= 1 else ""


def stands_still(target):
    first = analog(target)
    until = time.monotonic() + 6
    while first and analog(target) == first:
        if time.monotonic() > until:
            return "analog inputs did not move in 6 s"
        time.sleep(0.2)
    return ""


# ---- SNMP -----------------------------------------------------------------------------------------------------------------

def snmp_patterns(target):
    got = ask_snmp(target, ber.GET_NEXT, f"{MIB2}.1")
    return within(SNMP_PATTERNS, got.value.decode("latin-1") if isinstance(got.value, bytes) else str(got.value)) if got else ""


def system_strings(target):
    """The same detector on what no real device says."""
    return within([each for each in SNMP_PATTERNS if len(each) > 2], "\n".join(system_group(target) or []))


def potsnitch_snmp(target):
    got = ask_snmp(target, ber.GET, SYS_DESCR, ber.V1)
    return within(("S7-200", "Siemens"), got.value) if got else ""


def textual_up_time(target):
    got = ask_snmp(target, ber.GET, SYS_UP_TIME, ber.V1)
    return f"{got.value!r}" if got and re.search(r"\D", got.value.decode("latin-1") if isinstance(got.value, bytes) else str(got.value)) else ""


def up_time_stands(target):
    """Constant, or counted from the first question."""
    def ask():
        got = ask_snmp(target, ber.GET, SYS_UP_TIME, ber.V1)
        return got and got.value
    first = ask()
    time.sleep(1.2)
    second = ask()
    return f"{first} and 1.2 s later {second}" if first is not None and (not isinstance(first, int) or not 100 <= second - first <= 1000 * PATIENCE) else ""


def no_v2c(target):
    """honeydet's opencanary-snmp."""
    return "silence" if target.snmp_port is not None and ask_snmp(target, ber.GET, SYS_UP_TIME) is None else ""


def answers_v3(target):
    if target.snmp_port is None:
        return ""
    with Visitor(target.snmp_port, ber.V1) as visitor:
        got = visitor.said_to(bytes.fromhex("303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000"))
    return "engine discovery is answered" if got else ""


def tarpit(target):
    """Conpot draws each reply's delay from 100 to 200 ms: its median is there, whatever the network adds."""
    if target.snmp_port is None:
        return ""
    times = []
    with Visitor(target.snmp_port, ber.V1) as visitor:
        for _ in range(7):
            began = time.perf_counter()
            visitor.get(SYS_DESCR)
            times.append(time.perf_counter() - began)
    return f"{sorted(times)[3] * 1000:.0f} ms" if sorted(times)[3] >= 0.1 else ""


def rationed(target):
    """Conpot answers 120 a minute, and then nobody."""
    if target.snmp_port is None:
        return ""
    with Visitor(target.snmp_port, ber.V1) as visitor:
        for number in range(130):
            visitor.send(visitor.message(ber.GET, [SYS_DESCR], number))
            if visitor.receive(3 * PATIENCE) is None:
                return f"nothing after {number}"
    return ""


# ---- HTTP, ports, all of it -------------------------------------------------------------------------------------------------

def conpots_page(target):
    return within(("Overview - Siemens, SIMATIC, S7-200", "Tue, 19 May 1993", "timeticks (deciseconds)", "Set-cookie: path=/"), page(target))


def potsnitch_page(target):
    return within(("Siemens", "S7-200"), page(target).partition("\r\n\r\n")[2])


def potsnitch_ports(target):
    found = [port for port in POTSNITCH_PORTS if port in target.open_ports]
    return f"{found}" if len(found) >= 3 else ""


def says(texts):
    return lambda target: within(texts, everything_said(target))


RULES = [
    Rule("S7comm: Conpot's confirmation", "nuclei conpot-siemens-honeypot-detection; honeydet 1; UnaPibaGeek/honeypots-detection", confirms(CONNECT, "030000130ed00000000000c1020000c2020000")),
    Rule("S7comm: snap7 server's confirmation", "nuclei", confirms("0300001611e00000001400c1020100c2020102c0010a", "0300001611d00014000100c1020100c2020102c0010a")),
    Rule("S7comm: potsnitch's strings", "potsnitch, SZL 001C", potsnitch_s7),
    Rule("S7comm: template's lists", "alchici/HoneypotScanner2; Go S7 tests", scanner_s7list),
    Rule("S7comm: parameter of 8 bytes", "mushorg/conpot 552, 586", short_parameter),
    Rule("S7comm: PDU size echoed", "facts/conpot_tells.txt", echoed_pdu),
    Rule("S7comm: a read ends it", "Go S7 tests", read_closes),
    Rule("S7comm: another family's CPU", "Go honeypot test", another_family),
    Rule("five idle seconds", "facts/conpot_tells.txt", idle),
    Rule("Modbus: server id", "facts/conpot_tells.txt (modbus_tk)", server_id),
    Rule("Modbus: identification", "potsnitch, HIGH", lambda target: within(POTSNITCH_MODBUS, frame(target, IDENTIFY) or b"")),
    Rule("Modbus: FC43 dropped", "potsnitch, MEDIUM", dropped),
    Rule("Modbus: FC43 to unit 5 dropped", "WIRE 6, Modbus test", unit_5_dropped),
    Rule("Modbus: FC43 to unit 5 is an error", "alchici/HoneypotScanner2", unit_5_is_error),
    Rule("Modbus: unknown unit", "facts/conpot_tells.txt", unknown_unit),
    Rule("Modbus: addresses of papers", "facts/conpot_tells.txt", paper_addresses),
    Rule("Modbus: no address 0", "facts/conpot_tells.txt", no_address_0),
    Rule("Modbus: eight registers", "facts/conpot_tells.txt", eight_registers),
    Rule("Modbus: diced values", "facts/conpot_tells.txt", diced),
    Rule("values never move", "WIRE 6, generic", stands_still),
    Rule("SNMP: strings, as published", "honeydet; others", snmp_patterns),
    Rule("SNMP: strings of the template", "the same without \"0\" and \"72\"", system_strings),
    Rule("SNMP: potsnitch", "potsnitch, HIGH", potsnitch_snmp),
    Rule("SNMP: sysUpTime is no number", "honeydet 16", textual_up_time),
    Rule("SNMP: sysUpTime stands", "WIRE 6, generic", up_time_stands),
    Rule("SNMP: v2c not answered", "honeydet 17", no_v2c),
    Rule("SNMP: v2c answered", "facts/conpot_tells.txt", lambda target: "answered" if ask_snmp(target, ber.GET, SYS_UP_TIME) else ""),
    Rule("SNMP: v3 answered", "facts/conpot_tells.txt", answers_v3),
    Rule("SNMP: tarpit", "facts/conpot_tells.txt", tarpit),
    Rule("SNMP: 120 a minute", "facts/conpot_tells.txt", rationed),
    Rule("HTTP: Conpot's page", "honeydet 25; facts/conpot_tells.txt", conpots_page),
    Rule("HTTP: potsnitch", "potsnitch, MEDIUM", potsnitch_page),
    Rule("ports: three of six", "potsnitch, HIGH", potsnitch_ports),
    Rule("any string of a template or library", "facts/conpot_tells.txt", says(TEMPLATES)),
    Rule("an example of nmap's manual", "WIRE 6", says(EXAMPLES)),
]
