"""The image as it is shipped, then with settings of a person's, then with broken ones: three boots with a power cut before each but the first.

    essentials.py IMAGE     needs qemu-system-arm mtools mbpoll snmp curl iproute2; no root, no network"""

import os
import re
import sys
import time

import modbus
import ports_on_paper
import slots_on_paper
from board import SINK, STRANGER, Board
from card import ERRORS, SETTINGS, Card
from checks import Report, require
from evidence import SYS_DESCR, Collector, events, mbpoll, memory_in_use, page, require_no_gap, snmp_get, snmp_mac
from journal import field
from s7comm_control import Client

# QEMU's emulation on two shared cores; the goal on a quiet machine is 35 (image/README.md).
FIRST_ANSWER_SECONDS = int(os.environ.get("CONPOT_PI_FIRST_ANSWER", "120"))
EXPOSURE = 1.5
SERVED = {"tcp 0.0.0.0:502", "tcp 0.0.0.0:102", "tcp 0.0.0.0:80", "udp 0.0.0.0:161"}
# The lease, and the device's answers to protocols that it does not have: raw, and the DHCP client's.
BESIDES = {"udp:68", "raw:17", "raw:255"}
# What doctor says of a machine as it is shipped: no time server, no collector, nothing wired.
SHIPPED_WARNINGS = {"appliance", "clock", "sinks"}
MARK = 4711


def settings(sink):
    return f"""name = "pump-house-3"
[modbus]
port = 1502
[[syslog]]
name = "desk"
server = "tcp://{sink}:5514"
from = "beginning"
"""


