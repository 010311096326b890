"""One PLC, whoever looks: what is written through one protocol is read through all others, and a CPU stopped over S7comm is stopped for everybody."""

import json
import os
import re
import struct
import sys
import time
import urllib.parse
import urllib.request

import modbus
from checks import Failed, require, run_checks
from control import run
from journal import action, field
from s7comm_control import PATIENCE, START, STOP, Client, mode_of
from snmp_agent import Agent

OWN = "1.3.6.1.4.1.4329.99"
SETTINGS = """[network]
listen = "127.0.0.1"
[journal]
directory = "{journal}"
[modbus]
port = {port}
latency = "0"
stop = "STOP_ANSWER"
[s7comm]
port = S7_PORT
latency = "0"
[http]
port = HTTP_PORT
latency = "0"
login = "none"
[io]
"AIW0" = "constant 16000"
[snmp]
port = {snmp}
latency = "0"
""" + "".join(f'[[snmp.object]]\noid = "{OWN}.{number}.0"\ntype = "integer"\nvalue = "{address}"\n' for number, address in ((1, "VW10"), (2, "Q0.0"), (3, "VW0"), (4, "VW1000")))
# S7's area codes; an S7-200's V memory is data block 1.
OUTPUTS, MERKER, BLOCK = 0x82, 0x83, 0x84


class Visitor(Client):
    """Reads and writes of variables and lists beside the control jobs."""

    def _ask(self, kind, parameter, data):
        self._reference += 1
        self.send(b"\x32" + bytes([kind, 0, 0]) + struct.pack(">HHH", self._reference, len(parameter), len(data)) + parameter + data)
        return self.receive()

    @staticmethod
    def _item(area, at, count):
        return b"\x12\x0a\x10\x02" + struct.pack(">HHB", count, 1 if area == BLOCK else 0, area) + struct.pack(">I", 8 * at)[1:]

    def read(self, area, at, count):
        answer = self._ask(1, b"\x04\x01" + self._item(area, at, count), b"")
        require(answer[14] == 0xFF, f"reading {area:02x} {at}: {answer.hex()}")
        return int.from_bytes(answer[18:18 + count], "big")

    def write(self, area, at, value):
        answer = self._ask(1, b"\x05\x01" + self._item(area, at, len(value)), b"\x00\x04" + struct.pack(">H", 8 * len(value)) + value)
        require(answer[14:] == b"\xff", f"writing {area:02x} {at}: {answer.hex()}")

    def word(self, at):
        return self.read(BLOCK, at, 2)

    def mode(self):
        """SZL 0424: the operating mode in the fourth byte of its record, 08 RUN, 04 STOP in the event that leads to it."""
        answer = self._ask(7, bytes.fromhex("0001120411440100"), bytes.fromhex("ff09000404240000"))
        data = answer[22:]
        require(data[:1] == b"\xff" and data[4:6] == b"\x04\x24", f"no SZL 0424: {answer.hex()}")
        return data[12:][3]

    def lamps(self):
        """SZL 0074: which are lit, by their numbers: 4 RUN, 5 STOP."""
        answer = self._ask(7, bytes.fromhex("0001120411440100"), bytes.fromhex("ff09000400740000"))
        records = answer[22 + 12:]
        return {records[at + 1] for at in range(0, len(records), 4) if records[at + 2]}


