"""The command line as a person and a script meet it: verbs, flags, exit codes, what goes to stdout and what to a terminal."""

import codecs
import contextlib
import json
import os
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import modbus
from checks import Failed, Skipped, require, run_checks
from harness import Sensor, binary
from journal import action, field
from service import PATIENCE, wait_for
from surroundings import EMULATED, LAUNCHER

READ = modbus.read(modbus.READ_HOLDING, 500, 1)
VERBS = ("run", "validate", "status", "test-alert", "doctor", "events", "report", "capture", "io", "profiles", "version", "help")
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


class Place:
    """A directory that is also home and state: nothing of the machine's own is read or written."""

    def __enter__(self):
        self.path = tempfile.mkdtemp(prefix="conpot-pi-cli-")
        self.environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "HOME": self.path, "STATE_DIRECTORY": f"{self.path}/state", "LC_ALL": "C.UTF-8"}
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def write(self, text, name="conpot-pi.toml"):
        with open(os.path.join(self.path, name), "wb") as stream:
            stream.write(text if isinstance(text, bytes) else text.encode("utf-8"))
        return name

    def run(self, *arguments, prefix=(), environment=None, seconds=10):
        """Exit code, stdout, stderr."""
        try:
            done = subprocess.run([*prefix, *LAUNCHER, binary(), *arguments], env=self.environment | (environment or {}), cwd=self.path, stdin=subprocess.DEVNULL,
                                  capture_output=True, timeout=seconds * PATIENCE, check=False)
        except subprocess.TimeoutExpired:
            raise Failed(f"{arguments} did not end within {seconds * PATIENCE} s") from None
        out, err = done.stdout.decode("utf-8"), done.stderr.decode("utf-8")
        require("   at " not in err and "Unhandled" not in err, f"{arguments}: a stack trace for a person: {err[:300]!r}")
        return done.returncode, out, err

    def expect(self, code, *arguments, out=(), err=(), **more):
        got, stdout, stderr = self.run(*arguments, **more)
        require(got == code, f"{' '.join(arguments)}: exit code {got}, wanted {code}: {stderr or stdout}")
        for wanted, text, name in [(each, stdout, "stdout") for each in out] + [(each, stderr, "stderr") for each in err]:
            require(wanted in text, f"{' '.join(arguments)}: {name} does not say {wanted!r}: {text!r}")
        if code == 0:
            require(not stderr or arguments[0] == "events", f"{' '.join(arguments)}: talk on stderr: {stderr!r}")
        else:
            require(not stdout, f"{' '.join(arguments)}: a failure writes to stdout: {stdout!r}")
        return stdout, stderr


# ---- Verbs and flags --------------------------------------------------------------------------------------------------

def check_help_lists_every_verb():
    with Place() as place:
        plain, _ = place.expect(0, "help", out=[f"  {verb} " for verb in VERBS] + ["78"])
        for same in ("-h", "--help"):
            require(place.expect(0, same)[0] == plain, f"{same} is not help")
        code, out, _ = place.run()
        require(code == 0 and out == plain, "nothing at all is not help")
        for verb in VERBS:
            own, _ = place.expect(0, "help", verb, out=[f"Usage: conpot-pi {verb}", "--no-color", "--quiet"])
            for same in ("-h", "--help"):
                require(place.expect(0, verb, same)[0] == own, f"{verb} {same} is not help {verb}")
        place.expect(0, "help", "run", out=["-c, --config FILE", "--set SECTION.KEY=VALUE", "SIGHUP"])


def check_what_is_unknown_is_a_usage_error_with_the_nearest_name():
    with Place() as place:
        for arguments, wanted in {
            ("rnu",): "'run'", ("evnets",): "'events'", ("valdiate",): "'validate'", ("help", "evnts"): "'events'",
            ("events", "--folow"): "'--follow'", ("run", "--confg", "x"): "'--config'", ("validate", "--ste=a.b=1"): "'--set'",
            ("events", "--jsn"): "'--json'", ("version", "--no-colour"): "'--no-color'",
        }.items():
            place.expect(2, *arguments, err=[f"did you mean {wanted}"])
        for arguments, wanted in {
            ("xyzzy",): "'conpot-pi help'", ("validate", "extra"): "one word too many", ("run", "-c"): "needs a value", ("events", "--since"): "needs a value",
            ("events", "--since", "yesterday"): "--since", ("version", "--json=yes"): "", ("profiles", "list"): "profiles [show NAME]",
            ("events", "--follow=yes"): "takes no value", ("run", "--config="): "needs a value",
        }.items():
            place.expect(2, *arguments, err=["conpot-pi: ", wanted])
        place.expect(1, "profiles", "show", "s7-20", err=["s7-200", "conpot-2013"])


