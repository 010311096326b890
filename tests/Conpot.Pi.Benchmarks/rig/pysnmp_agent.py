"""The SNMP peer in Python: pysnmp's command responders, v2c, sysUpTime and one ifInOctets, logging nothing.  usage: pysnmp_agent.py PORT"""
import signal
import sys

from pysnmp.carrier.asyncore.dgram import udp
from pysnmp.entity import config, engine
from pysnmp.entity.rfc3413 import cmdrsp, context
from pysnmp.proto.api import v2c

signal.alarm(900)  # ends by itself should its orchestrator be gone
agent = engine.SnmpEngine()
config.addTransport(agent, udp.domainName, udp.UdpTransport().openServerMode(("127.0.0.1", int(sys.argv[1]))))
config.addV1System(agent, "area", "public")
config.addVacmUser(agent, 2, "area", "noAuthNoPriv", (1, 3, 6, 1, 2, 1))
objects = context.SnmpContext(agent)
builder = objects.getMibInstrum().getMibBuilder()
scalar, instance = builder.importSymbols("SNMPv2-SMI", "MibScalar", "MibScalarInstance")
octets = (1, 3, 6, 1, 2, 1, 2, 2, 1, 10)
builder.exportSymbols("interface", scalar(octets, v2c.Counter32()), instance(octets, (1,), v2c.Counter32(12345)))
cmdrsp.GetCommandResponder(agent, objects)
cmdrsp.NextCommandResponder(agent, objects)
print("ready", file=sys.stderr, flush=True)
agent.transportDispatcher.jobStarted(1)
agent.transportDispatcher.runDispatcher()
