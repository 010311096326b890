"""Twenty power cuts in the middle of load: it comes up every time, and the journal is whole.

QEMU is killed: what it had written to the card is there, what the machine had not written is lost, as on a card whose own cache is honest."""

import os
import random
import threading
import time

import modbus
from board import Board
from card import Card
from checks import require
from evidence import events, require_no_gap
from journal import field

ROUNDS = int(os.environ.get("CONPOT_PI_CUTS", "20"))
# [journal] sync = "5s", and as much again for an emulated machine: what was answered before that must be on the card.
SYNC_SECONDS = 12
REGISTER, VISITORS = 400, 3


class Load(threading.Thread):
    """A visitor that writes ascending values until the plug is pulled, and knows when each was answered."""

    def __init__(self, board, number, start):
        super().__init__(daemon=True)
        self._board, self._register, self._value = board, REGISTER + number, start
        self.answered = []

    def run(self):
        try:
            with self._board.modbus(60) as client:
                while self._value < 0xFFFF:
                    request = modbus.write_register(self._register, self._value)
                    if client.ask(request) == request:
                        self.answered.append((time.monotonic(), self._value))
                    self._value += 1
        except OSError:
            pass


def run(report, image):
    dice = random.Random(2013)
    state = {"last": 0, "value": 1, "answered": 0, "slowest": 0}
    with Card(image, 512) as card:
        board = Board(card)
        try:
            board.start()
            for number in range(1, ROUNDS + 1):
                report.run(f"cuts: {number} of {ROUNDS}", lambda: one(board, dice, state))
        finally:
            board.stop()


def one(board, dice, state):
    if board._process is None:  # The round before has failed.
        board.again()
    loads = [Load(board, number, state["value"]) for number in range(VISITORS)]
    for load in loads:
        load.start()
    until = time.monotonic() + 300  # A machine that has just come up on a busy one is slow.
    while not all(load.answered for load in loads):
        require(time.monotonic() < until, "the load is not answered")
        time.sleep(0.2)
    time.sleep(SYNC_SECONDS + dice.uniform(0.5, 8))
    cut = time.monotonic()
    board.power_cut()
    for load in loads:
        load.join(90)
    board.again()
    state["slowest"] = max(state["slowest"], board.first_answer)
    found = events(board, state["last"])
    last = require_no_gap(found)
    require(field(found[0], "event.sequence") <= state["last"] + 1, "the journal has lost its beginning")
    require(last > state["last"], f"the journal ends at {last}, before the cut it had {state['last']}")
    state["last"] = last
    said = {field(event, "conpot.request", "")[-10:] for event in found if field(event, "event.action") == "modbus.write"}
    must = {modbus.write_register(load._register, value).hex().upper()[-10:] for load in loads for when, value in load.answered if when < cut - SYNC_SECONDS}
    missing = sorted(must - {word.upper() for word in said})
    require(not missing, f"{len(missing)} of {len(must)} writes answered {SYNC_SECONDS} s before the cut are not in the journal: {missing[:5]}")
    failed = board.run("systemctl --failed --no-legend --plain")[1].strip()
    require(not failed, failed)
    state["value"] = max(load._value for load in loads) + 1
    state["answered"] += sum(len(load.answered) for load in loads)
    return f"first answer after {board.first_answer:.0f} s, {len(found)} events, {len(must)} writes looked for"
