"""[mqtt] against a real mosquitto, plain, with passwords and with TLS on both sides; mosquitto_sub is who hears.

What arrives must be what the journal holds; what is killed in the middle loses nothing; who is gone is said to be gone."""

import json
import os
import re
import statistics
import sys
import tempfile
import time

import modbus
from checks import require, run_checks
from collectors import Authority
from control import run as verb
from harness import Sensor
from journal import action, field
from mosquitto import Listener, Mosquitto

EVENTS = 1200

# What a broker that is down for long must not cost.
OUTAGE = 10_000

ID = re.compile(r'"id":"([^"]+)"')


def visit(sensor, count):
    """Reads one register `count` times over one connection."""
    with sensor.connect(timeout=10) as visitor:
        for number in range(count):
            visitor.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1))


def write(sensor):
    """What weighs enough for an alert."""
    with sensor.connect(timeout=10) as visitor:
        visitor.ask(modbus.write_register(1, 7))


def with_mqtt(broker, *settings):
    # Like an installation with a configuration file: the verbs are to find the running sensor.
    return Sensor("name=pump-house-3", f"mqtt.server={broker.address}", *settings)


def reads(sensor):
    return [field(event, "event.id") for event in sensor.journal.fresh() if action(event) == "modbus.read"]


def heard(listener):
    """Ids of the reads; ten thousand lines are not taken apart at every look."""
    return [ID.search(text).group(1) for topic, _, text, _ in list(listener.messages) if topic.endswith("/events") and '"action":"modbus.read"' in text]


def all_arrived(listener, sensor, seconds=90):
    """Every read of the journal, in its order, more than once only by its id."""
    expected = reads(sensor)
    listener.wait(lambda hears: set(expected) <= set(heard(hears)), seconds)
    every = heard(listener)
    got = list(dict.fromkeys(every))
    missing = [one for one in expected if one not in set(got)]
    require(not missing, f"{len(missing)} of {len(expected)} did not arrive, the first is {missing[:1]}; the sensor said: {sensor.last_words()}")
    require(got == expected, "not in the order of the journal")
    return f"{len(expected)} events, {len(every)} messages"


def is_online(listener):
    states = [status["state"] for status, _, _ in listener.of("/status")]
    return bool(states) and states[-1] == "online"


# ---- What is published ------------------------------------------------------------------------------------------------

def check_a_touch_is_heard_within_a_second():
    delays = []
    for version in ("5", "3.1.1"):
        with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker, f"mqtt.version={version}") as sensor:
            require(listener.wait(is_online), "not online without a touch")
            time.sleep(0.5)
            began = time.monotonic()
            visit(sensor, 1)
            require(listener.wait(heard, 5), "nothing is heard")
            delays.append(next(came for event, _, came in listener.of("/events") if event["event"]["action"] == "modbus.read") - began)
            event, retained, _ = next(m for m in listener.of("/events") if m[0]["event"]["action"] == "modbus.read")
            ours = next(e for e in sensor.journal.fresh() if action(e) == "modbus.read")
            require(event == ours and not retained, f"{event} is not the journal's {ours}")
            require({topic for topic, _, _, _ in listener.messages} == {"conpot/pump-house-3/events", "conpot/pump-house-3/status"}, "other topics")
    require(max(delays) < 1, f"{delays}")
    return ", ".join(f"{delay * 1000:.0f} ms" for delay in delays)


def check_an_alert_has_a_topic_of_its_own():
    with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker) as sensor:
        write(sensor)
        require(listener.wait(lambda hears: hears.of("/alerts"), 5), "no alert")
        alert = listener.of("/alerts")[0][0]
        require(alert["event"]["action"] == "alert.raised" and alert["conpot"]["what"] == "modbus.write", f"{alert}")
        require(alert in [event for event, _, _ in listener.of("/events")], "it is not among the events")


def check_test_alert_is_answered_and_heard():
    with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker) as sensor:
        code, out, err = verb(sensor, "test-alert", seconds=20)
        if code == 2:
            return "test-alert is not there yet"
        require(code == 0 and "PUBACK" in out + err, f"{code} {out} {err}")
        require(listener.wait(lambda hears: hears.of("/alerts"), 5), "no test on the alerts' topic")


