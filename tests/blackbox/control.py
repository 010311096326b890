"""The control socket and the verbs that use it: status, io watch, io test, io ack; and a local user who means harm."""

import json
import os
import pty
import random
import re
import select
import signal
import socket
import stat
import subprocess
import sys
import threading
import time

import modbus
from checks import Failed, Skipped, require, run_checks
from harness import Sensor, binary, free_port
from surroundings import EMULATED, LAUNCHER

PATIENCE = 5 if EMULATED else 1
READ = modbus.read(modbus.READ_HOLDING, 500, 1)


def run(sensor, *arguments, prefix=(), seconds=10, **more):
    """Exit code, stdout, stderr of a verb that means this sensor."""
    command = [*prefix, *LAUNCHER, binary(), *arguments, "-c", sensor.config, "--set", f"state_directory={sensor.directory}"]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": sensor.directory, "LC_ALL": "C.UTF-8"}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds * PATIENCE, check=False, **more)
    except subprocess.TimeoutExpired:
        raise Failed(f"{arguments} did not end within {seconds * PATIENCE} s") from None
    out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
    require("   at " not in err and "Unhandled" not in err, f"{arguments}: a stack trace for a person: {err[:300]!r}")
    return done.returncode, out, err


def path_of(sensor):
    return os.path.join(sensor.directory, "control.sock")


def connect(sensor):
    client = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    client.settimeout(10 * PATIENCE)
    end = time.monotonic() + 10 * PATIENCE
    while True:
        try:
            client.connect(path_of(sensor))
            return client
        except BlockingIOError:  # The backlog is full for the moment: on a Unix socket no time limit waits for it.
            require(time.monotonic() < end, "the socket is not accepted any more")
            time.sleep(0.001)


def exchange(sensor, data):
    """What the socket answers until it ends the connection."""
    got = b""
    with connect(sensor) as client:
        try:
            client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # It has refused already.
        try:
            while part := client.recv(65536):
                got += part
        except ConnectionResetError:
            pass
    return got


def answers(sensor):
    with sensor.connect() as client:
        require(client.ask(READ), "Modbus does not answer")


# ---- status -----------------------------------------------------------------------------------------------------------

def check_status_while_running():
    with Sensor("name=pump-house-3") as sensor:
        answers(sensor)
        code, out, err = run(sensor, "status")
        require(code == 0 and not err, f"exit code {code}: {err}")
        for words in ("pump-house-3: RUN, up ", f"modbus 127.0.0.1:{sensor.port}", f"snmp 127.0.0.1:{sensor.snmp_port}", f"s7comm 127.0.0.1:{sensor.s7_port}", f"http 127.0.0.1:{sensor.http_port}", "s7-200 (SIMATIC S7-200", sensor.journal.directory):
            require(words in out, f"no {words!r} in {out!r}")
        code, out, err = run(sensor, "status", "--json")
        require(code == 0 and not err, f"exit code {code}: {err}")
        status = json.loads(out)
        kinds = {"name": str, "version": str, "profile": str, "title": str, "mode": str, "system_fault": bool, "alert": bool, "started": str, "uptime_seconds": int,
                 "listeners": list, "sessions": int, "journal": dict, "sinks": list, "state_fault": type(None), "lost_files": int, "faults": list, "machine": dict}
        require({key: type(value) for key, value in status.items()} == kinds, f"another shape: {status}")
        require(status["name"] == "pump-house-3" and status["mode"] == "RUN" and not status["system_fault"], f"{status}")
        listening = [("http", sensor.http_port), ("modbus", sensor.port), ("s7comm", sensor.s7_port), ("snmp", sensor.snmp_port)]
        require(sorted((each["protocol"], each["port"]) for each in status["listeners"]) == listening and all(each["address"] == "127.0.0.1" for each in status["listeners"]), f"{status['listeners']}")
        journal = status["journal"]
        size = sum(os.path.getsize(os.path.join(sensor.journal.directory, name)) for name in os.listdir(sensor.journal.directory) if name.startswith("events-"))
        events = len(sensor.journal.fresh())
        require(journal["bytes"] == size and journal["events"] == events and journal["lost"] == 0 and journal["fault"] is None,
                f"{journal}, but {size} bytes and {events} events")
        return f"{len(out)} bytes"


def check_status_without_a_sensor():
    sensor = Sensor()
    code, out, err = run(sensor, "status")
    require(code == 1 and not out, f"exit code {code}: {out!r}")
    for words in ("no sensor is running with this configuration", path_of(sensor), "systemctl start conpot-pi", "-c FILE"):
        require(words in err, f"no {words!r} in {err!r}")
    for verb in (("io", "watch"), ("io", "ack"), ("io", "test", "Q0.0", "--while-running")):
        code, out, err = run(sensor, *verb)
        require(code == 1 and "no sensor is running" in err and not out, f"{verb}: exit code {code}: {err!r}")
    with sensor:
        sensor.kill()
        require(os.path.exists(path_of(sensor)), "a killed sensor leaves its socket")
        require(run(sensor, "status")[0] == 1, "a dead sensor has a status")
        sensor.start()
        require(run(sensor, "status")[0] == 0, "a dead sensor's socket is in the way")
    require(not os.path.exists(path_of(sensor)), "the socket outlives its sensor")