def check_version():
    with Place() as place:
        out, _ = place.expect(0, "version")
        require(re.fullmatch(r"conpot-pi \d+\.\d+\.\d+\S*\n", out), f"version prints {out!r}")
        require(place.expect(0, "--version")[0] == out, "--version is not version")


def check_profiles():
    with Place() as place:
        place.expect(0, "profiles", out=["s7-200", "(default)", "conpot-2013"])
        names = [each["name"] for each in json.loads(place.expect(0, "profiles", "--json")[0])]
        require(names == ["s7-200", "s7-300-cp343", "conpot-2013"], f"--json lists {names}")
        for name in names:
            place.write(place.expect(0, "profiles", "show", name, out=["[plc]", "[modbus]", "[io]"])[0])
            # A copy laid over another profile would be a mixture of both: one message, and it says what to do instead.
            _, said = place.expect(78, "validate", "-c", "conpot-pi.toml", err=["copy of a profile", "[plc] profile"])
            require(said.count("\n") == 1, f"more than one message: {said}")
            place.write(f'[plc]\nprofile = "{name}"\n')
            place.expect(0, "validate", "-c", "conpot-pi.toml", out=[name])


# ---- validate ---------------------------------------------------------------------------------------------------------

GOOD = """name = "pump-house-3"
[network]
listen = ["127.0.0.1", "127.0.0.2"]
[modbus]
port = 5020
latency = "3ms..6ms"
unknown_unit = "exception 11"
[[modbus.unit]]
id = 2
input_registers = "AIW0..AIW14"
holding_registers = "VW0..VW14"
[io]
"AIW0" = "sine 0..32000 period 60s"
[journal]
directory = "/nonexistent/journal"
sync = "1s"
"""


def check_validate_takes_what_is_right_in_any_coat():
    with Place() as place:
        for name, text in {
            "plain": GOOD.encode(), "CRLF": GOOD.replace("\n", "\r\n").encode(), "BOM": codecs.BOM_UTF8 + GOOD.encode(), "BOM and CRLF": codecs.BOM_UTF8 + GOOD.replace("\n", "\r\n").encode(),
            "no last newline": GOOD.strip().encode(), "empty": b"", "BOM alone": codecs.BOM_UTF8, "a comment": b"# nothing\n",
            "UTF-16 LE": codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"), "UTF-16 BE": codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"),
        }.items():
            try:
                place.expect(0, "validate", "-c", place.write(text), out=["conpot-pi.toml: ok", "s7-200"])
            except Failed as why:
                raise Failed(f"{name}: {why}") from None
        place.write(GOOD)
        place.expect(0, "validate", "-c", "conpot-pi.toml", out=["pump-house-3", "127.0.0.1:5020, 127.0.0.2:5020", "/nonexistent/journal"])
        require(place.expect(0, "validate", "-q", "-c", "conpot-pi.toml")[0] == "", "-q says something")


