"""What the sinks cost and how quick they are: the published sensor, mosquitto and rsyslogd on the loopback.

    CONPOT_PI=out/linux-x64/conpot-pi /usr/bin/python3 tests/Conpot.Pi.Benchmarks/sinks.py [--quick] [--write]

Prints a page in Markdown; --write keeps it as RESULTS-SINKS.md. The collectors are the black box's, the load is rig/load.c. README.md says how to read it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "blackbox"))

import modbus  # noqa: E402
from checks import Failed, require  # noqa: E402
from collectors import Rsyslog  # noqa: E402
from control import run as verb  # noqa: E402
from harness import Sensor, free_port  # noqa: E402
from mosquitto import Listener, Mosquitto  # noqa: E402

QUICK = "--quick" in sys.argv
DELIVERED, PENDING, TOUCHES = (20_000, 50_000, 100) if QUICK else (200_000, 1_000_000, 1000)
ROOM = ("journal.total=4GiB", "snmp.enabled=false", "s7comm.enabled=false", "http.enabled=false")
PROBE_UNIT = 99


def say(what):
    print(what, file=sys.stderr, flush=True)


class Load:
    """rig/load.c, compiled for this run; on a core of its own."""

    def __init__(self, folder):
        self._program = os.path.join(folder, "load")
        subprocess.run(["gcc", "-O2", "-o", self._program, *(os.path.join(HERE, "rig", name) for name in ("load.c", "client.c", "modes.c"))], check=True)

    def run(self, port, requests):
        """50 connections with 16 requests in flight each, until so many were answered: requests per second."""
        done = subprocess.run(["taskset", "-c", "1", self._program, "run", "-p", str(port), "-c", "50", "-d", "16", "-n", str(requests)], capture_output=True, text=True, timeout=120, check=True)
        result = json.loads(done.stdout)
        require(result["answered"] == requests and result["errors"] == 0, f"{result}")
        return result["rps"]


class Watch:
    """The sinks' state and the sensor's memory, looked at five times a second until nothing is pending."""

    def __init__(self, sensor):
        self._sensor = sensor
        self.peak = 0

    def sinks(self):
        self.peak = max(self.peak, self._sensor.resident_kilobytes())
        code, out, err = verb(self._sensor, "status", "--json")
        require(code == 0, err)
        return {sink["name"]: sink for sink in json.loads(out)["sinks"]}

    def drained(self, seconds=600):
        """By sink: when it had passed the journal's last event (monotonic seconds)."""
        came, until = {}, time.monotonic() + seconds
        while True:
            sinks = self.sinks()
            for name, sink in sinks.items():
                if sink["lag"] == 0:
                    came.setdefault(name, time.monotonic())
            if len(came) == len(sinks):
                return came
            require(time.monotonic() < until, f"still pending: {sinks}")
            time.sleep(0.2)


def messages_of(collector):
    """How many reads rsyslogd has written down, without taking each line apart."""
    if not os.path.exists(collector.out):
        return 0
    with open(collector.out, "rb") as stream:
        return sum(b'"msgid":"modbus.read"' in line.replace(b" ", b"") for line in stream)


def arrived(collector, count, seconds=120):
    until = time.monotonic() + seconds
    while (got := messages_of(collector)) < count and time.monotonic() < until:
        time.sleep(0.5)
    require(got >= count, f"{got} of {count} reached rsyslogd")
    return got


# ---- Measures: each gives rows of (what, figure) ------------------------------------------------------------------------

def delivery(load):
    with Mosquitto() as broker, Rsyslog("tcp") as collector:
        with Sensor(*ROOM) as sensor:
            alone = load.run(sensor.port, DELIVERED)
        with Sensor(f"mqtt.server={broker.address}", f"syslog.server={collector.address}", *ROOM) as sensor:
            watch = Watch(sensor)
            watch.drained()
            began = time.monotonic()
            rate = load.run(sensor.port, DELIVERED)
            came = watch.drained()
            got = arrived(collector, DELIVERED)
            yield f"requests answered and journalled, no sinks, {DELIVERED:,}", f"{alone:,.0f} a second"
            yield "the same with MQTT and syslog (TCP) taking them meanwhile", f"{rate:,.0f} a second"
            for name, when in sorted(came.items()):
                yield f"events to {name}, from the first request until the last was confirmed", f"{DELIVERED / (when - began):,.0f} a second"
            yield "reads that rsyslogd wrote down (at least once)", f"{got:,} of {DELIVERED:,}"
            yield "greatest memory (RSS) meanwhile", f"{watch.peak / 1024:.1f} MB"