class Page:
    """The HMI as a browser has it: what stands in the pages and in the values they ask for."""

    def __init__(self, sensor):
        self._base = f"http://127.0.0.1:{sensor.http_port}"
        self._links = re.findall(r'href="(/[^"]+)"', self.fetch("/"))
        self._data = re.search(r'var \w+="(/[^"]+)"', self.fetch("/"))[1]

    def fetch(self, path, form=None):
        body = urllib.parse.urlencode(form).encode() if form else None
        with urllib.request.urlopen(self._base + path, body, timeout=5 * PATIENCE) as answer:
            return answer.read().decode("utf-8")

    def shown(self, label):
        """A value of the overview, from the resource that keeps it moving."""
        page = self.fetch("/")
        front = os.path.commonprefix(re.findall(r'<td class="\w+"><span id="(\w+)"', page))  # each sensor's own
        number = int(re.search(rf'<td>{label}</td><td class="\w+"><span id="{front}(\d+)"', page)[1])
        return next(row[1] for row in self._values()[2] if row[0] == number)

    def _values(self):
        """Whether it runs, the line that says so, and the rows: their names are each sensor's own, their order is not."""
        runs, state, rows = json.loads(self.fetch(self._data)).values()
        return runs, state, rows

    def running(self):
        runs, state, _ = self._values()
        require(("CPU RUN" in state) == bool(runs) == ("CPU RUN" in self.fetch("/")), f"the page and its values disagree: {state}")
        return bool(runs)

    def _setpoints(self):
        path = next(link for link in self._links if "setpoints" in link)
        return path, self.fetch(path)

    def setpoint(self, label):
        return self._field(self._setpoints()[1], label)[1]

    def set(self, label, value):
        """As the form sends it: all its fields, one of them changed."""
        path, page = self._setpoints()
        fields = dict(re.findall(r'<input[^>]*name="(s\d+)"[^>]*value="([^"]*)"[^>]*>', page))
        fields = {name: shown for name, shown in fields.items() if f'name="{name}"' in page and not re.search(rf'type="checkbox"[^>]*name="{name}"', page)}
        fields[self._field(page, label)[0]] = str(value)
        require("Saved." in self.fetch(path, fields), "the form was not taken")

    @staticmethod
    def _field(page, label):
        row = re.search(rf"<tr><td>{label}</td>.*?</tr>", page, re.S)
        require(row, f"no set-point {label!r} in {page[-600:]}")
        return re.search(r'name="(s\d+)"', row[0])[1], re.search(r'value="([^"]*)"', row[0])[1]


class Station(Agent):
    """A sensor with all four protocols, and the words of all of them."""

    def __init__(self, stop="silence"):
        super().__init__(config=SETTINGS.replace("STOP_ANSWER", stop))

    def configure(self, text):
        super().configure(text.replace("S7_PORT", str(self.s7_port)).replace("HTTP_PORT", str(self.http_port)))