def check_status_of_a_broken_file():
    with Sensor() as sensor:
        sensor.configure("prot = 7\n")
        require(run(sensor, "status")[0] == 0, "a mistake elsewhere in the file hides the running sensor")
        sensor.configure("name = \n")
        code, _, err = run(sensor, "status")
        require(code == 78 and ":1:" in err, f"exit code {code}: {err!r}")
        sensor.configure("")


def check_switched_off():
    with Sensor("control.enabled=false") as sensor:
        require(not os.path.exists(path_of(sensor)), "there is a socket")
        code, _, err = run(sensor, "status", "--set", "control.enabled=false")
        require(code == 1 and "'enabled' in [control] is false" in err, f"exit code {code}: {err!r}")


# ---- Whose socket it is -----------------------------------------------------------------------------------------------

def check_mode_of_the_socket():
    with Sensor(prefix=["sh", "-c", 'umask 000; exec "$@"', "sh"]) as sensor:
        mode = os.stat(path_of(sensor)).st_mode
        require(stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660, f"mode {mode:o}")


def check_other_users_are_told():
    if os.geteuid() != 0:
        raise Skipped("wants root, to become somebody else")
    with Sensor() as sensor:
        os.chmod(sensor.directory, 0o755)
        program = binary()
        while program != "/":
            if not os.stat(program).st_mode & 0o001:
                raise Skipped("others may not run the binary where it lies")
            program = os.path.dirname(program)
        other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for verb in (["status"], ["io", "watch"], ["io", "ack"], ["io", "test", "Q0.0"]):
            code, out, err = run(sensor, *verb, prefix=other)
            require(code == 1 and not out and "permission denied" in err and "group conpot-pi" in err and "sudo" in err, f"{verb}: exit code {code}: {err!r}")
        os.chown(path_of(sensor), 0, 65534)
        require(run(sensor, "status", prefix=other)[0] == 0, "the group may not ask")


def check_a_second_sensor():
    with Sensor() as first:
        code, _, err = run(first, "run", "--set", f"journal.directory={first.directory}/other", "--set", f"modbus.port={free_port()}", "--set", "snmp.enabled=false", "--set", "s7comm.enabled=false", "--set", "http.enabled=false")
        require(code == 1, f"exit code {code}")
        for words in ("another conpot-pi has the control socket", path_of(first), "state_directory"):
            require(words in err, f"no {words!r} in {err}")
        require(run(first, "status")[0] == 0, "the first one has lost its socket")
        answers(first)


def check_a_file_in_its_place():
    sensor = Sensor()
    with open(path_of(sensor), "w", encoding="ascii") as stream:
        stream.write("precious")
    with sensor:
        answers(sensor)
        require(any("control socket" in line and "no socket has its name" in line for line in sensor.stderr), f"{sensor.stderr}")
        with open(path_of(sensor), encoding="ascii") as stream:
            require(stream.read() == "precious", "the file was touched")


# ---- io ---------------------------------------------------------------------------------------------------------------

def check_watch_into_a_pipe():
    with Sensor('io."I0.5"=off') as sensor:
        with sensor.connect() as client:
            client.ask(modbus.write_coil(45, True))
        code, out, err = run(sensor, "io", "watch")
        require(code == 0 and not err and "\x1b" not in out, f"exit code {code}: {err!r} {out!r}")
        for line in (r"^\S+ \(s7-200\): RUN$", r"^  AIW0 +\d+  tank 0\.\.32000", r"^  I0\.5 +0  off$", r"^  Q5\.5 +1$", r"^  AQW0 +\d+"):
            require(re.search(line, out, re.M), f"no line {line!r} in {out}")


def check_watch_on_a_terminal():
    with Sensor() as sensor:
        child, terminal = pty.fork()
        if child == 0:
            os.execv(binary() if not LAUNCHER else "/usr/bin/env",
                     [*(["env", *LAUNCHER] if LAUNCHER else []), binary(), "io", "watch", "-c", sensor.config, "--set", f"state_directory={sensor.directory}"])
        try:
            seen = until(terminal, b"Inputs")
            require(b"\x1b[?25l" in seen and b"\x1b[H" in seen, f"it is not drawn in place: {seen[:100]!r}")
            with sensor.connect() as client:
                client.ask(modbus.write_coil(45, True))
            until(terminal, b"Q5.5")
            os.kill(child, signal.SIGINT)
            until(terminal, b"\x1b[?25h")
            require(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "Ctrl-C is no failure")
        finally:
            os.close(terminal)


def until(terminal, words):
    seen, end = b"", time.monotonic() + 10 * PATIENCE
    while words not in seen:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        require(ready, f"no {words!r} in {seen!r}")
        seen += os.read(terminal, 65536)
    return seen