# ---- Who is there -----------------------------------------------------------------------------------------------------

def check_status_is_retained_and_the_will_says_who_is_gone():
    with Mosquitto() as broker, Listener(broker) as listener:
        with with_mqtt(broker) as sensor:
            require(listener.wait(is_online), "not online")
            with Listener(broker) as late:
                require(late.wait(is_online, 5), "who comes later is not told")
                status, retained, _ = late.of("/status")[-1]
                require(retained and status["name"] == "pump-house-3" and status["version"] and "224" in status["device"], f"{status}")
            killed = time.monotonic()
            sensor.kill()
            require(listener.wait(lambda hears: not is_online(hears), 5), "the will did not appear")
            took = listener.of("/status")[-1][2] - killed
            require(listener.of("/status")[-1][0]["reason"] == "lost", "not lost")
            with Listener(broker) as late:
                require(late.wait(lambda hears: hears.of("/status"), 5) and not is_online(late), "the will is not retained")
            sensor.start()
            require(listener.wait(is_online, 10), "not online again")
        require(listener.wait(lambda hears: not is_online(hears), 5), "it took no leave")
        require(listener.of("/status")[-1][0]["reason"] == "stopped", "an orderly stop looks like a loss")
        return f"offline {took * 1000:.0f} ms after kill -9"


def check_it_is_online_again_after_the_brokers_restart_without_a_touch():
    with Mosquitto() as broker, with_mqtt(broker):
        with Listener(broker) as listener:
            require(listener.wait(is_online), "not online")
        broker.kill()
        broker.start()
        began = time.monotonic()
        with Listener(broker) as listener:
            require(listener.wait(is_online, 20), "nobody connected to the new broker")
        return f"{time.monotonic() - began:.1f} s"


def check_it_stays_connected_while_nobody_comes():
    """Longer than one and a half keep-alives, after which mosquitto would publish the will."""
    with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker, "alerts.alive=0"):
        require(listener.wait(is_online), "not online")
        time.sleep(50)
        require([status["state"] for status, _, _ in listener.of("/status")] == ["online"], f"{listener.of('/status')}")
        require("PINGREQ from conpot-pi-pump-house-3" in broker.said(), "no ping")


# ---- Who may ----------------------------------------------------------------------------------------------------------

def password_file(sensor, text):
    path = os.path.join(sensor.directory, "mqtt")
    with open(path, "w", encoding="ascii") as stream:
        stream.write(text)
    os.chmod(path, 0o600)
    return path


def check_a_wrong_password_is_told_and_a_corrected_one_needs_no_restart():
    with Mosquitto(users={"decoy": "s3cret", "ear": "e"}) as broker, with_mqtt(broker, "mqtt.user=decoy") as sensor:
        sensor.stop()
        sensor._command += ["--set", f"mqtt.password_file={password_file(sensor, 'wrong')}"]
        sensor.start()
        until = time.monotonic() + 20
        out = ""
        while "does not let 'decoy' in" not in out and time.monotonic() < until:
            _, out, _ = verb(sensor, "status")
            time.sleep(0.2)
        require("does not let 'decoy' in; check 'user' and 'password_file'" in out, f"status says: {out}")
        require("s3cret" not in out and "wrong" not in out, "the status shows a password")
        with Listener(broker, "-u", "ear", "-P", "e") as listener:
            password_file(sensor, "s3cret\n")
            require(listener.wait(is_online, 90), "the right password is not taken")
            visit(sensor, 3)
            all_arrived(listener, sensor)


def check_a_systemd_credential_is_the_password():
    """As LoadCredential= leaves it: a folder of the service's own, named in the environment."""
    with tempfile.TemporaryDirectory(prefix="conpot-pi-credentials-") as credentials, Mosquitto(users={"decoy": "s3cret", "ear": "e"}) as broker:
        with open(os.path.join(credentials, "mqtt"), "w", encoding="ascii") as stream:
            stream.write("s3cret")
        os.chmod(stream.name, 0o440)  # an access list of systemd's own shows as bits of the group
        with Sensor("name=pump-house-3", f"mqtt.server={broker.address}", "mqtt.user=decoy", "mqtt.password_file=$CREDENTIALS_DIRECTORY/mqtt", environment={"CREDENTIALS_DIRECTORY": credentials}) as sensor, \
                Listener(broker, "-u", "ear", "-P", "e") as listener:
            require(listener.wait(is_online), "the credential is not taken")
            visit(sensor, 3)
            all_arrived(listener, sensor)


