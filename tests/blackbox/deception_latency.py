"""Whether reply times come from the device's distribution: a two-sample Kolmogorov-Smirnov test that knows the machine's own noise.

The reference is no recording. Public captures gave three quantiles of a CP 443-1's answers to reads (WIRE 3.6: 3.94, 4.10 and 4.41 ms at 10, 50 and 90 %); the ends
are the stated interval, 3 to 6 ms; between them are straight lines. What loopback, timers and a busy machine add is measured in the same seconds on a
sensor that waits 4 ms flat, and put onto the reference: what is compared went through the same noise."""

import bisect
import random
import time

import modbus
import snmp_message as ber
from checks import Skipped, require
from deception_probes import CONNECT, READ_DB1, stream
from s7comm import SETUP, asked
from snmp_agent import Agent
from snmp_names import SYS_DESCR

QUANTILES = ((0, 3.00), (0.1, 3.94), (0.5, 4.10), (0.9, 4.41), (1, 6.00))  # milliseconds
FLAT = 4.0
READS, DRAWN = 250, 5000

# Kolmogorov's critical value at 0.1 %: 1.949 * sqrt(1/n + 1/m).
CRITICAL = 1.949 * (1 / READS + 1 / DRAWN) ** 0.5

# A burst of somebody else's work moves both samples, but not alike: noise makes a good device look bad, never a bad one good.
ATTEMPTS = 5

# Beyond this the machine itself is what is measured: a process that waits for a processor waits as long as others run, not as long as it likes.
MOST_NOISE = 1.0  # milliseconds, of nine replies in ten


def device_time(probability):
    """The reference's value at this probability."""
    upper = next(index for index, (at, _) in enumerate(QUANTILES) if probability <= at)
    (p0, t0), (p1, t1) = QUANTILES[max(upper - 1, 0)], QUANTILES[max(upper, 1)]
    return t0 + (t1 - t0) * (probability - p0) / (p1 - p0)


def distance(first, second):
    """Kolmogorov and Smirnov's D: how far the two distributions are apart at most."""
    first, second = sorted(first), sorted(second)
    return max(abs(bisect.bisect_right(first, at) / len(first) - bisect.bisect_right(second, at) / len(second)) for at in (*first, *second))


class Visits:
    """A connection of each protocol to one sensor, and how long a read takes over it."""

    def __init__(self, sensor):
        self._s7, self._client, self._visitor = stream(sensor.s7_port), sensor.connect(), sensor.reader()
        asked(self._s7, CONNECT)
        asked(self._s7, SETUP)

    def close(self):
        for each in (self._s7, self._client, self._visitor.socket):
            each.close()

    def ask(self, protocol):
        began = time.perf_counter()
        if protocol == "S7comm":
            asked(self._s7, READ_DB1)
        elif protocol == "Modbus":
            self._client.ask(modbus.read(3, 500, 1))
        else:
            self._visitor.ask(ber.GET, SYS_DESCR)
        return (time.perf_counter() - began) * 1000


def flat_settings():
    return [f"{section}.latency={FLAT:.0f}ms" for section in ("modbus", "s7comm", "snmp")]


def compare(device, flat, protocol, dice):
    """(how far the device is from the reference, how far a flat wait and an even spread over 3 to 6 ms would be), all with the same noise; None in too much of it."""
    times, waits = [], []
    for _ in range(READS):
        times.append(device.ask(protocol))
        waits.append(flat.ask(protocol))
    noise = [max(wait - FLAT, 0) for wait in waits]
    if sorted(noise)[READS * 9 // 10] > MOST_NOISE:
        return None
    reference = [device_time(dice.random()) + dice.choice(noise) for _ in range(DRAWN)]
    even = [dice.uniform(3, 6) + dice.choice(noise) for _ in range(READS)]
    return distance(times, reference), distance(waits, reference), distance(even, reference)


def require_device_times():
    dice, said = random.Random(4711), []
    with Agent(latency=None) as sensor, Agent(*flat_settings(), latency=None) as other:
        device, flat = Visits(sensor), Visits(other)
        try:
            for protocol in ("S7comm", "Modbus", "SNMP"):
                heard, accepted, asked = [], None, 0
                while not accepted and len(heard) < ATTEMPTS and asked < 3 * ATTEMPTS:
                    asked += 1
                    if found := compare(device, flat, protocol, dice):
                        heard.append(found)
                        accepted = found if found[0] <= CRITICAL < min(found[1:]) else None
                if not accepted and len(heard) < ATTEMPTS:
                    raise Skipped(f"{protocol}: this machine is so busy that every tenth reply is {MOST_NOISE} ms late and more; the spread to be seen is half of that")
                best = accepted or min(heard)
                require(best[0] <= CRITICAL, f"{protocol}: D is {best[0]:.3f} from the device's times; above {CRITICAL:.3f} chance is under 0.1 %")
                require(min(best[1:]) > CRITICAL, f"{protocol}: the test sees nothing here: a flat wait has D {best[1]:.3f}, an even spread {best[2]:.3f}")
                said.append(f"{protocol} {best[0]:.3f}, flat {best[1]:.2f}, even {best[2]:.2f}")
        finally:
            device.close()
            flat.close()
    return f"D at most {CRITICAL:.3f}: " + "; ".join(said)
