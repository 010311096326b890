"""The booted image on a cable: nmap says Siemens, and the whole boot is captured: DHCP as the device asks, no mDNS, LLMNR, IPv6 or anything else that gives it away.

A tap device in the test's own network namespace is the plant; a DHCP server of a few lines is in it."""

import ctypes
import fcntl
import os
import re
import socket
import struct
import subprocess
import threading
import time

from board import Board
from card import Card
from checks import Failed, require
from evidence import snmp_mac
from programs import needed, nmap_os, run as run_program

TAP, HERE, DEVICE = "plant0", "192.168.10.1", "192.168.10.20"
# Requested by the device's own class of firmware: mask, router, name servers at most (image/README.md); host name and vendor class are none.
TELLTALE_OPTIONS = {12: "host name", 60: "vendor class", 81: "FQDN", 77: "user class", 124: "vendor", 125: "vendor"}


class Lease(threading.Thread):
    """A DHCP server for one address (RFC 2131), which keeps the options of every request."""

    def __init__(self):
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, TAP.encode())
        self._socket.bind(("0.0.0.0", 67))
        self.requests = []

    def run(self):
        while True:
            data = self._socket.recv(2048)
            options, rest = {}, data[240:]
            while rest and rest[0] != 255:
                if rest[0] == 0:
                    rest = rest[1:]
                    continue
                options[rest[0]], rest = rest[2:2 + rest[1]], rest[2 + rest[1]:]
            self.requests.append(options)
            kind = {1: 2, 3: 5}.get(options.get(53, b"\0")[0])
            if kind is None:
                continue
            here = socket.inet_aton(HERE)
            reply = struct.pack(">BBBB4sHH4s4s4s4s16s", 2, 1, 6, 0, data[4:8], 0, 0x8000, bytes(4), socket.inet_aton(DEVICE), here, bytes(4), data[28:44])
            reply += bytes(192) + bytes.fromhex("63825363") + bytes([53, 1, kind, 54, 4]) + here + bytes([51, 4]) + struct.pack(">I", 3600)
            reply += bytes([1, 4, 255, 255, 255, 0, 3, 4]) + here + b"\xff"
            self._socket.sendto(reply + bytes(max(0, 300 - len(reply))), ("255.255.255.255", 68))


def plant():
    """A network namespace of this part's own, with the tap in it; this thread's children are in it as well."""
    if ctypes.CDLL(None, use_errno=True).unshare(0x40000000) != 0:  # CLONE_NEWNET
        raise Failed("no network namespace can be made; run as root")
    for words in ("link set lo up", f"tuntap add dev {TAP} mode tap", f"address add {HERE}/24 dev {TAP}", f"link set {TAP} up"):
        code, said = run_program(["ip", *words.split()], 10)
        require(code == 0, f"ip {words}: {said}")
    with open(f"/proc/sys/net/ipv6/conf/{TAP}/disable_ipv6", "w", encoding="ascii") as own:
        own.write("1")


def run(report, image):
    with Card(image, 512) as card:
        plant()
        lease = Lease()
        lease.start()
        capture = os.path.join(card.directory, "boot.pcapng")
        sniffer = subprocess.Popen([needed("tshark"), "-q", "-i", TAP, "-w", capture], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in sniffer.stderr:
            if "Capture started" in line:
                break
        threading.Thread(target=sniffer.stderr.read, daemon=True).start()
        try:
            with Board(card, network=f"tap,id=net,ifname={TAP},script=no,downscript=no", address=DEVICE) as board:
                time.sleep(20)  # What a machine says once it has its address.
                mac = board.sh("cat /sys/class/net/eth0/address").strip()
                boot_ends = time.time()
                report.run("network: nmap_says_siemens", nmap_says_siemens)
                report.run("network: nothing_is_filtered", nothing_is_filtered)
                report.run("network: snmp_shows_the_mac_of_the_wire", lambda: require(snmp_mac(161, DEVICE).lower() == mac, "another"))
        finally:
            time.sleep(1)
            sniffer.terminate()
            sniffer.wait(20)
        report.run("network: dhcp_asks_as_the_device", lambda: dhcp_asks_as_the_device(lease))
        report.run("network: the_boot_says_nothing_else", lambda: the_boot_says_nothing_else(capture, mac, boot_ends))


def nmap_says_siemens():
    """The exact match, where the ranges of the initial sequence numbers are met; else Siemens is the nearest that nmap knows, and no other maker."""
    said = ""
    for _ in range(4):
        said = nmap_os(DEVICE, 120)
        if match := re.search(r"^OS details: .*Siemens.*$", said, re.MULTILINE):
            return match[0][:100]
    match = re.search(r"^(?:Running|Aggressive OS guesses)[^:]*: Siemens.*$", said, re.MULTILINE)
    require(match, said[-1500:])
    return match[0][:100]


def nothing_is_filtered():
    code, said = run_program([needed("nmap"), "-n", "-Pn", "-sS", "-p", "1-1024", "-oG", "-", DEVICE], 240)
    require(code == 0, said[-300:])
    opened = sorted(int(port) for port in re.findall(r"(\d+)/open/", said))
    require(opened == [80, 102, 502] and "closed (1021)" in said, said[-300:])


def dhcp_asks_as_the_device(lease):
    require(lease.requests, "nobody asked for an address")
    for options in lease.requests:
        told = {name for number, name in TELLTALE_OPTIONS.items() if number in options}
        require(not told, f"it tells {', '.join(sorted(told))}: {options}")
        require(options.get(61, b"\x01")[0] == 1, f"its client identifier is no hardware address: {options[61].hex()}")
    return f"options {sorted(lease.requests[0])}, asked for {list(lease.requests[0].get(55, b''))}"


def the_boot_says_nothing_else(capture, mac, until):
    """Of frames that the machine sent of itself: ARP, DHCP and answers; nothing by IPv6, nothing to a multicast address."""
    def frames(condition):
        code, said = run_program([needed("tshark"), "-n", "-r", capture, "-Y", f"eth.src == {mac} && ({condition})"], 60)
        require(code == 0, said[-300:])
        return [line for line in said.splitlines() if re.match(r"\s*\d+ ", line)]

    require(frames("arp"), "the capture has not even its ARP")
    loud = frames("ipv6 || mdns || llmnr || igmp || lldp || ntp || dns || nbns || ip.dst == 224.0.0.0/4 || ssdp")
    require(not loud, "\n".join(loud[:10]))
    code, said = run_program([needed("tshark"), "-n", "-r", capture, "-T", "fields", "-e", "eth.src", "-Y", "dhcp && !(ip.src == %s)" % HERE], 60)
    senders = set(said.split()) & {word for word in said.split() if re.fullmatch(r"[0-9a-f:]{17}", word)}
    require(senders == {mac}, f"DHCP came from {senders}, the device is {mac}")
    code, said = run_program([needed("tshark"), "-n", "-r", capture, "-T", "fields", "-e", "eth.src"], 60)
    others = {word for word in said.split() if re.fullmatch(r"[0-9a-f:]{17}", word)} - {mac}
    code, own = run_program(["ip", "-o", "link", "show", TAP], 10)
    others -= set(re.findall(r"link/ether (\S+)", own))
    require(not others, f"frames with the board's own hardware address: {others}")
    return f"{len(frames('eth'))} frames"
