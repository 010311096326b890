"""[webhook] against a web server: what arrives, when, how often, and what a server that is slow, wrong, gone or hostile can do to the sensor.

The library of Debian's package faketime moves the clock for the one check that would take five minutes."""

import glob
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import time

import modbus
from checks import Skipped, require, run_checks
from collectors import Authority
from harness import Sensor, binary, free_port
from journal import action, field
from programs import needed
from surroundings import EMULATED, LAUNCHER
from webserver import WebServer, cut, ok, silence

HOSTILE = '<!channel> @everyone [x](https://evil.example) *b* `c` <at>all</at>'
SETTINGS = """name = "pump-house-3"
[network]
listen = "127.0.0.1"
connections_per_address = 60000
connection_rate = 100000
connection_burst = 100000
[modbus]
port = {port}
latency = "0"
[snmp]
port = {snmp}
[journal]
directory = "{journal}"
"""


def visit(sensor, count):
    """Reads one register `count` times over one connection."""
    with sensor.connect(timeout=10) as visitor:
        for number in range(count):
            visitor.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1))


def touch(sensor):
    """One write, which is worth an alert."""
    with sensor.connect(timeout=10) as visitor:
        visitor.ask(modbus.write_register(5, 1))


def ask_with_community(sensor, community):
    """One SNMP GET of sysDescr with a community of the visitor's choice."""
    request = bytes.fromhex("020101020100020100" "300e300c06082b060102010101000500")
    body = bytes([2, 1, 0, 4, len(community)]) + community.encode() + bytes([0xA0, len(request)]) + request
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as visitor:
        visitor.sendto(bytes([0x30, len(body)]) + body, ("127.0.0.1", sensor.snmp_port))


def with_webhook(server, *settings, **more):
    return Sensor("name=pump-house-3", f"webhook.url={server.url}/hook", *settings, **more)


def sink_of(sensor, name="webhook"):
    """How `conpot-pi status` sees a sink."""
    command = [*LAUNCHER, binary(), "status", "--json", "-c", sensor.config, "--set", f"state_directory={sensor.directory}"]
    done = subprocess.run(command, env={"PATH": os.environ.get("PATH", ""), "HOME": sensor.directory}, capture_output=True, timeout=30, check=False)
    require(done.returncode == 0, f"status: {done.stderr.decode(errors='replace')[:200]}")
    return next(sink for sink in json.loads(done.stdout)["sinks"] if sink["name"] == name)


def wait_sink(sensor, wanted, name="webhook", seconds=15):
    until = time.monotonic() + seconds
    while not wanted(sink := sink_of(sensor, name)) and time.monotonic() < until:
        time.sleep(0.1)
    return sink


def reads(events):
    return [field(event, "event.id") for event in events if action(event) == "modbus.read"]


def arrived(posts):
    return [event for post in posts for event in post.json()]


def all_arrived(server, sensor, answered, seconds=60):
    """Every read of the journal in a request that was answered with 200, in its order, more than once only by its id."""
    expected = reads(sensor.journal.fresh())
    server.wait(lambda _: set(expected) <= set(reads(arrived(answered))), seconds)
    got = list(dict.fromkeys(reads(arrived(answered))))
    missing = [one for one in expected if one not in set(got)]
    require(not missing, f"{len(missing)} of {len(expected)} did not arrive, the first is {missing[:1]}")
    require(got == expected, "not in the order of the journal")
    return f"{len(expected)} events, {len(server.posts)} requests"


# ---- What arrives -----------------------------------------------------------------------------------------------------

def check_a_touch_arrives_as_json_within_a_second():
    with Authority() as authority:
        certificate, key = authority.issue("server", "IP:127.0.0.1")
        with WebServer(certificate=certificate, key=key) as server, with_webhook(server, f"webhook.ca={authority.root}") as sensor:
            delays = []
            for number in range(5):
                before, began = len(server.posts), time.monotonic()
                visit(sensor, 1)
                posts = server.wait(lambda p: reads(arrived(p[before:])), 5)
                require(reads(arrived(posts[before:])), f"touch {number} did not arrive; the sensor said: {sensor.last_words()}")
                delays.append(next(post.at for post in posts[before:] if reads(post.json())) - began)
            require(max(delays) < (5 if EMULATED else 1), f"took {max(delays):.2f} s")
            events = {field(event, "event.id"): event for event in sensor.journal.fresh()}
            require(all(event == events[field(event, "event.id")] for event in arrived(posts)), "not what the journal has")
            post = posts[0]
            require(post.path == "/hook" and post.headers["Content-Type"] == "application/json", f"{post.path} {post.headers}")
            require(post.headers["Idempotency-Key"].startswith(field(post.json()[0], "event.id")), f"{post.headers}")
            return f"{min(delays) * 1000:.0f} to {max(delays) * 1000:.0f} ms, {len({post.client for post in posts})} connection"


