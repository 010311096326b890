"""conpot-pi doctor and test-alert: a sensor that is well, everything that may be wrong with one, and a collector that hears the test."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import threading

from checks import Skipped, require, run_checks
from control import run
from harness import Sensor, free_port
from journal import action
from surroundings import EMULATED

CHECKS = ["settings", "sensor", "appliance", "ports", "rights", "clock", "inputs-outputs", "disk-space", "medium", "journal", "state", "tls-library", "sinks", "protocols", "identity", "network-traces", "services", "machine"]

VISIT = {"modbus.read", "snmp.get", "s7comm.read", "http.request"}

SETTINGS = """name = "pump-house-9"
[network]
listen = "127.0.0.1"
[journal]
directory = "{journal}"
[modbus]
port = {port}
[snmp]
port = {snmp}
"""


class Collector:
    """A syslog server over TCP that understands octet counting and nothing else."""

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connections, self.received = 0, b""
        self._came = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._listener.close()

    @property
    def settings(self):
        return f'[syslog]\nserver = "tcp://127.0.0.1:{self.port}"\nevents = "alerts"\n'

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        with client, contextlib.suppress(OSError):
            with self._came:
                self.connections += 1
            while part := client.recv(65536):
                with self._came:
                    self.received += part
                    self._came.notify_all()

    def messages(self):
        """All whole ones."""
        with self._came:
            rest, found = self.received, []
        while b" " in rest:
            length, _, rest = rest.partition(b" ")
            if len(rest) < int(length):
                break
            found.append(rest[:int(length)].decode("utf-8"))
            rest = rest[int(length):]
        return found

    def wait(self, count, seconds=10):
        with self._came:
            self._came.wait_for(lambda: self.received.count(b"sensor.test") >= count, seconds)
        return self.messages()


def examine(sensor, *arguments, **more):
    """The exit code, and what --json says, its findings by check."""
    code, out, err = run(sensor, "doctor", "--json", *arguments, seconds=30, **more)
    require(out.startswith("{"), f"exit code {code}, no JSON: {out!r} {err!r}")
    said = json.loads(out)
    findings = {}
    for finding in said["checks"]:
        findings.setdefault(finding["check"], []).append(finding)
    return code, said, findings


def worst(findings):
    return max((f["verdict"] for f in findings), key=["skipped", "ok", "warning", "failure"].index)


def failures(said):
    return [f for f in said["checks"] if f["verdict"] == "failure"]


# ---- doctor -----------------------------------------------------------------------------------------------------------

def check_a_healthy_sensor():
    with Collector() as collector, Sensor(config=SETTINGS + collector.settings) as sensor:
        code, said, findings = examine(sensor)
        require(code == 0 and not failures(said), f"exit code {code}: {failures(said)}")
        require(said["running"] and said["settings"] == sensor.config, f"{said['running']}, {said['settings']}")
        require(list(findings) == CHECKS, f"the checks are {list(findings)}")
        require(all(set(f) == {"check", "verdict", "fact", "remedy"} and f["fact"] for f in said["checks"]), "not the members that they should have")
        require(all((f["remedy"] is None) == (f["verdict"] in ("ok", "skipped")) for f in said["checks"]), f"a trouble without a remedy, or a remedy without a trouble: {said['checks']}")
        require((said["failures"], said["warnings"]) == (0, sum(f["verdict"] == "warning" for f in said["checks"])), "wrongly counted")
        answers = [f["fact"] for f in findings["protocols"]]
        for words in ("holding register 0", "sysDescr is Siemens", "MB0 is", "GET / is answered with 200, title Pumping station"):
            require(sum(words in each for each in answers) == 1 and len(answers) == 4, f"no {words!r} in {answers}")
        require(worst(findings["ports"]) == worst(findings["sinks"]) == worst(findings["journal"]) == "ok", f"{findings}")
        require(not collector.received, f"the doctor sent {collector.received!r}")
        events = sensor.journal.wait(lambda e: VISIT <= {action(one) for one in e})
        require(VISIT <= {action(one) for one in events}, "its visit is not in the journal")
        require(not any(action(one).startswith("alert.") for one in events), "its visit raised an alert")


def check_text_for_a_person():
    with Sensor(config=SETTINGS) as sensor:
        code, out, err = run(sensor, "doctor", seconds=30)
        lines = out.splitlines()
        require(code == 0 and not err and out.isascii(), f"exit code {code}: {out!r} {err!r}")
        require(lines[0].startswith("ok    settings          ") and any(line.startswith("warn  sinks ") for line in lines), out)
        require("failure" not in lines[-1] and " ok, " in lines[-1], lines[-1])
        for before, line in zip(lines, lines[1:]):
            require(not line.strip().startswith("->") or before.startswith(("warn", "FAIL")), f"a remedy without a trouble: {line!r}")
        quiet = run(sensor, "doctor", "-q", seconds=30)[1].splitlines()
        require(quiet and all(line.startswith(("warn", "FAIL", " ")) for line in quiet), f"{quiet}")


def check_nothing_runs():
    sensor = Sensor(config=SETTINGS)
    code, said, findings = examine(sensor)
    require(code == 1 and not said["running"], f"exit code {code}")
    require([f["check"] for f in failures(said)] == ["sensor"] and "systemctl start" in failures(said)[0]["remedy"], f"{failures(said)}")
    require(all("is free" in f["fact"] for f in findings["ports"]), f"{findings['ports']}")
    require(worst(findings["protocols"]) == "skipped", f"{findings['protocols']}")
    require(sorted(os.listdir(sensor.directory)) == ["conpot-pi.toml", "journal"], f"it left something: {os.listdir(sensor.directory)}")


def check_a_port_that_another_program_has():
    sensor = Sensor(config=SETTINGS)
    with socket.create_server(("127.0.0.1", sensor.port)):
        code, said, findings = examine(sensor)
    taken = findings["ports"][0]
    require(code == 1 and taken["verdict"] == "failure", f"exit code {code}: {taken}")
    require(f"pid {os.getpid()}" in taken["fact"] and f"127.0.0.1:{sensor.port}" in taken["fact"] and "[modbus] port" in taken["remedy"], f"{taken}")


def check_a_user_without_rights():
    if os.geteuid() != 0 or not shutil.which("setpriv"):
        raise Skipped("becoming nobody needs root and setpriv")
    if EMULATED:
        raise Skipped("the emulator's files are root's")
    nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--")
    sensor = Sensor(config=SETTINGS.replace("port = {port}", "port = 502").replace("port = {snmp}", "port = 161"))
    os.chmod(sensor.directory, 0o755)
    os.chmod(sensor.journal.directory, 0o700)
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as first:
        restricted = int(first.read()) > 161
    code, said, findings = examine(sensor, prefix=nobody)
    require(code == 1, f"exit code {code}")
    require(findings["journal"][0]["verdict"] == "failure" and sensor.journal.directory in findings["journal"][0]["fact"] and "chown" in findings["journal"][0]["remedy"], f"{findings['journal']}")
    if restricted:
        require("CAP_NET_BIND_SERVICE" in findings["rights"][0]["remedy"] and "502 and 161" in findings["rights"][0]["fact"], f"{findings['rights']}")
    with Sensor(config=SETTINGS) as running:
        os.chmod(running.directory, 0o755)
        code, said, findings = examine(running, prefix=nobody)
        require(code == 1 and "permission denied" in findings["sensor"][0]["fact"] and "group conpot-pi" in findings["sensor"][0]["remedy"], f"{findings['sensor']}")


def check_a_sink_that_is_down():
    port = free_port()
    with Sensor(config=SETTINGS + f'[[syslog]]\nname = "down"\nserver = "tcp://127.0.0.1:{port}"\n[[syslog]]\nname = "lost"\nserver = "tcp://no-such-host.invalid"\n') as sensor:
        code, said, findings = examine(sensor)
        down, lost = findings["sinks"]
        require(code == 1 and (down["verdict"], lost["verdict"]) == ("failure", "failure"), f"exit code {code}: {findings['sinks']}")
        require("syslog down: nobody listens" in down["fact"] and "start the collector" in down["remedy"], f"{down}")
        require("no-such-host.invalid" in lost["fact"] and lost["remedy"], f"{lost}")
        require({f["check"] for f in failures(said)} == {"sinks"}, f"{failures(said)}")


def check_a_collector_without_TLS():
    with Collector() as collector:
        sensor = Sensor(config=SETTINGS + f'[syslog]\nserver = "tls://127.0.0.1:{collector.port}"\n')
        code, _, findings = examine(sensor)
        require(code == 1 and worst(findings["sinks"]) == "failure" and findings["sinks"][0]["remedy"], f"{findings['sinks']}")


def check_broken_settings():
    with Sensor(config=SETTINGS) as sensor:
        sensor.configure(SETTINGS + "[modbsu]\nport = 1\n")
        code, said, findings = examine(sensor)
        require(code == 1 and said["running"], f"exit code {code}, running {said['running']}")
        require("conpot-pi.toml:10:1: unknown section [modbsu]" in findings["settings"][0]["fact"] and "[modbus]" in findings["settings"][0]["remedy"], f"{findings['settings']}")
        require(worst(findings["sensor"]) == "ok" and "holding register" in findings["protocols"][0]["fact"], f"{findings['sensor']} {findings['protocols']}")
        sensor.configure("this is no TOML")
        code, said, findings = examine(sensor)
        require(code == 1 and worst(findings["settings"]) == "failure", f"{findings['settings']}")


def check_a_sensor_that_does_not_answer():
    with Sensor(config=SETTINGS) as sensor:
        sensor.send_signal(signal.SIGSTOP)
        try:
            code, said, findings = examine(sensor)
        finally:
            sensor.send_signal(signal.SIGCONT)
        require(code == 1 and worst(findings["sensor"]) == "failure", f"{findings['sensor']}")


def check_an_interface_of_a_raspberry_pi_and_its_services():
    """In a network of its own: an interface with a Pi's address, SSH beside the sensor."""
    if os.geteuid() != 0 or EMULATED:
        raise Skipped("a network namespace needs root, and no emulator")
    for program in ("ip", "unshare"):
        if not shutil.which(program):
            raise Skipped(f"{program} is not installed")
    script = """mount -t sysfs sysfs /sys && ip link set lo up && ip link add plant type veth peer name other && ip link set plant address b8:27:eb:01:02:03 && ip address add 192.0.2.1/24 dev plant && ip link set plant up && ip link set other up || exit 77
/usr/bin/python3 -c 'import socket,time; s=socket.create_server(("0.0.0.0",22)); print("open", flush=True); time.sleep(60)' &
other=$!; sleep 1; "$@"; code=$?; kill $other; exit $code"""
    sensor = Sensor(config=SETTINGS.replace("127.0.0.1", "192.0.2.1"))
    code, out, err = run(sensor, "doctor", "--json", prefix=("unshare", "-n", "-m", "sh", "-c", script, "sh"), seconds=30)
    if code == 77:
        raise Skipped("this machine makes no network of its own")
    findings = {}
    for finding in json.loads(out[out.index("{"):])["checks"]:
        findings.setdefault(finding["check"], []).append(finding)
    require("B8:27:EB:01:02:03" in findings["network-traces"][0]["fact"] and "MACAddress=" in findings["network-traces"][0]["remedy"], f"{findings['network-traces']} {err}")
    require("SSH" in findings["services"][0]["fact"] and "python3, pid" in findings["services"][0]["fact"] and "ListenAddress" in findings["services"][0]["remedy"], f"{findings['services']}")


