"""A whole walk, line by line against the walk of the real module (cp343_walk.txt), and what may never be in one: the host, a Conpot, another device."""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys

import snmp_message as ber
from checks import Failed, Skipped, require, run_checks
from deception_strings import TEMPLATES, within
from programs import net_snmp
from snmp_agent import Agent
from snmp_names import IF_PHYS_ADDRESS, MIB2, SYS_CONTACT, SYS_DESCR, SYS_LOCATION, SYS_NAME, SYS_OBJECT_ID, SYS_SERVICES
from surroundings import EMULATED

REAL = pathlib.Path(__file__).resolve().parent / "cp343_walk.txt"

# Where the device stands, so that rows with addresses have known names.
PLACE = ("network.address=192.168.10.20", "network.netmask=255.255.255.0", "network.gateway=192.168.10.1", "network.gateway_mac=00:80:63:12:34:56")
OWN, MASK, SUBNET, GATEWAY = "192.168.10.20", "255.255.255.0", "192.168.10.0", "192.168.10.1"

SIEMENS = ("080006", "000E8C", "001B1B", "001C06", "0001E3", "000BA3", "001FF8", "286336", "8CF319", "E0DCA0", "AC6417", "883F99", "D4F527", "10DFFC",
           "20A8B9", "208756", "301389", "EC1C5D")

# Of the host and of the programs beneath.
HOST = ("Linux", "net-snmp", ".NET", "Raspberry")


# ---- The real walk ------------------------------------------------------------------------------------------------------

def real_lines():
    """(name below mib-2, type, value) of the template, in its order."""
    lines = [line.rstrip("\n").split("|") for line in REAL.read_text(encoding="ascii").splitlines() if not line.startswith("#")]
    require(len(lines) > 150 and all(len(line) == 3 for line in lines), "cp343_walk.txt")
    return lines


def expected_lines(walked, port):
    """The template with the device's own addresses, and with the rows that it has now."""
    names = [name for name, _, _ in walked]
    rows = {"{neighbour}": [name.removeprefix("3.1.1.1.1.0.") for name in names if name.startswith("3.1.1.1.1.0.")],
            "{connection}": [name.removeprefix("6.13.1.1.") for name in names if name.startswith("6.13.1.1.")]}
    fixed = {"{own}": OWN, "{mask}": MASK, "{subnet}": SUBNET, "{gateway}": GATEWAY, "{port}": str(port)}
    lines = []
    for name, kind, value in real_lines():
        for place in rows:
            if place in name:
                lines += [(name.replace(place, row), kind, value.replace(place, row)) for row in rows[place]]
                break
        else:
            lines.append((name, kind, value))
    for place, text in fixed.items():
        lines = [(name.replace(place, text), kind, value.replace(place, text)) for name, kind, value in lines]
    return lines, rows


def snmpwalk(agent, version="1", start=".1"):
    """(name, type, value) of every line that net-snmp's snmpwalk prints, in its order; names below mib-2 without their beginning."""
    code, said = net_snmp("snmpwalk", f"-v{version}", "-c", "public", f"127.0.0.1:{agent.snmp_port}", start)
    require(code == 0, f"snmpwalk: exit code {code}: {said[-300:]}")
    lines = []
    for line in said.splitlines():
        if line in ("End of MIB", "") or "No more variables left" in line:
            continue
        found = re.fullmatch(r"\.([0-9.]+) = (?:([A-Za-z0-9-]+): ?(.*)|\"\")", line)
        require(found, f"snmpwalk printed {line!r}")
        name, kind, value = found.group(1), found.group(2) or "STRING", found.group(3) or ""
        value = value.strip('"').removeprefix(".") if kind != "Hex-STRING" else value
        value = re.sub(r"^\((\d+)\) .*", r"\1", value) if kind == "Timeticks" else value
        lines.append((name.removeprefix(f"{MIB2}."), {"Hex-STRING": "STRING"}.get(kind, kind), value))
    return lines


def differences(walked, agent):
    expected, rows = expected_lines(walked, agent.snmp_port)
    wrong = []
    for number in range(max(len(walked), len(expected))):
        have = walked[number] if number < len(walked) else ("nothing", "", "")
        want = expected[number] if number < len(expected) else ("nothing", "", "")
        if have[:2] != want[:2]:
            wrong.append(f"line {number + 1} is {have[0]} {have[1]}, the real one has {want[0]} {want[1]}")
            break  # Everything behind would be off by as much.
        if not want[2].startswith("~") and have[2] != want[2]:
            wrong.append(f"{have[0]} is {have[2]!r}, the real one says {want[2]!r}")
    return wrong, rows


