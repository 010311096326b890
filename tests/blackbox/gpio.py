"""The I/O module on the kernel's real character device: Debian's newest kernel under QEMU, gpio-sim for the header, our binary in it.

One machine for all checks (machine.py); gpio-sim's sysfs is the wire: `pull` presses a switch, `value` is what a meter shows.
Where no such kernel can be had the checks are skipped with the reason, and failed where CI=true.
"""

import os
import re
import sys
import tempfile
import time

import modbus
from checks import Failed, Report, Skipped, require
from harness import binary
from initramfs import Initramfs
from kernel import debian_kernel
from machine import Machine
from programs import needed, run

# As the header's chip of a Pi 4: the sensor finds it by its label, its lines by their numbers.
LABEL, LINES = "pinctrl-bcm2711", 28
SETUP = f"""set -e
cd /sys/kernel/config/gpio-sim && mkdir header && mkdir header/bank && cd header/bank
echo {LINES} > num_lines
echo {LABEL} > label
mkdir {" ".join(f"line{number}" for number in range(LINES))}
n=0; while [ $n -lt {LINES} ]; do echo GPIO$n > line$n/name; n=$((n + 1)); done
mkdir line25/hog
echo someone-else > line25/hog/name
echo input > line25/hog/direction
echo 1 > ../live
ln -s /sys/devices/platform/$(cat ../dev_name)/$(cat chip_name) /tmp/wire
"""
CONFIG = """
state_directory = "/var/lib"
[plc]
seed = "gpio"
[network]
listen = "0.0.0.0"
connections_per_address = 60000
connection_rate = 100000
connection_burst = 100000
[modbus]
latency = "0"
stop = "answer"
[snmp]
enabled = false
[io]
"I0.0" = "gpio 17 pull-up active-low"
"I0.1" = "gpio 22 pull-down debounce 2ms"
"Q0.2" = "gpio 26"
"Q0.5" = "gpio 27"
"Q0.6" = "gpio 23 active-low safe on"
"Q0.4" = "gpio 24 safe hold"
[panel]
run = "gpio 5"
stop = "gpio 6"
sf = "gpio 13"
switch_stop = "gpio 16 pull-up active-low"
"""
ALARM, COIL, COIL_INVERTED, COIL_HELD = 2, 5, 6, 4
RUN_LAMP, STOP_LAMP, SF_LAMP, STOP_SWITCH = 5, 6, 13, 16


class Plc:
    """The sensor in the machine, and the wires at its pins."""

    def __init__(self, machine):
        self.machine = machine
        self._pid = None

    def start(self, config=CONFIG, user=0):
        self.machine.sh(f"cat > /tmp/plc.toml <<'END'\n{config}\nEND\nmkdir -p /var/lib /var/log; chown {user} /var/lib /var/log; rm -rf /var/lib/journal")
        how = "exec " if user == 0 else "exec su -s /bin/sh nobody -c 'exec "
        command = f"{how}/bin/conpot-pi run -c /tmp/plc.toml --set modbus.port={'502' if user == 0 else '1502'}{'' if user == 0 else chr(39)}"
        self.machine.sh(f"(setsid sh -c \"{command}\" >/tmp/plc.log 2>&1 </dev/null; echo $? >/tmp/plc.code) & echo")
        self.await_text("eady", 10)
        self._pid = self.machine.sh("pidof conpot-pi").split()[0]
        return self

    def said(self):
        return self.machine.sh("cat /tmp/plc.log")

    def await_text(self, text, seconds):
        until = time.monotonic() + seconds * self.machine.slowness
        while text not in (said := self.said()):
            require(time.monotonic() < until, f"'{text}' is not on stderr: {said[-500:]}")
            time.sleep(0.1)
        return said

    def stop(self, signal="TERM"):
        if self._pid:
            self.machine.run(f"rm -f /tmp/plc.code; kill -{signal} {self._pid}; n=0; while [ -e /proc/{self._pid} ] && [ $n -lt 100 ]; do usleep 50000; n=$((n + 1)); done")
            self._pid = None

    def cpu_seconds(self):
        fields = self.machine.sh(f"cat /proc/{self._pid}/stat").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100

    def pull(self, line, up):
        self.machine.sh(f"echo pull-{'up' if up else 'down'} > /tmp/wire/sim_gpio{line}/pull")

    def level(self, line):
        return int(self.machine.sh(f"cat /tmp/wire/sim_gpio{line}/value"))

    def levels(self, *lines):
        return [int(word) for word in self.machine.sh("cat " + " ".join(f"/tmp/wire/sim_gpio{line}/value" for line in lines)).split()]

    def ask(self, pdu):
        with modbus.Connection(self.machine.port(502), 5.0 * self.machine.slowness) as client:
            return client.ask(pdu)

    def input(self, bit):
        return modbus.bits(self.ask(modbus.read(modbus.READ_INPUTS, bit, 1)), 1)[0]

    def coil(self, bit):
        return modbus.bits(self.ask(modbus.read(modbus.READ_COILS, bit, 1)), 1)[0]

    def write(self, bit, on):
        pdu = modbus.write_coil(bit, on)
        require(self.ask(pdu) == pdu, f"coil {bit} could not be written")

    def await_value(self, what, read, wanted, seconds=1.0):
        began = time.monotonic()
        while (found := read()) != wanted:
            require(time.monotonic() - began < seconds * self.machine.slowness, f"{what}: {found}, not {wanted}; {self.said()[-300:]}")
        return time.monotonic() - began


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
            plc.await_value(f"GPIO{line} with Q0.{coil} {on}", lambda n=line: plc.level(n), int(on != inverted))
            require(plc.coil(coil) == int(on), f"Q0.{coil} does not stay as written")


