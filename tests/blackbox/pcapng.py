"""`conpot-pi capture`: what tshark reads in its files is what the journal holds, from a whole handshake down to the last checksum.

Debian: tshark mbpoll snmp nmap. What is not installed is skipped by name."""

import os
import pty
import select
import shutil
import signal
import subprocess
import tempfile
import time

import modbus
import visits
from checks import Failed, require, run_checks
from harness import binary
from journal import action, field
from programs import needed, run
from snmp_agent import Agent
from surroundings import EMULATED, LAUNCHER
from visits import HOSTILE

CHECKED = ("-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE")


def visit(agent):
    """Everything that a journal should hold: whole and broken sessions, both transports, ends of every kind."""
    with agent.connect() as client:
        for _ in range(20):
            client.ask(modbus.read(modbus.READ_HOLDING, 0, 10))
        client.ask(modbus.write_register(0, 77))
        client.ask(modbus.write_registers(2, list(range(100))))
        client.ask(b"\x2b\x0e\x01\x00")
    with agent.connect(source="127.0.0.2") as client:
        list(client.ask_all([modbus.read(modbus.READ_HOLDING, 0, 125)] * 40))
        client.reset()
    with agent.connect(source="127.0.0.3") as client:
        client.send(b"GET / HTTP/1.0\r\n\r\n")
        client.receive_rest()
    with agent.connect(source="127.0.0.3") as client:
        client.send(b"\0\1\0\0\0\6\1\3")  # never finished
    visits.over_s7(agent, "127.0.0.4")
    visits.over_http(agent, "127.0.0.5")
    if shutil.which("mbpoll"):
        run(["mbpoll", "-m", "tcp", "-1", "-o", "5", "-a", "1", "-t", "4", "-r", "1", "-c", "10", "-p", str(agent.port), "127.0.0.1"], 20)
    if shutil.which("nmap"):
        run(["nmap", "-n", "-Pn", "-p", str(agent.port), "--script", "modbus-discover", "127.0.0.1"], 60)
    if shutil.which("snmpget"):
        target = f"127.0.0.1:{agent.snmp_port}"
        quick = ["-v2c", "-r", "0", "-t", "1", "-m", ""]
        run(["snmpwalk", *quick, "-c", "public", target, "1.3.6.1.2.1.1"], 30)
        run(["snmpget", *quick, "-c", HOSTILE, target, "1.3.6.1.2.1.1.1.0"], 30)
        run(["snmpset", *quick, "-c", "private", target, "1.3.6.1.2.1.1.6.0", "s", HOSTILE], 30)


class Place:
    """One sensor's journal, and the files made of it."""

    def __enter__(self):
        self.agent = Agent()
        self.agent.start()
        visit(self.agent)
        self.agent.stop()
        self.events = self.agent.journal.fresh()
        self.journal = self.agent.journal.directory
        return self

    def __exit__(self, *_):
        self.agent.kill()
        shutil.rmtree(self.agent.directory, ignore_errors=True)

    def run(self, *arguments, stdin=subprocess.DEVNULL):
        done = subprocess.run([*LAUNCHER, binary(), *arguments, "--journal", self.journal], cwd=self.agent.directory, stdin=stdin, capture_output=True, timeout=120, check=False)
        require(b"   at " not in done.stderr and b"Unhandled" not in done.stderr, f"a stack trace for a person: {done.stderr[:300]!r}")
        return done

    def capture(self, *arguments, name="out.pcapng"):
        path = os.path.join(self.agent.directory, name)
        done = self.run("capture", *arguments, "-o", path)
        require(done.returncode == 0, f"capture {arguments}: exit code {done.returncode}: {done.stderr!r}")
        return path

    def sessions(self, transport):
        """Session ids in the order of their first event."""
        return list(dict.fromkeys(field(e, "conpot.session") for e in self.events if field(e, "network.transport") == transport))

    def of(self, session):
        return [e for e in self.events if field(e, "conpot.session") == session]


place = Place()


