"""What gives a Conpot away over Modbus must not be there in the default profile, and every scanner gets the answer of the device.

Probe bytes: nmap modbus-discover.nse, zmap/zgrab2 modules/modbus/scanner.go, rapid7/metasploit-framework auxiliary/scanner/scada/
modbusdetect.rb, modbus_findunitid.rb and modbus_banner_grabbing.rb, meeas/plcscan modbus.py, potsnitch, honeygrove's tests.
Tells: mushorg/conpot's templates and modbus_tk; the detectors nuclei, honeydet, potsnitch, UnaPibaGeek/honeypots-detection."""

import math
import os
import sys
import time

import modbus
from checks import require, run_checks
from deception_strings import POTSNITCH_MODBUS, TEMPLATES, within
from harness import Sensor

# Not even the maker's name: a Siemens server answers no identification over Modbus (WIRE 2.2).
STRINGS = (*TEMPLATES, *POTSNITCH_MODBUS)

EVERY_FUNCTION = [bytes([function]) for function in range(128)]


def exchange(request):
    """One request on a connection of its own, as scanners do it; what comes back within a second of silence at most."""
    def one(sensor):
        with sensor.connect(timeout=3) as client:
            client.send(bytes.fromhex(request))
            return client.receive_frame().hex().upper()
    return one


def require_answers(table):
    with Sensor() as sensor:
        for name, request, expected in table:
            got = exchange(request)(sensor)
            require(got == expected, f"{name}: got {got or 'a close'}, expected {expected}")
    return f"{len(table)} probes"


# ---- Every scanner's probe --------------------------------------------------------------------------------------------

def check_nmap_modbus_discover_every_unit():
    """A new connection for each of 246 units, function 17, then 43/14 for each that answered: not even that is refused as shipped."""
    with Sensor(visitor_limits=True) as sensor:
        for unit in range(1, 247):
            got = exchange(f"000000000002{unit:02X}11")(sensor)
            require(got == f"000000000003{unit:02X}9101", f"unit {unit}, FC17: {got or 'a close'}")
            got = exchange(f"000000000005{unit:02X}2B0E0100")(sensor)
            require(got == f"000000000003{unit:02X}AB01", f"unit {unit}, FC43: {got or 'a close'}")
    return "246 units"


def check_metasploit_findunitid_every_unit():
    """Quantity 0 at input register 1: exception 03 with the unit's own number, so that each unit "exists"."""
    with Sensor() as sensor:
        for unit in range(1, 255):
            got = exchange(f"210000000006{unit:02X}0400010000")(sensor)
            require(got == f"210000000003{unit:02X}8403", f"unit {unit}: {got or 'a close'}")
    return "254 units"


def check_scanner_probes_get_the_answers_of_a_device():
    return require_answers([
        ("nmap modbus-discover FC17", "0000000000020111", "000000000003019101"),
        ("nmap modbus-discover FC43/14", "000000000005012B0E0100", "00000000000301AB01"),
        ("zgrab2 modbus", "5A4700000005002B0E0100", "5A470000000300AB01"),
        ("metasploit modbusdetect", "210000000006010400010000", "210000000003018403"),
        ("metasploit modbus_banner_grabbing", "446200000005FF2B0E0300", "446200000003FFAB01"),
        ("plcscan, unit 0", "000000000005002B0E0100", "00000000000300AB01"),
        ("plcscan, unit 255", "000000000005FF2B0E0100", "000000000003FFAB01"),
        ("potsnitch FC43", "000100000005012B0E0100", "00010000000301AB01"),
    ])


def check_honeygrove_reads_holding_register_0():
    with Sensor() as sensor:
        got = exchange("000100000006010300000001")(sensor)
        require(got.startswith("0001000000050103" + "02") and len(got) == 22, f"got {got or 'a close'}")


# ---- Conpot's behaviours ----------------------------------------------------------------------------------------------

def check_no_string_of_conpot_in_any_reply():
    with Sensor() as sensor, sensor.connect() as client:
        replies = b""
        for unit in (0, 1, 2, 5, 255):
            replies += b"".join(client.ask(request, unit) for request in EVERY_FUNCTION)
            for code in range(1, 5):
                replies += client.ask(bytes([43, 14, code, 0]), unit)
            for function, last in ((1, 128), (2, 128), (3, 120), (4, 32)):
                replies += client.ask(modbus.read(function, 0, last), unit)
        for start in range(0, 5120, 120):
            replies += client.ask(modbus.read(3, start, min(120, 5120 - start)))
        require(not within(STRINGS, replies), f"{within(STRINGS, replies)} on the wire")
    return f"{len(STRINGS)} strings, all of V memory"


