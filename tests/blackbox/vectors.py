"""Reads .wire files and checks their lengths. The format is described in tests/Conpot.Pi.Tests/Vectors/README.md; this reader is
independent of the C# one, as the vectors are of the server."""

import re

import modbus
from checks import Failed, require


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
    require(re.fullmatch(r"[a-z0-9]+\.[a-z_-]+", name), f"{place}: '{name}' is no event action")
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


def exchanges(case):
    """Each exchange and its place; something is sent, and something is said of what comes back."""
    require(case.exchanges, f"{case.title}: nothing is sent")
    for exchange in case.exchanges:
        place = f"{case.path.name}:{exchange.line}"
        require(exchange.answered, f"{place}: neither a reply nor 'nothing' nor 'close' follows")
        yield exchange, place


def lint(cases):
    """The lengths of every message: what a hand gets wrong most easily."""
    for case in cases:
        for exchange, place in exchanges(case):
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
