"""WIRE 6's checklist of 35 lines, each asked of a sensor; what another program proves better is named with it."""

import os
import re
import struct
import time
from typing import NamedTuple

import modbus
import snmp_message as ber
from checks import Skipped, require
from s7comm import CONNECTS, SETUP, asked, pdu
from s7comm_control import START, STOP
from snmp_names import (IF_IN_UCAST, IF_PHYS_ADDRESS, IN_PKTS, IP_IN_RECEIVES, MIB2, SYS_DESCR, SYS_UP_TIME, TCP_CONNECTIONS)
from snmp_walk import SIEMENS
from surroundings import EMULATED
from deception_probes import CONNECT, LISTS, READ_DB1, stream, szl

# Where the device stands, so that its neighbours have known addresses.
PLACE = ("network.address=192.168.10.20", "network.netmask=255.255.255.0", "network.gateway=192.168.10.1", "network.gateway_mac=00:80:63:12:34:56")


class Facts(NamedTuple):
    """What differs between the devices: jobs at once, whether answers are counted, the most that a request of each function may read, SNMP versions."""
    jobs: int
    counted: bool
    most: dict
    versions: tuple


FACTS = {"s7-200": Facts(1, True, {1: 2000, 2: 2000, 3: 120, 4: 125}, (ber.V1, ber.V2C)), "s7-300-cp343": Facts(2, False, {1: 2000, 2: 2000, 3: 125, 4: 125}, (ber.V1,))}


def opened(sensor):
    connection = stream(sensor.s7_port)
    asked(connection, CONNECT)
    asked(connection, SETUP)
    return connection


def job(connection, parameter, data=b""):
    """The answer from its parameters on, without the 10 bytes of an acknowledge's header and the two of its error."""
    got = asked(connection, pdu(b"\x32\x01\x00\x00\x00\x09" + struct.pack(">HH", len(parameter), len(data)) + parameter + data))
    return got[7 + 12:]


def ask(sensor, request, unit=1):
    with sensor.connect() as client:
        return client.ask(request, unit)


def line_1_confirmation_in_order(sensor, facts):
    for name, request, accepted in CONNECTS[:7]:
        with stream(sensor.s7_port) as connection:
            got = asked(connection, request)
        parameters, at = [], 11
        while at < len(got):
            parameters.append((got[at], got[at + 2:at + 2 + got[at + 1]]))
            at += 2 + got[at + 1]
        wanted = {0xC0: b"\x0a", 0xC1: b"\x01\x00", 0xC2: bytes.fromhex(request)[bytes.fromhex(request).index(b"\xc2\x02") + 2:][:2]}
        require(parameters == sorted(wanted.items()) and got[6:8] == bytes.fromhex(request)[8:10], f"{name}: {got.hex()} ({accepted})")


def line_2_own_reference(sensor, facts):
    own = set()
    for _ in range(3):
        with stream(sensor.s7_port) as connection:
            own.add(asked(connection, CONNECT)[8:10])
    require(len(own) == 1 and own.isdisjoint({b"\0\0", b"\0\1"}), f"references {own}")


def line_3_setup_clamps(sensor, facts):
    for size in (112, 240, 480, 1920):
        with stream(sensor.s7_port) as connection:
            asked(connection, CONNECT)
            got = asked(connection, SETUP[:-6] + struct.pack(">HHH", 8, 8, size))
        require(struct.unpack(">HH", got[-4:]) == (facts.jobs, min(size, 240)), f"asked for 8 jobs and {size}: {got.hex()}")


def line_4_and_5_parameter_and_sequence(sensor, facts):
    with opened(sensor) as connection:
        answers = [asked(connection, szl(identity, 1)) for identity in (0x0424, 0x0424, 0x0424, 0x0424, *LISTS)]
    wrong = [got.hex() for got in answers if got[13:15] != b"\x00\x0c"]
    require(not wrong, f"no parameter of 12 bytes: {wrong[:3]}")
    numbers = [got[24] for got in answers[:4]]
    # Real 31x CPUs say the connection's number in each (captures); behind a CP 443-1 they are counted.
    require(numbers == [(numbers[0] + step) % 256 for step in range(4)] if facts.counted else len(set(numbers)) == 1 and numbers[0] > 0, f"sequence {numbers}")


def line_6_fragments(sensor, facts):
    with opened(sensor) as connection:
        got, parts = asked(connection, szl(0x001C, 0)), []
        while True:
            parts.append(got)
            if got[26] == 0:
                break
            got = asked(connection, pdu(bytes.fromhex("320700000002000c0004000112081244010100000000" "0a000000")))
    require(len(parts) == 2 and all(len(part) <= 7 + 240 for part in parts) and len({part[25] for part in parts}) == 1 and parts[0][25], f"{[part.hex() for part in parts]}")


