"""The front panel and the default program on the kernel's real character device: lamps, buttons, an edge storm, a chip that goes away.

One machine for all checks (plc_machine.py); single lines are in gpio.py.
"""

import json
import pathlib
import re
import sys
import threading

import modbus
from checks import Skipped, require
from plc_machine import COMMON, WIRE, run_checks_on
from programs import needed, run
from s7comm_control import START as START_ORDER, STOP as STOP_ORDER, Client

# By hand: START latches the pump, STOP and whatever trips it let it go. What is not wired is drawn as the profile has it.
CONFIG = COMMON + """
[io]
"I0.5" = "off"
"I1.3" = "gpio 17 pull-up active-low"
"I1.4" = "gpio 22 pull-up active-low"
"I0.4" = "gpio 4 pull-up active-low"
"I1.5" = "gpio 12 pull-up active-low"
"AIW0" = "constant 16000"
"Q0.0" = "gpio 26"
"Q0.2" = "gpio 27"
[panel]
run = "gpio 5"
stop = "gpio 6"
sf = "gpio 13"
activity = "gpio 19"
alert = "gpio 20"
acknowledge = "gpio 21 pull-up active-low"
"""
START, STOP, PROTECTION, ALARM_BUTTON = 17, 22, 4, 12
PUMP, ALARM_LAMP = 26, 27
RUN_LAMP, STOP_LAMP, SF_LAMP, ACTIVITY, ALERT, ALERT_BUTTON = 5, 6, 13, 19, 20, 21
HERE = pathlib.Path(__file__).resolve().parent


def press(plc, line, bit):
    """A button to ground: down until the image has it, and up again."""
    for up in (False, True):
        plc.pull(line, up)
        plc.await_value(f"the input at GPIO{line}", lambda u=up: plc.input(bit), int(not up))


def acknowledge(plc):
    """The panel's button, held until the lamp is out: it is no input that could be asked for."""
    plc.pull(ALERT_BUTTON, False)
    plc.await_value("the alert lamp, acknowledged", lambda: plc.level(ALERT), 0)
    plc.pull(ALERT_BUTTON, True)


def close_all(plc):
    """STOP and the motor protection are closed, to ground, when all is well; a line that is opened begins with the pull it is asked for."""
    plc.pull(STOP, False)
    plc.pull(PROTECTION, False)
    plc.await_value("STOP closed", lambda: plc.input(12), 1)
    plc.await_value("motor protection closed", lambda: plc.input(4), 1)
    press(plc, ALARM_BUTTON, 13)
    plc.await_value("the alarm lamp, acknowledged", lambda: plc.level(ALARM_LAMP), 0)


def start_pump(plc):
    press(plc, START, 11)
    plc.await_value("the pump after START", lambda: plc.level(PUMP), 1)


def check_start_latches_and_stop_lets_go(plc):
    close_all(plc)
    plc.await_value("the pump before START", lambda: plc.level(PUMP), 0)
    start_pump(plc)
    require(plc.coil(0) == 1, "the coil of the pump is not what its line is")
    plc.pull(STOP, True)
    plc.await_value("the pump after STOP", lambda: plc.level(PUMP), 0)
    plc.pull(STOP, False)
    plc.await_value("STOP closed again", lambda: plc.input(12), 1)
    require(plc.level(PUMP) == 0, "the pump starts by itself when STOP is let go")


def check_a_written_coil_takes_the_pump_from_the_latch(plc):
    """S and R act at an edge: an attacker's write stays, until somebody presses a button."""
    plc.write(0, True)
    plc.await_value("the pump, written on", lambda: plc.level(PUMP), 1)
    plc.write(0, False)
    plc.await_value("the pump, written off", lambda: plc.level(PUMP), 0)
    start_pump(plc)


