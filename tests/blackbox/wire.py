"""Replays every .wire file against the running binary: whole, cut at every byte, and byte by byte.

    python3 wire.py                 every file
    python3 wire.py reads framing   files whose name has one of these words in it
    python3 wire.py --lint          only reads the files and checks their lengths; needs no binary
"""

import contextlib
import pathlib
import sys

import modbus
from checks import Failed, Report, require
from harness import Sensor
from image import Image
from journal import action, field, of_port
from s7comm_control import START, STOP, Client
from vectors import lint, read_file

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Conpot.Pi.Tests" / "Vectors" / "modbus"

# Messages longer than this are cut at eight places only: around the header, in the middle, before the end.
EVERY_POSITION_UP_TO = 40


def whole(data):
    return [data]


def byte_by_byte(data):
    return [data[index:index + 1] for index in range(len(data))]


def cut_at(position):
    def cut(data):
        place = min(position, len(data) - 1)
        return [data[:place], data[place:]] if place > 0 else [data]
    return cut


def manners(case):
    yield "whole", whole
    longest = max(len(exchange.sent) for exchange in case.exchanges)
    if longest <= EVERY_POSITION_UP_TO:
        positions = range(1, longest)
    else:
        positions = (1, 5, 6, 7, 8, longest // 2, longest - 2, longest - 1)
    for position in positions:
        yield f"cut at byte {position}", cut_at(position)
    yield "byte by byte", byte_by_byte


def send(connection, exchange, manner):
    try:
        for part in manner(exchange.sent):
            connection.send(part)
    except ConnectionError:
        # A connection that the sensor has closed at the sixth byte takes no seventh.
        require(exchange.closes, f"line {exchange.line}: the sensor closed while the request was sent")


def receive(connection, exchange):
    if exchange.expected:
        try:
            got = connection.receive(len(exchange.expected))
        except TimeoutError as late:
            raise Failed(f"line {exchange.line}: {late}; expected {exchange.expected.hex().upper()}") from None
        except ConnectionError:
            raise Failed(f"line {exchange.line}: the sensor reset the connection instead of answering") from None
        require(got == exchange.expected, f"line {exchange.line}: got {got.hex().upper() or 'a close'}, expected {exchange.expected.hex().upper()}")
    if exchange.closes:
        try:
            more = connection.receive_rest()
        except TimeoutError:
            raise Failed(f"line {exchange.line}: the sensor did not close the connection") from None
        require(more == b"", f"line {exchange.line}: {more.hex().upper()} came before the close")


PROBES = {
    # A read that every setting answers: nothing but its own reply may come, so whatever was owed or too much is seen.
    "s7-200": (bytes.fromhex("7E5700000006010301F40001"), bytes.fromhex("7E5700000005010302")),
    "conpot-2013": (bytes.fromhex("7E5700000006020300000001"), bytes.fromhex("7E5700000005020302")),
}
# The same of an input register, for a vector that puts other memory behind the holding registers.
INPUT_PROBE = (bytes.fromhex("7E5700000006010400000001"), bytes.fromhex("7E5700000005010402"))


def nothing_more(connection, case):
    """True when a probe request was used to see it (it then has an event of its own)."""
    _, rest = modbus.frames(b"".join(exchange.sent for exchange in case.exchanges))
    if rest:
        # Half a message is pending; a probe would only complete it. Our side ends, and the sensor's must as well.
        connection.finish_sending()
        try:
            more = connection.receive_rest()
        except TimeoutError:
            raise Failed("the sensor keeps a connection open that its client has ended in the middle of a message") from None
        require(more == b"", f"{more.hex().upper()} came for half a message")
        return False
    other = any(setting.startswith("modbus.holding_registers") for setting in case.settings)
    request, reply = INPUT_PROBE if other else PROBES[case.profile]
    connection.send(request)
    got = connection.receive(len(reply) + 2)
    require(got[:len(reply)] == reply, f"instead of the reply to a probe came {got.hex().upper() or 'a close'}")
    return True


def as_text(value):
    if isinstance(value, list):
        return "[" + ",".join(as_text(item) for item in value) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)


