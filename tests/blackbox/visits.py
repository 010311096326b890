"""What visitors do over each protocol, so that a journal holds every kind of event that the network can make; nothing here judges the answers."""

import contextlib
import socket

import modbus
import snmp_message as ber
from s7comm_control import START, STOP, Client

# What somebody sends who wants to be a part of the page, the terminal or the line.
HOSTILE = "<img src=x onerror=alert(1)>\x1b[2J\n{\"event\":1}\u202e&lt;|`${jndi:ldap://x}"

BLOCK = b"pp\x01\x01\x01\x0c\x00\x07" + (300).to_bytes(4, "big") + bytes(288)


def over_modbus(sensor):
    with sensor.connect() as client:
        for pdu in (modbus.read(modbus.READ_HOLDING, 0, 10), modbus.read(modbus.READ_COILS, 0, 8), modbus.write_register(0, 77), modbus.write_registers(2, [1, 2, 3]),
                    modbus.write_coil(45, True), modbus.write_coils(40, [1, 0, 1]), modbus.read(modbus.READ_HOLDING, 60000, 1), b"\x11", b"\x2b\x0e\x01\x00", b"\x07", b"\x63"):
            client.ask(pdu)
        client.send(modbus.frame(1, 1, modbus.read(modbus.READ_HOLDING, 0, 1), protocol=7))
    with sensor.connect() as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        client.receive_rest()
    with sensor.connect() as client:
        client.send(b"\0\1\0\0\0\6\1\3")  # never finished


def over_snmp(sensor):
    system = "1.3.6.1.2.1.1"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
        visitor.settimeout(0.3)
        for datagram in (ber.message(ber.pdu(ber.GET, [f"{system}.1.0", f"{system}.9.9"])), ber.message(ber.pdu(ber.GET_NEXT, [system])),
                         ber.message(ber.pdu(ber.SET, [(f"{system}.6.0", ber.octets(HOSTILE.encode()))]), b"private"),
                         ber.message(ber.pdu(ber.GET, [f"{system}.1.0"]), HOSTILE.encode()), b"\x30\x03\x02\x01"):
            visitor.sendto(datagram, ("127.0.0.1", sensor.snmp_port))
            with contextlib.suppress(TimeoutError):
                visitor.recv(2048)


def over_s7(sensor, source="127.0.0.1"):
    """Reads and writes M2.4, asks who it is, stops and starts the CPU, tries a password, sets the clock, fetches a block, sends and deletes one."""
    with Client(sensor.s7_port, source) as client:
        client.job(bytes.fromhex("0401120a10020001000083000010"))
        for pdu in ("320100000002000e00060501120a10010001000083000014000300010100",
                    "320700000003000800080001120411440100ff09000400110001", "320700000004000800080001120411440100ff09000404240000",
                    "3207000000050008000c0001120411450100ff090008" + _password(b"PLC<&>").hex(), "3207000000060008000e0001120411470200ff09000a00190102030405060001"):
            client.send(bytes.fromhex(pdu))
            client.receive()
        client.job(STOP)
        client.job(STOP)
        client.job(START)
        client.upload(b"_0800001P")
        client.download(b"_0C00007P", BLOCK)
        client.control(b"_DELE", b"\x01\x000C00007P")
    with socket.create_connection(("127.0.0.1", sensor.s7_port), 5, (source, 0)) as visitor:
        visitor.sendall(b"\x16\x03\x01 no S7 at all\r\n\r\n")
        with contextlib.suppress(OSError):
            visitor.recv(100)


def over_http(sensor, source="127.0.0.1"):
    for request in (b"GET / HTTP/1.1\r\nHost: plc\r\nUser-Agent: " + HOSTILE.replace("\n", " ").encode() + b"\r\n\r\n", b"GET /nothing?<script> HTTP/1.0\r\n\r\n",
                    b"GET /ident.html HTTP/1.0\r\n\r\n", b"GET /../../etc/passwd HTTP/1.0\r\n\r\n",
                    b"GET / HTTP/1.0\r\nAuthorization: Basic YWRtaW46PGI+cHc8L2I+\r\n\r\n", b"no web request at all\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", sensor.http_port), 5, (source, 0)) as visitor:
            visitor.sendall(request)
            visitor.shutdown(socket.SHUT_WR)
            with contextlib.suppress(OSError):
                while visitor.recv(65536):
                    pass


def _password(plain):
    """As S7 clients send it: each character is XORed with 55 and with the encoded one two places before."""
    encoded = []
    for index, character in enumerate(plain.ljust(8)):
        encoded.append(character ^ 0x55 ^ (encoded[index - 2] if index > 1 else 0))
    return bytes(encoded)
