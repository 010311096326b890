"""raspi3b: the card in its SD slot, the card's own device tree, Ethernet over USB. What virt cannot show of a Pi 3."""

import wires
from board import Board
from card import Card
from checks import require
from evidence import SYS_DESCR, memory_in_use, snmp_get


def run(report, image):
    with Card(image, 512) as card, Board(card, kind="raspi3b") as board:
        def it_boots_and_no_unit_has_failed():
            failed = board.run("systemctl --failed --no-legend --plain")[1].strip()
            require(not failed, failed)
            return f"first answer after {board.first_answer:.0f} s, {board.first_answer_cost:.0f} s of processor time"

        def it_is_a_pi_and_does_not_say_so():
            require("Raspberry Pi 3" in board.sh("cat /proc/device-tree/model"), "another board")
            mac = board.sh("cat /sys/class/net/eth0/address").strip()
            require(not mac.startswith(("b8:27:eb", "dc:a6:32", "e4:5f:01")), mac)
            require(snmp_get(board.udp_port(161), SYS_DESCR).startswith("Siemens"), "SNMP")
            return mac

        def the_data_partition_is_on_the_card():
            require(board.sh("findmnt -n -o SOURCE /data").strip() == "/dev/mmcblk0p4", "it is not")

        def memory_is_within_the_goal():
            return memory_in_use(board)

        for check in (it_boots_and_no_unit_has_failed, it_is_a_pi_and_does_not_say_so, the_data_partition_is_on_the_card, memory_is_within_the_goal):
            report.run(f"raspi3b: {check.__name__}", check)
        board.power_cut()
    wires.run(report, image, "raspi3b")