def compare_events(sensor, case, port, probed, protocol):
    def ours(events):
        return [event for event in of_port(events, port) if action(event).startswith(f"{protocol}.")]

    expected = len(case.events) + (1 if probed else 0)
    events = ours(sensor.journal.wait(lambda all_events: len(ours(all_events)) >= expected if case.events or probed else True))
    if probed:
        require(events, "the probe was answered and is not in the journal")
        events.pop()
    if not case.events:
        return
    actions = [action(event) for event in events]
    require(len(events) == len(case.events), f"{len(case.events)} events expected, the journal has {actions}")
    for index, (event, (name, fields)) in enumerate(zip(events, case.events), 1):
        require(action(event) == name, f"event {index} is {action(event)}, expected {name}; all: {actions}")
        for key, value in fields.items():
            got = field(event, f"conpot.{key}")
            require(got is not None, f"event {index} ({name}) has no conpot.{key}, expected {value}")
            require(as_text(got) == value, f"event {index} ({name}): conpot.{key} is {as_text(got)}, expected {value}")


def change_mode(sensor, order):
    """STOP and start come over S7comm, as an attacker's do; one that is there already says so, and that is no harm."""
    with Client(sensor.s7_port) as client:
        client.job(order)


def replay(sensor, image, case, manner, protocol="modbus", port=None, nothing_more=nothing_more):
    image.write([(address, value) for address, value in case.presets if address[0] in "VQ"])
    if case.mode == "STOP":
        change_mode(sensor, STOP)
    sensor.journal.fresh()
    probed = False
    with modbus.Connection(port or sensor.port) as connection:
        for exchange in case.exchanges:
            send(connection, exchange, manner)
            receive(connection, exchange)
        if case.mode == "STOP":
            change_mode(sensor, START)  # What the stopped one still owed would come before the reply to a probe.
        if not case.exchanges[-1].closes:
            probed = nothing_more(connection, case)
        compare_events(sensor, case, connection.local_port, probed, protocol)
    for address, value in case.expectations:
        got = image.read(address)
        require(got == value, f"{address} is {got}, expected {value}")


def recover(sensor, image, case):
    if case.mode == "STOP":
        with contextlib.suppress(Failed, OSError):
            change_mode(sensor, START)
    try:
        image.connect_anew()
        image.undo(case)
    except (Failed, OSError, IndexError) as again:
        print(f"   the image could not be put back after {case.title}: {again}")


def check(sensor, image, case):
    count = 0
    for name, manner in manners(case):
        try:
            replay(sensor, image, case, manner)
            image.undo(case)
        except (Failed, OSError, IndexError) as why:
            recover(sensor, image, case)
            kind = "" if isinstance(why, Failed) else f"{type(why).__name__}: "
            raise Failed(f"{name}: {kind}{why}") from None
        count += 1
    return f"{count} ways"


def io_setting(address, value):
    """An input that stands still, whatever drives it in the profile: [io] "AIW20" = "constant 16000"."""
    signed = value - 65536 if value > 32767 else value
    return f'io."{address}"=constant {signed}'


def needs(case):
    """What a process must be started with for this case; cases with the same needs share one."""
    inputs = tuple(io_setting(address, value) for address, value in case.presets if address[0] not in "VQ")
    return case.profile, case.settings, inputs


def replay_all(cases):
    report = Report()
    groups = {}
    for case in cases:
        groups.setdefault(needs(case), []).append(case)
    for (profile, settings, inputs), members in groups.items():
        try:
            with Sensor("s7comm.latency=0", *settings, *inputs, profile=profile) as sensor:
                image = Image(sensor, profile)
                for case in members:
                    if not sensor.running():
                        report.failed(case.title, "not replayed, the sensor has ended; its last words are below")
                        continue
                    report.run(case.title, lambda: check(sensor, image, case))
                image.close()
        except Failed as why:
            report.failed(f"a sensor with {' '.join([profile, *settings, *inputs])}", why)
    return report.end()


def main(arguments):
    words = [argument for argument in arguments if not argument.startswith("--")]
    paths = [path for path in sorted(VECTORS.glob("*.wire")) if not words or any(word in path.name for word in words)]
    require(paths, f"no .wire file matches {words}")
    cases = [case for path in paths for case in read_file(path)]
    lint(cases)
    exchanges = sum(len(case.exchanges) for case in cases)
    requests = sum(len(modbus.frames(exchange.sent)[0]) for case in cases for exchange in case.exchanges)
    print(f"{len(paths)} files, {len(cases)} cases, {exchanges} exchanges, {requests} requests")
    return 0 if "--lint" in arguments else replay_all(cases)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as failed:
        sys.exit(f"FAIL {failed}")
