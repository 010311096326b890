"""The sensor as a service: what systemd, an administrator and a second program on the machine see of it.

systemd's side is in sd_notify(3) and sd_watchdog_enabled(3); the stalls are made by strace, which holds one system call of one thread."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import modbus
from checks import Failed, Skipped, require, run_checks
from harness import LIFTED, Sensor, binary, free_port
from journal import action, ends_session, field
from surroundings import EMULATED, LAUNCHER

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
# An emulated machine is slow to start and to stop.
PATIENCE = 4 if EMULATED else 1

# Longer than any check; detaching ends it.
HOLD = "delay_enter=60000000"

SETTINGS = """name = "pump-house"
[network]
listen = "127.0.0.1"
[modbus]
port = {port}
latency = "0"
[journal]
directory = "{journal}"
sync = "1s"
"""


class Manager:
    """systemd's end of the notify socket."""

    def __init__(self, abstract=False):
        self.directory = tempfile.mkdtemp(prefix="conpot-pi-notify-")
        self.name = f"@conpot-pi-{os.getpid()}-{id(self)}" if abstract else os.path.join(self.directory, "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind("\0" + self.name[1:] if abstract else self.name)
        self._lines = []
        self.seen = []  # (moment, line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def environment(self, watchdog=None):
        values = {"NOTIFY_SOCKET": self.name}
        if watchdog:
            values["WATCHDOG_USEC"] = str(int(watchdog * 1_000_000))
        return values

    def next(self, seconds):
        """The next line that the sensor sent, or None."""
        if not self._lines:
            self._socket.settimeout(max(0.001, seconds))
            try:
                self._lines = [line for line in self._socket.recv(8192).decode("utf-8").split("\n") if line]
            except (TimeoutError, BlockingIOError):
                return None
            self.seen += [(time.monotonic(), line) for line in self._lines]
        return self._lines.pop(0)

    def wait(self, beginning, seconds):
        until = time.monotonic() + seconds * PATIENCE
        while time.monotonic() < until:
            line = self.next(until - time.monotonic())
            if line and line.startswith(beginning):
                return line
        raise Failed(f"no {beginning} within {seconds * PATIENCE} s; there came {[line for _, line in self.seen][-6:]}")

    def drain(self, seconds=0.0):
        """All lines that come within the time."""
        until, lines = time.monotonic() + seconds, []
        while True:
            line = self.next(until - time.monotonic())
            if line:
                lines.append(line)
            elif time.monotonic() >= until:
                return lines


def wait_for(true, seconds, why):
    until = time.monotonic() + seconds * PATIENCE
    while not true():
        require(time.monotonic() < until, why() if callable(why) else why)
        time.sleep(0.01)


def accepts(port, address="127.0.0.1"):
    try:
        socket.create_connection((address, port), timeout=2).close()
        return True
    except ConnectionRefusedError:
        return False


def run_to_its_end(*arguments, prefix=(), environment=None, seconds=5):
    """A sensor that is expected to give up by itself: its exit code and what it said."""
    directory = tempfile.mkdtemp(prefix="conpot-pi-blackbox-")
    try:
        surroundings = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": directory, "STATE_DIRECTORY": directory, "NO_COLOR": "1"}
        done = subprocess.run([*prefix, *LAUNCHER, binary(), "run", *arguments], env=surroundings | (environment or {}), cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=seconds * PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Failed(f"it did not give up within {seconds * PATIENCE} s") from None
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return done.returncode, done.stderr


def settings_of(sensor):
    return ["-c", sensor.config, "--set", "network.listen=127.0.0.1", "--set", f"modbus.port={sensor.port}", "--set", f"snmp.port={sensor.snmp_port}",
            "--set", f"s7comm.port={sensor.s7_port}", "--set", f"http.port={sensor.http_port}", "--set", f"journal.directory={sensor.journal.directory}", "--set", f"state_directory={sensor.directory}"]


# ---- systemd ----------------------------------------------------------------------------------------------------------

def check_ready_comes_when_every_port_is_open():
    with Manager() as manager:
        with Sensor(config=SETTINGS.replace('"127.0.0.1"', '["127.0.0.1", "127.0.0.2", "127.0.0.3"]'), environment=manager.environment()) as sensor:
            manager.wait("READY=1", 5)
            for address in ("127.0.0.1", "127.0.0.2", "127.0.0.3"):
                require(accepts(sensor.port, address), f"READY=1 came, and {address}:{sensor.port} refuses")
            if not any(line.startswith("STATUS=") for _, line in manager.seen):
                manager.wait("STATUS=", 2)
            sensor.stop()
            manager.drain()
            sensor_lines = [line for _, line in manager.seen]
            sensor.start()
        require("STOPPING=1" in sensor_lines, f"no STOPPING=1 after SIGTERM; there came {sensor_lines}")
        require(not any(line.startswith("WATCHDOG") for line in sensor_lines), "life signs without WATCHDOG_USEC")
        status = next(line for line in sensor_lines if line.startswith("STATUS="))
        require("s7-200" in status and "RUN" in status, f"the status tells nothing: {status}")
        return status


def check_an_abstract_notify_socket_is_understood():
    with Manager(abstract=True) as manager, Sensor(environment=manager.environment()):
        manager.wait("READY=1", 5)


def check_ready_does_not_come_when_a_port_is_taken():
    with Manager() as manager, socket.create_server(("127.0.0.1", 0)) as other:
        code, words = run_to_its_end("--set", "network.listen=127.0.0.1", "--set", f"modbus.port={other.getsockname()[1]}", environment=manager.environment())
        require(code == 1, f"exit code {code}: {words}")
        require(not any(line.startswith("READY") for line in manager.drain()), "READY=1 although a port could not be bound")


def check_life_signs_come_at_a_third_of_the_watchdog():
    with Manager() as manager, Sensor(environment=manager.environment(watchdog=0.9)) as sensor:
        manager.wait("WATCHDOG=1", 5)
        manager.drain(3 * PATIENCE)
        moments = [moment for moment, line in manager.seen if line == "WATCHDOG=1"]
        gaps = sorted(after - before for before, after in zip(moments, moments[1:]))
        require(len(gaps) >= 5, f"only {len(moments)} life signs in 3 s")
        require(gaps[-1] < 0.9, f"{gaps[-1]:.2f} s without a life sign, the watchdog bites after 0.9 s")
        require(0.2 < gaps[len(gaps) // 2] < 0.4 or EMULATED, f"a life sign every {gaps[len(gaps) // 2]:.2f} s, wanted 0.3 s")
        with sensor.connect() as client:
            client.ask(READ)
            wait_for(lambda: any("1 sessions" in line for line in manager.drain(0.1)), 3, "the status does not count the open session")
        return f"median gap {gaps[len(gaps) // 2]:.3f} s"


@contextlib.contextmanager
def injected(pid, calls, fault):
    """Every thread of the process that enters these system calls meets the fault (strace's inject), until the end of the block."""
    if EMULATED or not shutil.which("strace"):
        raise Skipped("needs strace and the machine's own kind of binary")
    tracer = subprocess.Popen(["strace", "-f", "-o", "/dev/null", "-p", str(pid), "-e", f"trace={calls}", "-e", f"inject={calls}:{fault}"],
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    try:
        line = tracer.stderr.readline()
        if "attached" not in line:
            raise Skipped(f"strace may not attach here: {line.strip()}")
        wait_for(lambda: all(traced(pid, task) for task in os.listdir(f"/proc/{pid}/task")), 3, "strace did not attach to all threads")
        yield
    finally:
        tracer.send_signal(signal.SIGINT)
        try:
            tracer.wait(5)
        except subprocess.TimeoutExpired:
            tracer.kill()
            tracer.wait()
        tracer.stderr.close()

def traced(pid, task):
    with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/status", encoding="ascii") as status:
        return not any(line.startswith("TracerPid:\t0") for line in status)
    return True  # It ended.


def check_a_stuck_journal_gives_no_life_sign_and_answers_go_on():
    """A card that does not return from a write: after two seconds the sensor answers without it, and counts."""
    with Manager() as manager, Sensor(environment=manager.environment(watchdog=0.9)) as sensor, sensor.connect(timeout=10) as client:
        client.ask(READ)
        with injected(sensor.pid, "pwrite64", HOLD):
            client.send(modbus.frame(7, 1, READ))
            began = time.monotonic()
            require(client.receive_frame()[:2] == b"\0\x07", "the reply that waits for the journal comes at last")
            waited = time.monotonic() - began
            require(1.5 < waited < 5, f"the first reply came after {waited:.1f} s; a card's pause of 2 s is waited for")
            began = time.monotonic()
            for _ in range(20):
                client.ask(READ)
            require(time.monotonic() - began < 1, "later replies wait as well, although the journal was given up")
            status = next((line for line in reversed(manager.drain(1.0)) if line.startswith("STATUS=")), "no status")
            require("hang" in status, f"the status does not say it: {status}")
            signs = manager.drain(1.5)
            require("WATCHDOG=1" not in signs, "life signs although the journal hangs")
        manager.wait("WATCHDOG=1", 5)
        client.ask(READ)
        events = sensor.journal.wait(lambda seen: any(action(each) == "sensor.lost" for each in seen), 5)
        lost = next((each for each in events if action(each) == "sensor.lost"), None)
        require(lost, "no sensor.lost after the journal came back")
        require_no_gap_but(events, [lost])
        return f"first reply after {waited:.1f} s, {field(lost, 'conpot.lost')} events lost and told"


def state_of(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0]


def check_sigterm_ends_it_although_the_journal_is_stuck():
    with Sensor() as sensor, sensor.connect(timeout=10) as client:
        client.ask(READ)
        with injected(sensor.pid, "pwrite64", HOLD):
            client.send(modbus.frame(7, 1, READ))
            time.sleep(0.3)  # The write begins; nothing outside tells when.
            began, process = time.monotonic(), sensor.give_away()
            process.send_signal(signal.SIGTERM)
            try:
                # strace keeps the held thread to the end, so the process is a zombie before it can be reaped.
                wait_for(lambda: state_of(process.pid) == "Z", 3, "it has not ended 3 s after SIGTERM")
            except Failed:
                process.kill()
                raise
            took = time.monotonic() - began
        code = process.wait(5)
        require(code == 0, f"exit code {code}: {sensor.last_words()}")
        wait_for(lambda: any("journal hangs" in line for line in sensor.stderr), 1, lambda: f"it does not say that events are lost: {sensor.last_words()}")
        sensor.start()
        with sensor.connect() as other:
            other.ask(READ)
        return f"after {took:.1f} s"


def check_a_stuck_loop_gives_no_life_sign():
    with Manager() as manager, Sensor(environment=manager.environment(watchdog=0.9)) as sensor:
        manager.wait("WATCHDOG=1", 5)
        with injected(sensor.pid, "epoll_wait,epoll_pwait", HOLD):
            # What wakes it makes it come round to the next wait, which is held.
            with contextlib.suppress(TimeoutError), sensor.connect(timeout=0.5) as client:
                client.ask(READ)
            status = manager.wait("STATUS=the network loop", 5)
            require("WATCHDOG=1" not in manager.drain(1.5), "life signs although the loop hangs")
        manager.wait("WATCHDOG=1", 5)
        with sensor.connect() as client:
            client.ask(READ)
        return status


def require_no_gap_but(events, reports):
    """Sequences go up by one, but for those that a sensor.lost names."""
    lost = set()
    for report in reports:
        first, last, count = (field(report, f"conpot.{name}") for name in ("first", "last", "lost"))
        require(count and first <= last and count <= last - first + 1, f"sensor.lost tells {count} events from {first} to {last}")
        lost |= set(range(first, last + 1))
    sequences = [field(each, "event.sequence") for each in events]
    require(sequences == sorted(set(sequences)), "sequences stand twice or out of order")
    missing = set(range(min([sequences[0], *lost]), sequences[-1] + 1)) - set(sequences)
    require(missing <= lost, f"{len(missing - lost)} sequences are missing untold, such as {sorted(missing - lost)[:3]}; told: {sorted(lost)[:1]}..{sorted(lost)[-1:]}")
    require(len(missing) == sum(field(each, "conpot.lost") for each in reports), f"{len(missing)} are missing, {[field(each, 'conpot.lost') for each in reports]} were told")


# ---- Signals ----------------------------------------------------------------------------------------------------------

def require_orderly_end(sensor, number):
    """Open sessions get their session.end, the last event is sensor.stop, the exit code is 0, all within the second."""
    clients = [sensor.connect() for _ in range(5)]
    try:
        for client in clients:
            client.ask(READ)
        sensor.stop(number)
        for client in clients:
            client.receive_rest()
    finally:
        for client in clients:
            client.close()
    events = sensor.journal.fresh()
    ports = {client.local_port for client in clients}
    ended = {field(each, "source.port") for each in events if ends_session(each)}
    require(ports <= ended, f"{len(ports - ended)} of {len(ports)} open sessions have no session.end")
    require(action(events[-1]) == "sensor.stop", f"the last event is {action(events[-1])}")
    require(field(events[-1], "conpot.kept") == len(events) - 1, f"sensor.stop tells {field(events[-1], 'conpot.kept')} events, there are {len(events) - 1} before it")


def check_sigterm_ends_it_within_a_second():
    with Sensor() as sensor:
        require_orderly_end(sensor, signal.SIGTERM)
        sensor.start()


def check_sigint_ends_it_as_well():
    with Sensor() as sensor:
        require_orderly_end(sensor, signal.SIGINT)
        sensor.start()


def check_sigint_ends_it_under_systemd_too():
    with Manager() as manager, Sensor(environment=manager.environment(watchdog=3)) as sensor:
        require_orderly_end(sensor, signal.SIGINT)
        sensor.start()


def check_sigterm_with_replies_waiting_ends_it():
    """A visitor in the middle of a pipelined burst at the device's own pace."""
    with Sensor("modbus.latency=1s") as sensor, sensor.connect() as client:
        client.send(b"".join(modbus.frame(number, 1, READ) for number in range(20)))
        events = sensor.journal.wait(lambda seen: any(action(each) == "modbus.read" for each in seen))
        sensor.stop()
        client.receive_rest()
        events += sensor.journal.fresh()
        require(any(ends_session(each) for each in events) and action(events[-1]) == "sensor.stop", f"the journal ends with {[action(each) for each in events[-3:]]}")
        sensor.start()


# ---- Who cannot start -------------------------------------------------------------------------------------------------

def require_words(words, *wanted):
    for each in wanted:
        require(each in words, f"the message does not say {each!r}: {words.strip()!r}")
    require("   at " not in words and "Unhandled" not in words, f"a stack trace for a person: {words[:300]!r}")


def check_a_second_sensor_on_the_same_journal_says_so():
    with Sensor() as sensor:
        code, words = run_to_its_end(*settings_of(sensor), "--set", f"modbus.port={free_port()}")
        require(code == 1, f"exit code {code}: {words}")
        require_words(words, sensor.journal.directory, "in use", "stop it, or set [journal] directory")
        with sensor.connect() as client:
            client.ask(READ)


def check_a_second_sensor_on_the_same_port_says_so():
    """SO_REUSEPORT would give it every second visitor."""
    with Sensor() as sensor:
        code, words = run_to_its_end(*settings_of(sensor), "--set", f"journal.directory={sensor.directory}/other")
        require(code == 1, f"exit code {code}: {words}")
        require_words(words, f"127.0.0.1:{sensor.port}", "in use", "set [modbus] port")


def check_a_port_that_another_program_has():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, words = run_to_its_end("--set", "network.listen=127.0.0.1", "--set", f"modbus.port={port}")
        require(code == 1, f"exit code {code}: {words}")
        require_words(words, f"127.0.0.1:{port}", "in use", "ss -ltnp", "set [modbus] port")


def check_an_address_that_this_machine_has_not():
    code, words = run_to_its_end("--set", "network.listen=192.0.2.77", "--set", f"modbus.port={free_port()}")
    require(code == 1, f"exit code {code}: {words}")
    require_words(words, "192.0.2.77", "ip address")


def check_a_restart_does_not_wait_for_old_connections():
    """SO_REUSEADDR: connections in TIME_WAIT do not keep the port."""
    with Sensor() as sensor:
        for _ in range(3):
            with sensor.connect() as client:
                client.ask(READ)
                sensor.stop()  # The sensor closes first, so that its side waits.
                client.receive_rest()
            sensor.start()


def unprivileged():
    """What to put in front of a command so that it runs as nobody; nothing when the checks run as an ordinary user."""
    if os.geteuid() != 0:
        return []
    if not shutil.which("setpriv"):
        raise Skipped("needs setpriv to drop root's rights")
    return ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]


def check_a_low_port_without_the_right_to_it():
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as limit:
        if int(limit.read()) <= 502:
            raise Skipped("everyone may bind port 502 here")
    prefix = unprivileged()
    with tempfile.TemporaryDirectory(prefix="conpot-pi-nobody-") as place:
        os.chmod(place, 0o777)
        program = shutil.copy(binary(), place)
        command = [*prefix, *LAUNCHER, program, "run", "--set", "network.listen=127.0.0.1", "--set", "modbus.port=502", "--set", f"journal.directory={place}/journal"]
        done = subprocess.run(command, env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}, cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=5 * PATIENCE, check=False)
        require(done.returncode == 1, f"exit code {done.returncode}: {done.stderr}")
        require_words(done.stderr, "127.0.0.1:502", "CAP_NET_BIND_SERVICE", "1024 or higher")
        # And without a place of his own for the journal, which is the next thing that goes wrong.
        command = [*prefix, *LAUNCHER, program, "run", "--set", f"modbus.port={free_port()}"]
        done = subprocess.run(command, env={"PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}, cwd="/", stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=5 * PATIENCE, check=False)
        require(done.returncode == 1, f"without a home: exit code {done.returncode}: {done.stderr}")
        require_words(done.stderr, "/nonexistent/.local/state/conpot-pi", "[journal] directory")


def check_root_listens_on_502_when_the_settings_say_so():
    if os.geteuid() != 0:
        raise Skipped("needs root")
    if accepts(502, "127.0.0.2"):
        raise Skipped("somebody has port 502 here")
    with Sensor(config=SETTINGS.replace("127.0.0.1", "127.0.0.2").replace("{port}", "502")):
        require(accepts(502, "127.0.0.2"), "127.0.0.2:502 refuses")


# ---- SIGHUP -----------------------------------------------------------------------------------------------------------

def reload(sensor, text, outcome):
    """Writes the settings, sends SIGHUP and returns the sensor.config event and what was said on stderr."""
    sensor.configure(text)
    said = len(sensor.stderr)
    sensor.send_signal(signal.SIGHUP)
    events = sensor.journal.wait(lambda seen: any(action(each) == "sensor.config" for each in seen), 5)
    event = next((each for each in events if action(each) == "sensor.config"), None)
    require(event, f"no sensor.config after SIGHUP: {sensor.last_words()}")
    require(field(event, "event.outcome", "success") == outcome, f"the outcome is {field(event, 'event.outcome', 'success')}: {field(event, 'conpot.problem')}")
    wait_for(lambda: any("configuration" in line for line in sensor.stderr[said:]), 2, "nothing was said on stderr")
    return event, "\n".join(sensor.stderr[said:]), events


def check_a_reload_takes_latency_and_limits_and_leaves_sessions_alone():
    with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
        client.ask(modbus.write_register(500, 4711))
        reload(sensor, SETTINGS.replace('latency = "0"', 'latency = "40ms"').replace("[modbus]", "connections_per_address = 2\n[modbus]"), "success")
        began = time.monotonic()
        require(modbus.registers(client.ask(READ)) == [4711], "the CPU forgot what was written")
        require(time.monotonic() - began > 0.035, "an open session does not take the new latency")
        with sensor.connect() as second:
            began = time.monotonic()
            second.ask(READ)
            require(time.monotonic() - began > 0.035, "a new session does not take the new latency")
            with contextlib.suppress(ConnectionError), sensor.connect() as third:
                third.send(modbus.frame(1, 1, READ))
                require(third.receive_rest() == b"", "the third connection of two that are allowed is answered")
        reload(sensor, SETTINGS, "success")
        began = time.monotonic()
        client.ask(READ)
        require(time.monotonic() - began < 0.035, "latency is not taken back")
        require_orderly_end_of(sensor, client)
        sensor.start()


def require_orderly_end_of(sensor, client):
    """The session is as old as the first settings, and still gets its end."""
    sensor.stop()
    events = sensor.journal.fresh()
    require(any(ends_session(each) and field(each, "source.port") == client.local_port for each in events), "a session that outlived reloads has no session.end")
    require(action(events[-1]) == "sensor.stop", f"the last event is {action(events[-1])}")


def check_latency_switched_off_keeps_the_order_of_replies():
    with Sensor(config=SETTINGS.replace('latency = "0"', 'latency = "300ms"')) as sensor, sensor.connect() as client:
        client.send(b"".join(modbus.frame(number, 1, READ) for number in range(4)))
        sensor.journal.wait(lambda seen: sum(action(each) == "modbus.read" for each in seen) == 4)
        reload(sensor, SETTINGS, "success")
        client.send(b"".join(modbus.frame(number, 1, READ) for number in range(4, 8)))
        for number in range(8):
            reply = client.receive_frame()
            require(reply[:2] == number.to_bytes(2, "big"), f"reply {number} is {reply.hex().upper()}")


def check_a_reload_takes_a_changed_program():
    """The program's file beside the settings: changed it runs, broken or gone the old one goes on and the mistake is named."""
    settings = SETTINGS + '[plc]\nprogram = "my.awl"\n'
    sensor = Sensor(config=settings)
    program = os.path.join(sensor.directory, "my.awl")

    def write(text):
        with open(program, "w", encoding="ascii") as stream:
            stream.write(text)

    def lamps():
        with sensor.connect() as client:
            return modbus.bits(client.ask(modbus.read(modbus.READ_COILS, 40, 3)), 3)

    write("NETWORK 1\nLD SM0.0\n= Q5.0\n")
    with sensor:
        require(lamps() == [1, 0, 0], f"the first program: {lamps()}")
        write("NETWORK 1\nLD SM0.0\n= Q5.1\n")
        require(lamps() == [1, 0, 0], f"a program is taken before anybody said so: {lamps()}")
        reload(sensor, settings, "success")
        require(lamps() == [0, 1, 0], f"the changed program: {lamps()}")
        write("NETWORK 1\nLD SM0.0\n= Q5.2\nLDX I0.0\n")
        _, said, _ = reload(sensor, settings, "failure")
        require("my.awl:4:1: unknown mnemonic 'LDX'" in said, f"a broken program: {said}")
        require(lamps() == [0, 1, 0], f"a broken program: {lamps()}")
        os.remove(program)
        _, said, _ = reload(sensor, settings, "failure")
        require("my.awl" in said and "program" in said, f"a program that is gone: {said}")
        require(lamps() == [0, 1, 0], f"a program that is gone: {lamps()}")
        # The same text again is the same CPU: what was written stays, and so do sessions.
        write("NETWORK 1\nLD SM0.0\n= Q5.1\n")
        with sensor.connect() as client:
            client.ask(modbus.write_register(500, 4711))
            reload(sensor, settings, "success")
            require(modbus.registers(client.ask(READ)) == [4711], "an unchanged program restarts the CPU")


def check_a_reload_moves_to_another_port():
    with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
        client.ask(READ)
        port = free_port()
        event, _, _ = reload(sensor, SETTINGS.replace("{port}", str(port)), "success")
        require(str(port) in field(event, "conpot.listening", ""), f"sensor.config does not tell the new port: {event}")
        require(accepts(port), "the new port refuses")
        require(not accepts(sensor.port), "the old port still listens")
        client.ask(READ)
        require_orderly_end_of(sensor, client)
        sensor.start()


def check_a_reload_does_not_close_a_port_that_stays():
    """Visitors who come in while the settings are read again must not see a reset."""
    with Sensor(config=SETTINGS) as sensor:
        for turn in range(5):
            sensor.configure(SETTINGS.replace('latency = "0"', f'latency = "{turn + 1}ms"'))
            sensor.send_signal(signal.SIGHUP)
            for _ in range(30):
                with sensor.connect() as client:
                    client.ask(READ)
            sensor.journal.wait(lambda seen: any(action(each) == "sensor.config" for each in seen), 5)


def check_a_bad_file_changes_nothing():
    with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
        client.ask(READ)
        event, words, _ = reload(sensor, SETTINGS.replace("port =", "prot ="), "failure")
        require("conpot-pi.toml:5:1" in words and "'port'" in words, f"stderr does not name the place and the nearest name: {words}")
        require("prot" in field(event, "conpot.problem", ""), f"sensor.config gives no reason: {event}")
        client.ask(READ)
        require(accepts(sensor.port), "the old port refuses")
        os.unlink(sensor.config)
        said = len(sensor.stderr)
        sensor.send_signal(signal.SIGHUP)
        wait_for(lambda: any("refused" in line for line in sensor.stderr[said:]), 3, "a missing file is not told")
        client.ask(READ)


def check_name_and_journal_change_only_at_a_restart():
    for old, new in (('"pump-house"', '"tank-farm"'), ('sync = "1s"', 'sync = "2s"'), ("{journal}", "{journal}-elsewhere")):
        with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
            event, words, _ = reload(sensor, SETTINGS.replace(old, new), "failure")
            require("restart" in field(event, "conpot.problem", "") and "restart" in words, f"{old} to {new}: no reason, or not everywhere: {words}")
            client.ask(READ)
            require(not os.path.exists(sensor.journal.directory + "-elsewhere"), "a directory was made for settings that were refused")


def check_a_new_port_that_is_taken_leaves_the_old_ones():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        for old, new in (("{port}", str(taken)), ('"pump-house"', '"pump-house"\n[plc]\nprofile = "conpot-2013"')):
            with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
                client.ask(modbus.write_register(500, 4711))
                event, words, events = reload(sensor, SETTINGS.replace("{port}", str(taken)).replace(old, new), "failure")
                require(f"127.0.0.1:{taken}" in words and "in use" in field(event, "conpot.problem", ""), f"the reason is not told: {words}")
                require(modbus.registers(client.ask(READ)) == [4711], "the open session has another CPU")
                require(not any(ends_session(each) for each in events), "sessions were ended for settings that were refused")
                with sensor.connect() as second:
                    require(modbus.registers(second.ask(READ)) == [4711], "the old port does not serve the old CPU")


def check_another_cpu_is_a_restart_of_the_device():
    for extra in ('[plc]\nprofile = "conpot-2013"\n', '[io]\n"AIW0" = "constant 1232"\n'):
        with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
            client.ask(modbus.write_register(500, 4711))
            # The session is older than the settings before these, too.
            reload(sensor, SETTINGS.replace('latency = "0"', 'latency = "1ms"'), "success")
            _, _, events = reload(sensor, SETTINGS + extra, "success")
            require(client.receive_rest() == b"", "the open session goes on")
            events += sensor.journal.fresh()
            reasons = [field(each, "conpot.reason") for each in events if ends_session(each)]
            require(reasons == ["device restarts"], f"the session ended with {reasons}")
            with sensor.connect() as second:
                if "io" in extra:
                    require(modbus.registers(second.ask(modbus.read(modbus.READ_ANALOG, 0, 1))) == [1232], "AIW0 is not what the new settings say")
                    require(modbus.registers(second.ask(READ)) != [4711], "the new CPU remembers")
                else:
                    require(second.ask(b"\x2B\x0E\x01\x00", unit=1)[:1] == b"\x2B", "the new profile does not answer 43/14")


def check_a_hangup_at_any_moment_is_harmless():
    with Sensor(config=SETTINGS) as sensor, sensor.connect() as client:
        for _ in range(30):
            sensor.send_signal(signal.SIGHUP)
            client.ask(READ)
        sensor.send_signal(signal.SIGHUP)
        sensor.stop()
        sensor.start()


# ---- What the machine sees --------------------------------------------------------------------------------------------

def sockets_of(pid):
    """(protocol, local, state) of every socket of a process; what is neither TCP nor UDP comes with its inode."""
    inodes = set()
    for fd in os.listdir(f"/proc/{pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            target = os.readlink(f"/proc/{pid}/fd/{fd}")
            if target.startswith("socket:["):
                inodes.add(target[len("socket:["):-1])
    found = []
    for protocol in ("tcp", "tcp6", "udp", "udp6", "raw", "raw6"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/net/{protocol}", encoding="ascii") as table:
            for line in list(table)[1:]:
                parts = line.split()
                if parts[9] in inodes:
                    inodes.discard(parts[9])
                    found.append((protocol, int(parts[1].split(":")[1], 16), parts[3]))
    return found + [("other", inode, "") for inode in inodes]


def check_it_has_its_four_ports_and_nothing_else():
    if EMULATED:
        raise Skipped("the emulator's own files would be seen")
    with Sensor() as sensor:
        with sensor.connect() as client:
            client.ask(READ)
        require(sensor.journal.wait(lambda seen: any(ends_session(each) for each in seen)), "no session.end")
        with open("/proc/net/unix", encoding="ascii", errors="replace") as table:  # proc_net(5): the inode, then the path
            control = [line.split()[6] for line in table if line.rstrip().endswith(f"{sensor.directory}/control.sock")]
        require(len(control) == 1, f"its control sockets are {control}")
        sockets = sockets_of(sensor.pid)
        wanted = [*(("tcp", port, "0A") for port in (sensor.port, sensor.s7_port, sensor.http_port)), ("udp", sensor.snmp_port, "07"), ("other", control[0], "")]
        require(sorted(sockets) == sorted(wanted), f"its sockets are {sockets}, wanted {wanted}")
        children = [pid for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) == sensor.pid]
        require(not children, f"it has children: {children}")


def parent_of(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def cpu_nanoseconds(pid):
    """The kernel's own account, finer than clock ticks; threads that ended meanwhile are missing."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with contextlib.suppress(FileNotFoundError), open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as times:
            total += int(times.read().split()[0])
    return total


def check_it_is_small_and_sleeps():
    if EMULATED:
        raise Skipped("the emulator's own memory and time would be measured")
    with Sensor(latency=None) as sensor:
        for _ in range(20):
            with sensor.connect() as client:
                client.ask(READ)
        threads = len(os.listdir(f"/proc/{sensor.pid}/task"))
        require(threads < 20, f"{threads} threads")
        memory = sensor.resident_kilobytes()
        require(memory < 20 * 1024, f"VmRSS {memory} KiB")
        with sensor.connect():  # An open session costs a tick a second; it is idle, too.
            began = cpu_nanoseconds(sensor.pid)
            time.sleep(3)  # What is measured is the time.
            used = (cpu_nanoseconds(sensor.pid) - began) / 1e6
        require(used < 30, f"{used:.1f} ms of CPU in 3 idle seconds")
        return f"{threads} threads, {memory} KiB, {used:.1f} ms of CPU in 3 s"


def check_a_half_open_scan_is_seen():
    if os.geteuid() != 0 or not shutil.which("nmap"):
        raise Skipped("needs root and nmap")
    with Sensor(*LIFTED) as sensor:
        scan = subprocess.run(["nmap", "-n", "-Pn", "-sS", "-p", str(sensor.port), "127.0.0.1"], capture_output=True, text=True, timeout=30, check=False)
        if "open" not in scan.stdout:
            raise Skipped(f"nmap cannot scan here: {scan.stdout[-200:]!r} {scan.stderr[-200:]!r}")
        events = sensor.journal.wait(lambda seen: any(action(each) == "network.half-open" for each in seen), 3)
        seen = [each for each in events if action(each) == "network.half-open"]
        require(seen, f"no network.half-open within 3 s; there are {[action(each) for each in events]}")
        require(not any(action(each) == "session.start" for each in events), "a scan that never connected has a session")
        return f"count {field(seen[0], 'conpot.count')}"


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