# One mistake each, where it is and what the message must hold.
MISTAKES = [
    ('[modbus]\ncoils = ["Q0.0..Q1.7", "M0.0..M1.7"]\n', "2:9", ["'M0.0..M1.7' is never reached", "M0.0..M1.7 at 16"]),
    ('[modbus]\nport = 25020\n[http]\nport = 25020\n', "", ["TCP port 25020 is [", "give ["]),
    ('[io]\n"AQW0" = "pwm 12 1kHz chip 0 channel 0"\n"AQW2" = "pwm 13 1kHz chip 0 channel 0"\n', "3:10", ["channel 0 is that of GPIO12 (AQW0) already"]),
    ('[io]\n"I0.0" = "gpio 17"\n[initial]\n"I0.0" = "on"\n', "4:", ["I0.0 is a real input"]),
    ("[modbus]\nprot = 502\n", "2:1", ["'prot' in [modbus]", "'port'"]),
    ("[modbsu]\nport = 502\n", "1:", ["[modbus]"]),
    ("[modbus]\nport = \"502\"\n", "2:8", ["port", "number"]),
    ("[modbus]\nport = 70000\n", "2:8", ["70000", "65535"]),
    ("[modbus]\nlatency = \"6s..3s\"\n", "2:11", ["latency"]),
    ("[modbus]\nlatency = 3\n", "2:11", ["\"3ms\""]),
    ("[modbus]\nunknown_unit = \"ecko\"\n", "2:16", ["\"echo\""]),
    ("[modbus]\nfunctions = [1, 99]\n", "2:", ["99"]),
    ("[[modbus.unit]]\nid = 3\n[[modbus.unit]]\nid = 3\n", "4:6", ["twice"]),
    ("[[modbus.unit]]\ncoils = \"Q0.0..Q0.7\"\n", "1:", ["id"]),
    ("[modbus]\ncoils = \"VW0..VW10\"\n", "2:9", ["VW0"]),
    ("[modbus]\nholding_registers = \"Q0.0..Q1.7\"\n", "2:21", ["Q0.0"]),
    ("[modbus]\nholding_registers = \"VW0..VW10240\"\n", "2:21", ["10239"]),
    ("[network]\nlisten = \"localhost\"\n", "2:10", ["localhost", "192.168"]),
    ("[journal]\ndirectory = \"journal\"\n", "2:13", ["absolute"]),
    ("[journal]\nsegment = \"8 parsecs\"\n", "2:11", ["parsecs"]),
    ("[io]\nI0.0 = \"on\"\n", "2:1", ["quotes"]),
    ("[io]\n\"AIW0\" = \"sinus 0..32000 period 60s\"\n", "2:10", ["sine"]),
    ("[io]\n\"V0\" = \"on\"\n", "2:", ["V0"]),
    ("[plc]\nprofile = \"s7-300\"\n", "2:11", ["s7-200"]),
    ("name = \u201cpump\u201d\n", "1:8", ["quotes"]),
    ("name = \"\"\n", "1:8", ["1 to 64"]),
    ("name = pump house\n", "1:", ["quotes"]),
    ("[modbus]\nport = 502\nport = 503\n", "3:1", ["twice"]),
    ("[modbus\nport = 502\n", "1:", ["]"]),
]


def check_validate_names_each_mistake():
    wrong = []
    with Place() as place:
        for text, where, wanted in MISTAKES:
            code, out, err = place.run("validate", "-c", place.write(text))
            if code != 78 or out or not err.startswith(f"conpot-pi.toml:{where}") or not all(each in err for each in wanted):
                wrong.append(f"{text!r}: exit code {code}, wanted {where} and {wanted}, got {err!r}")
            elif err.count("\n") != 1:
                wrong.append(f"{text!r}: more than one message: {err!r}")
    require(not wrong, " || ".join(wrong))
    return f"{len(MISTAKES)} mistakes"


# The same for the program that the settings name: its own file, line and column.
PROGRAM_MISTAKES = [
    ("LDX I0.0\n= Q5.0\n", "my.awl:1:1", ["'LDX'", "LD"]),
    ("LD I0.0\n= Q99.0\n", "my.awl:2:3", ["Q99.0"]),
    ("NETWORK 1\nLD SM0.0\n  TON T5, 10\n", "my.awl:3:7", ["T5", "T37"]),
    ("NETWORK 1\n= Q5.0\n", "my.awl:2:1", ["logic stack", "LD"]),
    ("LD I0.0\nPID VB0, 1\n", "my.awl:2:1", ["PID", "README"]),
    ("LD I0.0\nJMP 3\n", "my.awl:2:5", ["3", "LBL"]),
    (None, "conpot-pi.toml:2:11", ["my.awl"]),
]


def check_validate_names_each_mistake_of_a_program():
    wrong = []
    with Place() as place:
        name = place.write("[plc]\nprogram = \"my.awl\"\n")
        place.write("NETWORK 1 // lamp\nLD I0.0\n= Q5.0\n", "my.awl")
        place.expect(0, "validate", "-c", name)
        for text, where, wanted in PROGRAM_MISTAKES:
            if text is None:
                os.remove(os.path.join(place.path, "my.awl"))
            else:
                place.write(text, "my.awl")
            code, out, err = place.run("validate", "-c", name)
            if code != 78 or out or not err.startswith(f"{where}: ") or not all(each in err for each in wanted) or err.count("\n") != 1:
                wrong.append(f"{text!r}: exit code {code}, wanted {where} and {wanted}, got {err!r}")
    require(not wrong, " || ".join(wrong))
    return f"{len(PROGRAM_MISTAKES)} mistakes"


