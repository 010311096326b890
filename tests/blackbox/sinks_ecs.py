"""format = "ecs" and format = "conpot": what every protocol and the sensor itself make becomes documents that the schema's definitions and an index take."""

import json
import os
import signal
import sys
import time

import ecs
import visits
from checks import require, run_checks
from harness import Sensor
from journal import action, field
from snmp_agent import GENEROUS

# Kinds that one visit over each protocol makes, among others.
WANTED = {
    "sensor.start", "sensor.stop", "sensor.config", "sensor.alive", "plc.mode", "session.start", "session.end", "alert.raised", "alert.repeated",
    "modbus.read", "modbus.write", "modbus.identify", "modbus.unknown", "modbus.discarded", "modbus.malformed", "snmp.get", "snmp.walk", "snmp.set", "snmp.bad-community", "snmp.malformed",
    "s7comm.connect", "s7comm.setup", "s7comm.read", "s7comm.write", "s7comm.identify", "s7comm.mode", "s7comm.password", "s7comm.clock-set", "s7comm.stop", "s7comm.start", "s7comm.upload",
    "s7comm.download", "s7comm.control", "s7comm.malformed", "http.request", "http.login", "http.exploit", "http.malformed",
}


def lines_of(path):
    with open(path, "rb") as stream:
        return [json.loads(line) for line in stream.read().rpartition(b"\n")[0].decode("ascii").splitlines()]  # the last line may be half written


def everything(form):
    """What the journal holds after a visit over every protocol, and the lines of a file in this format."""
    with Sensor(*GENEROUS, "name=pump-house-3", "alerts.window=1s", "alerts.alive=1s") as sensor:
        sensor.stop()
        path = os.path.join(sensor.directory, "out.json")
        sensor._command += ["--set", f"file.path={path}", "--set", f"file.format={form}", "--set", "file.from=beginning"]
        sensor.start()
        for visit in (visits.over_modbus, visits.over_snmp, visits.over_s7, visits.over_http):
            visit(sensor)
        sensor.send_signal(signal.SIGHUP)
        time.sleep(2.5)  # the alerts' windows end, and a sign of life
        sensor.stop()
        sensor.start()
        events = sensor.journal.fresh()
        until = time.monotonic() + 20
        while len(lines_of(path)) < len([e for e in events if form != "conpot" or field(e, "source.ip")]) and time.monotonic() < until:
            time.sleep(0.1)
        return events, lines_of(path)


def check_every_event_is_a_document_that_schema_and_index_take():
    events, documents = everything("ecs")
    missing = WANTED - {action(e) for e in events}
    require(not missing, f"the visits made no {sorted(missing)}")
    by_id = {document["event"]["id"]: document for document in documents}
    require({field(e, "event.id") for e in events} <= set(by_id), f"{len(events)} events, {len(by_id)} documents")
    index = ecs.Index()
    for document in documents:
        ecs.check(document)
        index.add(document)
    return f"{len(documents)} documents of {len({d['event']['action'] for d in documents})} kinds"


def check_every_touch_is_a_classic_line():
    events, lines = everything("conpot")
    touches = [e for e in events if field(e, "source.ip")]
    require(len(lines) >= len(touches) > 30, f"{len(lines)} lines for {len(touches)} touches")
    index = ecs.Index()
    for line in lines:
        for name in ("public_ip", "request", "response", "event_type"):
            if line[name] is None:
                del line[name]
        index.add({**line, "event": {"action": line["data_type"]}})
    require({line["data_type"] for line in lines} == {"modbus", "snmp", "s7comm", "http"}, f"{ {line['data_type'] for line in lines} }")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