def line_7_unknown_list(sensor, facts):
    with opened(sensor) as connection:
        got = asked(connection, szl(0x0C91, 0x7777))
    require(got[27:29] in (b"\xd4\x01", b"\xd4\x02") and got[29:] == b"\x0a\0\0\0", got.hex())


def line_8_variables(sensor, facts):
    with opened(sensor) as connection:
        item = bytes.fromhex("120a1002000200018400") + struct.pack(">H", 8 * 500)
        require(job(connection, b"\x05\x01" + item, b"\x00\x04\x00\x10\x12\x34") == b"\x05\x01\xff", "no write")
        require(job(connection, b"\x04\x01" + item) == bytes.fromhex("0401ff0400101234"), "it does not read back")
        require(job(connection, b"\x04\x01" + item[:6] + struct.pack(">H", 999) + item[8:]) == bytes.fromhex("04010a000000"), "a block that does not exist")
        require(asked(connection, READ_DB1)[-5:-3] == b"\xff\x04", "DB1 cannot be read")


def line_9_stop_and_start(sensor, facts):
    with opened(sensor) as connection, sensor.reader() as visitor:
        before = visitor.get(SYS_UP_TIME)
        require(job(connection, STOP) == b"\x29", "no STOP")
        require(asked(connection, szl(0x0424, 0))[29 + 4 + 8 + 3] & 0x0F == 4, "SZL 0424 does not say STOP")
        require(job(connection, START) == b"\x28", "no start")
        require(asked(connection, szl(0x0424, 0))[29 + 4 + 8 + 3] & 0x0F == 8, "SZL 0424 does not say RUN")
        require(0 <= visitor.get(SYS_UP_TIME) - before < 100 * 60, "the CP's up time went with the CPU")


def line_11_refused_functions(sensor, facts):
    require(ask(sensor, b"\x2B\x0E\x01\x00") == b"\xAB\x01" and ask(sensor, b"\x11") == b"\x91\x01", "43/14 and 17 are not refused with 01")


def line_12_and_13_addresses_and_quantities(sensor, facts):
    for function, last in ((1, 127), (2, 127), (3, 5119), (4, 31)):
        require(ask(sensor, modbus.read(function, 0, 1))[0] == function == ask(sensor, modbus.read(function, last, 1))[0], f"FC{function}: 0 and {last}")
        require(ask(sensor, modbus.read(function, last + 1, 1)) == bytes([function | 0x80, 2]), f"FC{function} beyond {last}")
        for quantity in (0, facts.most[function] + 1):
            require(ask(sensor, modbus.read(function, 0, quantity)) == bytes([function | 0x80, 3]), f"FC{function}, {quantity}")


def line_14_to_17_framing(sensor, facts):
    read = modbus.read(3, 500, 1)
    with sensor.connect() as client:
        client.send(modbus.frame(1, 1, read, protocol=1) + b"".join(modbus.frame(number, number % 256, read) for number in range(2, 18)))
        for number in range(2, 18):
            got = client.receive_frame()
            require(got[:2] == struct.pack(">H", number) and got[6] == number % 256, f"reply {number} of a burst behind a wrong protocol: {got.hex()}")
        for octet in modbus.frame(99, 255, read):
            client.send(bytes([octet]))
            time.sleep(0.002)
        require(client.receive_frame()[:2] == b"\0\x63", "a request byte by byte")


def line_18_silence(sensor, facts):
    with sensor.reader() as visitor:
        for version in (ber.V1, ber.V2C):
            request = ber.message(ber.pdu(ber.GET, [SYS_DESCR], 77), b"public", version)
            if version in facts.versions:
                require(visitor.said_to(request), f"version {version} is not answered")
            else:
                visitor.silent(request, f"version {version}")
        visitor.silent(ber.v3(ber.pdu(ber.GET, [SYS_DESCR])), "v3")
        visitor.silent(ber.message(ber.pdu(ber.GET, [SYS_DESCR], 78), b"internal", visitor.version), "a bad community")