# ---- test-alert -------------------------------------------------------------------------------------------------------

def marked(message):
    require(message.startswith("<") and " sensor.test " in message and "This is a test" in message and "pump-house-9" in message, f"{message!r}")


def check_a_test_through_the_running_sensor():
    with Collector() as collector, Sensor(config=SETTINGS + collector.settings) as sensor:
        code, out, err = run(sensor, "test-alert")
        require(code == 0 and not err and out.startswith("ok    syslog        1 acknowledged by the host of tcp://127.0.0.1:") and out.endswith(" ms)\n"), f"exit code {code}: {out!r} {err!r}")
        messages = collector.wait(1)
        require(len(messages) == 1, f"{len(messages)} messages")
        marked(messages[0])
        code, out, _ = run(sensor, "test-alert", "syslog", "--json")
        answer = json.loads(out)
        require(code == 0 and len(answer) == 1 and set(answer[0]) == {"sink", "taken", "answer", "milliseconds"} and answer[0]["taken"] is True, f"{out!r}")
        require(len(collector.wait(2)) == 2, "the second did not come")
        require(not any(action(event) == "sensor.test" for event in sensor.journal.fresh()), "the journal holds a test")
        code, out, err = run(sensor, "test-alert", "sylog")
        require(code == 1 and not out and "did you mean 'syslog'?" in err, f"exit code {code}: {out!r} {err!r}")