def check_validate_names_all_mistakes_at_once():
    text = '[modbus]\r\nprot = 502\r\nport = 70000\r\ncoils = "VW0..VW10"\r\n[network]\r\nlisten = "here"\r\n[nonsense]\r\na = 1\r\n'
    with Place() as place:
        for coat in (text.encode(), codecs.BOM_UTF8 + text.encode(), text.replace("\r", "").encode()):
            _, said = place.expect(78, "validate", "-c", place.write(coat))
            places = [line.split(": ")[0] for line in said.splitlines()]
            require(places == [f"conpot-pi.toml:{each}" for each in ("2:1", "3:8", "4:9", "6:10", "7:1")], f"the places are {places}: {said}")


def check_validate_tells_files_that_are_no_settings():
    with Place() as place:
        for name, data, wanted in (
            ("UTF-16 without a BOM", GOOD.encode("utf-16-le"), "UTF-16"), ("Latin-1", 'name = "Kl\u00e4rwerk"\n'.encode("latin-1"), "UTF-8"),
            ("random bytes", bytes(range(256)) * 200, ""), ("zeros", bytes(4096), ""),
        ):
            try:
                place.expect(78, "validate", "-c", place.write(data), err=["conpot-pi.toml", wanted], seconds=5)
            except Failed as why:
                raise Failed(f"{name}: {why}") from None
        place.expect(78, "validate", "-c", "missing.toml", err=["missing.toml", "-c"])
        place.expect(78, "validate", "-c", ".", err=["is a directory"])
        place.expect(78, "validate", "-c", "/dev/zero", err=["/dev/zero: has more than 1048576 bytes"])
        place.expect(78, "validate", "-c", place.write(""), "--set", "snmp.walk=/dev/zero", err=["/dev/zero: has more than 16777216 bytes"])
        place.expect(78, "run", "-c", "missing.toml", err=["missing.toml"])


def check_settings_on_the_command_line_are_checked_as_well():
    with Place() as place:
        name = place.write("")
        place.expect(78, "validate", "-c", name, "--set", "modbus.prot=502", err=["--set modbus.prot=502", "'port'"])
        place.expect(78, "validate", "-c", name, "--set", "modbus", err=["--set section.key=value"])
        place.expect(0, "validate", "-c", name, "--set", "modbus.port=1502", "--set", "modbus.port=1503", "--set", "network.listen=127.0.0.1", out=["127.0.0.1:1503"])


def check_validate_opens_nothing_and_writes_nothing():
    with Place() as place:
        name = place.write(GOOD.replace("/nonexistent/journal", f"{place.path}/journal"))
        before = {os.path.join(root, each) for root, folders, files in os.walk(place.path) for each in folders + files}
        place.expect(0, "validate", "-c", name)
        after = {os.path.join(root, each) for root, folders, files in os.walk(place.path) for each in folders + files}
        require(before == after, f"it made {after - before}")
        if EMULATED or not shutil.which("strace"):
            return "without strace"
        trace = os.path.join(place.path, "trace")
        code, _, err = place.run("validate", "-c", name, prefix=["strace", "-f", "-o", trace, "-e", "trace=bind,listen,connect,openat,mkdir,mkdirat,unlink,unlinkat,rename,renameat2,creat"])
        if code == 1 and "ptrace" in err:
            return "strace may not trace here"
        require(code == 0, f"exit code {code} under strace: {err}")
        with open(trace, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                call = line.split(None, 1)[1]
                writes = call.startswith("openat") and re.search(r"O_WRONLY|O_RDWR|O_CREAT", call) and not re.search(r'"/(dev|proc|sys)/', call)
                require(not writes and not call.startswith(("bind", "listen", "mkdir", "unlink", "rename", "creat")), f"validate does {call.strip()}")
                require(not call.startswith("connect") or "AF_UNIX" in call, f"validate does {call.strip()}")  # nscd is the C library's
        return "by strace"


DEVICE_PORTS = ["0.0.0.0:502\n", "0.0.0.0:102\n", "0.0.0.0:80\n", "0.0.0.0:161"]
OWN_PORTS = ["127.0.0.1:5020\n", "127.0.0.1:10201\n", "127.0.0.1:8800\n", "127.0.0.1:16100"]


def check_the_default_ports_are_the_device_s_only_for_root_with_settings():
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as limit:
        everyone = int(limit.read()) <= 80
    with Place() as place:
        name = place.write("")
        if os.geteuid() == 0:
            place.expect(0, "validate", "-c", name, out=DEVICE_PORTS)
            if shutil.which("setpriv") and not everyone:
                os.chmod(place.path, 0o755)
                program = shutil.copy(binary(), place.path)
                done = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *LAUNCHER, program, "validate", "-c", name],
                                      cwd=place.path, env=place.environment, capture_output=True, text=True, timeout=10, check=False)
                require(done.returncode == 0 and all(each in done.stdout for each in OWN_PORTS), f"as nobody: {done.stdout}{done.stderr}")
        elif not everyone:
            place.expect(0, "validate", "-c", name, out=OWN_PORTS)
        if any(os.path.exists(each) for each in ("/boot/firmware/conpot-pi.toml", "/etc/conpot-pi/conpot-pi.toml")):
            raise Skipped("this machine has settings of its own")
        place.expect(0, "validate", out=["built-in defaults: ok", *OWN_PORTS])