def tshark(path, *arguments):
    agent = place.agent
    done = subprocess.run([needed("tshark"), "-r", path, *CHECKED, "-o", f"mbtcp.tcp.port:{agent.port}", "-d", f"tcp.port=={agent.port},mbtcp", "-d", f"udp.port=={agent.snmp_port},snmp",
                           "-d", f"tcp.port=={agent.s7_port},tpkt", "-d", f"tcp.port=={agent.http_port},http", *arguments],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, text=True, errors="replace", check=False)
    require(done.returncode == 0, f"tshark: {done.stderr[-300:]}")
    return done.stdout


def expert(path):
    """Rows of warnings and errors, but for what the visitors themselves did (resets, and bytes that are no Modbus)."""
    rows = [" ".join(line.split()) for line in tshark(path, "-q", "-z", "expert,warn").splitlines() if line.strip() and line.split()[0].isdigit()]
    return [row for row in rows if "Connection reset (RST)" not in row]


def check_checksums_are_good_and_nothing_is_out_of_order():
    path = place.capture("--since", "1d")
    rows = expert(path)
    require(not rows, f"tshark minds: {rows}")
    for wrong in ("tcp.checksum.status != 1 && frame.cap_len == frame.len", "udp.checksum.status != 1", "ip.checksum.status != 1", "_ws.malformed", "tcp.analysis.flags && !tcp.analysis.rto"):
        said = tshark(path, "-Y", wrong)
        # tshark's own remark that a stream starts in the middle is no fault; here none does.
        require(not said.strip(), f"{wrong}: {said[:300]}")
    packets = len(tshark(path, "-T", "fields", "-e", "frame.number").split())
    least = sum(1 for e in place.events for side in ("request", "response") if field(e, f"conpot.{side}"))
    require(packets > least > 100, f"{packets} packets of {least} messages")


def check_every_stream_carries_the_journals_bytes():
    for session in place.sessions("tcp"):
        if not any(field(e, "conpot.request") for e in place.of(session)):
            continue
        path = place.capture(session, name="one.pcapng")
        said = tshark(path, "-q", "-z", "follow,tcp,raw,0").splitlines()
        lines = [line for line in said if line and all(c in "0123456789abcdef\t" for c in line)]
        asked = "".join(line for line in lines if not line.startswith("\t"))
        answered = "".join(line.strip() for line in lines if line.startswith("\t"))
        events = place.of(session)
        wanted = "".join(field(e, "conpot.request", "") + field(e, "conpot.unfinished", "") for e in events).lower()
        require(asked == wanted, f"{session}: asked {asked[:80]}, journal {wanted[:80]}")
        wanted = "".join(field(e, "conpot.response", "") for e in events).lower()
        require(answered == wanted, f"{session}: answered {answered[:80]}, journal {wanted[:80]}")


def check_datagrams_carry_the_journals_bytes():
    for session in place.sessions("udp"):
        path = place.capture(session, name="one.pcapng")
        sent = tshark(path, "-Y", "udp", "-T", "fields", "-e", "udp.payload").split()
        wanted = [field(e, f"conpot.{side}").lower() for e in place.of(session) for side in ("request", "response") if field(e, f"conpot.{side}")]
        require(sent == wanted, f"{session}: {sent[:2]} is not {wanted[:2]}")


def check_modbus_and_snmp_are_dissected():
    path = place.capture("--since", "1d")
    values = tshark(path, "-Y", f"modbus.func_code == 6 && tcp.dstport == {place.agent.port}", "-T", "fields", "-e", "modbus.reference_num", "-e", "modbus.data").split()
    require(values[:1] == ["0"] and values[1].replace(":", "") == "004d", f"write of 77 to register 0: {values}")
    asked = len(tshark(path, "-Y", f"mbtcp && tcp.dstport == {place.agent.port}", "-T", "fields", "-e", "mbtcp.trans_id").replace(",", " ").split())
    wanted = sum(1 for e in place.events if action(e).startswith("modbus.") and action(e) not in ("modbus.malformed", "modbus.discarded"))
    require(asked == wanted, f"{asked} Modbus requests dissected, {wanted} in the journal")
    if place.sessions("udp"):
        community = tshark(path, "-Y", "snmp", "-T", "fields", "-e", "snmp.community").splitlines()
        require("public" in community and "private" in community, f"communities: {set(community)}")


