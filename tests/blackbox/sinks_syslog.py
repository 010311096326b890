"""[syslog], [file] and [hpfeeds] against what really takes them: rsyslogd over UDP, TCP and TLS, files that rotate, a broker.

What is sent must be what the journal holds, understood by the other side; what is killed in the middle loses nothing."""

import json
import os
import socket
import sys
import time

import modbus
import snmp_message
from checks import require, run_checks
from collectors import Authority, Broker, Rsyslog
from harness import Sensor
from journal import action, ends_session, field
from programs import needed

EVENTS = 1000

# What a collector that is down for long must not cost.
OUTAGE = 10_000


def visit(sensor, count, pause=0.0):
    """Reads one register `count` times over one connection."""
    with sensor.connect(timeout=10) as visitor:
        for number in range(count):
            visitor.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1))
            if pause:
                time.sleep(pause)


def identities(messages):
    return [message["event@32473 id"] for message in messages]


def reads(events):
    return [field(event, "event.id") for event in events if action(event) == "modbus.read"]


def in_order_of_first(ids):
    return list(dict.fromkeys(ids))


def all_arrived(collector, sensor, seconds=40):
    """Every read of the journal, in its order, more than once only by its id."""
    expected = reads(sensor.journal.fresh())
    messages = collector.wait(lambda m: set(expected) <= set(identities(m)), seconds)
    got = in_order_of_first(one["event@32473 id"] for one in messages if one["msgid"] == "modbus.read")
    missing = [one for one in expected if one not in set(got)]
    require(not missing, f"{len(missing)} of {len(expected)} did not arrive, the first is {missing[:1]}")
    require(got == expected, "not in the order of the journal")
    return f"{len(expected)} events, {len(messages)} messages"


def understood(collector, sensor):
    """One read, field by field, as rsyslog took it apart."""
    visit(sensor, 3)
    events = {field(event, "event.id"): event for event in sensor.journal.wait(lambda e: len(reads(e)) >= 3)}
    messages = collector.wait(lambda m: sum(one["msgid"] == "modbus.read" for one in m) >= 3)
    taken = [message for message in messages if message["msgid"] == "modbus.read"]
    require(len(taken) >= 3, f"{len(taken)} of 3 reads arrived; {len(messages)} messages; the sensor said: {sensor.last_words()}")
    for message in taken:
        event = events[message["event@32473 id"]]
        require(message["pri"] == str(16 * 8 + 5), f"priority {message['pri']}")
        require(message["app"] == "conpot-pi" and message["host"] == "pump-house-3", f"from {message['host']} {message['app']}")
        require(message["time"].startswith(event["@timestamp"][:26]), f"{message['time']} is not {event['@timestamp']}")
        require(message["event@32473 src"] == event["source"]["ip"] and message["event@32473 spt"] == str(event["source"]["port"]), f"source {message}")
        require(message["conpot@32473 request"] == event["conpot"]["request"], "another request")
    return f"{len(messages)} messages"


def with_syslog(address, *settings):
    return Sensor("name=pump-house-3", f"syslog.server={address}", *settings)


# ---- Syslog -----------------------------------------------------------------------------------------------------------

def check_udp_is_understood():
    with Rsyslog("udp") as collector, with_syslog(collector.address) as sensor:
        return understood(collector, sensor)


def check_tcp_is_understood():
    with Rsyslog("tcp") as collector, with_syslog(collector.address) as sensor:
        return understood(collector, sensor)


def check_tls_with_both_certificates_is_understood():
    with Authority() as authority:
        certificate, key = authority.issue("server", "IP:127.0.0.1")
        own, own_key = authority.issue("sensor", "DNS:sensor")
        with Rsyslog("tls", authorities=authority.root, certificate=certificate, key=key, clients=True) as collector, \
                with_syslog(collector.address, f"syslog.ca={authority.root}", f"syslog.certificate={own}", f"syslog.key={own_key}") as sensor:
            return understood(collector, sensor)


def check_tls_to_a_wrong_name_or_root_tells_nothing():
    with Authority() as authority, Authority() as other:
        wrong_name = authority.issue("server", "DNS:elsewhere.example")
        for root, certificate in ((authority.root, wrong_name), (other.root, authority.issue("right", "IP:127.0.0.1"))):
            with Rsyslog("tls", authorities=authority.root, certificate=certificate[0], key=certificate[1]) as collector, \
                    with_syslog(collector.address, f"syslog.ca={root}") as sensor:
                visit(sensor, 2)
                time.sleep(2)
                require(not collector.messages(), "events went to a server that is not the one")
                require(sensor.running(), "the sensor ended")