def check_test_of_an_output():
    with Sensor() as sensor:
        code, out, err = run(sensor, "io", "test", "Q5.5")
        require(code == 1 and not out and "--while-running" in err and "systemctl stop" in err, f"exit code {code}: {err!r}")
        seen, over = set(), threading.Event()

        def look():
            with sensor.connect() as client:
                while not over.is_set():
                    seen.add(modbus.bits(client.ask(modbus.read(modbus.READ_COILS, 45, 1)), 1)[0])
                    time.sleep(0.05)

        watcher = threading.Thread(target=look)
        watcher.start()
        try:
            code, out, err = run(sensor, "io", "test", "Q5.5", "--while-running", "--times", "2")
        finally:
            over.set()
            watcher.join()
        require(code == 0 and out.split("\n") == ["Q5.5 on", "Q5.5 off"] * 2 + [""], f"exit code {code}: {out!r} {err!r}")
        require(seen == {0, 1}, f"the image showed {seen}")
        for words, wanted in ((["I0.0"], "no digital output"), (["Q0.9"], "bits are 0..7"), (["Q0.0", "--times", "1000"], "1 to 20")):
            code, _, err = run(sensor, "io", "test", *words)
            require(code == 2 and wanted in err, f"{words}: exit code {code}: {err!r}")
    code, _, err = run(Sensor(), "io", "test", "Q5.5")
    require(code == 1 and "wired to nothing" in err, f"exit code {code}: {err!r}")


def check_acknowledging():
    with Sensor() as sensor:
        require("there is no alert" in run(sensor, "io", "ack")[1], "an alert without a cause")
        with sensor.connect() as client:
            client.ask(modbus.write_register(500, 7))
        require("somebody touched the sensor" in run(sensor, "status")[1], "the status does not tell of the alert")
        require("acknowledged" in run(sensor, "io", "ack")[1], "not acknowledged")
        require("there is no alert" in run(sensor, "io", "ack")[1], "the alert is still there")


# ---- A local user who means harm --------------------------------------------------------------------------------------

def check_hostile_bytes():
    with Sensor() as sensor:
        over, delays = threading.Event(), []

        def ask():
            with sensor.connect() as client:
                while not over.is_set():
                    began = time.monotonic()
                    client.ask(READ)
                    delays.append(time.monotonic() - began)
                    time.sleep(0.002)

        visitor = threading.Thread(target=ask)
        visitor.start()
        try:
            hostile = [b"\n", b"{}\n", b"[" * 4000 + b"\n", b"\xff" * 100, b'{"verb":"\xff\xfe"}\n', b'{"verb":"\\ud800"}\n', b'{"\\ud800":1}\n', b"\0" * 4096, b"x" * 1_000_000,
                       b'{"verb":"io-test","address":"' + b"Q" * 3000 + b'"}\n', b'{"verb":"io-test","address":"Q0.0","times":1e999}\n', b'{"verb":"nothing"}\n', b"GET / HTTP/1.1\r\n\r\n"]
            for data in hostile:
                reply = exchange(sensor, data)
                require("error" in json.loads(reply), f"{data[:40]!r}: {reply!r}")
            dice = random.Random(7)
            for _ in range(300):  # with those that are refused for coming too often
                require(b"error" in exchange(sensor, dice.randbytes(dice.randrange(200))), "no word of error")
            idle = [connect(sensor) for _ in range(200)]  # says nothing, more than there is room for
            endless = [connect(sensor) for _ in range(5)]
            for client in idle + endless:
                client.close()
            time.sleep(1.1)
            stuck = [connect(sensor) for _ in range(8)]  # asks, and does not read
            for client in stuck:
                client.sendall(b'{"verb":"io-watch"}\n')
            time.sleep(0.5)
            require(b"too many clients" in exchange(sensor, b'{"verb":"status"}\n'), "a ninth client is let in")
            for client in stuck:
                client.close()
            end = time.monotonic() + 10 * PATIENCE
            while (code := run(sensor, "status")[0]) != 0 and time.monotonic() < end:
                time.sleep(0.2)
            require(code == 0, "nobody can ask any more")
        finally:
            over.set()
            visitor.join()
        require(len(delays) > 100, f"Modbus answered {len(delays)} times only")
        delays.sort()
        median, worst = delays[len(delays) // 2], delays[-1]
        require(worst < 1 * PATIENCE, f"Modbus waited {worst:.3f} s")
        require(not any("mistake" in line for line in sensor.stderr), f"{sensor.stderr}")
        return f"{len(delays)} Modbus answers meanwhile, median {median * 1000:.1f} ms, worst {worst * 1000:.1f} ms"


def check_a_flood_is_bounded():
    with Sensor() as sensor:
        before, served, refused = sensor.cpu_seconds() if not EMULATED else 0, 0, 0
        end = time.monotonic() + 3
        while time.monotonic() < end:
            if b"error" in exchange(sensor, b'{"verb":"status"}\n'):
                refused += 1
            else:
                served += 1
        require(0 < served <= 4 * 50, f"{served} served in 3 s")
        answers(sensor)
        return f"{served} served, {refused} refused, {0 if EMULATED else sensor.cpu_seconds() - before:.2f} s of CPU in 3 s"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