def check_function_17_is_not_conpots():
    """Conpot answers 11 and then 11 01 01 FF; Siemens: exception 01."""
    with Sensor() as sensor, sensor.connect() as client:
        require(client.ask(b"\x11") == b"\x91\x01", "FC17")


def check_function_43_is_refused_and_the_connection_stays():
    """potsnitch and WIRE 6: Conpot drops the connection for FC43 to a unit that it does not have."""
    with Sensor() as sensor, sensor.connect() as client:
        for unit in (5, 1, 0, 3, 255):
            require(client.ask(b"\x2B\x0E\x01\x00", unit) == b"\xAB\x01", f"FC43, unit {unit}")
        require(client.ask(modbus.read(3, 500, 1), 5)[0] == 3, "the connection goes on")


def check_no_unit_is_unknown():
    """Conpot 0.1.0: exception 04 for every unit but 1 and 2."""
    with Sensor() as sensor, sensor.connect() as client:
        for unit in range(256):
            reply = client.ask(modbus.read(3, 500, 1), unit)
            require(reply[:2] == b"\x03\x02", f"unit {unit}: {reply.hex().upper()}")


def check_address_0_is_the_first():
    """Conpot's tables start at the raw addresses 1, 10001, 30001, 40001: address 0 is exception 02 there."""
    with Sensor() as sensor, sensor.connect() as client:
        for function, size in ((1, 1), (2, 1), (3, 2), (4, 2)):
            reply = client.ask(modbus.read(function, 0, 1))
            require(reply[:2] == bytes([function, size]) and len(reply) == 2 + size, f"FC{function} at 0: {reply.hex().upper()}")


def check_conpots_raw_addresses_are_nothing_special():
    with Sensor() as sensor, sensor.connect() as client:
        for function, address in ((2, 10001), (4, 30001), (3, 40001)):
            reply = client.ask(modbus.read(function, address, 1))
            require(reply == bytes([function | 0x80, 2]), f"FC{function} at {address}: {reply.hex().upper()}")


def check_there_is_more_than_eight_registers():
    """Conpot has 8 registers, 32 inputs. A CPU 224XP has 5120 words of V memory, 128 inputs and outputs, 32 analog inputs."""
    with Sensor() as sensor, sensor.connect() as client:
        for function, last in ((1, 127), (2, 127), (3, 5119), (4, 31)):
            require(client.ask(modbus.read(function, last, 1))[0] == function, f"FC{function} at {last}, the last")
            require(client.ask(modbus.read(function, last + 1, 1)) == bytes([function | 0x80, 2]), f"FC{function} at {last + 1}")


def check_values_are_not_random_bits():
    """Conpot fills its blocks with random zeros and ones at every start: analog values of 0 and 1, coils without a sense."""
    with Sensor() as sensor, sensor.connect() as client:
        analog = modbus.registers(client.ask(modbus.read(4, 0, 32)))
        require(any(value > 1 for value in analog), f"analog inputs are {analog}")
        require(all(value <= 32767 for value in analog), f"analog inputs are {analog}: an S7-200's are signed, 0 to 32000 (WIRE 2.1)")
        coils = modbus.bits(client.ask(modbus.read(1, 0, 128)), 128)
        require(sum(coils) < 32, f"{sum(coils)} of 128 coils are on")
        upper = modbus.bits(client.ask(modbus.read(2, 64, 64)), 64)
        require(sum(upper) < 8, f"{sum(upper)} of the 64 inputs of modules that nobody plugged are on")


def check_values_move():
    """Values that never move, or jump at every read, are no plant. Two seconds of a pumping station are enough for one of them to change."""
    with Sensor() as sensor, sensor.connect() as client:
        first = modbus.registers(client.ask(modbus.read(4, 0, 32)))
        until = time.monotonic() + 10
        while True:
            now = modbus.registers(client.ask(modbus.read(4, 0, 32)))
            if now != first:
                break
            require(time.monotonic() < until, f"for 10 s the analog inputs were {first}")
            time.sleep(0.05)
        jumps = [abs(a - b) for a, b in zip(first, now)]
        require(max(jumps) < 20000, f"the analog inputs jumped by {max(jumps)} between two reads")


def plant(client):
    """AIW0..AIW10, VW10..VW18, and the counters VW20, VW22, VD24."""
    analog = modbus.registers(client.ask(modbus.read(4, 0, 6)))
    words = modbus.registers(client.ask(modbus.read(3, 5, 9)))
    return analog, words[:5], [words[5], words[6], words[7] << 16 | words[8]]


# Level, temperature, supply: at most so many counts in a second, and the noise. What stands behind the pump jumps when it is switched.
SLOW = {"AIW0": (0, 160, 40), "AIW2": (1, 8, 32), "AIW10": (5, 24, 48)}