def check_the_walk_is_the_real_modules_line_by_line():
    with Agent(*PLACE, profile="s7-300-cp343") as agent, agent.connect() as modbus:
        walked = snmpwalk(agent)
        wrong, rows = differences(walked, agent)
        require(not wrong, f"{len(wrong)} lines: " + "; ".join(wrong[:12]))
        # The rows themselves: the gateway is a neighbour, a listener stands in state 2 on the module's own address, the visitor in state 5.
        values = {name: value for name, _, value in walked}
        require(GATEWAY in rows["{neighbour}"] and len(rows["{neighbour}"]) <= 3, f"neighbours {rows['{neighbour}']}")
        listeners = [row for row in rows["{connection}"] if row.endswith(".0.0.0.0.0")]
        require(listeners and all(row.startswith(f"{OWN}.") and values[f"6.13.1.1.{row}"] == "2" for row in listeners), f"listeners {listeners}")
        require(all(values[f"6.13.1.1.{row}"] == "5" for row in rows["{connection}"] if row not in listeners), "connections are in state 5")
        require(any(row.endswith(f".127.0.0.1.{modbus.local_port}") for row in rows["{connection}"]), f"no row of a Modbus visitor: {rows['{connection}']}")
        require(rows["{connection}"] == sorted(rows["{connection}"], key=ber.parts), "connections are in order")
        for row in rows["{connection}"]:
            parts = row.split(".")
            told = [values[f"6.13.1.{column}.{row}"] for column in range(2, 6)]
            require(told == [".".join(parts[:4]), parts[4], ".".join(parts[5:9]), parts[9]], f"row {row} says {told}")
        count = sum(1 for _, _, value in real_lines() if value.startswith("~"))
        return f"{len(walked)} lines, {count} of them the device's own"


def check_the_default_profile_has_the_same_objects():
    """s7-200: the groups, types and quirks of the family with another identity; v1 and v2c alike."""
    own = {"1.1.0", "2.2.1.2.1"}
    with Agent(*PLACE) as agent:
        for version in ("1", "2c"):
            walked = snmpwalk(agent, version)
            wrong = [each for each in differences(walked, agent)[0] if each.split()[0] not in own]
            require(not wrong, f"v{version}, {len(wrong)} lines: " + "; ".join(wrong[:12]))
    return f"{len(walked)} lines"


def check_snmpbulkwalk_and_snmpwalk_agree():
    with Agent(*PLACE) as agent:
        walked = snmpwalk(agent, "2c")
        code, said = net_snmp("snmpbulkwalk", "-v2c", "-c", "public", f"127.0.0.1:{agent.snmp_port}", ".1")
        names = [name.removeprefix(f"{MIB2}.") for name in re.findall(r"^\.([0-9.]+) = (?!No more)", said, re.MULTILINE)]
        require(code == 0 and names == [name for name, _, _ in walked], f"{len(names)} and {len(walked)} lines")


# ---- Identity -------------------------------------------------------------------------------------------------------------

def check_the_default_identity():
    with Agent() as agent, agent.reader() as visitor:
        descr = visitor.get(SYS_DESCR).decode("latin-1")
        require(re.fullmatch(r"Siemens, SIMATIC NET, CP 443-1, 6GK7 443-1EX20-0XE0, HW: Version 3, FW: Version V2\.1\.2, VP[A-Z]\d{7}", descr), descr)
        reply = visitor.ask(ber.GET, SYS_OBJECT_ID)
        require(reply.only.raw == b"\x00" and bytes.fromhex("060100") in reply.data, f"sysObjectID is {reply.only.raw.hex()}: genuine modules say 06 01 00")
        require(visitor.get(SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES) == [b"", b"", b"", 72], f"{visitor.get(SYS_CONTACT, SYS_NAME, SYS_LOCATION)}")
        return descr


def check_conpot_2013_is_the_first_conpot():
    with Agent(profile="conpot-2013") as agent:
        for version in (ber.V1, ber.V2C):
            with agent.visitor(version) as visitor:
                said = visitor.get(SYS_DESCR, SYS_CONTACT, SYS_NAME, SYS_LOCATION, SYS_SERVICES, SYS_OBJECT_ID)
                require(said == [b"Siemens, SIMATIC, S7-200", b"Siemens AG", b"CP 443-1 EX40", b" ", 72, (0, 0)], f"{said}")


