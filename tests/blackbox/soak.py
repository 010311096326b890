"""A crowd for a while: 200 visitors over Modbus, S7comm, HTTP and SNMP who come and go, as shipped but for the number of connections.

Memory, handles, threads, CPU time per event and what a legitimate visitor waits for must be the same at the end as at the beginning, and
every exchange that anybody saw answered must be in the journal, whose sequence has no gap although it rotates and forgets meanwhile. What an
echo beside the sensor takes longer is not the sensor's fault: others use the machine, too.

CONPOT_PI_SOAK_MINUTES  how long; without it some seconds, as CI has no half hour. A long run prints a table (`scripts/soak.sh`)."""

import json
import os
import re
import statistics
import sys
import threading
import time

from checks import Failed, Skipped, require, run_checks
from crowd import SHARES, Crowd
from harness import Sensor
from journal import action, field
from surroundings import EMULATED
from visitor import ECHO, PROTOCOLS, QUESTIONS, Echo, Visitor, quantiles
from web import ask

MINUTES = float(os.environ.get("CONPOT_PI_SOAK_MINUTES", "0"))
SECONDS = MINUTES * 60 or 12
SAMPLES = 60 if MINUTES else 24
VISITORS = 200

# Room for them all: a CP has 64 Modbus connections, 16 of S7comm and a panel 16. The journal rotates all the time.
SETTINGS = ("modbus.connections=200", "s7comm.connections=100", "http.connections=100", "journal.segment=4MiB", "journal.total=64MiB" if MINUTES else "journal.total=8MiB", "journal.sync=1s")

# What the last third may have more than the first one after the warm-up, in medians. The garbage collector breathes, and in a few seconds on a slow machine it has not breathed out yet.
MORE_KILOBYTES, MORE_HANDLES, MORE_THREADS = 3 * 1024 if MINUTES else 12 * 1024, 25, 3
WARM_UP = SAMPLES // 10 if MINUTES else SAMPLES // 3


class Follower(threading.Thread):
    """Reads the journal as it grows, before its cap takes the oldest segments away, and counts."""

    def __init__(self, sensor):
        super().__init__(daemon=True)
        self._journal = sensor.journal
        self._over = threading.Event()
        self.exchanges = dict.fromkeys(SHARES, 0)
        self.actions = {}
        self.last = None
        self.problem = None

    def run(self):
        try:
            while not self._over.wait(0.5):
                self.read()
        except Failed as wrong:
            self.problem = str(wrong)

    def end(self):
        self._over.set()
        self.join(10)
        if not self.problem:
            self.read()
        require(self.problem is None, self.problem)

    def read(self):
        for event in self._journal.fresh():
            sequence, what = field(event, "event.sequence"), action(event)
            require(self.last is None or sequence == self.last + 1, f"event.sequence {sequence} follows {self.last}")
            self.last = sequence
            count = field(event, "conpot.count", 1) if what == "http.polled" else 1
            self.actions[what] = self.actions.get(what, 0) + count
            protocol = what.partition(".")[0]
            if protocol in self.exchanges:
                self.exchanges[protocol] += count


class Sample:
    """The sensor at one moment, and what a visitor met since the one before."""

    def __init__(self, sensor, began, visitor, events=0):
        self.at = time.monotonic() - began
        self.kilobytes = sensor.resident_kilobytes()
        self.handles = len(os.listdir(f"/proc/{sensor.pid}/fd"))
        self.threads = len(os.listdir(f"/proc/{sensor.pid}/task"))
        self.cpu, self.events = sensor.cpu_seconds(), events
        self.times, self.lost = visitor.taken() if visitor else ({}, [])
        self.echo = self.times.pop(ECHO, [])
        self.together = [each for times in self.times.values() for each in times]
        # Half a second without an answer or an echo says nothing of either: the visitor begins, or the machine is busy.
        heard = self.together and self.echo
        self.median, self.most = quantiles(self.together) if heard else (None, None)
        self.echo_median, self.echo_most = quantiles(self.echo) if heard else (None, None)


def pages_of(sensor):
    """The station's pages and the values that an open page asks for; every device has other names."""
    index = ask(sensor.http_port, b"GET / HTTP/1.0\r\n\r\n")
    data = re.search(r'"(/[^"]+\.json)', index)
    return ["/", *sorted(set(re.findall(r'href="(/[^"]+)"', index))), *([data[1]] * 6 if data else [])]


def thirds(samples, what):
    """Medians of the first and of the last third, the warm-up apart."""
    values = [value for sample in samples[WARM_UP:] if (value := getattr(sample, what)) is not None]
    third = len(values) // 3
    require(third >= 3, f"only {len(values)} of {len(samples)} samples heard anything")
    return statistics.median(values[:third]), statistics.median(values[-third:])


def effort(samples):
    """CPU time for an event, in microseconds, from the first to the last of these samples."""
    return 1e6 * (samples[-1].cpu - samples[0].cpu) / max(1, samples[-1].events - samples[0].events)