def check_the_plant_goes_on_over_a_restart():
    """The same device, started again: a plant does not jump back because its honeypot did, and what has been set stays set."""
    with Sensor() as sensor:
        with sensor.connect() as client:
            first, _, _ = plant(client)
            time.sleep(6)  # longer than the restart: a film that begins anew is told from one that goes on
            began = time.monotonic()
            before, set_before, counted_before = plant(client)
        sensor.stop()
        sensor.start()
        with sensor.connect() as client:
            after, set_after, counted_after = plant(client)
        away = time.monotonic() - began + 2  # the steps of both computations
        require(set_before == set_after, f"the set-points were {set_before} and are {set_after}")
        for before_one, after_one in zip(counted_before, counted_after):
            require(-1 <= after_one - before_one <= 2, f"the counters were {counted_before} and are {counted_after}")
        for name, (index, rate, noise) in SLOW.items():
            require(abs(after[index] - before[index]) <= rate * away + noise,
                    f"{name} was {first[index]} at first, {before[index]} before the restart, and {after[index]} {away:.1f} s later")
        return f"level {first[0]}, then {before[0]}, after the restart {after[0]}"


def check_a_later_run_is_not_the_same_film():
    """Two signals whose course is known, one without a memory and one with: each run shows them where the wall clock puts them, not from their beginning."""
    signals = ("io.AIW12=ramp 0..32000 period 1000s", "io.Q5.0=square period 40s", "io.AIW14=lag Q5.0 0..32000 tau 20s")
    with Sensor(*(f"io.\"{line[3:line.index('=')]}\"={line[line.index('=') + 1:]}" for line in signals)) as sensor:
        shown = []
        for _ in range(3):
            with sensor.connect() as client:
                ramp, lag = modbus.registers(client.ask(modbus.read(4, 6, 2)))
            now = time.time()
            expected = now % 1000 * 32
            require(min(abs(ramp - expected), 32000 - abs(ramp - expected)) < 64, f"the ramp is at {ramp}, the wall clock puts it at {expected:.0f}")
            # A square of two time constants: it charges from 1/(1+e) of the whole to e/(1+e), and back.
            phase, low = now % 40, 1 / (1 + math.e)
            level = 1 - (1 - low) * math.exp(-phase / 20) if phase < 20 else (1 - low) * math.exp(1 - phase / 20)
            require(abs(lag - level * 32000) < 2400, f"the lag is at {lag}, the wall clock puts it at {level * 32000:.0f}")
            shown.append((ramp, lag))
            time.sleep(1)
            sensor.stop()
            sensor.start()
    return f"{shown}"


def check_no_two_devices_have_the_same_plant():
    seen = []
    for name in ("one", "two", "three"):
        with Sensor(f"plc.seed={name}") as sensor, sensor.connect() as client:
            analog, set_points, counted = plant(client)
            seen.append((tuple(set_points), analog[0] // 80, tuple(counted)))
    require(any(abs(device[1] - 240) > 1 for device in seen), "every level is 2.40 m: where every run began once")
    for part, what in enumerate(("set-points", "levels", "counters")):
        require(len({device[part] for device in seen}) > 1, f"three devices have the {what} {seen[0][part]}")


def check_unused_memory_is_not_diced():
    with Sensor() as sensor, sensor.connect() as client:
        require(not any(modbus.registers(client.ask(modbus.read(3, 1000, 120)))), "VW2000.. is not 0")


def check_the_word_quit_is_data():
    """Conpot's telnet-era habit: the literal quit. ends its session."""
    with Sensor() as sensor, sensor.connect(timeout=0.5) as client:
        client.send(b"quit.")
        try:
            got = client.socket.recv(1)
            require(False, f"got {got!r}" if got else "the connection was closed")
        except TimeoutError:
            pass  # Five bytes are no header: the device waits for the sixth.


def check_a_write_is_seen_by_the_next_reader():
    with Sensor() as sensor:
        value = int.from_bytes(os.urandom(2), "big") | 1
        with sensor.connect() as writer:
            require(writer.ask(modbus.write_register(500, value)) == modbus.write_register(500, value), "the write is echoed")
        with sensor.connect() as reader:
            require(modbus.registers(reader.ask(modbus.read(3, 500, 1), 17)) == [value], "another connection and another unit read it back")


def check_nothing_is_said_before_the_first_request():
    """No banner: Modbus has none, and a library that greets would be known by it."""
    with Sensor() as sensor, sensor.connect(timeout=0.3) as client:
        try:
            greeting = client.socket.recv(64)
            require(False, f"a greeting: {greeting!r}" if greeting else "closed before the first request")
        except TimeoutError:
            pass


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