def check_cef_is_taken_apart_by_rsyslog():
    """liblognorm's own reader of CEF, and a stranger's text that would add fields to the line."""
    hostile = "a|b=c\\d src=6.6.6.6 \"]\n<13>1 - - - - -"
    with Rsyslog("tcp", cef=True) as collector, with_syslog(collector.address, "syslog.format=cef") as sensor:
        visit(sensor, 2)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
            visitor.sendto(snmp_message.message(snmp_message.pdu(snmp_message.GET, ["1.3.6.1.2.1.1.1.0"]), hostile.encode()), ("127.0.0.1", sensor.snmp_port))
        events = {field(event, "event.id"): event for event in sensor.journal.wait(lambda e: any(action(one) == "snmp.bad-community" for one in e))}
        messages = collector.wait(lambda m: any(one["msgid"] == "snmp.bad-community" for one in m))
        require(messages and all("cef" in one for one in messages), f"{messages[:1]}")
        for message in messages:
            message["cef"] = json.loads(message["cef"])
            cef, fields = message["cef"], message["cef"]["Extensions"]
            require((cef["DeviceVendor"], cef["DeviceProduct"], cef["SignatureID"]) == ("Conpot.Pi", "Conpot.Pi", message["msgid"]), f"{cef}")
            event = events.get(fields["externalId"])
            if event is None or not field(event, "source.ip"):
                continue
            require((fields["src"], fields["spt"], fields["app"]) == (event["source"]["ip"], str(event["source"]["port"]), event["network"]["protocol"]), f"{fields}")
            require(fields.get("cs1", "") == field(event, "conpot.request", ""), f"{fields}")
        guess = next(one["cef"]["Extensions"]["msg"] for one in messages if one["msgid"] == "snmp.bad-community")
        require("a|b=c\\d src=6.6.6.6" in guess and "<U+000A>" in guess, f"the community is {guess!r}")
        return f"{len(messages)} messages"


def check_cef_and_ecs_as_the_message():
    with Rsyslog("tcp") as collector, with_syslog(collector.address, "syslog.format=cef") as sensor:
        visit(sensor, 2)
        messages = collector.wait(lambda m: sum("|modbus.read|" in one["msg"] for one in m) >= 2)
        require(sum("|modbus.read|" in one["msg"] and one["msg"].lstrip().startswith("CEF:0|Conpot.Pi|") for one in messages) >= 2, f"{messages[:1]}")
    with Rsyslog("tcp") as collector, with_syslog(collector.address, "syslog.format=ecs") as sensor:
        visit(sensor, 2)
        messages = collector.wait(lambda m: sum(one["msgid"] == "modbus.read" for one in m) >= 2)
        documents = [json.loads(one["msg"]) for one in messages]
        require(sum(document["event"]["action"] == "modbus.read" and document["ecs"]["version"] == "9.0.0" for document in documents) >= 2, f"{documents[:1]}")