def check_a_test_without_a_sensor():
    with Collector() as collector:
        sensor = Sensor(config=SETTINGS + collector.settings)
        code, out, err = run(sensor, "test-alert")
        require(code == 0 and out.startswith("ok    syslog ") and "sent from here" in err, f"exit code {code}: {out!r} {err!r}")
        marked(collector.wait(1)[0])
        code, _, err = run(sensor, "test-alert", "sylog")
        require(code == 1 and "did you mean 'syslog'?" in err, f"exit code {code}: {err!r}")


def check_a_test_that_fails():
    with Collector() as collector:
        down = f'[[syslog]]\nname = "down"\nserver = "tcp://127.0.0.1:{free_port()}"\n'
        with Sensor(config=SETTINGS + collector.settings.replace("[syslog]", '[[syslog]]\nname = "up"') + down) as sensor:
            for running in (True, False):
                if not running:
                    sensor.stop()
                code, out, _ = run(sensor, "test-alert", seconds=30)
                lines = sorted(out.splitlines())
                require(code == 1 and len(lines) == 2, f"exit code {code}: {out!r}")
                require(lines[0].startswith("FAIL  syslog down   nobody listens") and "start the collector" in lines[0] and lines[1].startswith("ok    syslog up "), f"{lines}")
                require(run(sensor, "test-alert", "syslog up")[0] == 0, "the one that is up fails")


def check_nobody_to_tell():
    with Sensor(config=SETTINGS) as sensor:
        for _ in range(2):
            code, out, err = run(sensor, "test-alert")
            require(code == 1 and not out and "no sink is configured" in err and "[syslog]" in err, f"exit code {code}: {out!r} {err!r}")


def check_doctor_sends_when_asked():
    with Collector() as collector, Sensor(config=SETTINGS + collector.settings) as sensor:
        code, out, _ = run(sensor, "doctor", "--send", seconds=30)
        require(code == 0 and "acknowledged by the host" in out.splitlines()[-1], f"exit code {code}: {out!r}")
        marked(collector.wait(1)[0])


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