def line_19_and_20_table(sensor, facts):
    with sensor.visitor(ber.V1) as visitor:
        first = {each.dotted: each for each in visitor.walk()}  # which must end with noSuchName
        second = {each.dotted: each for each in visitor.walk()}
        groups = {name.split(".")[6] for name in first}
        require(groups == {"1", "2", "3", "4", "5", "6", "7", "11"} and all(name.startswith(f"{MIB2}.") for name in first), f"groups {groups}")
        fallen = [name for name, each in first.items() if each.tag == ber.COUNTER and name in second and (second[name].value - each.value) % (1 << 32) >= 1 << 31]
        require(not fallen, f"counters that fell: {fallen}")
        require(second[IN_PKTS].value - first[IN_PKTS].value >= len(first) - 8, "snmpInPkts does not count what is asked")
        unicast, receives = first[IF_IN_UCAST].value, first[IP_IN_RECEIVES].value
        require(abs(unicast - receives) <= max(unicast, receives) * 0.05 + 1000, f"ifInUcastPkts {unicast}, ipInReceives {receives}")


def line_22_to_24_rows(sensor, facts):
    with sensor.connect() as client, sensor.visitor(ber.V1) as visitor:
        client.ask(modbus.read(3, 500, 1))
        first = {each.dotted: each for each in (*visitor.walk(f"{MIB2}.2"), *visitor.walk(f"{MIB2}.3"), *visitor.walk(TCP_CONNECTIONS))}
        own = [name for name, each in first.items() if name.startswith(f"{TCP_CONNECTIONS}.1.1.") and name.endswith(f".127.0.0.1.{client.local_port}")]
        require(own and first[own[0]].value == 5, "no row for the visitor's own connection")
        neighbours = {".".join(name.split(".")[-4:]) for name in first if name.startswith(f"{MIB2}.3.1.1.1.")}
        require("192.168.10.1" in neighbours and neighbours <= {"192.168.10.1", "127.0.0.1"}, f"neighbours {neighbours}: the gateway, and who asks")
        require(first[IF_PHYS_ADDRESS].value.hex()[:6].upper() in SIEMENS, f"{first[IF_PHYS_ADDRESS].value.hex()}")


def line_28_no_other_port(sensor, facts):
    if EMULATED:
        raise Skipped("the emulator's own sockets would be looked at")
    inodes = {found[1] for descriptor in os.listdir(f"/proc/{sensor.pid}/fd") if (found := re.fullmatch(r"socket:\[(\d+)\]", os.readlink(f"/proc/{sensor.pid}/fd/{descriptor}")))}
    listening = set()
    for table in ("tcp", "tcp6", "udp", "udp6"):
        with open(f"/proc/net/{table}", encoding="ascii") as rows:
            for row in list(rows)[1:]:
                fields = row.split()
                if fields[9] in inodes and (fields[3] == "0A" or table.startswith("udp")):
                    listening.add(int(fields[1].rpartition(":")[2], 16))
    known = {sensor.port, sensor.snmp_port, sensor.s7_port, sensor.http_port} - {None}
    require(listening == known, f"it listens on {listening}, its services are on {known}")


LINES = {name: each for name, each in globals().items() if name.startswith("line_")}

# Proven by other programs, and better than a line could: what, and where.
ELSEWHERE = {
    10: "no close after five idle seconds: the rule 'five idle seconds'",
    21: "up time over a restart: check_a_restart_shows_nothing",
    25: "TTL, DF, window, options: stack.py",
    26: "nmap -O: stack.py",
    27: "nmap -sV: clients.py, s7comm.py, snmp_clients.py; no SSH on the plant's side: appliance.py",
    29: "latency: check_reply_times_are_the_devices, latency.py",
    30: "strings: the rules 'any string of a template or library' and 'an example of nmap's manual'",
    31: "differs per install, stable over restarts: DeviceSeedTests and IdentityTests (1,000 seeds), check_a_restart_shows_nothing",
    32: "one process image: agreement.py",
    33: "writes are read back by the others: agreement.py",
    34: "limits of connections: admission.py",
    35: "no reverse DNS, no cloud address: how it is deployed",
}


def require_checklist(sensor, profile):
    done = {int(number) for name in LINES for number in expanded(name)}
    require(done.isdisjoint(ELSEWHERE) and done | set(ELSEWHERE) == set(range(1, 36)), f"lines missing or twice: {set(range(1, 36)) ^ (done ^ set(ELSEWHERE))}")
    for name, line in LINES.items():
        try:
            line(sensor, FACTS[profile])
        except Skipped:
            pass
        except AssertionError as why:
            raise type(why)(f"{profile}, {name}: {why}") from None
    return f"{profile}: {len(done)} lines"


def expanded(name):
    """line_12_and_13_... as 12 and 13, line_14_to_17_... as 14 to 17."""
    first, word, second = re.match(r"line_(\d+)(?:_(and|to)_(\d+))?", name).groups()
    return [int(first)] if word is None else [int(first), int(second)] if word == "and" else range(int(first), int(second) + 1)