def texts_of(found):
    """Everything that a walk says, as one text: strings as they are, numbers and names in dots, hardware addresses in hexadecimal."""
    words = []
    for each in found:
        words += [each.dotted, each.raw.hex()]
        if each.tag in (ber.OCTETS, ber.OPAQUE):
            words.append(each.raw.decode("latin-1"))
        else:
            words.append(".".join(map(str, each.value)) if isinstance(each.value, tuple) else str(each.value))
    return "\n".join(words)


def check_no_tell_of_a_conpot_is_in_the_default_walk():
    """v2c is allowed there: the owner's choice, although detectors look for it."""
    with Agent() as agent, agent.reader() as visitor:
        walked = visitor.walk()
        said = texts_of(walked)
        require(len(walked) > 150, f"{len(walked)} objects")
        require(not within((*TEMPLATES, *HOST), said), within((*TEMPLATES, *HOST), said))


def check_nothing_of_the_host_is_in_a_walk():
    if EMULATED:
        raise Skipped("the same code as on the machine's own kind")
    secrets = {socket.gethostname(), os.uname().release, os.uname().version, os.uname().nodename, f"pid {os.getpid()}"}
    macs, addresses = set(), set()
    for interface in os.listdir("/sys/class/net"):
        mac = pathlib.Path(f"/sys/class/net/{interface}/address").read_text(encoding="ascii").strip().replace(":", "")
        macs |= {mac} if mac.strip("0") else set()
    for _, _, _, _, address in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET) if resolves() else []:
        addresses.add(address[0])
    if shutil.which("ip"):
        told = subprocess.run(["ip", "-4", "-o", "address"], capture_output=True, text=True, timeout=10, check=False).stdout
        addresses |= set(re.findall(r"inet ([0-9.]+)", told))
    addresses = {address for address in addresses if not address.startswith("127.")}
    for profile in ("s7-200", "s7-300-cp343", "conpot-2013"):
        with Agent(profile=profile) as agent, agent.reader() as visitor:
            found = visitor.walk()
            said = texts_of(found)
            require(len(found) > 5, f"{len(found)} objects")
            leaked = [secret for secret in secrets if len(secret) > 3 and secret in said] + [mac for mac in macs if mac in said]
            leaked += [address for address in addresses if any(re.search(rf"(?<![0-9.]){re.escape(address)}(?![0-9])", line) for line in said.split("\n"))]
            require(not leaked, f"{profile}: the walk says {leaked}")
            for each in found:
                require(not each.dotted.startswith(f"{MIB2}.2.2.1.2.2"), f"{profile}: a second interface: {each}")
    return f"{len(secrets) + len(macs) + len(addresses)} of the host's own"


def resolves():
    try:
        socket.gethostbyname(socket.gethostname())
        return True
    except OSError:
        return False


# ---- Seeds --------------------------------------------------------------------------------------------------------------

def own_of(seed):
    """What a device with this seed says of itself."""
    with Agent(f"plc.seed={seed}") as agent, agent.reader() as visitor:
        mac = visitor.get(IF_PHYS_ADDRESS)
        require(len(mac) == 6 and mac.hex()[:6].upper() in SIEMENS, f"ifPhysAddress {mac.hex()} is not of Siemens")
        return visitor.get(SYS_DESCR).rsplit(b", ", 1)[1], mac


def check_two_devices_differ_and_one_stays_itself():
    first, second, again = own_of("a"), own_of("b"), own_of("a")
    require(first == again, f"the same seed: {first}, then {again}")
    require(first[0] != second[0] and first[1] != second[1], f"two seeds: {first} and {second}")
    require(first[0] not in (b"VPA0000000", b"VPA1234567"), f"{first}")
    return f"{first[0].decode()} {first[1].hex(':')}, {second[0].decode()} {second[1].hex(':')}"


def check_an_identity_without_a_seed_is_kept_over_restarts():
    with Agent() as agent:
        said = []
        for _ in range(2):
            with agent.reader() as visitor:
                said.append((visitor.get(SYS_DESCR), visitor.get(IF_PHYS_ADDRESS)))
            agent.stop()
            agent.start()
        require(said[0] == said[1], f"{said}")


if __name__ == "__main__":
    try:
        real_lines()
    except Failed as why:
        sys.exit(f"FAIL {why}")
    sys.exit(run_checks(globals()))