# ---- events -----------------------------------------------------------------------------------------------------------

def journal_of(sensor):
    return ["events", "--journal", sensor.journal.directory]


def check_events_as_text_and_as_json():
    with Place() as place, Sensor() as sensor:
        with sensor.connect() as client:
            client.ask(modbus.write_register(500, 4711))
            client.ask(READ)
        with sensor.connect() as client:
            client.ask(READ)
        own = sensor.journal.wait(lambda seen: sum(action(each) == "session.end" for each in seen) == 2)
        out, _ = place.expect(0, *journal_of(sensor))
        lines = out.splitlines()
        require(len(lines) == len(own), f"{len(lines)} lines for {len(own)} events")
        for line, event in zip(lines, own):
            require(action(event) in line and (field(event, "source.ip") or "-") in line, f"{line!r} for {action(event)}")
        require(any("modbus.write" in line and "4711" in line for line in lines), "a written value is not shown")
        out, _ = place.expect(0, *journal_of(sensor), "--json")
        require([json.loads(line) for line in out.splitlines()] == own, "--json does not print the journal's own lines")
        session = field(next(each for each in own if action(each) == "modbus.write"), "conpot.session")
        out, _ = place.expect(0, *journal_of(sensor), "--json", "--session", session)
        of_session = [json.loads(line) for line in out.splitlines()]
        require({field(each, "conpot.session") for each in of_session} == {session}, f"--session prints {out}")
        # A write is alerted, and the alert belongs to the session.
        require([action(each) for each in of_session] == ["session.start", "modbus.write", "alert.raised", "modbus.read", "session.end"], f"--session prints {out}")
        require(place.expect(0, *journal_of(sensor), "--session", "nobody")[0] == "", "--session finds what is not there")
        require(len(place.expect(0, *journal_of(sensor), "--since", "1h")[0].splitlines()) == len(own), "--since 1h leaves something out")
        require(place.expect(0, *journal_of(sensor), "--since", "2100-01-01")[0] == "", "--since 2100 shows something")
        third = field(own[2], "@timestamp")
        out, _ = place.expect(0, *journal_of(sensor), "--json", "--since", third)
        require(out.splitlines() and field(json.loads(out.splitlines()[0]), "@timestamp") == third, "--since a time begins elsewhere")
        place.expect(0, "events", "--journal", f"{place.path}/none", err=["no events in", "--journal"])
        place.expect(0, "events", "--list", out=["modbus.write", "T0836", "sensor.lost"])
        require(any(each["action"] == "session.start" for each in json.loads(place.expect(0, "events", "--list", "--json")[0])), "--list --json")