def check_the_motor_protection_stops_the_pump_and_the_lamp_flashes(plc):
    if plc.level(PUMP) == 0:
        start_pump(plc)
    plc.pull(PROTECTION, True)
    plc.await_value("the pump after its protection opened", lambda: plc.level(PUMP), 0)
    for level in (1, 0, 1):
        plc.await_value("the alarm lamp, flashing", lambda: plc.level(ALARM_LAMP), level, 3)
    plc.write(0, True)
    plc.await_value("the pump, written on while it may not run", lambda: plc.level(PUMP), 0)
    plc.pull(PROTECTION, False)
    plc.await_value("motor protection closed", lambda: plc.input(4), 1)
    press(plc, ALARM_BUTTON, 13)
    plc.await_value("the alarm lamp, acknowledged", lambda: plc.level(ALARM_LAMP), 0)


def check_the_alert_lamp_is_on_from_a_write_until_acknowledged(plc):
    acknowledge(plc)  # The checks before this one wrote.
    plc.ask(modbus.read(modbus.READ_HOLDING, 0, 1))
    require(plc.level(ALERT) == 0, "a read lights the alert")
    for how in (lambda: acknowledge(plc), lambda: plc.machine.sh("conpot-pi io ack -c /tmp/plc.toml", 20)):
        plc.write(45, True)
        plc.await_value("the alert lamp after a write", lambda: plc.level(ALERT), 1)
        how()
        plc.await_value("the alert lamp, acknowledged", lambda: plc.level(ALERT), 0)
    events = [json.loads(line) for line in plc.machine.sh("cat /var/lib/journal/events-*.jsonl").splitlines()]
    by = [event["conpot"]["by"] for event in events if event["event"]["action"] == "sensor.acknowledged"]
    require(by[-2:] == ["button", "command"], f"acknowledged by {by}")
    require("there is no alert" in plc.machine.sh("conpot-pi io ack -c /tmp/plc.toml"), "an alert without a cause")


def check_a_STOP_over_S7comm_shows_on_the_lamps(plc):
    """What an attacker does first, as the man in front of the cabinet sees it: STOP lit, RUN dark, the outputs off, the alert lamp."""
    close_all(plc)
    start_pump(plc)
    with Client(plc.machine.port(102)) as client:
        require(client.job(STOP_ORDER)[6:] == bytes.fromhex("00010000000029"), "no STOP")
        plc.await_value("RUN, STOP and SF in STOP", lambda: plc.levels(RUN_LAMP, STOP_LAMP, SF_LAMP), [0, 1, 0])
        plc.await_value("the pump in STOP", lambda: plc.level(PUMP), 0)
        plc.await_value("the alert lamp", lambda: plc.level(ALERT), 1)
        require(client.job(START_ORDER)[12:] == b"\x28", "no start")
    plc.await_value("RUN, STOP and SF after the start", lambda: plc.levels(RUN_LAMP, STOP_LAMP, SF_LAMP), [1, 0, 0])
    acknowledge(plc)


def check_an_alert_outlives_a_power_cut(plc):
    plc.write(45, True)
    plc.await_value("the alert lamp after a write", lambda: plc.level(ALERT), 1)
    plc.await_value("the alert on the card", lambda: plc.machine.run("test -e /var/lib/alert")[0], 0)
    plc.stop("KILL")
    plc.start(CONFIG)
    plc.await_value("the alert lamp after a power cut", lambda: plc.level(ALERT), 1)
    acknowledge(plc)


def check_activity_flashes_for_a_visitor(plc):
    plc.trace(True)
    plc.ask(modbus.read(modbus.READ_HOLDING, 0, 1))
    plc.await_value("the activity lamp on and off in the kernel's trace", lambda: [value for line, value in plc.traced() if line == ACTIVITY][:2], [1, 0], 3)
    plc.trace(False)


def check_io_list_wiring_and_watch(plc):
    said = plc.machine.sh("conpot-pi io list", 20)
    require("pinctrl-bcm2711" in said and "28" in said, f"io list: {said[:400]}")
    said = plc.machine.sh("conpot-pi io wiring -c /tmp/plc.toml", 20)
    require(re.search(r"I1\.3.*GPIO17 11|GPIO17 11.*I1\.3", said) and re.search(r"37 .*|Q0\.0.*GPIO26", said), f"io wiring: {said}")
    close_all(plc)
    said = plc.machine.sh("conpot-pi io watch -c /tmp/plc.toml", 20)
    for line in (r"\(s7-200\): RUN", r"^  I1\.4 +1  .*GPIO22", r"^  I1\.3 +0  .*GPIO17", r"^  Q0\.0 +[01]  .*GPIO26", r"^  AIW0 +16000"):
        require(re.search(line, said, re.M), f"io watch has no line {line!r}: {said}")


