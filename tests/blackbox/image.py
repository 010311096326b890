"""The process image, seen through Modbus on a connection of its own: presets, expectations, and putting back what a case wrote."""

import re

import modbus
from checks import require


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
