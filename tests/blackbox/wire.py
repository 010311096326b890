"""Replays every .wire file against the running binary: whole, cut at every byte, and byte by byte.

The format is described in tests/Conpot.Pi.Tests/Vectors/README.md. This reader of it is independent of the C# one, as the vectors are
of the server.

    python3 wire.py                 every file
    python3 wire.py reads framing   files whose name has one of these words in it
    python3 wire.py --lint          only reads the files and checks their lengths; needs no binary
"""

import pathlib
import re
import sys

import modbus
from harness import Failed, Report, Sensor, action, field, modbus_only, of_port, require

VECTORS = pathlib.Path(__file__).resolve().parent.parent / "Conpot.Pi.Tests" / "Vectors" / "modbus"

# Messages longer than this are cut at eight places only: around the header, in the middle, before the end.
EVERY_POSITION_UP_TO = 40


# ---- Reading the files ------------------------------------------------------------------------------------------------

class Exchange:
    def __init__(self, line):
        self.line, self.sent, self.expected, self.answered, self.closes = line, b"", b"", False, False


class Case:
    def __init__(self, path, line, name, profile, settings):
        self.path, self.line, self.name, self.profile, self.settings = path, line, name, profile, settings
        self.presets, self.mode, self.exchanges, self.expectations, self.events = [], "RUN", [], [], []

    @property
    def title(self):
        return f"{self.path.name}:{self.line} {self.name}"


def hex_bytes(text, place):
    data = b""
    for token in text.split():
        match = re.fullmatch(r"((?:[0-9A-Fa-f]{2})+)(?:\*(\d+))?", token)
        require(match, f"{place}: '{token}' is not hexadecimal bytes")
        data += bytes.fromhex(match[1]) * int(match[2] or 1)
    return data


def assignments(text, place):
    match = re.fullmatch(r"(\S+)\s*=\s*(.+)", text)
    require(match, f"{place}: '{text}' is not 'address = value'")
    address = match[1]
    found = []
    for value in match[2].split(","):
        found.append((address, int(value.strip(), 0)))
        address = following(address, place)
    return found


def following(address, place):
    if match := re.fullmatch(r"([A-Z]+W)(\d+)", address):
        return f"{match[1]}{int(match[2]) + 2}"
    match = re.fullmatch(r"([A-Z]+)(\d+)\.([0-7])", address)
    require(match, f"{place}: '{address}' is neither a word nor a bit")
    index = int(match[2]) * 8 + int(match[3]) + 1
    return f"{match[1]}{index // 8}.{index % 8}"


def event_fields(text, place):
    name, _, rest = text.partition(" ")
    fields = {}
    for key, quoted, plain in re.findall(r'([a-z_.]+)=(?:"([^"]*)"|(\S+))', rest):
        fields[key] = quoted or plain
    require(re.fullmatch(r"[a-z]+\.[a-z_]+", name), f"{place}: '{name}' is no event action")
    return name, fields


def read_file(path):
    profile, settings, cases, exchange = "s7-200", [], [], None
    last = ""
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        place = f"{path.name}:{number}"
        text = re.sub(r"(^|\s)#.*", "", text).strip()
        if not text:
            continue
        case = cases[-1] if cases else None
        if text.startswith("---"):
            cases.append(Case(path, number, text[3:].strip(), profile, tuple(settings)))
            exchange = None
        elif match := re.match(r"(profile|set):\s*(.+)", text):
            require(case is None, f"{place}: '{match[1]}:' stands after the first case")
            if match[1] == "profile":
                profile = match[2]
            else:
                key, _, value = match[2].partition("=")
                settings.append(f"{key.strip()}={value.strip()}")
        elif case is None:
            raise Failed(f"{place}: stands before the first case")
        elif match := re.match(r"plc:\s*(.+)", text):
            require(not case.exchanges, f"{place}: a preset after the first request")
            if mode := re.fullmatch(r"mode\s*=\s*(RUN|STOP)", match[1]):
                case.mode = mode[1]
            else:
                case.presets += assignments(match[1], place)
        elif text[0] == ">":
            if last != ">":
                exchange = Exchange(number)
                case.exchanges.append(exchange)
            exchange.sent += hex_bytes(text[1:], place)
        elif text[0] == "<":
            require(exchange is not None, f"{place}: a reply without a request")
            if text[1:].strip() != "nothing":
                exchange.expected += hex_bytes(text[1:], place)
            exchange.answered = True
        elif text == "close":
            require(exchange is not None, f"{place}: a close without a request")
            exchange.answered = exchange.closes = True
        elif match := re.match(r"expect:\s*(.+)", text):
            case.expectations += assignments(match[1], place)
        elif match := re.match(r"event:\s*(.+)", text):
            case.events.append(event_fields(match[1], place))
        else:
            raise Failed(f"{place}: '{text}' is not understood")
        last = text[0]
    return cases


