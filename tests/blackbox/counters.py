"""Functions 7, 8, 11 and 12: their replies hold the state of the whole device, so a vector cannot say their bytes. Their form and
their arithmetic are checked here. V1.1b3 sections 6.7 to 6.10."""

import sys

import modbus
from checks import require, run_checks
from harness import Sensor
from journal import action, modbus_only, of_port

FUNCTIONS = "modbus.functions=[1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16]"
BUS_MESSAGES, SERVER_MESSAGES = b"\x08\x00\x0B\x00\x00", b"\x08\x00\x0E\x00\x00"


def word(data, place):
    return int.from_bytes(data[place:place + 2], "big")


def check_exception_status_is_one_byte():
    with Sensor(FUNCTIONS) as sensor, sensor.connect() as client:
        reply = client.ask(b"\x07")
        require(len(reply) == 2 and reply[0] == 7, f"FC7: {reply.hex().upper()}")


def check_event_counter_counts_what_succeeded():
    with Sensor(FUNCTIONS) as sensor, sensor.connect() as client:
        def counted():
            reply = client.ask(b"\x0B")
            require(len(reply) == 5 and reply[0] == 11, f"FC11: {reply.hex().upper()}")
            # 6.9: FFFF while a program command is under way, else 0000; this device has no program commands.
            require(word(reply, 1) == 0, f"FC11: status {word(reply, 1):04X}")
            return word(reply, 3)

        before = counted()
        for _ in range(3):
            client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
        require(counted() == before + 3, "three successful reads are three events (6.9: fetching the counter is none)")
        client.ask(modbus.read(modbus.READ_HOLDING, 5120, 1))
        require(counted() == before + 3, "an exception is no event (6.9: incremented once for each successful message completion)")


def check_diagnostic_counters_count_and_can_be_cleared():
    with Sensor(FUNCTIONS) as sensor, sensor.connect() as client:
        for name, request in (("bus messages", BUS_MESSAGES), ("server messages", SERVER_MESSAGES)):
            first = client.ask(request)
            require(first[:3] == request[:3] and len(first) == 5, f"FC8, {name}: {first.hex().upper()}")
            client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
            second = client.ask(request)
            require(word(second, 3) > word(first, 3), f"{name}: {word(first, 3)}, then {word(second, 3)}")
        require(client.ask(b"\x08\x00\x0A\x00\x00") == b"\x08\x00\x0A\x00\x00", "FC8/10 is echoed")
        require(word(client.ask(BUS_MESSAGES), 3) <= 2, "bus messages start again after FC8/10")


def check_event_log_agrees_with_its_own_length():
    with Sensor(FUNCTIONS) as sensor, sensor.connect() as client:
        client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
        reply = client.ask(b"\x0C")
        require(reply[0] == 12 and reply[1] == len(reply) - 2, f"FC12: {reply.hex().upper()}")
        # 6.10: status, event count, message count, and 0 to 64 event bytes.
        require(6 <= reply[1] <= 70, f"FC12: byte count {reply[1]}")
        require(word(reply, 2) == 0, f"FC12: status {word(reply, 2):04X}")


def check_they_are_recorded_as_diagnose():
    with Sensor(FUNCTIONS) as sensor, sensor.connect() as client:
        for request in (b"\x07", b"\x08\x00\x00\xA5\x37", b"\x0B", b"\x0C"):
            client.ask(request)
        events = modbus_only(of_port(sensor.journal.wait(lambda found: len(of_port(modbus_only(found), client.local_port)) >= 4), client.local_port))
        require([action(event) for event in events] == ["modbus.diagnose"] * 4, f"recorded as {[action(event) for event in events]}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
