"""The owner's way in: SSH on a second adapter with the key of the settings file and nothing else, none of it in the plant; an update over it, and one that
the plug ends."""

import os
import socket
import struct
import subprocess
import time

import modbus
from board import Board
from card import Card
from checks import Failed, require
from evidence import events, require_no_gap
from programs import needed
from slots import await_kept, slot_of

# Of an adapter that a person bought (locally administered, so that it is nobody's).
ADAPTER = "06:00:5e:00:53:01"


def settings(key):
    return f"""name = "pump-house-3"
[management]
interface = "eth1"
mac = "{ADAPTER}"
ssh_keys = ["{key}"]
"""


def run(report, image):
    with Card(image, 512) as card:
        owner, stranger = (_key(card.directory, name) for name in ("owner", "stranger"))
        with open(f"{owner}.pub", encoding="ascii") as public:
            card.settings(settings(public.read().strip()))

        def ssh(*command, key=owner, options=(), **how):
            words = ["ssh", "-F", "none", "-p", str(board.management_port(22)), "-i", key, "-o", "IdentitiesOnly=yes", "-o", "StrictHostKeyChecking=accept-new",
                     "-o", f"UserKnownHostsFile={card.directory}/known_hosts", "-o", "ConnectTimeout=60", "-o", "ServerAliveInterval=30", *options]
            return subprocess.Popen([needed(words[0]), *words[1:], "root@127.0.0.1", *command],
                                    **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True, **how})

        def ask(*command, **how):
            with ssh(*command, **how) as process:
                try:
                    said, _ = process.communicate(timeout=600)
                except subprocess.TimeoutExpired:
                    process.kill()
                    raise Failed(f"ssh {' '.join(command)}: no end") from None
                return process.returncode, said

        def when_it_listens():
            """The first word over SSH: the host key is made on the first boot, behind the first Modbus answer."""
            until = time.monotonic() + 300
            while board.run("systemctl is-active ssh")[0] != 0:
                require(time.monotonic() < until, "sshd does not run: " + board.run("systemctl status ssh --no-pager | tail -8; cat /run/conpot-pi-appliance/trouble")[1])
                time.sleep(2)

        def the_owner_gets_in():
            code, said = ask("conpot-pi", "status")
            require(code == 0 and "pump-house-3:" in said, f"exit code {code}: {said[-300:]}")
            require(board.sh("cat /sys/class/net/eth1/address").strip() == ADAPTER, "the adapter is not eth1")

        def nobody_else_does():
            for how in ({"key": stranger}, {"options": ("-o", "PubkeyAuthentication=no")}):
                code, said = ask("true", **how)
                require(code == 255 and "Permission denied (publickey)" in said, f"exit code {code}: {said[-300:]}")

        def the_plant_sees_no_ssh():
            require(_first_bytes(board.management_port(22)).startswith(b"SSH-2.0"), "no SSH even where it belongs")
            require(_first_bytes(board.port(22)) == b"", "port 22 answers in the plant")

        def management_sees_no_plc():
            require("inet " in board.sh("ip -4 -o address show dev eth1 scope global"), "the adapter has no address")
            request = struct.pack(">HHHB", 1, 0, 6, 1) + modbus.read(modbus.READ_INPUTS, 0, 1)
            require(_first_bytes(board.port(502), request), "no Modbus even where it belongs")
            require(_first_bytes(board.management_port(502), request) == b"", "Modbus answers on the management's interface")

        def the_events_are_read_over_it():
            code, said = ask("conpot-pi", "events", "--json")
            require(code == 0 and "modbus.read" in said, f"exit code {code}: {said[-300:]}")

        def a_plug_pulled_within_an_update_changes_nothing():
            with open(image_xz, "rb") as packed, ssh("conpot-pi-update", "-", stdin=packed) as process:
                first = process.stdout.readline()
                while "writing slot" not in first:
                    require(first, "conpot-pi-update ended")
                    first = process.stdout.readline()
                # Half of the root, as the slot's partition tells; a slot that was never written is zeros.
                start, size = card.partition(3)
                until = time.monotonic() + 300
                while not _written(card.path, start + (20 << 20)):
                    require(time.monotonic() < until and process.poll() is None, "nothing is written to slot b")
                    time.sleep(0.2)
                board.power_cut()
                process.kill()
            require(card.slot() == "a" and b"trial=-" in card.read("slots.sta"), f"{card.read('slots.sta')}")
            board.again()
            require(slot_of(board) == "a", "it does not run slot a")
            require_no_gap(events(board))

        def an_update_over_it_restarts_the_machine():
            when_it_listens()
            began = time.monotonic()
            with open(image_xz, "rb") as packed:
                code, said = ask("conpot-pi-update", "-", stdin=packed)
            require("starting it on trial" in said, f"exit code {code}: {said[-500:]}")
            took = time.monotonic() - began
            board.await_end(300)
            require(card.slot() == "b", f"slot {card.slot()} is next: {said}")
            return f"{took:.0f} s"

        def the_new_slot_is_reached_and_kept():
            board.again()
            require(slot_of(board) == "b", "it does not run slot b")
            await_kept(board)
            code, said = ask("conpot-pi", "status")  # With the same host key, or ssh would refuse.
            require(code == 0 and "pump-house-3:" in said, f"exit code {code}: {said[-300:]}")

        image_xz = os.path.join(card.directory, "image.xz")
        with open(image_xz, "wb") as stream:
            subprocess.run(["xz", "-0", "-T0", "-c", image], stdout=stream, check=True)
        with Board(card, adapter=ADAPTER, tcp=(502, 22)) as board:
            report.run("management: when_it_listens", when_it_listens)
            for check in (the_owner_gets_in, nobody_else_does, the_plant_sees_no_ssh, management_sees_no_plc, the_events_are_read_over_it,
                          a_plug_pulled_within_an_update_changes_nothing, an_update_over_it_restarts_the_machine, the_new_slot_is_reached_and_kept):
                report.run(f"management: {check.__name__}", check)


def _key(directory, name):
    path = os.path.join(directory, name)
    subprocess.run([needed("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], stdin=subprocess.DEVNULL, check=True)
    return path


def _first_bytes(port, request=b"SSH-2.0-visitor\r\n"):
    """What a server says first; nothing where nobody does (QEMU's network takes every connection, and lets go of it when the machine refuses)."""
    try:
        with socket.create_connection(("127.0.0.1", port), 20) as stream:
            stream.settimeout(20)
            stream.sendall(request)
            return stream.recv(64)
    except (ConnectionError, TimeoutError):
        return b""


def _written(path, offset):
    with open(path, "rb") as disk:
        disk.seek(offset)
        return any(disk.read(4096))