class Shipped:
    """Everything that holds on the first boot of an untouched card."""

    def __init__(self, board):
        self.board = board

    def check_first_answer(self):
        took, used = self.board.first_answer, self.board.first_answer_cost
        require(min(took, used) <= FIRST_ANSWER_SECONDS, f"the first Modbus answer came after {took:.0f} s, {used:.0f} s of processor time; {FIRST_ANSWER_SECONDS} are allowed")
        return f"{took:.1f} s after power on, {used:.1f} s of processor time"

    def check_no_unit_has_failed(self):
        # Modbus answers before the last unit is up: what stands below asks a machine that has come up.
        until = time.monotonic() + 120
        while (state := self.board.run("systemctl is-system-running")[1].strip()) == "starting" and time.monotonic() < until:
            time.sleep(2)
        failed = self.board.run("systemctl --failed --no-legend --plain")[1].strip()
        require(state == "running" and not failed, f"{state}: {failed}")

    def check_no_ordering_cycle_and_no_error_is_in_the_log(self):
        said = self.board.sh("journalctl -b --no-pager -o short", 60)
        require("ordering cycle" not in said.lower(), re.findall(r".*ordering cycle.*", said, re.IGNORECASE)[:3])
        errors = self.board.sh("journalctl -b --no-pager -p 3 -o cat", 60).strip()
        require(not errors, errors[-500:])

    def check_mbpoll_reads_and_writes(self):
        port = self.board.port(502)
        mbpoll(port, "-t", "4", "-r", "201", values=(MARK,))
        require(str(MARK) in mbpoll(port, "-t", "4", "-r", "201"), "the register does not hold what was written")

    def check_snmpget_answers(self):
        said = snmp_get(self.board.udp_port(161), SYS_DESCR)
        require(said.startswith("Siemens, SIMATIC NET"), said)
        return said[-20:]

    def check_s7comm_answers(self):
        with Client(self.board.port(102)) as client:
            require(client.pdu > 0, "no PDU size")
            return f"PDU of {client.pdu} bytes"

    def check_the_page_answers(self):
        said = page(self.board.port(80))
        require(said.startswith("HTTP/1.") and " 200 " in said.split("\n")[0] and "<html" in said.lower(), said[:300])

    def check_the_root_cannot_be_written(self):
        for place in ("/", "/usr", "/etc", "/boot/firmware"):
            code, said = self.board.run(f"touch {place}/x")
            require(code != 0 and "Read-only" in said, f"{place}: {said or 'was written'}")

    def check_the_data_partition_has_grown_to_the_cards_end(self):
        source, size = self.board.sh("findmnt -nrb -o SOURCE,SIZE /data").split()
        start, _ = self.board.card.partition(4)
        card = self.board.card.megabytes << 20
        require(int(size) > 0.85 * (card - start), f"{source} has {int(size) >> 20} MiB of {(card - start) >> 20}")
        require(self.board.sh("findmnt -n -o FSROOT /var/lib/conpot-pi").strip() == "/sensor", "the state is not on the data partition")
        return f"{int(size) >> 20} MiB"

    def check_nothing_listens_but_what_is_served(self):
        found = set()
        for line in self.board.sh("ss -Hlntu").splitlines():
            kind, _, _, _, local, *_ = line.split()
            found.add(f"{kind} {local}")
        others = {f"raw:{line.split()[3].rsplit(':', 1)[1]}" for line in self.board.sh("ss -Hlwn").splitlines() if line.split()}
        others |= {"udp:68" for each in found if each.startswith("udp ") and each.endswith(":68")}
        found = {each for each in found if not each.endswith(":68")}
        require(found == SERVED, f"more or less than the device's: {sorted(found ^ SERVED)}")
        require(others <= BESIDES, f"{others - BESIDES}")

    def check_there_is_no_ipv6(self):
        require(not self.board.run("cat /proc/net/if_inet6 2>/dev/null")[1].strip(), "there is an IPv6 address")
        require(not self.board.run("ss -Hlntu6; ss -Hlwn6")[1].strip(), "an IPv6 socket listens")

    def check_the_mac_is_siemens_and_the_one_in_snmp(self):
        here = self.board.sh("cat /sys/class/net/eth0/address").strip().upper()
        there = snmp_mac(self.board.udp_port(161))
        require(here == there, f"{here} on the wire, {there} in SNMP")
        require(here[:8] in SIEMENS, f"{here} is not one of Siemens'")
        return here

    def check_doctor_has_nothing_to_say_that_is_not_so(self):
        code, said = self.board.run("conpot-pi doctor", 60)
        warned = set(re.findall(r"^(?:warn|FAIL)\s+(\S+)", said, re.MULTILINE))
        require(warned <= SHIPPED_WARNINGS, f"exit code {code}: {said}")
        # What else 'appliance' could say is trouble.
        require("appliance" not in warned or "no time server is set" in said, said)
        return ", ".join(sorted(warned)) or "clean"

    def check_nobody_has_loaded_wifi(self):
        loaded = {line.split()[0] for line in self.board.sh("cat /proc/modules").splitlines()}
        require("virtio_net" in loaded and "cfg80211" not in loaded, f"{sorted(loaded)}")

    def check_a_screen_shows_how_it_is(self):
        until = time.monotonic() + 60  # It is drawn anew every few seconds, of the machine's.
        while True:
            shown = self.board.sh("fold -w 80 /dev/vcs1")
            missing = [text for text in ("name ", "eth0  10.0.2.", "modbus 502", "last alert") if text not in shown]
            if not missing or time.monotonic() > until:
                break
            time.sleep(1)
        console = self.board.run("systemctl is-active conpot-pi-console")[1].strip()
        require(not missing and console == "active", f"no {missing} on it: {shown}; the console is {console}")

    def check_no_date_is_claimed_before_the_clock_is_set(self):
        # No time server is in the shipped settings, and the unit's sandbox lets the sensor ask the kernel nothing.
        every, marked = (int(line) for line in self.board.sh("cd /var/lib/conpot-pi/journal && cat *.jsonl | wc -l && cat *.jsonl | grep -c '\"unsynchronised\":'").split())
        require(every == marked > 0, f"{marked} of {every} events are marked")

    def check_exposure(self):
        said = self.board.sh("systemd-analyze security conpot-pi --no-pager", 60)
        score = float(re.search(r"exposure level for conpot-pi\.service: ([0-9.]+)", said)[1])
        require(score <= EXPOSURE, f"{score}; {EXPOSURE} is allowed")
        return str(score)

    def check_memory(self):
        return memory_in_use(self.board)

    def check_nobody_can_log_in(self):
        shadow = self.board.sh("cut -d: -f1,2 /etc/shadow").split()
        require(all(line.split(":")[1][:1] in "*!" for line in shadow), f"{shadow}")
        require(self.board.run("systemctl is-active ssh getty@tty1")[1].split() == ["inactive", "inactive"], "somebody waits for a login")


# IEEE's list: Siemens AG, Siemens AG A&D ET and Siemens Numerical Control as their modules have them.
SIEMENS = ("00:0E:8C", "00:1B:1B", "00:1C:06", "08:00:06", "28:63:36", "E0:DC:A0", "AC:64:17")