def check_s7comm_and_http_are_dissected():
    path = place.capture("--since", "1d")
    jobs = tshark(path, "-Y", f"s7comm.header.rosctr == 1 && tcp.dstport == {place.agent.s7_port}", "-T", "fields", "-e", "s7comm.param.func").split()
    require({"0x04", "0x05", "0x28", "0x29", "0x1d", "0x1a", "0xf0"} <= set(jobs), f"functions {sorted(set(jobs))}")
    stops = tshark(path, "-Y", f"s7comm.param.func == 0x29 && tcp.dstport == {place.agent.s7_port}", "-T", "fields", "-e", "frame.comment").splitlines()
    require(len(stops) == 2 and all("s7comm.stop" in comment for comment in stops), f"{stops}")
    asked = len(tshark(path, "-Y", "http.request", "-T", "fields", "-e", "http.request.uri").splitlines())
    wanted = sum(1 for e in place.events if action(e).startswith("http."))
    require(asked == wanted, f"{asked} HTTP requests dissected, {wanted} in the journal")
    # Of a page the head is kept; the packets are as long as they were.
    answered = tshark(path, "-Y", "http.response", "-T", "fields", "-e", "frame.number").split()
    wanted = sum(1 for e in place.events if action(e).startswith("http.") and field(e, "conpot.response"))
    require(len(answered) == wanted, f"{len(answered)} HTTP responses dissected, {wanted} in the journal")
    pages = [e for e in place.events if action(e).startswith("http.") and len(field(e, "conpot.response", "")) // 2 < field(e, "conpot.response_bytes", 0)]
    sent = sum(int(length) for length in tshark(path, "-Y", f"tcp.srcport == {place.agent.http_port}", "-T", "fields", "-e", "tcp.len").split())
    wanted = sum(field(e, "conpot.response_bytes", 0) for e in place.events if action(e).startswith("http."))
    require(pages and sent == wanted, f"{len(pages)} pages in part; {sent} bytes sent by the capture, {wanted} by the journal")


def check_standard_ports_are_dissected_without_being_told():
    path = place.capture("--since", "1d", "--standard-ports")
    done = subprocess.run([needed("tshark"), "-r", path, "-q", "-z", "io,phs"], capture_output=True, text=True, timeout=60, check=False)
    require("mbtcp" in done.stdout and "s7comm" in done.stdout and "http" in done.stdout and (not place.sessions("udp") or "snmp" in done.stdout), done.stdout)


def check_every_packet_has_its_events_time_and_comment():
    path = place.capture("--since", "1d")
    rows = [line.split("\t") for line in tshark(path, "-T", "fields", "-e", "frame.time_epoch", "-e", "frame.comment").splitlines()]
    text = "\n".join(row[1] for row in rows)
    require(all(row[1] for row in rows), "a packet without a comment")
    require("range=VW0 count=1" in text and "after=[77]" in text, "the write's comment does not tell the values")
    require("\x1b" not in text and "\u202e" not in text, "a comment carries what drives a terminal")
    first = min(field(e, "@timestamp") for e in place.events if field(e, "source.ip"))
    require(time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(float(rows[0][0]))) == first[:19], f"{rows[0][0]} is not {first}")
    times = [float(row[0]) for row in rows]
    require(max(b - a for a, b in zip(times[1:], times)) < 0.05, "times run far backwards")


def check_handshakes_and_ends_are_as_they_were():
    path = place.capture("--since", "1d")
    wanted = len(place.sessions("tcp"))
    for what in ("tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.syn == 1 && tcp.flags.ack == 1"):
        got = len(tshark(path, "-Y", what).splitlines())
        require(got == wanted, f"{got} segments of {what}, {wanted} sessions")
    resets = sum(1 for e in place.events if action(e) == "session.end" and field(e, "conpot.reason") in ("reset by client", "idle", "request not finished"))
    got = len(tshark(path, "-Y", "tcp.flags.reset == 1").splitlines())
    require(got == resets, f"{got} resets, {resets} in the journal")