def check_tls_with_both_certificates():
    with Authority() as authority:
        certificate, key = authority.issue("server", "IP:127.0.0.1")
        own, own_key = authority.issue("sensor", "DNS:sensor")
        tls = {"authorities": authority.root, "certificate": certificate, "key": key}
        with Mosquitto(clients=True, **tls) as broker, Listener(broker, "--cafile", authority.root, "--cert", own, "--key", own_key) as listener:
            with with_mqtt(broker, f"mqtt.ca={authority.root}", f"mqtt.certificate={own}", f"mqtt.key={own_key}") as sensor:
                require(listener.wait(is_online), f"not online: {broker.said()[-300:]}")
                visit(sensor, 50)
                remark = all_arrived(listener, sensor)
            with with_mqtt(broker, f"mqtt.ca={authority.root}") as sensor:
                said = told(sensor, "127.0.0.1")
                require("certificate" in said, f"without a certificate of ours: {said}")
        return remark


def told(sensor, word):
    """The sink's error as `status --json` has it."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        _, out, _ = verb(sensor, "status", "--json")
        text = json.dumps(json.loads(out)["sinks"])
        if word in text:
            return text
        time.sleep(0.2)
    return out


def check_tls_to_a_wrong_name_or_root_tells_nothing():
    with Authority() as authority, Authority() as other:
        for root, (certificate, key) in ((authority.root, authority.issue("server", "DNS:elsewhere.example")), (other.root, authority.issue("right", "IP:127.0.0.1"))):
            with Mosquitto(authorities=authority.root, certificate=certificate, key=key) as broker, with_mqtt(broker, f"mqtt.ca={root}") as sensor:
                visit(sensor, 2)
                said = told(sensor, "did not agree on TLS")
                require("did not agree on TLS" in said and "'ca' in [mqtt]" in said, f"{said}")
                require("CONNECT" not in broker.said() and "conpot-pi-pump" not in broker.said(), "it spoke to a server that is not the one")


def check_nobody_listening_is_told():
    with Mosquitto() as broker:
        broker.kill()
        with with_mqtt(broker) as sensor:
            said = told(sensor, "nobody listens on")
            require("nobody listens on mqtt://127.0.0.1" in said, said)


# ---- Outages ----------------------------------------------------------------------------------------------------------

def check_broker_killed_and_started_again_in_the_middle():
    """The listener's session dies with a broker that is killed, so a broker that was killed is heard by a listener that is there before the sensor is."""
    remarks = []
    for version in ("5", "3.1.1"):
        with Mosquitto() as broker, with_mqtt(broker, f"mqtt.version={version}") as sensor:
            got = []
            for part in range(3):
                with Listener(broker) as listener:
                    require(listener.wait(is_online, 80), "not online")
                    visit(sensor, EVENTS // 3)
                    if part < 2:
                        broker.kill()
                        visit(sensor, 50)
                        time.sleep(0.3)
                        got += heard(listener)
                        # Brought up only for those who listen first.
                        listener.__exit__()
                        broker.start()
                    else:
                        expected = reads(sensor)
                        listener.wait(lambda hears: expected[-1] in heard(hears), 90)
                        got += heard(listener)
            order = list(dict.fromkeys(got))
            positions = [expected.index(one) for one in order]
            require(positions == sorted(positions), "not in the order of the journal")
            require(expected[-1] in order, f"the last did not arrive: {sensor.last_words()}")
            # The listener may have heard a batch whose last PUBACK is still on its way.
            until = time.monotonic() + 10
            while True:
                _, out, _ = verb(sensor, "status", "--json")
                sink = json.loads(out)["sinks"][0]
                if sink.get("lag", 0) < 10 or time.monotonic() > until:
                    break
                time.sleep(0.1)
            require(sink.get("dropped", 0) == 0 and sink.get("lag", 0) < 10, f"{sink}")
            remarks.append(f"MQTT {version}: {len(expected)} events, {len(got)} messages heard")
    return "; ".join(remarks)


def check_connections_cut_in_the_middle_lose_none():
    """The broker lives and its listeners with it; the sensor's connection is cut by a second client of its name."""
    with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker) as sensor:
        require(listener.wait(is_online), "not online")
        for _ in range(6):
            visit(sensor, EVENTS // 6)
            with Listener(broker, "-i", "conpot-pi-pump-house-3", topic="nothing"):
                visit(sensor, 20)
        return all_arrived(listener, sensor)


def check_sensor_killed_during_the_outage_and_during_delivery():
    with Mosquitto(more=("max_queued_messages 100000",)) as broker, with_mqtt(broker) as sensor:
        visit(sensor, 20)
        time.sleep(0.5)
        broker.kill()
        reads(sensor)  # those are looked at no more
        visit(sensor, OUTAGE // 2)
        sensor.kill()  # during the outage
        sensor.start()
        visit(sensor, OUTAGE // 2)
        broker.start()
        with Listener(broker) as listener:
            for _ in range(3):
                count = len(heard(listener))
                listener.wait(lambda hears: len(heard(hears)) > count + 50, 80)
                sensor.kill()  # during delivery
                sensor.start()
            expected = reads(sensor)
            listener.wait(lambda hears: set(expected) <= set(heard(hears)), 90)
            every = heard(listener)
            order = [one for one in dict.fromkeys(every) if one in set(expected)]
            missing = len(expected) - len(order)
            require(missing == 0, f"{missing} of {len(expected)} did not arrive: {sensor.last_words()}")
            require(order == expected, "not in the order of the journal")
            return f"{len(expected)} events, {len(every)} messages"


# ---- Home Assistant ---------------------------------------------------------------------------------------------------

def check_home_assistant_discovers_the_sensor():
    required = {"name", "unique_id", "state_topic", "value_template", "availability_topic", "availability_template", "device", "origin"}
    with Mosquitto() as broker, with_mqtt(broker, "mqtt.home_assistant=true") as sensor:
        with Listener(broker) as early:
            require(early.wait(is_online), "not online")
            visit(sensor, 3)
            write(sensor)
            require(early.wait(lambda hears: [s for s, _, _ in hears.of("/state") if s["alert"] == "ON"], 5), f"no alert in the state: {early.of('/state')}")
        with Listener(broker) as late:
            require(late.wait(lambda hears: len(hears.of("/config")) >= 6 and hears.of("/state"), 5), f"{len(late.of('/config'))} entities")
            for entity, retained, _ in late.of("/config"):
                require(retained and required <= set(entity), f"{required - set(entity)} missing of {entity}")
                require(entity["state_topic"] == "conpot/pump-house-3/state" and entity["device"]["identifiers"] == ["conpot-pi-pump-house-3"], f"{entity}")
            require(len({entity["unique_id"] for entity, _, _ in late.of("/config")}) == 6, "unique ids")
            state, retained, _ = late.of("/state")[-1]
            require(retained and state["mode"] == "RUN" and state["last_source"] == "127.0.0.1" and state["last_alert"] == "modbus.write" and state["alerts"] == 1, f"{state}")


# ---- How fast ---------------------------------------------------------------------------------------------------------

def check_time_from_packet_to_message():
    """Told, not judged: the machine's load is in it."""
    with Mosquitto() as broker, Listener(broker) as listener, with_mqtt(broker) as sensor:
        require(listener.wait(is_online), "not online")
        sent = []
        with sensor.connect(timeout=10) as visitor:
            for number in range(300):
                sent.append(time.monotonic())
                visitor.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1))
                time.sleep(0.03)
        require(listener.wait(lambda hears: len(heard(hears)) >= len(sent)), "not all arrived")
        came = [when for event, _, when in listener.of("/events") if event["event"]["action"] == "modbus.read"]
        delays = sorted((there - here) * 1000 for here, there in zip(sent, came))
        return f"median {statistics.median(delays):.1f} ms, p99 {delays[int(len(delays) * 0.99)]:.1f} ms of {len(delays)}"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
