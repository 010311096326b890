"""The sensor in a machine whose header is gpio-sim: Debian's newest kernel under QEMU, our binary in it.

gpio-sim's sysfs is the wire: `pull` presses a switch, `value` is what a meter shows. Where no such kernel can be had the checks are
skipped with the reason, and failed where CI=true.
"""

import json
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
sh /bin/rewire
"""
# Made alive anew, the chip may have another name.
WIRE = "/tmp/wire"
REWIRE = f"""cd /sys/kernel/config/gpio-sim/header/bank && rm -f {WIRE} && ln -s /sys/devices/platform/$(cat ../dev_name)/$(cat chip_name) {WIRE}
"""
# The head of every configuration here: what is meant against one greedy visitor is lifted.
COMMON = """
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
"""


class Plc:
    """The sensor in the machine, and the wires at its pins."""

    def __init__(self, machine):
        self.machine = machine
        self._pid = None

    def start(self, config, user=0):
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

    def uptime(self):
        return float(self.machine.sh("cut -d' ' -f1 /proc/uptime"))

    def status(self):
        return json.loads(self.machine.sh("conpot-pi status --json -c /tmp/plc.toml", 20))

    def trace(self, on):
        """Begins or ends to record what is put out on lines: gpio-sim forgets a level when its line is given back, and a flash is over before one looks."""
        self.machine.sh(f"[ -e /sys/kernel/tracing/trace ] || mount -t tracefs trace /sys/kernel/tracing; cd /sys/kernel/tracing; echo > trace; echo {int(on)} > events/gpio/gpio_value/enable")

    def traced(self):
        """(line, level) in their order."""
        trace = self.machine.sh("cat /sys/kernel/tracing/trace", 20)
        # The first chip's lines are numbered from 512 on (GPIO_DYNAMIC_BASE, drivers/gpio/gpiolib.h).
        return [(int(line) - 512, int(value)) for line, value in re.findall(r"gpio_value: (\d+) set (\d)", trace)]

    def pull(self, line, up):
        self.machine.sh(f"echo pull-{'up' if up else 'down'} > {WIRE}/sim_gpio{line}/pull")

    def level(self, line):
        return int(self.machine.sh(f"cat {WIRE}/sim_gpio{line}/value"))

    def levels(self, *lines):
        return [int(word) for word in self.machine.sh("cat " + " ".join(f"{WIRE}/sim_gpio{line}/value" for line in lines)).split()]

    def ask(self, pdu):
        try:
            with modbus.Connection(self.machine.port(502), 5.0 * self.machine.slowness) as client:
                return client.ask(pdu)
        except TimeoutError as none:
            raise Failed(f"{none}; the sensor's threads: {self.threads()}") from none

    def threads(self):
        """Where each of the sensor's threads is in the kernel: what a hang is made of."""
        return self.machine.run(f'for t in /proc/{self._pid}/task/*; do echo "$(cat $t/comm): $(cat $t/wchan) $(cut -c1-60 $t/syscall) | $(cat $t/stack | tr "\n" " ")"; done', 20)[1]

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


def boot(programs):
    """The machine, not yet wired."""
    kernel = debian_kernel()
    tree = Initramfs()
    tree.modules(kernel.closure(["virtio_net", "gpio-sim"]))
    tree.program(binary(), "bin/conpot-pi")
    tree.write("bin/wires", SETUP, 0o755)
    tree.write("bin/rewire", "#!/bin/sh\n" + REWIRE, 0o755)
    for program in programs:
        tree.program(program, f"bin/{os.path.basename(program)}")
    with tempfile.NamedTemporaryFile(prefix="conpot-pi-initrd-") as initrd:
        tree.save(initrd.name)
        machine = Machine(kernel.image, initrd.name, forwards=[502, 102])
        machine.__enter__()
    return machine


def run_checks_on(names, config, build=lambda folder: ()):
    """Boots, wires, starts the sensor with this configuration, runs every check_* of a module (pass globals()); the exit code.

    build: makes programs for the machine in a folder and returns their paths."""
    report = Report()
    began = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="conpot-pi-machine-programs-") as folder:
            machine = boot(build(folder))
    except Skipped as reason:
        (report.failed if os.environ.get("CI") == "true" else report.skipped)("a machine with gpio-sim", reason)
        return report.end() if os.environ.get("CI") == "true" else report.end() and 0
    except Failed as why:
        report.failed("a machine with gpio-sim boots", why)
        return report.end()
    try:
        machine.sh("sh /bin/wires", 20)
        report.passed("a machine with gpio-sim boots", f"{time.monotonic() - began:.0f} s, {'KVM' if machine.accelerated else 'emulated'}")
        plc = Plc(machine).start(config)
        only = sys.argv[1:]
        for name, check in list(names.items()):
            if name.startswith("check_") and (not only or any(word in name for word in only)):
                report.run(name, lambda c=check: c(plc))
    except Failed as why:
        report.failed("the wires and the sensor in it", why)
    finally:
        machine.stop()
    return report.end()
