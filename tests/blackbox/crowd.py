"""A crowd of visitors, each with an address of its own: they connect, ask a while over Modbus, S7comm, HTTP or SNMP, and leave in every way there is.

A process of its own (asyncio, a few per cent of a core), told what to do in one JSON object; it ends when its standard input does, and then
says in JSON what each protocol sent and got. `Crowd` is the other end."""

import asyncio
import contextlib
import json
import os
import random
import socket
import struct
import subprocess
import sys

import modbus
import snmp_message as ber
from checks import require
from s7comm import CONNECT, SETUP
from snmp_names import IF_TABLE, MIB2, SYS_DESCR, SYS_UP_TIME
from visitor import READ_MB0

# Of each ten visitors. A visitor waits 0.1 to 0.5 s between two questions, so 200 of them ask about 600 a second.
SHARES = {"modbus": 4, "s7comm": 2, "http": 2, "snmp": 2}
PAUSE = (0.1, 0.5)
MOST_QUESTIONS = 20
PATIENCE = 10
TALLIES = ("connected", "refused", "sent", "answered", "unanswered", "abandoned")


class Crowd:
    """`with Crowd(sensor, 200, pages, cpu) as crowd: ...; crowd.leave()`: {protocol: {tally: count}}."""

    def __init__(self, sensor, visitors, pages, cpu=None):
        self._task = {"visitors": visitors, "pages": pages, "ports": {"modbus": sensor.port, "s7comm": sensor.s7_port, "http": sensor.http_port, "snmp": sensor.snmp_port}}
        self._cpu = cpu

    def __enter__(self):
        self._process = subprocess.Popen([sys.executable, os.path.abspath(__file__), json.dumps(self._task)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._cpu is not None:
            os.sched_setaffinity(self._process.pid, {self._cpu})
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    def leave(self):
        """Everybody finishes his question and goes."""
        said, _ = self._process.communicate(timeout=3 * PATIENCE)
        require(self._process.returncode == 0, f"the crowd ended with {self._process.returncode}")
        return json.loads(said)


# ---- The process ------------------------------------------------------------------------------------------------------

class Guest:
    """One visitor with an address of its own, again and again until all is over."""

    def __init__(self, number, protocol, task, tally, over):
        self.address = f"127.20.{number // 200}.{1 + number % 200}"
        self.protocol, self.port, self.pages, self.tally, self.over = protocol, task["ports"][protocol], task["pages"], tally, over
        self.dice = random.Random(number)
        self.register = 600 + number % 400
        self.transaction = 0

    async def run(self):
        visit = self._visit_datagrams if self.protocol == "snmp" else self._visit_stream
        while not self.over.is_set():
            try:
                await visit()
            except TimeoutError:
                self.tally["unanswered"] += 1
            except OSError:
                self.tally["refused"] += 1
                await self._pause()

    async def _pause(self):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.over.wait(), self.dice.uniform(*PAUSE))

    # ---- Over TCP ----

    async def _visit_stream(self):
        reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port, local_addr=(self.address, 0)), PATIENCE)
        self.tally["connected"] += 1
        try:
            if self.protocol == "s7comm":
                await self._ask(reader, writer, CONNECT)
                await self._ask(reader, writer, SETUP)
            for _ in range(self.dice.randint(1, MOST_QUESTIONS)):
                await self._ask(reader, writer, self._question())
                await self._pause()
                if self.over.is_set():
                    break
            await self._go(reader, writer)
        finally:
            writer.close()

    async def _ask(self, reader, writer, question):
        self.tally["sent"] += 1
        writer.write(question)
        await asyncio.wait_for(self._answer(reader), PATIENCE)
        self.tally["answered"] += 1

    async def _answer(self, reader):
        try:
            if self.protocol == "modbus":
                head = await reader.readexactly(6)
                await reader.readexactly(int.from_bytes(head[4:6], "big"))
            elif self.protocol == "s7comm":
                head = await reader.readexactly(4)
                await reader.readexactly(struct.unpack(">H", head[2:])[0] - 4)
            else:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
                await reader.readexactly(length)
        except asyncio.IncompleteReadError as cut:
            raise ConnectionError(str(cut)) from None

    def _question(self):
        if self.protocol == "s7comm":
            return READ_MB0
        if self.protocol == "http":
            return f"GET {self.dice.choice(self.pages)} HTTP/1.1\r\nHost: hmi\r\nUser-Agent: crowd\r\n\r\n".encode()
        self.transaction = (self.transaction + 1) & 0xFFFF
        pdu = self.dice.choice((
            modbus.read(modbus.READ_HOLDING, self.register, 1), modbus.read(modbus.READ_HOLDING, 500, 120), modbus.read(modbus.READ_COILS, 0, 64),
            modbus.read(modbus.READ_ANALOG, 0, 16), modbus.write_register(self.register, self.transaction), bytes([0x2B, 0x0E, 1, 0])))
        return modbus.frame(self.transaction, self.dice.choice((0, 1, 255)), pdu)

    async def _go(self, reader, writer):
        """An orderly close, a reset, half of a question, or a last word with the sending side shut."""
        way = self.dice.randrange(4)
        if way == 1:
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif way == 2:
            question = self._question()
            self.tally["abandoned"] += 1
            writer.write(question[:self.dice.randrange(1, len(question))])
            await writer.drain()
        elif way == 3:
            writer.write_eof()
            await asyncio.wait_for(reader.read(), PATIENCE)

    # ---- Over UDP ----

    async def _visit_datagrams(self):
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.setblocking(False)
            line.bind((self.address, 0))
            line.connect(("127.0.0.1", self.port))
            self.tally["connected"] += 1
            for _ in range(self.dice.randint(1, MOST_QUESTIONS)):
                self.transaction += 1
                kind, names, third = self.dice.choice(((ber.GET, [SYS_UP_TIME, SYS_DESCR], 0), (ber.GET_NEXT, [IF_TABLE], 0), (ber.GET_BULK, [MIB2], 10)))
                self.tally["sent"] += 1
                line.send(ber.message(ber.pdu(kind, names, self.transaction, 0, third), b"public", ber.V2C))
                await asyncio.wait_for(loop.sock_recv(line, 65535), PATIENCE)
                self.tally["answered"] += 1
                await self._pause()
                if self.over.is_set():
                    break


async def main(task):
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(sys.stdin.fileno(), over.set)
    tallies = {protocol: dict.fromkeys(TALLIES, 0) for protocol in SHARES}
    order = [protocol for protocol, share in SHARES.items() for _ in range(share)]
    guests = []
    for number in range(task["visitors"]):
        protocol = order[number % len(order)]
        guests.append(asyncio.create_task(Guest(number, protocol, task, tallies[protocol], over).run()))
    await over.wait()
    loop.remove_reader(sys.stdin.fileno())
    for done in await asyncio.gather(*guests, return_exceptions=True):
        if isinstance(done, BaseException):
            raise done
    print(json.dumps(tallies))


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
