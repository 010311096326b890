"""What the counter-proof needs and no profile plays: the S7comm, web, Modbus and SNMP manners of a later Conpot, and of a snap7 server, as the facts tell them.

Not a line of either is in here; it answers what the rules ask and nothing else. One thread for each connection, and all of them end with it."""

import socket
import struct
import threading

import snmp_message as ber
from modbus import frames
from s7comm import exactly, packet, pdu
from snmp_names import SYS_DESCR, SYS_OBJECT_ID, SYS_UP_TIME

PAGE = ("HTTP/1.0 200 OK\r\nLast-Modified: Tue, 19 May 1993 09:00:00 GMT\r\nSet-cookie: path=/\r\nContent-Type: text/html\r\n\r\n"
        "<HTML><HEAD><TITLE>Overview - Siemens, SIMATIC, S7-200</TITLE></HEAD><BODY><H2>Technodrome</H2>1 timeticks (deciseconds)</BODY></HTML>")
CONPOT = {0x0011: ("6ES7 315-2EH14-0AB0", ""), 0x001C: ("Technodrome", "Siemens, SIMATIC, S7-200", "Mouser Factory", "Original Siemens Equipment", "88111222", "IM151-8 PN/DP CPU")}
SNAP7 = {0x0011: ("6ES7 315-2EH14-0AB0 ", ""), 0x001C: ("SNAP7-SERVER", "CPU 315-2 PN/DP", "", "Original Siemens Equipment", "S C-C2UR28922012", "CPU 315-2 PN/DP", "MMC 267FF11F",
                                                        # nmap's example, so that its rule has something to find
                                                        "6ES7 315-2AG10-0AB0")}
# A time that is a text, and stands.
OBJECTS = {ber.parts(SYS_DESCR): ber.octets("Siemens, SIMATIC, S7-200"), ber.parts(SYS_OBJECT_ID): ber.oid("1.3.6.1.4.1.20408"), ber.parts(SYS_UP_TIME): ber.octets("0:00:12.34")}
IDLE_SECONDS = 5


class Decoy:
    """`with Decoy() as target:`; Decoy(snap7=True) has S7comm alone."""

    def __init__(self, snap7=False):
        self._listeners, self._connections, self._snap7 = [], [], snap7
        self.s7_port = self._listen(self._snap7_server if snap7 else self._conpot)
        self.port = None if snap7 else self._listen(self._modbus)
        self.http_port = None if snap7 else self._listen(self._page)
        self.snmp_port = None if snap7 else self._agent()
        self.open_ports = {102} if snap7 else {80, 102, 502}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for each in (*self._listeners, *self._connections):
            each.close()

    def _listen(self, serve):
        listener = socket.create_server(("127.0.0.1", 0))
        self._listeners.append(listener)

        def accept():
            try:
                while True:
                    connection, _ = listener.accept()
                    connection.settimeout(30 if self._snap7 else IDLE_SECONDS)
                    self._connections.append(connection)
                    threading.Thread(target=self._served, args=(serve, connection), daemon=True).start()
            except OSError:
                pass

        threading.Thread(target=accept, daemon=True).start()
        return listener.getsockname()[1]

    def _agent(self):
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        self._listeners.append(server)

        def serve():
            try:
                while True:
                    request, visitor = server.recvfrom(2048)
                    if (answer := self._object(request)) is not None:
                        server.sendto(answer, visitor)
            except OSError:
                pass

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    @staticmethod
    def _object(request):
        """To GET the object, to GETNEXT the one behind it; None for another version's message."""
        try:
            asked = ber.Message(request, strict=False)
        except ber.Malformed:
            return None
        name = asked.only.name
        if asked.tag == ber.GET_NEXT:
            name = next((each for each in OBJECTS if each > name), None)
        found = OBJECTS.get(name)
        pair, status = ((name, found), 0) if found else (asked.only.dotted, ber.NO_SUCH_NAME)
        return ber.message(ber.pdu(ber.RESPONSE, [pair], asked.request_id, status, 1 if status else 0), asked.community, asked.version)

    @staticmethod
    def _served(serve, connection):
        with connection:
            try:
                serve(connection)
            except OSError:
                pass  # the visitor has gone, or was idle for too long

    def _conpot(self, connection):
        while got := packet(connection):
            if got[5] == 0xE0:
                connection.sendall(bytes.fromhex("030000130ed00000000000c1020000c2020000"))
            elif got[8] == 7:
                connection.sendall(self._list(got, CONPOT, bytes.fromhex("0001120812840101")))
            elif got[17] == 0xF0:
                connection.sendall(pdu(b"\x32\x03" + got[9:13] + bytes.fromhex("000800000000") + got[17:25]))
            else:
                return

    def _snap7_server(self, connection):
        while got := packet(connection):
            if got[5] == 0xE0:
                connection.sendall(got[:5] + b"\xd0" + got[8:10] + b"\x00\x01" + got[10:])
            elif got[8] == 7:
                connection.sendall(self._list(got, SNAP7, bytes.fromhex("000112081284010100000000")))
            else:
                connection.sendall(pdu(b"\x32\x03" + got[9:13] + bytes.fromhex("000800000000") + got[17:25]))

    @staticmethod
    def _list(request, lists, parameter):
        identity = struct.unpack(">H", request[29:31])[0]
        records = b"".join(struct.pack(">H", number) + text.encode().ljust(32, b"\0") for number, text in enumerate(lists.get(identity, ()), 1))
        data = struct.pack(">HHHH", identity, 1, 34, len(records) // 34) + records
        return pdu(b"\x32\x07\x00\x00" + request[11:13] + struct.pack(">HH", len(parameter), 4 + len(data)) + parameter + b"\xff\x09" + struct.pack(">H", len(data)) + data)

    @staticmethod
    def _modbus(connection):
        while head := exactly(connection, 6):
            (transaction, _, unit, request, _), = frames(head + exactly(connection, head[5]))[0]
            if request[0] == 43:
                return
            connection.sendall(struct.pack(">HHHB", transaction, 0, 3, unit) + bytes([request[0] | 0x80, 2]))

    @staticmethod
    def _page(connection):
        connection.recv(4096)
        connection.sendall(PAGE.encode())
