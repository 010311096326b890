"""The peer in Python: pymodbus on asyncio, one register block, logging nothing.  usage: pymodbus_server.py PORT"""
import asyncio
import signal
import sys

from pymodbus.datastore import (ModbusSequentialDataBlock, ModbusServerContext, ModbusSlaveContext)
from pymodbus.server import StartAsyncTcpServer

signal.alarm(900)  # ends by itself should its orchestrator be gone
registers = ModbusSequentialDataBlock(0, [0x5A5A] * 501)
context = ModbusServerContext(slaves=ModbusSlaveContext(hr=registers, ir=registers), single=True)
# Said before listening, as the call below does not return: the generator repeats a refused connect for a while.
print("ready", file=sys.stderr, flush=True)
asyncio.run(StartAsyncTcpServer(context, address=("127.0.0.1", int(sys.argv[1]))))