def outage(load):
    with Rsyslog("tcp") as collector:
        collector.kill()
        with Sensor(f"syslog.server={collector.address}", f"mqtt.server=mqtt://127.0.0.1:{free_port()}", *ROOM) as sensor:
            idle, watch = sensor.resident_kilobytes(), Watch(sensor)
            rate = load.run(sensor.port, PENDING)
            time.sleep(2)
            lag = min(sink["lag"] for sink in watch.sinks().values())
            pending = watch.peak
            require(lag >= PENDING, f"{lag} pending")
            collector.start()
            # Not timed from here: the sink may be in a pause of up to a minute.
            until = time.monotonic() + 90
            while watch.sinks()["syslog"]["delivered"] == 0 and time.monotonic() < until:
                time.sleep(0.05)
            began, before = time.monotonic(), watch.sinks()["syslog"]["lag"]
            while watch.sinks()["syslog"]["lag"] > 0:
                require(time.monotonic() < began + 600, "never drained")
                time.sleep(0.2)
            took = time.monotonic() - began
            got = arrived(collector, PENDING)
            yield "memory (RSS) before", f"{idle / 1024:.1f} MB"
            yield f"requests answered and journalled with both sinks down, {PENDING:,}", f"{rate:,.0f} a second"
            yield f"memory with {lag:,} events pending for each of two sinks", f"{pending / 1024:.1f} MB"
            yield "syslog once its collector is back", f"{before / took:,.0f} events a second"
            yield "reads that rsyslogd wrote down (at least once)", f"{got:,} of {PENDING:,}"
            yield "greatest memory until it had all, MQTT still down", f"{watch.peak / 1024:.1f} MB"


def reaction():
    for busy in (False, True):
        with Mosquitto() as broker, Listener(broker) as listener, Sensor(f"mqtt.server={broker.address}", *ROOM) as sensor:
            require(listener.wait(lambda heard: heard.of("/status")), "not online")
            over = threading.Event()
            noise = threading.Thread(target=visitor, args=(sensor, over), daemon=True)
            if busy:
                noise.start()
                time.sleep(1)
            sent = []
            with sensor.connect(timeout=10) as touch:
                for number in range(TOUCHES):
                    sent.append(time.monotonic())
                    touch.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1), unit=PROBE_UNIT)
                    time.sleep(0.027)
            over.set()

            def probes():
                return [came for _, _, text, came in list(listener.messages) if f'"unit":{PROBE_UNIT},' in text]

            until = time.monotonic() + 60
            while len(probes()) < TOUCHES and time.monotonic() < until:
                time.sleep(0.1)
            came = probes()
            require(len(came) == TOUCHES, f"{len(came)} of {TOUCHES} touches were heard")
            delays = sorted((there - here) * 1000 for here, there in zip(sent, came))
            yield (f"from a packet to its message at an MQTT subscriber, {'another visitor reads some 500 times a second' if busy else 'nobody else there'}",
                   f"median {statistics.median(delays):.1f} ms, p99 {delays[int(len(delays) * 0.99)]:.1f} ms, at most {delays[-1]:.1f} ms, of {TOUCHES:,}")


def visitor(sensor, over):
    with sensor.connect(timeout=10) as reads:
        while not over.is_set():
            reads.ask(modbus.read(modbus.READ_HOLDING, 0, 10))
            time.sleep(0.0018)


# ---- The page -----------------------------------------------------------------------------------------------------------

def asked(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[0].strip() or "unknown"


def machine():
    with open("/proc/cpuinfo", encoding="ascii", errors="replace") as info:
        model = next((line.split(":", 1)[1].strip() for line in info if line.startswith("model name")), "unknown")
    yield "date", time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    yield "revision", asked("git", "-C", HERE, "describe", "--always", "--dirty")
    yield "processor", f"{model}, {os.cpu_count()} cores seen, {os.uname().machine}"
    yield "kernel", os.uname().release
    with open("/proc/loadavg", encoding="ascii") as load:
        yield "load average at the start", " ".join(load.read().split()[:3])
    for package in ("mosquitto", "rsyslog"):
        yield package, asked("dpkg-query", "-W", "-f=${Version}", package)


def table(title, rows):
    if title:
        yield f"## {title}\n"
    yield "|what|measured|\n|---|---|"
    for what, figure in rows:
        say(f"{what}: {figure}")
        yield f"|{what}|{figure}|"
    yield ""


def main():
    lines = ["# Sinks: results\n", "Written by `sinks.py` in this folder; README.md there says what is measured. One run, no rounds; MB are 1024 x 1024 bytes.\n"]
    lines += table("", machine())
    try:
        with tempfile.TemporaryDirectory(prefix="conpot-pi-bench-") as folder:
            load = Load(folder)
            lines += table("Journal, MQTT (QoS 1) and syslog (TCP) together", delivery(load))
            lines += table("Collectors that are away", outage(load))
            lines += table("From a touch to a message", reaction())
    except (Failed, subprocess.SubprocessError) as why:
        say(f"sinks: {why}")
        return 1
    page = "\n".join(line for line in lines if line is not None).rstrip() + "\n"
    print(page, end="")
    if "--write" in sys.argv:
        with open(os.path.join(HERE, "RESULTS-SINKS.md"), "w", encoding="utf-8") as stream:
            stream.write(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