def check_events_over_many_segments():
    with Place() as place, Sensor("journal.segment=64KiB", "journal.total=1MiB") as sensor:
        with sensor.connect() as client:
            for _ in client.ask_all([modbus.read(modbus.READ_HOLDING, 500, 120)] * 300):
                pass
            middle = time.time()
            for _ in client.ask_all([modbus.read(modbus.READ_HOLDING, 500, 120)] * 300):
                pass
        own = sensor.journal.wait(lambda seen: any(action(each) == "session.end" for each in seen))
        require(len(sensor.journal.segments()) > 3, "too few segments for this check")
        out, _ = place.expect(0, *journal_of(sensor), "--json")
        require([field(json.loads(line), "event.sequence") for line in out.splitlines()] == [field(each, "event.sequence") for each in own], "events are missing or out of order")
        since = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(middle)) + f".{int(middle % 1 * 1e6):06d}Z"
        out, _ = place.expect(0, *journal_of(sensor), "--json", "--since", since)
        wanted = [field(each, "event.sequence") for each in own if field(each, "@timestamp") >= since]
        require([field(json.loads(line), "event.sequence") for line in out.splitlines()] == wanted, f"--since {since} shows {len(out.splitlines())} events, wanted {len(wanted)}")


@contextlib.contextmanager
def following(place, sensor, *flags, output=subprocess.PIPE):
    process = subprocess.Popen([*LAUNCHER, binary(), *journal_of(sensor), "--follow", *flags], env=place.environment, cwd=place.path,
                               stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def read_line(stream, seconds):
    ready, _, _ = select.select([stream], [], [], seconds)
    require(ready, f"no line within {seconds} s")
    return os.read(stream.fileno(), 65536)


def check_an_output_that_is_closed_or_full_is_told():
    with Place() as place:
        for arguments in (["version"], ["profiles", "show", "s7-200"], ["help"]):
            for how in (">&-", "> /dev/full"):
                code, _, said = place.run(*arguments, prefix=["sh", "-c", f'exec "$@" {how}', "sh"])
                require(code == 1 and said.startswith("conpot-pi: ") and said.count("\n") == 1, f"{arguments} {how}: {code} {said!r}")


def check_follow_shows_an_event_within_a_second():
    with Place() as place, Sensor("journal.segment=64KiB", "journal.total=1MiB") as sensor, following(place, sensor, "--json") as process:
        seen = read_line(process.stdout, 3 * PATIENCE)
        require(b"sensor.start" in seen, f"it begins with {seen[:100]!r}")
        with sensor.connect() as client:
            began = time.monotonic()
            client.ask(READ)
            while b"modbus.read" not in seen:
                seen += read_line(process.stdout, 1.0 * PATIENCE)
            took = time.monotonic() - began
            require(took < 1 * PATIENCE, f"after {took:.2f} s")
            # Over rotations, too.
            for _ in client.ask_all([modbus.read(modbus.READ_HOLDING, 500, 120)] * 400):
                pass
        until = time.monotonic() + 5 * PATIENCE
        while b"session.end" not in seen or not seen.endswith(b"\n"):  # what comes may end within a line
            require(time.monotonic() < until, "the end of the session is not shown")
            seen += read_line(process.stdout, 5 * PATIENCE)
        sequences = [field(json.loads(line), "event.sequence") for line in seen.splitlines()]
        require(sequences == list(range(1, len(sequences) + 1)) and len(sequences) > 400, f"{len(sequences)} events, not all in order")
        process.send_signal(signal.SIGINT)
        require(process.wait(2 * PATIENCE) == 0, f"exit code {process.returncode} after SIGINT")
        require(process.stderr.read() == b"", "talk on stderr")
        return f"after {took * 1000:.0f} ms"


def check_follow_before_the_sensor_starts():
    """Who looks first waits for the journal to come into being."""
    with Place() as place, Sensor() as sensor:
        sensor.stop()
        shutil.rmtree(sensor.journal.directory)
        with following(place, sensor) as process:
            sensor.start()
            require(b"sensor.start" in read_line(process.stdout, 3 * PATIENCE), "it does not begin with sensor.start")


def check_a_reader_who_goes_ends_it_quietly():
    """events | head -1: nobody reads on, so it ends, without a word."""
    with Place() as place, Sensor() as sensor:
        with sensor.connect() as client:
            for _ in client.ask_all([modbus.read(modbus.READ_HOLDING, 500, 120)] * 500):
                pass
            for follow in (False, True):
                command = [*LAUNCHER, binary(), *journal_of(sensor), *(["--follow"] if follow else [])]
                process = subprocess.Popen(command, env=place.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                try:
                    require(b"sensor.start" in process.stdout.readline(), "the first line")
                    process.stdout.close()
                    until = time.monotonic() + 3 * PATIENCE
                    while process.poll() is None:
                        require(time.monotonic() < until, f"{' '.join(command[1:])} goes on although nobody reads")
                        client.ask(READ)  # something to say
                        time.sleep(0.02)
                    require(process.stderr.read() == b"", "talk on stderr")
                    require(process.returncode == 0, f"exit code {process.returncode}")
                finally:
                    if process.poll() is None:
                        process.kill()
                    process.wait()
                    process.stderr.close()


# ---- Terminals --------------------------------------------------------------------------------------------------------

def on_terminal(place, *arguments, environment=None):
    """What a terminal gets."""
    outer, inner = pty.openpty()
    try:
        process = subprocess.Popen([*LAUNCHER, binary(), *arguments], env=place.environment | {"TERM": "xterm-256color"} | (environment or {}), stdin=inner, stdout=inner, stderr=inner,
                                   start_new_session=True)
        os.close(inner)
        data, until = b"", time.monotonic() + 5 * PATIENCE
        while time.monotonic() < until:
            ready, _, _ = select.select([outer], [], [], 0.1)
            if ready:
                try:
                    part = os.read(outer, 65536)
                except OSError:
                    break  # the other end is closed: EIO
                if not part:
                    break
                data += part
            elif process.poll() is not None:
                break
        process.wait(5 * PATIENCE)
        return data
    finally:
        os.close(outer)


def check_colours_are_for_terminals_alone():
    with Place() as place, Sensor() as sensor:
        with sensor.connect() as client:
            client.ask(modbus.write_register(500, 1))
        sensor.journal.wait(lambda seen: any(action(each) == "session.end" for each in seen))
        command = journal_of(sensor)
        data = on_terminal(place, *command)
        require(COLOUR.search(data) and b"modbus.write" in data, f"no colour on a terminal: {data[:200]!r}")
        require(data.count(b"\x1b[0m") == len(data.splitlines()), "a line does not end with its colour")
        for name, shown in {
            "--no-color": on_terminal(place, *command, "--no-color"), "NO_COLOR": on_terminal(place, *command, environment={"NO_COLOR": "1"}),
            "--json": on_terminal(place, *command, "--json"), "a pipe": place.expect(0, *command)[0].encode(),
        }.items():
            require(not COLOUR.search(shown), f"{name}: colours in {shown[:200]!r}")
            require(b"modbus.write" in shown, f"{name}: no events in {shown[:200]!r}")


def check_nothing_hostile_reaches_a_terminal():
    """Escape sequences, line breaks and bidi marks in every part of a request that a visitor may choose."""
    hostile = b"\x1b]0;owned\x07\x1b[2J\r\n{\"event\":1}\xe2\x80\xae\x9b31m\x00\xff"
    with Place() as place, Sensor() as sensor:
        for request in (modbus.frame(1, 0x1B, b"\x03" + hostile), modbus.frame(1, 1, hostile), hostile * 5, modbus.frame(1, 1, b"\x10\x01\xf4\x00\x0a\x14" + hostile[:20]),
                        modbus.frame(1, 1, b"\x2B\x0E" + hostile), modbus.frame(0x1B5B, 1, READ, protocol=0x1B5B)):
            with sensor.connect(timeout=2) as client, contextlib.suppress(ConnectionError):
                client.send(request)
                client.finish_sending()
                client.receive_rest()
        events = sensor.journal.wait(lambda seen: sum(action(each) == "session.end" for each in seen) == 6)
        out = place.expect(0, *journal_of(sensor))[0]
        require(len(out.splitlines()) == len(events), f"{len(out.splitlines())} lines for {len(events)} events")
        for name, text in {"text": out, "--json": place.expect(0, *journal_of(sensor), "--json")[0], "a terminal": on_terminal(place, *journal_of(sensor), "--no-color").decode().replace("\r\n", "\n")}.items():
            text = text.replace("\x1b[?1h\x1b=", "").replace("\x1b[?1l\x1b>", "")
            bad = {each for each in text if not (" " <= each <= "~" or each == "\n")}
            require(not bad, f"{name}: {sorted(bad)} on the way to a terminal")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
