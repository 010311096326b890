"""The I/O module on the kernel's real character device: Debian's newest kernel under QEMU, gpio-sim for the header, our binary in it.

One machine for all checks (plc_machine.py); what the panel and the program do with the lines is in gpio_panel.py.
"""

import sys

from checks import require
from plc_machine import COMMON, run_checks_on
from programs import needed, run

CONFIG = COMMON + """
[io]
"I0.0" = "gpio 17 pull-up active-low"
"I0.1" = "gpio 22 pull-down debounce 2ms"
"I1.5" = "gpio 12 pull-up active-low"
"AIW0" = "constant 16000"
"Q0.2" = "gpio 26"
"Q0.5" = "gpio 27"
"Q0.6" = "gpio 23 active-low safe on"
"Q1.4" = "gpio 24 safe hold"
[panel]
run = "gpio 5"
stop = "gpio 6"
sf = "gpio 13"
switch_stop = "gpio 16 pull-up active-low"
"""
ALARM, COIL, COIL_INVERTED, COIL_HELD = 2, 5, 6, 12
RUN_LAMP, STOP_LAMP, SF_LAMP, STOP_SWITCH, ACKNOWLEDGE = 5, 6, 13, 16, 12


def check_a_pulled_line_is_in_the_image(plc):
    for bit, line, inverted in ((0, 17, True), (1, 22, False)):
        for up in (True, False, True, False):
            plc.pull(line, up)
            plc.await_value(f"I0.{bit} with GPIO{line} {'high' if up else 'low'}", lambda b=bit: plc.input(b), int(up != inverted))


def check_mbpoll_reads_the_switch_and_lights_the_lamp(plc):
    mbpoll = [needed("mbpoll"), "-m", "tcp", "-p", str(plc.machine.port(502)), "-a", "1", "-1", "-q", "-o", "10"]
    plc.pull(17, False)
    plc.await_value("I0.0", lambda: plc.input(0), 1)
    code, said = run([*mbpoll, "-t", "1", "-r", "1", "-c", "1", "127.0.0.1"], 30)
    require(code == 0 and "1" in said.split("[1]:")[-1], f"mbpoll reads I0.0: {said}")
    code, said = run([*mbpoll, "-t", "0", "-r", str(COIL + 1), "127.0.0.1", "1"], 30)
    require(code == 0, f"mbpoll writes Q0.{COIL}: {said}")
    plc.await_value("GPIO27", lambda: plc.level(27), 1)


def check_a_written_coil_is_on_its_line(plc):
    for coil, line, inverted in ((COIL, 27, False), (COIL_INVERTED, 23, True), (COIL_HELD, 24, False)):
        for on in (True, False, True):
            plc.write(coil, on)
            plc.await_value(f"GPIO{line} with Q{coil // 8}.{coil % 8} {on}", lambda n=line: plc.level(n), int(on != inverted))
            require(plc.coil(coil) == int(on), f"Q{coil // 8}.{coil % 8} does not stay as written")


def check_what_the_program_drives_is_overwritten(plc):
    """The default program's alarm lamp, Q0.2: flashes when I0.1 comes, is steady once I1.5 acknowledged it, and dark without I0.1."""
    plc.pull(22, True)
    plc.await_value("GPIO26, flashing", lambda: plc.level(26), 1)
    plc.await_value("GPIO26, flashing", lambda: plc.level(26), 0, 3)
    for alarm in (True, False):
        plc.pull(22, alarm)
        plc.pull(ACKNOWLEDGE, False)
        plc.await_value("I1.5", lambda: plc.input(13), 1)
        plc.pull(ACKNOWLEDGE, True)
        plc.await_value("I1.5", lambda: plc.input(13), 0)
        # Longer than the flashing has a pause.
        shown = {(plc.coil(ALARM), plc.level(26)) for _ in range(12) if plc.machine.run("usleep 100000")}
        require(shown == {(int(alarm), int(alarm))}, f"Q0.2 and GPIO26, I0.1 {alarm} and acknowledged: {shown}")
        plc.write(ALARM, not alarm)
        plc.await_value("Q0.2 after it was written", lambda: plc.coil(ALARM), int(alarm))
        plc.await_value("GPIO26 after it was written", lambda: plc.level(26), int(alarm))


def check_lines_have_a_user_that_says_no_decoy(plc):
    names = plc.machine.sh("cat /sys/kernel/debug/gpio 2>/dev/null || { mount -t debugfs debug /sys/kernel/debug; cat /sys/kernel/debug/gpio; }").lower()
    require("plc-io" in names and "conpot" not in names and "decoy" not in names, f"the kernel lists them as {names[-600:]}")