def shipped(report, card):
    """First boot; returns what the later ones are to remember."""
    with Board(card) as board:
        checks = Shipped(board)
        for name in [name for name in vars(Shipped) if name.startswith("check_")]:  # in the order written
            report.run(f"as shipped: {name[6:]}", getattr(checks, name))
        with board.modbus() as client:
            client.ask(modbus.write_register(300, MARK))
        seed = board.run("cat /var/lib/conpot-pi/seed")[1]
        time.sleep(8)  # [journal] sync = "5s": what is older than that is on the card.
        board.power_cut()
    return seed


def edited(report, card, seed):
    """A person's settings: other port, name and a collector. The journal of before the cut is there."""
    with Collector() as sink, Collector() as stranger:
        card.settings(settings(SINK))
        worlds = [(SINK, 5514, sink.port), (STRANGER, 5514, stranger.port), (SINK, 5515, stranger.port)]
        with Board(card, modbus_port=1502, worlds=worlds) as board:
            def the_device_is_another():
                require(board.sh("conpot-pi status", 30).startswith("pump-house-3:"), "status has another name")
                require(card.read(ERRORS) is None, "an error file stands beside good settings")
                try:
                    with board.modbus(5, 502) as client:
                        client.ask(modbus.read(modbus.READ_INPUTS, 0, 1))
                except (ConnectionError, TimeoutError):
                    return f"first answer after {board.first_answer:.1f} s"
                require(False, "port 502 still answers")

            def identity_and_journal_are_those_of_before():
                require(board.sh("cat /var/lib/conpot-pi/seed") == seed and seed, "another seed")
                found = events(board)
                last = require_no_gap(found)
                writes = [event for event in found if field(event, "event.action") == "modbus.write"]
                require(len(writes) >= 2, f"{len(writes)} writes of before the cut are in it")
                return f"{len(found)} events, last sequence {last}"

            def the_collector_is_told():
                sink.wait("pump-house-3", 60)
                sink.wait("modbus.write", 60)

            def nobody_else_can_be_reached():
                for address, port in ((STRANGER, 5514), (SINK, 5515)):
                    for user in ("", "setpriv --reuid=900 --regid=900 --clear-groups "):
                        code, said = board.run(f"{user}timeout 5 bash -c 'echo x > /dev/tcp/{address}/{port}'", 20)
                        require(code != 0, f"{address}:{port} was reached as {user or 'root'}: {said}")
                require(stranger.visits == 0, f"{stranger.visits} connections to where none may go")

            for check in (the_device_is_another, identity_and_journal_are_those_of_before, the_collector_is_told, nobody_else_can_be_reached):
                report.run(f"settings edited on the card: {check.__name__}", check)
            board.power_cut()


def broken(report, card):
    """A settings file with mistakes: the last good ones go on, the mistakes stand beside the file."""
    good = card.read(SETTINGS)
    card.settings('name = "pump-house-3"\n[modbus]\nprot = 1503\n')
    with Board(card, modbus_port=1502) as board:
        def the_last_good_settings_go_on():
            require(board.sh("conpot-pi status", 30).startswith("pump-house-3:"), "status has another name")
            said = board.sh("cat /boot/firmware/" + ERRORS)
            require("prot" in said, said)
            require("ro," in board.sh("findmnt -n -o OPTIONS /boot/firmware"), "the boot partition was left writable")
            failed = board.run("systemctl --failed --no-legend --plain")[1].strip()
            require(not failed, failed)

        report.run("broken settings: the_last_good_settings_go_on", the_last_good_settings_go_on)
        board.power_cut()

    def the_mistake_stands_beside_the_file():
        said = card.read(ERRORS)
        require(said, f"there is no {ERRORS} on the card")
        require(b":3:" in said and b"prot" in said and b"port" in said, said.decode(errors="replace"))
        require(card.read(SETTINGS).count(b"prot"), "the person's own file was changed")
        return said.decode(errors="replace").strip().splitlines()[0][:120]

    report.run("broken settings: the_mistake_stands_beside_the_file", the_mistake_stands_beside_the_file)
    card.write(SETTINGS, good)


def run(report, image):
    slots_on_paper.run(report)
    ports_on_paper.run(report)
    with Card(image, 1024) as card:
        seed = shipped(report, card)
        edited(report, card, seed)
        broken(report, card)


if __name__ == "__main__":
    outcome = Report()
    outcome.run("essentials: to its end", lambda: run(outcome, sys.argv[1]))
    sys.exit(outcome.end())
