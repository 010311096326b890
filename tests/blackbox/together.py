"""Six visitors at once: each finds in its own registers and coils what it wrote itself, whatever the others do; and the journal has it all."""

import random
import sys
import threading

import modbus
from checks import require, run_checks
from harness import Sensor
from journal import field, modbus_only

CLIENTS = 6
OPERATIONS = 300
OWN = 20          # registers of each client, from FIRST_REGISTER on
FIRST_REGISTER = 600
SHARED = 590      # VW1180: everybody's
FIRST_COIL = 16   # Q2.0: a byte for each client, where the program drives nothing
PATIENCE = 60


class Visitor(threading.Thread):
    """A connection, a range of its own, and a model of it."""

    def __init__(self, sensor, number):
        super().__init__(daemon=True)
        self._connection = sensor.connect(timeout=10)
        self._dice = random.Random(2013 + number)
        self._number = number
        self._first = FIRST_REGISTER + OWN * number
        self._registers = [0] * OWN
        self._coil = FIRST_COIL + 8 * number
        self._coils = [0] * 8
        self._transaction = 0
        self.port = self._connection.local_port
        self.shared_writes, self.shared_reads, self.exchanges, self.error = [], [], [], None

    def run(self):
        kinds = [self._write_one, self._write_many, self._read, self._write_coil, self._write_coils, self._read_coils, self._write_shared, self._read_shared]
        try:
            for _ in range(OPERATIONS):
                self._dice.choice(kinds)()
            self._read()
            self._read_coils()
        except Exception as error:  # A thread's failure is told by whoever waits for it.
            self.error = error
        finally:
            self._connection.close()

    def _ask(self, pdu, expected=None):
        self._transaction += 1
        request = modbus.frame(self._transaction, self._number + 1, pdu)
        self._connection.send(request)
        reply = self._connection.receive_frame()
        require(reply[:4] == request[:4] and reply[6:7] == request[6:7], f"{request.hex().upper()} was answered with {reply.hex().upper() or 'a close'}")
        self.exchanges.append((request.hex().upper(), reply.hex().upper()))
        require(expected is None or reply[7:] == expected, f"{pdu.hex().upper()} was answered with {reply[7:].hex().upper()}")
        return reply[7:]

    def _part(self):
        start = self._dice.randrange(OWN)
        return start, self._dice.randint(1, OWN - start)

    def _write_one(self):
        at, value = self._dice.randrange(OWN), self._dice.randrange(0x10000)
        pdu = modbus.write_register(self._first + at, value)
        self._ask(pdu, pdu)
        self._registers[at] = value

    def _write_many(self):
        start, count = self._part()
        values = [self._dice.randrange(0x10000) for _ in range(count)]
        pdu = modbus.write_registers(self._first + start, values)
        self._ask(pdu, pdu[:5])
        self._registers[start:start + count] = values

    def _read(self):
        start, count = self._part()
        got = modbus.registers(self._ask(modbus.read(modbus.READ_HOLDING, self._first + start, count)))
        require(got == self._registers[start:start + count], f"registers {self._first + start}.. of client {self._number} are {got}, it wrote {self._registers[start:start + count]}")

    def _write_coil(self):
        at, on = self._dice.randrange(8), self._dice.randrange(2)
        pdu = modbus.write_coil(self._coil + at, on)
        self._ask(pdu, pdu)
        self._coils[at] = on

    def _write_coils(self):
        self._coils = [self._dice.randrange(2) for _ in range(8)]
        pdu = modbus.write_coils(self._coil, self._coils)
        self._ask(pdu, pdu[:5])

    def _read_coils(self):
        got = modbus.bits(self._ask(modbus.read(modbus.READ_COILS, self._coil, 8)), 8)
        require(got == self._coils, f"coils {self._coil}.. of client {self._number} are {got}, it wrote {self._coils}")

    def _write_shared(self):
        # Both bytes say who: a value torn between two writers is nobody's.
        value = (self._number + 1 << 12 | len(self.shared_writes) << 4 | self._number + 1) & 0xFFFF
        self.shared_writes.append(value)
        pdu = modbus.write_register(SHARED, value)
        self._ask(pdu, pdu)

    def _read_shared(self):
        self.shared_reads += modbus.registers(self._ask(modbus.read(modbus.READ_HOLDING, SHARED, 1)))


def check_six_clients_at_once_each_find_their_own():
    with Sensor() as sensor:
        visitors = [Visitor(sensor, number) for number in range(CLIENTS)]
        for visitor in visitors:
            visitor.start()
        for visitor in visitors:
            visitor.join(PATIENCE)
            require(not visitor.is_alive(), "a client is not done after a minute")
        for visitor in visitors:
            require(visitor.error is None, str(visitor.error))
        written = {0}.union(*(visitor.shared_writes for visitor in visitors))
        strange = {value for visitor in visitors for value in visitor.shared_reads} - written
        require(not strange, f"the shared register held {sorted(strange)}, which nobody wrote")
        met = sum(value >> 12 != visitor._number + 1 for visitor in visitors for value in visitor.shared_reads)
        require(met > 0, "no client ever saw another's value: they did not run together")
        sensor.stop()
        require_recorded(sensor, visitors)
        sensor.start()
    return f"{sum(len(visitor.exchanges) for visitor in visitors)} exchanges, {met} sights of another's value"


def require_recorded(sensor, visitors):
    by_port = {}
    sequences = []
    for event in sensor.journal.fresh():
        sequences.append(field(event, "event.sequence"))
        for exchange in modbus_only([event]):
            by_port.setdefault(field(exchange, "source.port"), []).append((field(exchange, "conpot.request"), field(exchange, "conpot.response")))
    require(sequences == list(range(sequences[0], sequences[0] + len(sequences))), "event.sequence has a gap")
    for visitor in visitors:
        recorded = by_port.get(visitor.port, [])
        require(recorded == visitor.exchanges, f"port {visitor.port} had {len(visitor.exchanges)} exchanges, the journal has {len(recorded)} or others")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
