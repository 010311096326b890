"""Modbus TCP by hand: frames and a connection that never waits for ever. Knows nothing of the sensor.

Numbers and layouts: Modbus Application Protocol V1.1b3; Messaging on TCP/IP Implementation Guide V1.0b section 3.1.3 (MBAP).
"""

import socket
import struct

READ_COILS, READ_INPUTS, READ_HOLDING, READ_ANALOG = 1, 2, 3, 4
WRITE_COIL, WRITE_REGISTER, WRITE_COILS, WRITE_REGISTERS = 5, 6, 15, 16
MASK_WRITE, READ_WRITE = 22, 23


def frame(transaction, unit, pdu, protocol=0):
    return struct.pack(">HHHB", transaction, protocol, len(pdu) + 1, unit) + pdu


def read(function, start, count):
    return struct.pack(">BHH", function, start, count)


def write_coil(address, on):
    return struct.pack(">BHH", WRITE_COIL, address, 0xFF00 if on else 0)


def write_register(address, value):
    return struct.pack(">BHH", WRITE_REGISTER, address, value)


def write_coils(start, bits):
    data = bytearray((len(bits) + 7) // 8)
    for index, bit in enumerate(bits):
        data[index // 8] |= (1 if bit else 0) << index % 8
    return struct.pack(">BHHB", WRITE_COILS, start, len(bits), len(data)) + bytes(data)


def write_registers(start, values):
    return struct.pack(">BHHB", WRITE_REGISTERS, start, len(values), 2 * len(values)) + struct.pack(f">{len(values)}H", *values)


def registers(pdu):
    """The values of a reply to FC 3 or 4."""
    return list(struct.unpack(f">{pdu[1] // 2}H", pdu[2:2 + pdu[1]]))


def bits(pdu, count):
    """The first `count` bits of a reply to FC 1 or 2."""
    return [pdu[2 + index // 8] >> index % 8 & 1 for index in range(count)]


def frames(data):
    """Cuts bytes into (transaction, protocol, unit, pdu, whole); the rest that is no whole frame comes last."""
    found = []
    while len(data) >= 7:
        transaction, protocol, length, unit = struct.unpack(">HHHB", data[:7])
        if length < 2 or len(data) < 6 + length:
            break
        found.append((transaction, protocol, unit, data[7:6 + length], data[:6 + length]))
        data = data[6 + length:]
    return found, data


class Connection:
    """One TCP connection to the sensor; every wait has an end."""

    def __init__(self, port, timeout=5.0, source="127.0.0.1"):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=timeout, source_address=(source, 0))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.local_port = self._socket.getsockname()[1]
        self._transaction = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def socket(self):
        return self._socket

    def send(self, data):
        self._socket.sendall(data)

    def receive(self, count):
        """Exactly `count` bytes, or fewer when the sensor closed; TimeoutError when it neither answers nor closes."""
        data = b""
        while len(data) < count:
            try:
                part = self._socket.recv(count - len(data))
            except TimeoutError:
                raise TimeoutError(f"waited for {count} bytes, got {len(data)}: {data.hex().upper()}") from None
            if not part:
                break
            data += part
        return data

    def receive_frame(self):
        header = self.receive(6)
        if len(header) < 6:
            return header
        return header + self.receive(int.from_bytes(header[4:6], "big"))

    def receive_rest(self):
        """Everything until the sensor closes; a reset is a close."""
        data = b""
        while True:
            try:
                part = self._socket.recv(65536)
            except ConnectionError:
                return data
            if not part:
                return data
            data += part

    def ask(self, pdu, unit=1):
        """One request, its reply's PDU. The transaction and the unit must come back."""
        self._transaction = self._transaction % 0xFFFF + 1
        self.send(frame(self._transaction, unit, pdu))
        reply = self.receive_frame()
        if len(reply) < 8 or reply[:4] != struct.pack(">HH", self._transaction, 0) or reply[6] != unit:
            raise ConnectionError(f"asked {pdu.hex().upper()} as transaction {self._transaction}, unit {unit}; got {reply.hex().upper() or 'a close'}")
        return reply[7:]

    def ask_all(self, pdus, unit=1):
        """Many requests in one go, their replies' PDUs."""
        for start in range(0, len(pdus), 64):
            part = pdus[start:start + 64]
            self.send(b"".join(frame(index, unit, pdu) for index, pdu in enumerate(part)))
            for index, _ in enumerate(part):
                reply = self.receive_frame()
                if reply[:2] != struct.pack(">H", index):
                    raise ConnectionError(f"transaction {index} was answered with {reply.hex().upper() or 'a close'}")
                yield reply[7:]

    def finish_sending(self):
        try:
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:  # ENOTCONN: the sensor's reset came before, and was not read yet.
            raise ConnectionError(str(error)) from None

    def close(self):
        self._socket.close()

    def reset(self):
        """Ends with RST: linger on, no seconds."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()