def check_many_events_are_few_requests_over_one_connection():
    with WebServer() as server, with_webhook(server) as sensor:
        visit(sensor, 1000)
        remark = all_arrived(server, sensor, server.posts)
        require(len({post.client for post in server.posts}) == 1, "more than one connection")
        require(max(len(post.json()) for post in server.posts) <= 100, "more than 100 events in a request")
        require(len(server.posts) < 500, f"{len(server.posts)} requests")
        keys = [post.headers["Idempotency-Key"] for post in server.posts]
        require(len(set(keys)) == len(keys), "two requests with one key")
        return remark


def check_signature_and_authorization():
    with WebServer() as server, with_webhook(server, "webhook.secret=a secret", "webhook.authorization=Bearer tk_1") as sensor:
        visit(sensor, 1)
        posts = server.wait(lambda p: p)
        require(posts, f"nothing arrived: {sensor.last_words()}")
        for post in posts:
            stamp = post.headers["X-Conpot-Timestamp"]
            expected = hmac.new(b"a secret", stamp.encode() + b"." + post.body, hashlib.sha256).hexdigest()
            require(post.headers["X-Conpot-Signature"] == f"sha256={expected}", "another signature")
            require(abs(int(stamp) - time.time()) < 60, f"timestamp {stamp}")
            require(post.headers["Authorization"] == "Bearer tk_1", "another authorization")


def check_chats_get_an_alert_each_and_nothing_else():
    formats = ("slack", "teams", "discord", "ntfy")
    with WebServer() as server:
        sinks = "".join(f'[[webhook]]\nname = "{one}"\nformat = "{one}"\nurl = "{server.url}/{one}"\n' for one in formats)
        with Sensor(config=SETTINGS + sinks) as sensor:
            visit(sensor, 3)
            touch(sensor)
            posts = server.wait(lambda p: len(p) >= len(formats))
            time.sleep(0.3)
            require(sorted(post.path for post in server.posts) == sorted(f"/{one}" for one in formats), f"{[post.path for post in server.posts]}; {sensor.last_words()}")
            of = {post.path[1:]: post for post in posts}
            title = "pump-house-3: modbus.write from 127.0.0.1"
            require(of["slack"].json()["text"] == title and of["slack"].json()["blocks"][0]["text"] == {"type": "plain_text", "text": title, "emoji": False}, f"{of['slack'].body}")
            card = of["teams"].json()["attachments"][0]["content"]
            require(card["type"] == "AdaptiveCard" and card["body"][0]["inlines"][0]["text"] == title, f"{card}")
            require(of["discord"].json()["content"].startswith(f"**{title}**\n"), f"{of['discord'].body}")
            require(of["ntfy"].headers["Title"] == title and of["ntfy"].headers["Priority"] == "4" and of["ntfy"].body.startswith(b"What: One coil or register was written, from 127.0.0.1:"), f"{of['ntfy'].headers}")


def check_a_strangers_text_is_text_in_every_chat():
    formats = ("slack", "teams", "discord", "ntfy")
    with WebServer() as server:
        sinks = "".join(f'[[webhook]]\nname = "{one}"\nformat = "{one}"\nevents = "all"\nurl = "{server.url}/{one}"\n' for one in formats)
        with Sensor(config=SETTINGS + sinks) as sensor:
            ask_with_community(sensor, HOSTILE)
            posts = [post for post in server.wait(lambda p: sum(b"A community that the device does not know" in post.body for post in p) >= len(formats)) if b"A community that the device does not know" in post.body]
            require(len(posts) == len(formats), f"{[(post.path, post.body[:200]) for post in server.posts]}")
            for post in posts:
                require(b"everyone" in post.body, f"{post.path} lacks the community: {post.body}")
                require(b"https://evil" not in post.body, f"{post.path} has a link: {post.body}")
                if post.path == "/slack":
                    require(all(block["text"]["type"] == "plain_text" for block in post.json()["blocks"]), f"{post.body}")
                if post.path == "/teams":
                    require({run["type"] for block in post.json()["attachments"][0]["content"]["body"] for run in block["inlines"]} == {"TextRun"}, f"{post.body}")
                if post.path == "/discord":
                    require(post.json()["allowed_mentions"] == {"parse": []}, f"{post.body}")
                    text = post.json()["content"].split("\n", 1)[1]
                    require(not re.search(r"[`*_~|<>\[\]()#@]", re.sub(r"\\.", "", text)), f"markup: {text}")


