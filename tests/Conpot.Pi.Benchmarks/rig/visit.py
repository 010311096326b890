"""Asks a sensor for what visitors ask for, over every protocol.  usage: visit.py MODBUS S7COMM SNMP HTTP (ports on loopback)"""
import socket
import sys

modbus, s7comm, snmp, http = (int(port) for port in sys.argv[1:5])
PATIENCE = 60  # under an instrument everything takes fifty times as long

READ, INPUTS, COILS = "000100000006010303E8000A", "000200000006010400000004", "000300000006010100000008"
WRITE, WRITE_ONE, WRITE_COIL = "00040000000B011003E800020401020304", "00050000000601060001000A", "00060000000601050000FF00"
IDENTIFY, UNKNOWN = "000700000005012B0E0100", "0008000000020141"
CONNECT, SETUP = "0300001611E00000000400C1020100C2020102C0010A", "0300001902F08032010000000000080000F0000001000101E0"
READ_DB, READ_MANY = "0300001F02F080320100000001000E00000401120A10020014000184001F40", "0300002B02F080320100000002001A00000402120A10020001000081000000120A10010001000082000001"
WRITE_DB = "0300002502F080320100000003000E00060501120A10020002000184001F40000400100063"
LISTS = ["0300002102F080320700000001000800080001120411440100FF090004" + szl for szl in ("00110001", "001C0000", "0424FFFF", "00370000")]
UPTIME, NEXT = "302902010104067075626C6963A01C020400000001020100020100300E300C06082B060102010103000500", "302602010104067075626C6963A119020400000001020100020100300B300906052B060102020500"
STRANGER = "302602010104067072697661A119020400000001020100020100300B300906052B060102020500"


def stream(port, requests):
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        for request in requests:
            connection.sendall(request if isinstance(request, bytes) else bytes.fromhex(request))
            if not connection.recv(65536):
                break


for _ in range(3):
    stream(modbus, [READ, INPUTS, COILS, WRITE, WRITE_ONE, WRITE_COIL, IDENTIFY, UNKNOWN, READ])
    stream(s7comm, [CONNECT, SETUP, READ_DB, READ_MANY, WRITE_DB, *LISTS])
    for path in ("/", "/index.html", "/nothing", "/"):
        stream(http, [f"GET {path} HTTP/1.1\r\nHost: station\r\n\r\n".encode()])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(PATIENCE)
        for request in (UPTIME, NEXT, UPTIME):
            datagrams.sendto(bytes.fromhex(request), ("127.0.0.1", snmp))
            datagrams.recv(65536)
        datagrams.sendto(bytes.fromhex(STRANGER), ("127.0.0.1", snmp))