def register(sensor, address, value=None):
    with sensor.connect() as client:
        if value is not None:
            client.ask(modbus.write_register(address // 2, value))
        return modbus.registers(client.ask(modbus.read(modbus.READ_HOLDING, address // 2, 1)))[0]


def coil(sensor, number, on=None):
    with sensor.connect() as client:
        if on is not None:
            client.ask(modbus.write_coil(number, on))
        return modbus.bits(client.ask(modbus.read(modbus.READ_COILS, number, 1)), 1)[0]


def modbus_answers(sensor):
    with sensor.connect(timeout=0.5 * PATIENCE) as client:
        try:
            client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
            return True
        except (TimeoutError, ConnectionError):
            return False


def everyone_says(sensor, s7, page, visitor, vw10, pump):
    found = {
        "Modbus": (register(sensor, 10), coil(sensor, 0)),
        "S7comm": (s7.word(10), s7.read(OUTPUTS, 0, 1) & 1),
        "HMI": (round(float(page.setpoint("Pump starts below")) / 0.0125), int(page.shown("Pump") == "RUNNING")),
        "SNMP": tuple(visitor.get(f"{OWN}.1.0", f"{OWN}.2.0")),
    }
    require(set(found.values()) == {(vw10, pump)}, f"VW10 and Q0.0 should be {vw10} and {pump}: {found}")


def check_what_one_protocol_writes_all_others_read():
    with Station() as sensor, Visitor(sensor.s7_port) as s7, sensor.reader() as visitor:
        page = Page(sensor)
        # Between the thresholds the program leaves the pump as it is.
        register(sensor, 12, 25600)
        register(sensor, 10, 9600)
        coil(sensor, 0, True)
        everyone_says(sensor, s7, page, visitor, 9600, 1)
        s7.write(BLOCK, 10, struct.pack(">H", 10400))
        s7.write(OUTPUTS, 0, bytes([s7.read(OUTPUTS, 0, 1) & 0xFE]))
        everyone_says(sensor, s7, page, visitor, 10400, 0)
        coil(sensor, 0, True)
        page.set("Pump starts below", 150)
        everyone_says(sensor, s7, page, visitor, 12000, 1)
        events = sensor.journal.wait(lambda found: any(action(e) == "http.write" for e in found))
        touched = ((action(e), field(e, "conpot.range") or "".join(field(e, "conpot.ranges", []))) for e in events)
        writes = [(name, where) for name, where in touched if name.endswith(".write") and where.startswith(("VW10", "VB10"))]
        require([name for name, _ in writes] == ["modbus.write", "s7comm.write", "http.write"], f"who wrote VW10: {writes}")


def check_a_level_that_moves_is_the_same_for_all():
    with Station() as sensor, Visitor(sensor.s7_port) as s7, sensor.reader() as visitor:
        page = Page(sensor)
        level = register(sensor, 0)
        found = (s7.word(0), round(100 * float(page.shown("Tank level").split()[0])), visitor.get(f"{OWN}.3.0"))
        require(level == 200 and all(abs(each - level) <= 3 for each in found), f"Modbus says {level} cm, S7comm, HMI and SNMP say {found}")  # noise of the sensor


def stopped_for_all(sensor, s7, page, stop):
    require(mode_of(sensor) == "STOP", "status does not know of the STOP")
    require("STOP" in run(sensor, "status")[1].splitlines()[0], "nor does its text")
    require(s7.mode() == 4 and 5 in s7.lamps() and 4 not in s7.lamps(), f"SZL 0424 says {s7.mode()}, SZL 0074 {s7.lamps()}")
    require(not page.running(), "the HMI page says RUN")
    require(s7.read(OUTPUTS, 0, 1) == 0, "an output is on in STOP")
    require(modbus_answers(sensor) == (stop == "answer"), "Modbus answers in STOP, or does not, against its setting")


def check_a_STOP_over_S7comm_stops_it_for_everybody():
    for stop in ("silence", "answer"):
        with Station(stop) as sensor, Visitor(sensor.s7_port) as s7, sensor.reader() as visitor:
            page = Page(sensor)
            coil(sensor, 0, True)
            require(mode_of(sensor) == "RUN" and s7.mode() == 8 and s7.lamps() >= {4} and page.running() and modbus_answers(sensor), "it does not run to begin with")
            require(s7.job(STOP)[6:] == bytes.fromhex("00010000000029"), "no STOP")
            stopped_for_all(sensor, s7, page, stop)
            # The program is what wrote the level to VW0: nobody does now.
            s7.write(BLOCK, 0, struct.pack(">H", 7))
            time.sleep(0.5)
            require(s7.word(0) == 7 and visitor.get(f"{OWN}.3.0") == 7 and page.shown("Tank level") == "0.07 m", f"the program goes on: VW0 is {s7.word(0)}")
            if stop == "answer":
                require(register(sensor, 0) == 7 and register(sensor, 1000, 99) == 99 and s7.word(1000) == 99, "Modbus sees another memory in STOP")
            require(s7.job(START)[12:] == b"\x28", "no start")
            require(mode_of(sensor) == "RUN" and s7.mode() == 8 and 4 in s7.lamps() and page.running() and modbus_answers(sensor), "it does not run again for all")
            await_level(sensor, s7)
            events = sensor.journal.wait(lambda found: sum(action(e) == "plc.mode" for e in found) >= 2)
            order = [action(e) for e in events if action(e) in ("s7comm.stop", "plc.mode", "s7comm.start", "alert.raised")]
            require(order.count("plc.mode") == 2 and order.count("s7comm.stop") == order.count("s7comm.start") == 1 and "alert.raised" in order, f"the events are {order}")
            modes = [(field(e, "conpot.from"), field(e, "conpot.to")) for e in events if action(e) == "plc.mode"]
            require(modes == [("RUN", "STOP"), ("STOP", "RUN")], f"plc.mode says {modes}")


def await_level(sensor, s7):
    until = time.monotonic() + 5 * PATIENCE
    while abs(s7.word(0) - 200) > 3:
        if time.monotonic() > until:
            raise Failed(f"5 s after the start the program has not written VW0: {s7.word(0)}")
        time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