# ---- Servers that are away --------------------------------------------------------------------------------------------

def check_503_is_waited_for_as_long_as_it_asks():
    taken, refused = [], []

    def busy(post):
        if not refused:
            refused.append(post)
            return 503, {"Retry-After": "3"}, b"busy"
        taken.append(post)
        return ok(post)

    with WebServer(busy) as server, with_webhook(server) as sensor:
        visit(sensor, 20)
        require(server.wait(lambda p: refused), f"nothing came: {sensor.last_words()}")
        sink = wait_sink(sensor, lambda s: s.get("error"), seconds=2)
        require("answers 503 Service Unavailable \"busy\"" in (sink.get("error") or ""), f"status says {sink}")
        remark = all_arrived(server, sensor, taken)
        require(2.9 < taken[0].at - refused[0].at < 6, f"asked again after {taken[0].at - refused[0].at:.1f} s")
        require(taken[0].headers["Idempotency-Key"] == refused[0].headers["Idempotency-Key"], "another key for the same events")
        return remark


def check_connections_that_are_cut_lose_nothing():
    taken = []

    def sometimes(post):
        if len(server.posts) % 3 == 0:
            return cut(post)
        taken.append(post)
        return ok(post)

    with WebServer(sometimes) as server, with_webhook(server) as sensor:
        for _ in range(5):
            visit(sensor, 50)
            time.sleep(0.1)
        return all_arrived(server, sensor, taken)


def check_sensor_killed_while_the_server_is_away():
    port = free_port()
    with Sensor(f"webhook.url=http://127.0.0.1:{port}/") as sensor:
        visit(sensor, 200)
        time.sleep(0.3)
        sensor.kill()
        sensor.start()
        visit(sensor, 50)
        with WebServer(port=port) as server:
            return all_arrived(server, sensor, server.posts, 90)


def check_silence_holds_up_nobody():
    with WebServer(silence) as silent, WebServer() as good:
        sinks = f'[[webhook]]\nname = "silent"\nurl = "{silent.url}/"\n[[webhook]]\nname = "good"\nurl = "{good.url}/"\n'
        with Sensor(config=SETTINGS + sinks) as sensor:
            visit(sensor, 1)
            require(silent.wait(lambda p: p), "the silent one was not asked")
            slowest = 0
            with sensor.connect(timeout=10) as visitor:
                for number in range(500):
                    began = time.monotonic()
                    visitor.ask(modbus.read(modbus.READ_HOLDING, number % 100, 1))
                    slowest = max(slowest, time.monotonic() - began)
            all_arrived(good, sensor, good.posts, 10)
            require(slowest < (5 if EMULATED else 0.5), f"a reply took {slowest:.2f} s")
            require(len(silent.posts) == 1, f"{len(silent.posts)} requests to the silent one")
            sink = wait_sink(sensor, lambda s: "has not answered within 18 s" in (s.get("error") or ""), "webhook silent", 40)
            require("has not answered within 18 s" in (sink.get("error") or ""), f"status says {sink}")
            return f"slowest reply {slowest * 1000:.1f} ms"


# ---- Servers that are wrong -------------------------------------------------------------------------------------------

def check_refused_events_are_kept_as_dead_letters_and_counted():
    library = next(iter(glob.glob("/usr/lib/*-linux-gnu/faketime/libfaketime.so.1")), None)
    if library is None or LAUNCHER:
        raise Skipped("wants Debian's package faketime, and the machine's own processor")

    def picky(post):
        return (400, {}, b"no reads here") if b"modbus.read" in post.body else ok(post)

    with WebServer(picky) as server, Sensor(f"webhook.url={server.url}/") as sensor:
        clock = os.path.join(sensor.directory, "clock")
        sensor.stop()
        with open(clock, "w", encoding="ascii") as stream:
            stream.write("+0\n")
        sensor._environment = {"LD_PRELOAD": library, "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1"}
        sensor.start()
        visit(sensor, 3)
        require(server.wait(lambda p: sum(b"modbus.read" in post.body for post in p) >= 2), "the events did not come")
        time.sleep(1)
        sink = sink_of(sensor)
        require(sink["dropped"] == 0 and "400 Bad Request \"no reads here\"" in (sink.get("error") or ""), f"status says {sink}")
        with open(clock, "w", encoding="ascii") as stream:
            stream.write("+6m\n")
        sink = wait_sink(sensor, lambda s: s["dropped"] >= 3 and s["lag"] == 0, seconds=90)
        require(sink["dropped"] == 3 and sink["lag"] == 0, f"status says {sink}")
        with open(os.path.join(sensor.directory, "dead-letters", "webhook.jsonl"), encoding="ascii") as stream:
            letters = [json.loads(line) for line in stream]
        require([field(letter["event"], "event.id") for letter in letters] == reads(sensor.journal.fresh()), f"{letters}")
        require(all("answers 400" in letter["refused"] for letter in letters), f"{letters[0]['refused']}")
        require(any(action(event) == "session.end" for event in arrived(p for p in server.posts if b"modbus.read" not in p.body)), "what came behind them did not arrive")
        return f"{len(server.posts)} requests"


