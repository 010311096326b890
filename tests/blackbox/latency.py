"""The device's own latency: a real S7 through a CP answers in 3 to 6 ms, with jitter (WIRE 6, checklist 29), never in 0.1 ms.

The lower bound is strict: a reply that is too early is a tell. The upper one is tolerant, because the machine that tests may be busy."""

import statistics
import sys
import time

import modbus
from checks import require, run_checks
from harness import Sensor
from surroundings import EMULATED

# 3 ms less the clock's own grain; nothing may come earlier.
EARLIEST = 0.0029
READ = modbus.read(modbus.READ_HOLDING, 500, 1)


def measure(client, requests):
    times = []
    for _ in range(requests):
        began = time.perf_counter()
        client.ask(READ)
        times.append(time.perf_counter() - began)
    return times


def milliseconds(seconds):
    return f"{seconds * 1000:.2f} ms"


def check_replies_come_after_three_to_six_milliseconds():
    with Sensor(latency=None) as sensor, sensor.connect() as client:
        measure(client, 20)
        times = measure(client, 300)
    median, earliest, late = statistics.median(times), min(times), sum(1 for each in times if each > 0.0075)
    remark = f"median {milliseconds(median)}, earliest {milliseconds(earliest)}, p95 {milliseconds(statistics.quantiles(times, n=20)[18])}, {late} of 300 over 7.5 ms"
    require(earliest >= EARLIEST, f"a reply came too early; {remark}")
    require(0.0035 <= median <= (0.010 if EMULATED else 0.005), f"the median is off; {remark}")
    require(EMULATED or late <= 30, f"too many late replies; {remark}")
    return remark


def check_the_latency_is_not_a_flat_sleep():
    with Sensor(latency=None) as sensor, sensor.connect() as client:
        measure(client, 20)
        times = measure(client, 200)
    spread = statistics.stdev(times)
    require(spread > 0.0001, f"standard deviation {milliseconds(spread)}")
    return f"standard deviation {milliseconds(spread)}"


def check_exceptions_take_as_long_as_answers():
    with Sensor(latency=None) as sensor, sensor.connect() as client:
        for request in (b"\x11", b"\x2B\x0E\x01\x00", modbus.read(modbus.READ_HOLDING, 5120, 1), modbus.read(modbus.READ_HOLDING, 500, 0)):
            for _ in range(20):
                began = time.perf_counter()
                client.ask(request)
                took = time.perf_counter() - began
                require(took >= EARLIEST, f"{request.hex().upper()} was answered after {milliseconds(took)}")


def check_pipelined_requests_are_answered_in_order():
    with Sensor(latency=None) as sensor, sensor.connect() as client:
        began = time.perf_counter()
        client.send(b"".join(modbus.frame(number, 1, modbus.write_register(500, number)) for number in range(1, 33)))
        for number in range(1, 33):
            got = client.receive_frame()
            if number == 1:
                first = time.perf_counter() - began
            expected = modbus.frame(number, 1, modbus.write_register(500, number))
            require(got == expected, f"reply {number} is {got.hex().upper()}")
        whole = time.perf_counter() - began
        require(first >= EARLIEST, f"the first reply came after {milliseconds(first)}")
        # 16 transactions at a time (Messaging Guide) or one after another: 32 x 6 ms is the slowest a device would be.
        require(whole <= (1.5 if EMULATED else 0.5), f"32 replies took {milliseconds(whole)}")
        return f"first after {milliseconds(first)}, all 32 after {milliseconds(whole)}"


def check_many_connections_wait_side_by_side():
    with Sensor(latency=None) as sensor:
        clients = [sensor.connect() for _ in range(40)]
        try:
            began = time.perf_counter()
            for number, client in enumerate(clients, 1):
                client.send(modbus.frame(number, 1, READ))
            for number, client in enumerate(clients, 1):
                got = client.receive_frame()
                require(got[:2] == number.to_bytes(2, "big"), f"connection {number} got {got.hex().upper()}")
            whole = time.perf_counter() - began
        finally:
            for client in clients:
                client.close()
        # One thread held per wait, or one wait after another, would be 40 x 4 ms = 160 ms.
        require(whole <= (1.0 if EMULATED else 0.1), f"40 connections were answered after {milliseconds(whole)}")
        return f"40 connections after {milliseconds(whole)}"


def check_latency_zero_is_fast():
    with Sensor() as sensor, sensor.connect() as client:
        measure(client, 20)
        median = statistics.median(measure(client, 200))
        require(median <= (0.02 if EMULATED else 0.0029), f"median {milliseconds(median)} with latency = 0")
        return f"median {milliseconds(median)}"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
