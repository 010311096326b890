"""What an idle machine writes to its card in an hour, and one with a visitor a second; from /proc/diskstats."""

import os
import time

import modbus
from board import Board
from card import Card
from checks import Failed, require

SECONDS = int(os.environ.get("CONPOT_PI_IDLE", "300"))
IDLE_MB_PER_HOUR = 2


def sectors(board):
    """Sectors written to the card since power on (kernel documentation, iostats: the seventh number behind the name)."""
    for line in board.sh("cat /proc/diskstats").splitlines():
        words = line.split()
        if words[2] in ("vda", "mmcblk0"):
            return int(words[9])
    raise Failed("there is no card in /proc/diskstats")


def run(report, image):
    with Card(image, 512) as card, Board(card) as board:
        time.sleep(60)  # The first boot's own: seed, last good settings, superblock.

        def an_idle_machine_leaves_its_card_alone():
            before, began = sectors(board), time.monotonic()
            time.sleep(SECONDS)
            rate = (sectors(board) - before) * 512 * 3600 / (time.monotonic() - began)
            require(rate < IDLE_MB_PER_HOUR << 20, f"{rate / 1024:.0f} KiB an hour")
            return f"{rate / 1024:.0f} KiB an hour"

        def a_visitor_a_second_is_bearable():
            before, began = sectors(board), time.monotonic()
            while time.monotonic() - began < min(SECONDS, 120):
                with board.modbus() as client:
                    client.ask(modbus.read(modbus.READ_HOLDING, 0, 10))
                time.sleep(1)
            rate = (sectors(board) - before) * 512 * 3600 / (time.monotonic() - began)
            require(rate < 200 << 20, f"{rate / (1 << 20):.0f} MiB an hour")
            return f"{rate / (1 << 20):.0f} MiB an hour"

        for check in (an_idle_machine_leaves_its_card_alone, a_visitor_a_second_is_bearable):
            report.run(f"writes: {check.__name__}", check)