def check_io_test_moves_a_line_against_the_program(plc):
    close_all(plc)
    code, said = plc.machine.run("conpot-pi io test Q0.2 -c /tmp/plc.toml", 20)
    require(code == 1 and "--while-running" in said, f"exit code {code}: {said}")
    plc.trace(True)
    plc.machine.sh("conpot-pi io test Q0.2 --while-running --times 2 -c /tmp/plc.toml", 30)
    moved = [value for line, value in plc.traced() if line == ALARM_LAMP]
    plc.trace(False)
    # A value is put out again in every scan; what counts is its changes.
    changes = [value for place, value in enumerate(moved) if place == 0 or value != moved[place - 1]]
    require("".join(map(str, changes)).count("10") >= 2, f"the line moved {changes}")


def check_an_edge_storm_of_10_kilohertz_is_bounded(plc):
    """Nothing but states in between is lost, and a visitor is answered meanwhile."""
    used, began, over, answered = plc.cpu_seconds(), plc.uptime(), threading.Event(), []

    def visit():
        while not over.wait(0.2):
            answered.append(plc.ask(modbus.read(modbus.READ_INPUTS, 11, 1))[0])

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        edges, milliseconds = map(int, plc.machine.sh(f"edge_storm {WIRE}/sim_gpio{START}/pull 10000 5", 30).split())
    finally:
        over.set()
        visitor.join()
    plc.await_value("I1.3 after the storm", lambda: plc.input(11), 1)
    share = (plc.cpu_seconds() - used) / (plc.uptime() - began)
    # Emulated, a machine may not come to so many, nor answer as often.
    require(edges >= (9000 if plc.machine.accelerated else 1000) * milliseconds / 1000, f"only {edges} edges in {milliseconds} ms")
    require(len(answered) >= (10 if plc.machine.accelerated else 2) and set(answered) == {2}, f"{len(answered)} answers in the storm: {set(answered)}")
    # A quarter of one processor; emulated, where a system call costs ten times as much, a half.
    require(share < (0.25 if plc.machine.accelerated else 0.5), f"{edges * 1000 / milliseconds:.0f} edges a second took {share:.0%} of a processor")
    plc.pull(START, True)
    plc.await_value("I1.3 after a last edge", lambda: plc.input(11), 0)
    return f"{edges * 1000 / milliseconds:.0f} edges a second, {share:.0%} of a processor, {len(answered)} answers"


def check_a_chip_that_goes_away_lights_sf_and_comes_back(plc):
    """SF hangs on the same chip, so the control socket tells of it. Inputs keep their last value, and the network is answered."""
    close_all(plc)
    plc.machine.sh("echo 0 > /sys/kernel/config/gpio-sim/header/live", 20)
    plc.await_value("SF", lambda: plc.status()["system_fault"], True, 5)
    require(plc.input(12) == 1, "an input does not keep its last value")
    require("gpio" in plc.said(), f"nothing is said: {plc.said()[-300:]}")
    plc.machine.sh("echo 1 > /sys/kernel/config/gpio-sim/header/live; rewire", 20)
    plc.await_value("SF", lambda: plc.status()["system_fault"], False, 10)
    plc.await_value("the RUN lamp", lambda: plc.levels(RUN_LAMP, STOP_LAMP, SF_LAMP), [1, 0, 0])
    close_all(plc)
    start_pump(plc)
    said = plc.said()
    require("works again" in said and said.count("works again") == 1, f"said: {said[-400:]}")


def edge_storm(folder):
    program = f"{folder}/edge_storm"
    code, said = run([needed("gcc"), "-O2", "-Wall", "-Wextra", "-Werror", "-o", program, str(HERE / "edge_storm.c")], 60)
    if code != 0:
        raise Skipped(f"edge_storm.c is not compiled here: {said[-300:]}")
    return [program]


if __name__ == "__main__":
    sys.exit(run_checks_on(globals(), CONFIG, edge_storm))