def check_stop_by_the_switch_and_run_again(plc):
    plc.await_value("RUN, STOP and SF lamps", lambda: plc.levels(RUN_LAMP, STOP_LAMP, SF_LAMP), [1, 0, 0])
    for coil, on in ((COIL, True), (COIL_INVERTED, False), (COIL_HELD, True)):
        plc.write(coil, on)
    plc.await_value("outputs before STOP", lambda: plc.levels(27, 23, 24), [1, 1, 1])
    plc.pull(STOP_SWITCH, False)
    plc.await_value("lamps in STOP", lambda: plc.levels(RUN_LAMP, STOP_LAMP), [0, 1])
    plc.await_value("outputs in STOP: off, safe on (active-low), held", lambda: plc.levels(27, 23, 24), [0, 0, 1])
    plc.pull(STOP_SWITCH, True)
    plc.await_value("lamps in RUN", lambda: plc.levels(RUN_LAMP, STOP_LAMP), [1, 0])


def check_sigterm_leaves_the_safe_states(plc):
    for coil, on in ((COIL, True), (COIL_INVERTED, False), (COIL_HELD, True)):
        plc.write(coil, on)
    plc.await_value("outputs", lambda: plc.levels(27, 23, 24), [1, 1, 1])
    plc.trace(True)
    plc.stop()
    code = plc.machine.sh("usleep 200000; cat /tmp/plc.code").strip()
    require(code == "0", f"exit code {code} after SIGTERM: {plc.said()[-300:]}")
    put = dict(plc.traced())
    plc.trace(False)
    require((put.get(27), put.get(23)) == (0, 0), f"off, and safe on (active-low), are 0 and 0; last put out: {put}")
    require(put.get(24, 1) == 1, f"safe hold was not held: {put}")
    plc.start(CONFIG)


def check_io_test_in_STOP_moves_a_line_with_a_safe_state(plc):
    plc.pull(STOP_SWITCH, False)
    plc.await_value("lamps in STOP", lambda: plc.levels(RUN_LAMP, STOP_LAMP), [0, 1])
    plc.trace(True)
    plc.machine.sh("conpot-pi io test Q0.6 --while-running --times 1 -c /tmp/plc.toml", 30)
    plc.await_value("GPIO23, safe on (active-low), after the test", lambda: plc.level(23), 0)
    moved = {value for line, value in plc.traced() if line == 23}
    plc.trace(False)
    require(moved == {0, 1}, f"GPIO23 was put to {moved}")
    plc.pull(STOP_SWITCH, True)
    plc.await_value("lamps in RUN", lambda: plc.levels(RUN_LAMP, STOP_LAMP), [1, 0])


def check_io_test_without_a_sensor_moves_its_line_alone(plc):
    plc.stop()
    plc.trace(True)
    plc.machine.sh("conpot-pi io test Q0.5 --times 2 -c /tmp/plc.toml", 30)
    moved = plc.traced()
    plc.trace(False)
    require({line for line, _ in moved} == {27}, f"lines moved: {moved}")
    require("".join(str(value) for _, value in moved).count("10") == 2, f"GPIO27 was put to {moved}")
    plc.start(CONFIG)


def check_a_busy_line_names_its_user(plc):
    plc.stop()
    plc.start(CONFIG.replace('"gpio 24 safe hold"', '"gpio 25"'))
    said = plc.await_text("GPIO25", 5)
    require("in use by 'someone-else'" in said, f"said: {said[-400:]}")


def check_a_line_that_is_not_on_the_header_is_an_error(plc):
    plc.stop()
    plc.machine.sh("printf '[io]\\n\"I0.0\" = \"gpio 99\"\\n' > /tmp/bad.toml")
    code, said = plc.machine.run("conpot-pi validate -c /tmp/bad.toml")
    require(code == 78 and "bad.toml:2:" in said and "not on the header" in said, f"exit code {code}: {said}")


def check_an_unknown_chip_is_told_with_its_remedy(plc):
    plc.stop()
    plc.start(CONFIG + '[hardware]\ngpiochip = "no-such-chip"\n')
    require("no GPIO chip is called 'no-such-chip'" in plc.await_text("no-such-chip", 5), plc.said()[-400:])


def check_without_permission_it_runs_and_says_so(plc):
    plc.stop()
    plc.machine.sh("chmod 600 /dev/gpiochip*; chmod 644 /tmp/plc.toml")
    plc.start(CONFIG, user=65534)
    said = plc.await_text("gpiochip", 5)
    require("group gpio" in said, f"said: {said[-400:]}")
    plc.stop()


if __name__ == "__main__":
    sys.exit(run_checks_on(globals(), CONFIG))
