"""Cards that are not well: a data partition without its superblock, one that cannot be written at all, a FAT without settings, a slot without a root."""

from board import Board
from card import SETTINGS, Card
from checks import require

TROUBLE = "/run/conpot-pi-appliance/trouble"
SUPERBLOCKS = 64 << 20


def healthy(board):
    failed = board.run("systemctl --failed --no-legend --plain")[1].strip()
    require(not failed, failed)


def run(report, image):
    with Card(image, 512) as card:
        with Board(card) as board:
            seed = board.sh("cat /var/lib/conpot-pi/seed")
            board.power_cut()

        def a_broken_superblock_is_repaired():
            card.wipe(4, 1024, 1024)
            with Board(card) as board:
                healthy(board)
                kept = board.sh("cat /var/lib/conpot-pi/seed") == seed
                told = board.run(f"cat {TROUBLE}")[1]
                require(kept or "anew" in told, f"another identity, and nothing is said: {told!r}")
                require(board.sh("findmnt -n -o SOURCE /data").strip().startswith("/dev/"), "it runs from RAM")
                return "repaired, identity kept" if kept else "made anew, said so"

        def a_wiped_partition_is_made_anew_and_said_so():
            card.wipe(4, 0, SUPERBLOCKS)
            with Board(card) as board:
                healthy(board)
                told = board.sh(f"cat {TROUBLE}")
                require("made anew" in told, told)
                doctor = board.run("conpot-pi doctor", 60)[1]
                require("anew" in doctor, f"doctor says nothing of it: {doctor}")
                require(board.sh("findmnt -n -o SOURCE /data").strip().startswith("/dev/"), "it runs from RAM")

        def a_wiped_settings_file_runs_on_the_defaults():
            card.wipe(4, 0, SUPERBLOCKS)
            card.settings("")
            with Board(card) as board:
                healthy(board)

        def a_card_without_a_data_partition_runs_from_ram():
            first, _ = card.partition(4)
            with open(card.path, "r+b") as disk:  # Past the end of the card: reads and writes fail.
                disk.seek(446 + 3 * 16)
                disk.write(bytes(16))
            with Board(card) as board:
                healthy(board)
                require("RAM" in board.sh(f"cat {TROUBLE}"), "nothing is said of it")
                require(board.sh("findmnt -n -o FSTYPE /data").strip() == "tmpfs", "/data is not in RAM")

        for check in (a_broken_superblock_is_repaired, a_wiped_partition_is_made_anew_and_said_so, a_wiped_settings_file_runs_on_the_defaults,
                      a_card_without_a_data_partition_runs_from_ram):
            report.run(f"damage: {check.__name__}", check)