def lint(cases):
    """The lengths of every message: what a hand gets wrong most easily."""
    for case in cases:
        require(case.exchanges, f"{case.title}: nothing is sent")
        for exchange in case.exchanges:
            place = f"{case.path.name}:{exchange.line}"
            require(exchange.answered, f"{place}: neither a reply nor 'nothing' nor 'close' follows")
            replies, rest = modbus.frames(exchange.expected)
            require(not rest, f"{place}: the reply's MBAP lengths do not add up, {rest.hex().upper()} is left over")
            for transaction, protocol, _, pdu, whole in replies:
                require(protocol == 0, f"{place}: the reply's protocol identifier is {protocol:04X}")
                require(len(whole) <= 260, f"{place}: the reply is {len(whole)} bytes long")
                if pdu[0] in (1, 2, 3, 4):
                    require(pdu[1] == len(pdu) - 2, f"{place}: byte count {pdu[1]}, {len(pdu) - 2} bytes follow")
        sent = b"".join(exchange.sent for exchange in case.exchanges)
        requests, rest = modbus.frames(sent)
        closes = case.exchanges[-1].closes
        leaves = case.exchanges[-1].expected == b""
        require(not rest or closes or leaves, f"{case.title}: the requests' MBAP lengths do not add up, {rest.hex().upper()} is left over")
        expected = b"".join(exchange.expected for exchange in case.exchanges)
        answered = [reply[0] for reply in modbus.frames(expected)[0]]
        asked = iter([request[0] for request in requests])
        require(all(transaction in asked for transaction in answered), f"{case.title}: replies do not answer the requests in their order")


# ---- The process image, seen through Modbus ---------------------------------------------------------------------------

class Image:
    """Presets and expectations on a connection of their own."""

    def __init__(self, sensor, profile):
        self._sensor = sensor
        self._connection = sensor.connect()
        # In conpot-2013 unit 0 has all four tables; coils are asked for at their raw address, 1 = Q0.0 (WIRE 2.4).
        self._unit, self._first_coil = (0, 1) if profile == "conpot-2013" else (1, 0)

    def close(self):
        self._connection.close()

    def connect_anew(self):
        """After a failure: what is still on the way must not be taken for the next case's."""
        self._connection.close()
        self._connection = self._sensor.connect()

    def _place(self, address):
        if match := re.fullmatch(r"(V|AI)W(\d+)", address):
            return match[1], int(match[2]) // 2
        match = re.fullmatch(r"(Q|I)(\d+)\.([0-7])", address)
        require(match, f"no Modbus table shows {address}")
        index = int(match[2]) * 8 + int(match[3])
        return match[1], index + (self._first_coil if match[1] == "Q" else 0)

    def write(self, values):
        requests = []
        for address, value in values:
            area, place = self._place(address)
            requests.append(modbus.write_register(place, value) if area == "V" else modbus.write_coil(place, value))
        for (address, _), reply in zip(values, self._connection.ask_all(requests, self._unit)):
            require(reply[0] < 0x80, f"presetting {address} was answered with exception {reply[-1]}")

    def read(self, address):
        area, place = self._place(address)
        function = {"V": modbus.READ_HOLDING, "AI": modbus.READ_ANALOG, "Q": modbus.READ_COILS, "I": modbus.READ_INPUTS}[area]
        reply = self._connection.ask(modbus.read(function, place, 1), self._unit)
        require(reply[0] == function, f"reading {address} was answered with {reply.hex().upper()}")
        return modbus.registers(reply)[0] if area in ("V", "AI") else modbus.bits(reply, 1)[0]

    def undo(self, case):
        """Writes 0 to whatever the case may have written, so that the next one finds a fresh image."""
        undone = []
        for exchange in case.exchanges:
            for _, protocol, _, pdu, _ in modbus.frames(exchange.sent)[0]:
                if protocol == 0 and len(pdu) >= 5:
                    undone += self._undo_one(pdu)
        for _ in self._connection.ask_all(undone, self._unit):
            pass
        self.write([(address, 0) for address, _ in [*case.presets, *case.expectations] if address[0] in "VQ"])

    @staticmethod
    def _undo_one(pdu):
        function, start, count = pdu[0], int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
        if function == modbus.READ_WRITE and len(pdu) >= 9:
            function, start, count = modbus.WRITE_REGISTERS, int.from_bytes(pdu[5:7], "big"), int.from_bytes(pdu[7:9], "big")
        if function == modbus.WRITE_COIL:
            return [modbus.write_coil(start, False)]
        if function in (modbus.WRITE_REGISTER, modbus.MASK_WRITE):
            return [modbus.write_register(start, 0)]
        if function == modbus.WRITE_COILS and 0 < count <= 128:
            return [modbus.write_coils(start, [0] * count)]
        if function == modbus.WRITE_REGISTERS and 0 < count <= 120:
            return [modbus.write_registers(start, [0] * count)]
        return []


# ---- Replaying --------------------------------------------------------------------------------------------------------

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
    request, reply = PROBES[case.profile]
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


def compare_events(sensor, case, port, probed):
    expected = len(case.events) + (1 if probed else 0)
    events = modbus_only(of_port(sensor.journal.wait(lambda all_events: len(modbus_only(of_port(all_events, port))) >= expected
                                                    if case.events or probed else True), port))
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


def replay(sensor, image, case, manner):
    image.write([(address, value) for address, value in case.presets if address[0] in "VQ"])
    sensor.journal.fresh()
    probed = False
    with sensor.connect() as connection:
        for exchange in case.exchanges:
            send(connection, exchange, manner)
            receive(connection, exchange)
        if not case.exchanges[-1].closes:
            probed = nothing_more(connection, case)
        compare_events(sensor, case, connection.local_port, probed)
    for address, value in case.expectations:
        got = image.read(address)
        require(got == value, f"{address} is {got}, expected {value}")


def recover(image, case):
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
            recover(image, case)
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
        if case.mode == "STOP":
            report.skipped(case.title, "no network verb sets the mode yet; the C# tests replay it")
        else:
            groups.setdefault(needs(case), []).append(case)
    for (profile, settings, inputs), members in groups.items():
        try:
            with Sensor(*settings, *inputs, profile=profile) as sensor:
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