def check_redirects_are_not_followed():
    with WebServer() as other, WebServer(lambda _: (307, {"Location": f"{other.url}/secret"}, b"")) as server, with_webhook(server) as sensor:
        visit(sensor, 1)
        sink = wait_sink(sensor, lambda s: s.get("error"))
        require(f"if {other.url} is right" in (sink.get("error") or "") and "secret" not in sink["error"], f"status says {sink}")
        require(not other.posts, "it followed")


def check_a_wrong_root_or_name_gets_nothing_and_is_told():
    with Authority() as authority, Authority() as another:
        wrong = authority.issue("server", "DNS:elsewhere.example")
        right = authority.issue("right", "IP:127.0.0.1")
        for root, (certificate, key) in ((authority.root, wrong), (another.root, right)):
            with WebServer(certificate=certificate, key=key) as server, with_webhook(server, f"webhook.ca={root}") as sensor:
                visit(sensor, 1)
                sink = wait_sink(sensor, lambda s: s.get("error"))
                require("did not agree on TLS" in (sink.get("error") or "") and "'ca' in [webhook]" in sink["error"], f"status says {sink}")
                require(not server.posts, "it got events")


def check_a_server_that_wants_a_certificate_gets_ours():
    with Authority() as authority:
        certificate, key = authority.issue("server", "IP:127.0.0.1")
        own, own_key = authority.issue("sensor", "DNS:sensor")
        with WebServer(certificate=certificate, key=key, clients=authority.root) as server:
            with with_webhook(server, f"webhook.ca={authority.root}") as sensor:
                visit(sensor, 1)
                require(wait_sink(sensor, lambda s: s.get("error")).get("error"), "no certificate and no error")
                require(not server.posts, "it got events without a certificate")
            with with_webhook(server, f"webhook.ca={authority.root}", f"webhook.certificate={own}", f"webhook.key={own_key}") as sensor:
                visit(sensor, 1)
                require(server.wait(lambda p: reads(arrived(p))), f"nothing arrived: {sink_of(sensor)}")


def check_an_answer_without_end_is_not_read():
    body = b"x" * (64 << 20)
    with WebServer(lambda _: (200, {}, body)) as server, with_webhook(server) as sensor:
        visit(sensor, 1)
        server.wait(lambda p: p)
        before = sensor.resident_kilobytes()
        for _ in range(5):
            visit(sensor, 1)
            time.sleep(0.1)
        require(wait_sink(sensor, lambda s: s["lag"] == 0)["lag"] == 0, "it waits for the end")
        grown = sensor.resident_kilobytes() - before
        require(grown < 8192, f"{grown} KB more")
        return f"{grown} KB more"


def check_without_the_library_it_is_a_message_and_no_crash():
    """The class library ends the process where libssl is missing; a private mount hides it."""
    needed("unshare")
    require(os.geteuid() == 0, "wants root, for a mount of its own")
    hide = 'for l in /usr/lib/*-linux-gnu/libssl.so.3; do mount --bind /dev/null "$l"; done; exec "$@"'
    prefix = ("unshare", "-m", "sh", "-c", hide, "sh")
    with WebServer() as server:
        for settings, arrives in (([f"webhook.url=https://127.0.0.1:{server.port}/"], False), ([f"webhook.url={server.url}/", "webhook.secret=x"], False), ([f"webhook.url={server.url}/"], True)):
            with Sensor(*settings, prefix=prefix) as sensor:
                visit(sensor, 2)
                if arrives:
                    require(server.wait(lambda p: reads(arrived(p))), "without TLS it needs no library")
                else:
                    sink = wait_sink(sensor, lambda s: s.get("error"))
                    require("apt-get install libssl3" in (sink.get("error") or ""), f"status says {sink}")
                require(sensor.running(), f"the sensor ended: {sensor.last_words()}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