def check_one_source_alone():
    path = place.capture("--source", "127.0.0.2", name="source.pcapng")
    ends = {tuple(sorted(line.split("\t"))) for line in tshark(path, "-T", "fields", "-e", "ip.src", "-e", "ip.dst").splitlines()}
    require(ends == {("127.0.0.1", "127.0.0.2")}, f"{ends}")


def check_a_journal_that_begins_in_the_middle_makes_a_good_file():
    tail = tempfile.mkdtemp(prefix="conpot-pi-tail-")
    try:
        segment = place.agent.journal.segments()[0]
        lines = open(place.agent.journal.path(segment), "rb").read().splitlines(True)
        with open(os.path.join(tail, segment), "wb") as stream:
            stream.writelines(lines[10:-5])
        path = os.path.join(tail, "tail.pcapng")
        done = subprocess.run([*LAUNCHER, binary(), "capture", "--since", "1d", "--journal", tail, "-o", path], capture_output=True, timeout=60, check=False)
        require(done.returncode == 0, f"{done.stderr!r}")
        require(not expert(path), f"tshark minds: {expert(path)}")
    finally:
        shutil.rmtree(tail)


def check_stdout_and_refusals():
    done = place.run("capture", "--since", "1d", "-o", "-")
    require(done.returncode == 0 and done.stdout[:4] == b"\x0a\x0d\x0d\x0a", f"{done.returncode}, {done.stdout[:8]!r}")
    for code, arguments, word in ((2, (), "which packets"), (2, ("--source", "x"), "is no address"), (2, ("--since", "yesterday"), "is no time"),
                                  (1, ("nosuchsession",), "no packet"), (1, ("--since", "1d", "-o", "/nowhere/x.pcapng"), "no such directory"), (1, ("--since", "1d", "-o", place.journal), "is a directory")):
        done = place.run("capture", *arguments)
        require(done.returncode == code and word in done.stderr.decode(), f"{arguments}: {done.returncode}, {done.stderr!r}")
    left = [name for name in os.listdir(place.agent.directory) if name.endswith(".tmp")]
    require(not left, f"left behind: {left}")


def long_journal(directory, copies):
    """The same lines again and again, as a sensor of many days would have them."""
    segment = place.agent.journal.segments()[0]
    lines = open(place.agent.journal.path(segment), "rb").read()
    with open(os.path.join(directory, segment), "wb") as stream:
        for _ in range(copies):
            stream.write(lines)


def check_progress_is_shown_to_a_person_and_ctrl_c_leaves_no_file():
    directory = tempfile.mkdtemp(prefix="conpot-pi-long-")
    try:
        long_journal(directory, 1 if EMULATED else 1600)
        for verb in (("capture", "--since", "1d"), ("report",)):
            path = os.path.join(directory, "long.out")
            master, slave = pty.openpty()
            process = subprocess.Popen([*LAUNCHER, binary(), *verb, "--journal", directory, "-o", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave)
            os.close(slave)
            said = b""
            until = time.monotonic() + 60
            while time.monotonic() < until and b"events\x1b[K" not in said:
                if select.select([master], [], [], 0.1)[0]:
                    try:
                        said += os.read(master, 4096)
                    except OSError:
                        break
            if process.poll() is not None:
                raise Failed(f"{verb}: over before any progress was shown: {said!r}")
            process.send_signal(signal.SIGINT)
            code = process.wait(10)
            while select.select([master], [], [], 0.2)[0]:
                try:
                    said += os.read(master, 4096)
                except OSError:
                    break
            os.close(master)
            require(b"file 1 of 1, " in said and said.rstrip().endswith(b"stopped; nothing was written"), f"{verb}: {said[-200:]!r}")
            require(code == 1 and sorted(os.listdir(directory)) == place.agent.journal.segments()[:1], f"{verb}: exit code {code}, left {os.listdir(directory)}")
    finally:
        shutil.rmtree(directory)


if __name__ == "__main__":
    with place:
        raise SystemExit(run_checks(globals()))