def check_what_the_program_drives_is_overwritten(plc):
    """The default program's alarm lamp, Q0.2, is on while I0.1 is."""
    for alarm in (False, True, False):
        plc.pull(22, alarm)
        plc.await_value(f"GPIO26 with I0.1 {alarm}", lambda: plc.level(26), int(alarm))
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


def check_an_edge_storm_is_bounded(plc):
    used, began = plc.cpu_seconds(), float(plc.machine.sh("cut -d' ' -f1 /proc/uptime"))
    # In the shell itself, no program per edge; it ends by the clock, on pull-down: I0.0 (active-low) is 1.
    edges = int(plc.machine.sh("""cd /tmp/wire/sim_gpio17; read now rest </proc/uptime; end=$((${now%.*} + 5)); n=0
while read now rest </proc/uptime; [ ${now%.*} -lt $end ]; do
  for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do echo pull-up >pull; echo pull-down >pull; done
  n=$((n + 40))
done; echo $n""", 30))
    plc.await_value("I0.0 after the storm", lambda: plc.input(0), 1)
    took = float(plc.machine.sh("cut -d' ' -f1 /proc/uptime")) - began
    share = (plc.cpu_seconds() - used) / took
    # A quarter of one processor; emulated, where a system call costs ten times as much, a half.
    require(share < (0.25 if plc.machine.accelerated else 0.5), f"{edges / took:.0f} edges a second took {share:.0%} of a processor")
    plc.pull(17, True)
    plc.await_value("I0.0 after the storm and a last edge", lambda: plc.input(0), 0)
    return f"{edges / took:.0f} edges a second, {share:.0%} of a processor"


def check_sigterm_leaves_the_safe_states(plc):
    for coil, on in ((COIL, True), (COIL_INVERTED, False), (COIL_HELD, True)):
        plc.write(coil, on)
    plc.await_value("outputs", lambda: plc.levels(27, 23, 24), [1, 1, 1])
    # gpio-sim forgets a line's level when it is given back; the kernel's trace knows what was put out last.
    plc.machine.sh("mount -t tracefs trace /sys/kernel/tracing; cd /sys/kernel/tracing; echo 1 > events/gpio/gpio_value/enable; echo > trace")
    plc.stop()
    code = plc.machine.sh("usleep 200000; cat /tmp/plc.code").strip()
    require(code == "0", f"exit code {code} after SIGTERM: {plc.said()[-300:]}")
    trace = plc.machine.sh("cat /sys/kernel/tracing/trace; echo 0 > /sys/kernel/tracing/events/gpio/gpio_value/enable", 20)
    # The first chip's lines are numbered from 512 on (GPIO_DYNAMIC_BASE, drivers/gpio/gpiolib.h).
    put = {int(line) - 512: int(value) for line, value in re.findall(r"gpio_value: (\d+) set (\d)", trace)}
    require((put.get(27), put.get(23)) == (0, 0), f"off, and safe on (active-low), are 0 and 0; last put out: {put}; {trace[-300:]}")
    require(put.get(24, 1) == 1, f"safe hold was not held: {put}")
    plc.start()


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
    plc.start(user=65534)
    said = plc.await_text("gpiochip", 5)
    require("group gpio" in said, f"said: {said[-400:]}")
    plc.stop()


def boot():
    kernel = debian_kernel()
    tree = Initramfs()
    tree.modules(kernel.closure(["virtio_net", "gpio-sim"]))
    tree.program(binary(), "bin/conpot-pi")
    tree.write("bin/wires", SETUP, 0o755)
    with tempfile.NamedTemporaryFile(prefix="conpot-pi-initrd-") as initrd:
        tree.save(initrd.name)
        machine = Machine(kernel.image, initrd.name, forwards=[502])
        machine.__enter__()
    return machine


def main():
    report = Report()
    began = time.monotonic()
    try:
        machine = boot()
    except Skipped as reason:
        (report.failed if os.environ.get("CI") == "true" else report.skipped)("gpio", reason)
        return report.end() if os.environ.get("CI") == "true" else report.end() and 0
    except Failed as why:
        report.failed("a machine with gpio-sim boots", why)
        return report.end()
    try:
        machine.sh("sh /bin/wires", 20)
        report.passed("a machine with gpio-sim boots", f"{time.monotonic() - began:.0f} s, {'KVM' if machine.accelerated else 'emulated'}")
        plc = Plc(machine).start()
        only = sys.argv[1:]
        for name, check in list(globals().items()):
            if name.startswith("check_") and (not only or any(word in name for word in only)):
                report.run(name, lambda c=check: c(plc))
    except Failed as why:
        report.failed("the wires and the sensor in it", why)
    finally:
        machine.stop()
    return report.end()


if __name__ == "__main__":
    sys.exit(main())