def check_collector_killed_and_started_again_in_the_middle():
    remarks = []
    for kind in ("tcp", "tls"):
        with Authority() as authority:
            certificate, key = authority.issue("server", "IP:127.0.0.1")
            with Rsyslog(kind, authorities=authority.root, certificate=certificate, key=key) as collector, \
                    with_syslog(collector.address, *([f"syslog.ca={authority.root}"] if kind == "tls" else [])) as sensor:
                for part in range(4):
                    visit(sensor, EVENTS // 4)
                    if part in (0, 2):
                        collector.kill()
                        visit(sensor, 20)
                        collector.start()
                remarks.append(f"{kind}: {all_arrived(collector, sensor)}")
    return "; ".join(remarks)


def check_sensor_killed_while_the_collector_is_away_and_during_delivery():
    with Rsyslog("tcp") as collector, with_syslog(collector.address) as sensor:
        visit(sensor, 50)
        collector.wait(lambda m: sum(one["msgid"] == "modbus.read" for one in m) >= 50)
        collector.kill()
        visit(sensor, OUTAGE // 2)
        sensor.kill()
        sensor.start()
        visit(sensor, OUTAGE // 2)
        collector.start()
        collector.wait(lambda m: len(m) > 300, 80)
        sensor.kill()
        sensor.start()
        return all_arrived(collector, sensor, 90)


def check_tls_without_the_library_is_a_message_and_no_crash():
    """The class library ends the process where libssl is missing; a private mount hides it."""
    needed("unshare")
    require(os.geteuid() == 0, "wants root, for a mount of its own")
    hide = 'for l in /usr/lib/*-linux-gnu/libssl.so.3; do mount --bind /dev/null "$l"; done; exec "$@"'
    with Sensor("syslog.server=tls://127.0.0.1:1", prefix=("unshare", "-m", "sh", "-c", hide, "sh")) as sensor:
        visit(sensor, 3)
        time.sleep(3)
        require(sensor.running(), f"the sensor ended: {sensor.last_words()}")


# ---- Files ------------------------------------------------------------------------------------------------------------

def lines_of(path):
    with open(path, encoding="ascii") as stream:
        return [json.loads(line) for line in stream]


def check_classic_lines_rotate_and_lose_none():
    with Sensor("name=pump-house-3") as sensor:
        path = os.path.join(sensor.directory, "conpot.json")
        sensor._command += ["--set", f"file.path={path}", "--set", "file.size=64KiB", "--set", "file.keep=20"]
        sensor.stop()
        sensor.start()
        visit(sensor, EVENTS)
        expected = len([e for e in sensor.journal.wait(lambda events: any(ends_session(e) for e in events)) if field(e, "source.ip")])
        until = time.monotonic() + 20
        files, lines = [], []
        while len(lines) < expected and time.monotonic() < until:
            time.sleep(0.2)
            numbers = sorted((int(name.rpartition(".")[2]) for name in os.listdir(sensor.directory) if name.startswith("conpot.json.")), reverse=True)
            files = [f"{path}.{number}" for number in numbers] + [path]
            lines = [line for name in files if os.path.exists(name) for line in lines_of(name)]
        require(len(lines) == expected, f"{len(lines)} lines for {expected} events")
        require(list(lines[0]) == ["timestamp", "sensorid", "id", "src_ip", "src_port", "dst_ip", "dst_port", "public_ip", "data_type", "request", "response", "event_type"], f"fields {list(lines[0])}")
        require(lines[0]["event_type"] == "NEW_CONNECTION" and lines[0]["sensorid"] == "pump-house-3", f"{lines[0]}")
        require([line["timestamp"] for line in lines] == sorted(line["timestamp"] for line in lines), "not in order over the rotation")
        require(len(files) > 3, f"only {len(files)} files")
        return f"{len(lines)} lines in {len(files)} files"


# ---- hpfeeds ----------------------------------------------------------------------------------------------------------

def hpfeeds(broker, secret="s3cret"):
    return Sensor(f"hpfeeds.server=tcp://127.0.0.1:{broker.port}", "hpfeeds.ident=decoy", f"hpfeeds.secret={secret}")


def check_a_broker_that_is_cut_in_the_middle_has_everything():
    with Broker("decoy", "s3cret") as broker, hpfeeds(broker) as sensor:
        for _ in range(4):
            visit(sensor, EVENTS // 8)
            broker.cut()
        visit(sensor, 10)
        expected = reads(sensor.journal.fresh())
        until = time.monotonic() + 40

        def got():
            found = [next(iter(payload["data"].values()))["event_id"] for _, _, payload in list(broker.published)]
            return [one for one in in_order_of_first(found) if one in set(expected)]

        while len(got()) < len(expected) and time.monotonic() < until:
            time.sleep(0.1)
        require(got() == expected, f"{len(got())} of {len(expected)}, or out of order")
        ident, channel, payload = broker.published[0]
        require((ident, channel) == ("decoy", "conpot.events"), f"{ident} on {channel}")
        require(list(payload)[:10] == ["id", "remote", "src_ip", "src_port", "local", "dst_ip", "dst_port", "data_type", "timestamp", "public_ip"], f"{list(payload)}")
        return f"{len(expected)} events, {len(broker.published)} published"


def check_a_wrong_secret_publishes_nothing():
    with Broker("decoy", "s3cret") as broker, hpfeeds(broker, "wrong") as sensor:
        visit(sensor, 3)
        until = time.monotonic() + 10
        while not broker.refused and time.monotonic() < until:
            time.sleep(0.05)
        require(broker.refused and not broker.published, f"refused {broker.refused}, published {len(broker.published)}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
