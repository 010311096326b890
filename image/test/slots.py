"""Updates: the image is written to the other slot, runs on trial, and stays when it is healthy; a slot that is broken or does not come up is left again.

QEMU has no GPU firmware; card.py reads slot.txt in its place."""

import os
import subprocess
import time

from board import Board
from card import Card
from checks import Failed, require
from evidence import events, require_no_gap

SLOT, TRIAL, TROUBLE = "/run/conpot-pi-appliance/slot", "/run/conpot-pi-appliance/trial", "/run/conpot-pi-appliance/trouble"
CONFIRM_SECONDS = 300


def slot_of(board):
    return board.sh(f"cat {SLOT}").strip()


def await_kept(board):
    until = time.monotonic() + CONFIRM_SECONDS
    while board.run(f"test -e {TRIAL}")[0] == 0:
        require(time.monotonic() < until, "it is still on trial: " + board.run("journalctl -u conpot-pi-confirm --no-pager | tail -5")[1])
        time.sleep(3)


def run(report, image):
    with Card(image, 512) as card:
        packed = os.path.join(card.directory, "image.xz")
        with open(packed, "wb") as stream:
            subprocess.run(["xz", "-0", "-T0", "-c", image], stdout=stream, check=True)
        with open(packed, "ab") as stream:  # A drive is whole sectors; zeros behind a stream are padding (xz file format, 2.2).
            stream.write(bytes(-os.path.getsize(packed) % 512))
        updated = os.path.join(card.directory, "updated.raw")

        def an_update_is_written_to_the_other_slot():
            with Board(card, drive=packed) as board:
                require(slot_of(board) == "a", "it does not run slot a")
                began = time.monotonic()
                said = board.sh("NO_REBOOT=1 conpot-pi-update - < /dev/vdb", 200)
                took = time.monotonic() - began
                with board.modbus() as client:
                    require(client is not None, "it does not answer meanwhile")
                board.power_cut()
            require(card.slot() == "b" and b"trial=b left=2" in card.read("slots.sta"), f"{said}: {card.read('slots.sta')}")
            subprocess.run(["cp", "--sparse=always", card.path, updated], check=True)
            return f"{took:.0f} s"

        def a_healthy_slot_stays():
            with Board(card) as board:
                require(slot_of(board) == "b", "it does not run slot b")
                await_kept(board)
                require_no_gap(events(board))
                board.power_cut()
            require(card.slot() == "b" and b"trial=-" in card.read("slots.sta"), f"{card.read('slots.sta')}")

        def restore():
            subprocess.run(["cp", "--sparse=always", updated, card.path], check=True)

        def a_slot_that_never_gets_well_is_left():
            restore()
            for left in (1, 0):
                with Board(card) as board:
                    require(slot_of(board) == "b", "it does not run slot b")
                    board.power_cut()  # Before it was healthy for long enough.
                require(f"trial=b left={left}".encode() in card.read("slots.sta"), f"{card.read('slots.sta')}")
            require_left()

        def a_sick_slot_is_left_by_itself():
            """Nobody touches it: one start ends in a kernel's panic, the other has a sensor that never comes, for as long as conpot-pi-confirm waits."""
            restore()
            with Board(card) as board:
                require(slot_of(board) == "b", "it does not run slot b")
                board.sh("(sleep 10; echo c > /proc/sysrq-trigger) > /dev/null 2>&1 &")
                said = board.await_end(120)
            require("Kernel panic" in said, f"no panic: {said[-300:]}")
            require(b"trial=b left=1" in card.read("slots.sta"), f"{card.read('slots.sta')}")
            with Board(card, modbus_port=None, append="systemd.mask=conpot-pi.service") as board:
                said = board.await_end(600)
            require("Restarting system" in said, f"it ended and did not restart: {said[-300:]}")
            require(card.slot() == "b" and b"trial=b left=0" in card.read("slots.sta"), f"{card.read('slots.sta')}")
            require_left()

        def require_left():
            with Board(card, modbus_port=None) as board:
                board.await_end(240)
            require(card.slot() == "a", f"slot {card.slot()} is next")
            with Board(card) as board:
                require(slot_of(board) == "a", "it does not run slot a")
                require("slot b did not come up" in board.sh(f"cat {TROUBLE}"), "nothing is said of it")

        def a_slot_without_a_root_is_left():
            restore()
            card.wipe(3, 0, 1 << 20)
            with Board(card, modbus_port=None) as board:
                board.modbus_port = 502
                try:
                    board.await_modbus()
                except Failed:
                    board.await_end(1)  # It chose the other slot and starts again, which ends QEMU.
                    board.again()
                require(slot_of(board) == "a", "it does not run slot a")
                require("no sound root" in board.sh(f"cat {TROUBLE}") or "did not come up" in board.sh(f"cat {TROUBLE}"), "nothing is said of it")
                board.power_cut()
            require(card.slot() == "a", f"slot {card.slot()} is next")

        for check in (an_update_is_written_to_the_other_slot, a_healthy_slot_stays, a_slot_that_never_gets_well_is_left, a_sick_slot_is_left_by_itself,
                      a_slot_without_a_root_is_left):
            report.run(f"slots: {check.__name__}", check)
