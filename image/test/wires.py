"""Wires of the booted image: a pulled line shows as a discrete input, a written coil drives a line, STOP over S7comm lights the STOP lamp. The image
is the stock one: its kernel has no gpio-sim, so the lines are those of the boards that QEMU has (pins.py)."""

import modbus
from board import Board
from card import Card
from checks import Failed, require
from pins import Pins, await_value
from s7comm_control import START, STOP, Client

# virt's power button is line 3 of the PL061.
LINES = {"virt": (2, 4, 5, '[hardware]\ngpiochip = "9030000.pl061"\n'), "raspi3b": (17, 27, 22, "")}


def settings(kind):
    input_line, output_line, stop_line, chip = LINES[kind]
    return f'''[plc]
program = ""
{chip}[io]
"I0.0" = "gpio {input_line}"
"Q0.0" = "gpio {output_line}"
[panel]
stop = "gpio {stop_line}"
'''


def run(report, image, kind="virt"):
    input_line, output_line, stop_line, _ = LINES[kind]
    with Card(image, 512) as card:
        card.settings(settings(kind))
        with Board(card, kind=kind, qtest=True) as board:
            pins = Pins(board)

            def an_input_follows_its_wire():
                for up in (1, 0, 1, 0):
                    pins.pull(input_line, up)
                    await_value(lambda: ask(board, modbus.READ_INPUTS), up, "I0.0")

            def a_coil_drives_its_wire():
                for on in (1, 0, 1):
                    with board.modbus() as client:
                        client.ask(modbus.write_coil(0, on))
                    pins.await_level(output_line, on)

            def stop_over_s7comm_lights_the_lamp():
                require(pins.level(stop_line) == 0, "the STOP lamp is lit in RUN")
                with Client(board.port(102)) as client:
                    client.job(STOP)
                    pins.await_level(stop_line, 1)
                    pins.await_level(output_line, 0)  # [plc] stop_outputs = "off"
                    client.job(START)
                pins.await_level(stop_line, 0)

            def doctor_sees_the_wires():
                said = board.run("conpot-pi doctor", 60)[1]
                require("ok    inputs-outputs" in said, said)

            for check in (an_input_follows_its_wire, a_coil_drives_its_wire, stop_over_s7comm_lights_the_lamp, doctor_sees_the_wires):
                report.run(f"{kind} wires: {check.__name__}", check)


def ask(board, function):
    try:
        with board.modbus() as client:
            return modbus.bits(client.ask(modbus.read(function, 0, 1)), 1)[0]
    except (OSError, TimeoutError) as none:
        raise Failed(f"Modbus: {none}; {board.run('systemctl status conpot-pi --no-pager | tail -5')[1]}") from None