def table(before, samples, exchanges):
    """Some twenty lines of Markdown."""
    print("| minute | events | RSS MiB | handles | threads | CPU µs/event | p50 ms | p99 ms | echo p50 ms | p99 ms |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    step = max(1, len(samples) // 20)
    for index in range(step - 1, len(samples), step):
        part, last = samples[index - step + 1:index + 1], samples[index]
        previous = samples[index - step] if index >= step else before
        figures = (*quantiles([each for sample in part for each in sample.together]), *quantiles([each for sample in part for each in sample.echo]))
        print(f"| {last.at / 60:.1f} | {last.events} | {last.kilobytes / 1024:.1f} | {last.handles} | {last.threads} | {effort([previous, last]):.0f} | "
              + " | ".join(f"{each:.2f}" for each in figures) + " |")
    print(json.dumps(exchanges), flush=True)


def check_a_crowd_leaves_no_trace_but_its_events():
    if EMULATED:
        raise Skipped("the emulator's own memory and time would be measured")
    cores = sorted(os.sched_getaffinity(0))
    # A long run is a measurement: the sensor has a core, and everybody else another one. A short one shares as it comes, with whoever else is on the machine.
    load = cores[-1] if MINUTES and len(cores) > 1 else None
    with Sensor(*SETTINGS, latency=None, visitor_limits=True, prefix=("taskset", "-c", str(cores[0])) if load is not None else ()) as sensor:
        pages = pages_of(sensor)
        follower = Follower(sensor)
        follower.start()
        before = Sample(sensor, time.monotonic(), None)
        with Echo(cores[0] if load is not None else None) as echo, Crowd(sensor, VISITORS, pages, load) as crowd, Visitor(sensor, load, patience=10, echo=echo) as visitor:
            began, samples = time.monotonic(), []
            for number in range(1, SAMPLES + 1):
                time.sleep(max(0, began + number * SECONDS / SAMPLES - time.monotonic()))
                samples.append(Sample(sensor, began, visitor, follower.last or 0))
                require(follower.problem is None, follower.problem)
            tallies = crowd.leave()
            visitor.leave()
            rest, lost = visitor.taken()
        lost += [why for sample in samples for why in sample.lost]
        asked = {protocol: len(rest[protocol]) + sum(len(sample.times[protocol]) for sample in samples) for protocol in PROTOCOLS}
        if MINUTES:
            table(before, samples, {"crowd": tallies, "visitor": asked, "lost": lost[:5]})

        # All are gone, and what they had is given back. A SNMP session ends a minute after its last word; it has no handle.
        until = time.monotonic() + 10
        while len(os.listdir(f"/proc/{sensor.pid}/fd")) > before.handles + 2 and time.monotonic() < until:
            time.sleep(0.1)
        after = Sample(sensor, began, None)
        sensor.stop()
        follower.end()
        sensor.start()

    require_accounted(tallies, asked, lost, follower)
    require(after.handles <= before.handles + 2, f"{after.handles} handles when all had gone, {before.handles} before they came")
    remarks = [f"{sum(each['answered'] for each in tallies.values())} exchanges, {follower.last} events"]
    for what, more, unit in (("kilobytes", MORE_KILOBYTES, "KiB"), ("handles", MORE_HANDLES, "handles"), ("threads", MORE_THREADS, "threads")):
        first, last = thirds(samples, what)
        require(last <= first + more, f"{first:.0f} {unit} at the beginning, {last:.0f} at the end")
        remarks.append(f"{first:.0f} to {last:.0f} {unit}")
    warm = samples[WARM_UP:]
    first, last = effort(warm[:len(warm) // 3 + 1]), effort(warm[-len(warm) // 3 - 1:])
    require(last <= 2 * first, f"an event took {first:.0f} µs of CPU at the beginning, {last:.0f} at the end")
    remarks.append(f"{first:.0f} to {last:.0f} µs of CPU an event")
    # The echo has no journal behind it: what a disk is waited for in a few seconds is not in it.
    for what, factor, slack in (("median", 1.5, 3 if MINUTES else 20), ("most", 3, 100)):
        (first, last), (before, now) = thirds(samples, what), thirds(samples, f"echo_{what}")
        # A busy core is waited for on the way there, for the latency's timer, and on the way back.
        require(last <= factor * first + slack + 4 * max(0, now - before), f"a legitimate visitor's {what} latency went from {first:.1f} to {last:.1f} ms, an echo's from {before:.1f} to {now:.1f} ms")
    return ", ".join(remarks) + ", p50 {:.1f} and p99 {:.1f} ms".format(*quantiles([each for sample in samples for each in sample.together]))


def require_accounted(tallies, asked, lost, follower):
    """Whatever anybody saw answered is recorded; nothing is recorded that nobody asked."""
    require(not lost, f"a legitimate visitor was not answered: {lost[:3]}")
    for protocol, tally in tallies.items():
        answered, recorded = tally["answered"] + asked[protocol], follower.exchanges[protocol]
        # Beside the questions: the page that pages_of() asked for, and the two words before the first question of each of the visitor's S7 connections.
        most = tally["sent"] + tally["abandoned"] + asked[protocol] + {"http": 1, "s7comm": 2 * (asked[protocol] // QUESTIONS + 1)}.get(protocol, 0)
        require(answered <= recorded <= most, f"{protocol}: {answered} exchanges were answered, {recorded} are in the journal, {most} can have been asked")
        require(tally["unanswered"] == 0, f"{protocol}: {tally['unanswered']} questions of the crowd were not answered")
        require(tally["answered"] > VISITORS // 20, f"{protocol}: only {tally['answered']} answers")
    for trouble in ("sensor.lost", "sensor.error", "session.limited", "session.refused"):
        require(trouble not in follower.actions, f"{follower.actions.get(trouble)} {trouble} in the journal")
    require(follower.actions["session.start"] == follower.actions["session.end"], f"{follower.actions['session.start']} sessions began, {follower.actions['session.end']} ended")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
