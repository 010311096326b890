"""No weapon and no tar pit: what one source may have answered, how memory stays, and how long an answer takes.

As shipped, unless a check says otherwise: a walk by one person meets no limit, a flood gets a bounded number of bytes, then silence, and few events."""

import socket
import statistics
import sys
import time

from checks import Skipped, require, run_checks
from journal import action, field
from programs import net_snmp
from snmp_agent import Agent, snmp_only
from snmp_message import GET, GET_BULK
from snmp_names import MIB2, SYS_DESCR, SYS_SERVICES, SYS_UP_TIME
from surroundings import EMULATED

MOST_KILOBYTES = 40 * 1024
FLOOD = 5000

# What one source may get within seconds, whoever it is: a few bulk walks of the whole table.
MOST_FLOOD_BYTES = 512 * 1024


def lost_in_the_kernel(port):
    """Datagrams that found the receive buffer of a port full (the last column of /proc/net/udp)."""
    with open("/proc/net/udp", encoding="ascii") as table:
        return sum(int(line.split()[-1]) for line in table if line.split()[1].endswith(f":{port:04X}"))


def drain(visitor, sizes):
    """Takes what is there; remembers its size."""
    visitor.socket.setblocking(False)
    while True:
        try:
            sizes.append(len(visitor.socket.recv(65535)))
        except (BlockingIOError, ConnectionRefusedError):
            return


def limited(events):
    return [event for event in events if action(event) == "session.limited"]


def flood(agent, visitor, request, count):
    """Sends `count` requests, as fast as the sensor takes them; the sizes of all replies."""
    sizes = []
    for number in range(count):
        visitor.socket.setblocking(True)
        visitor.send(request)
        if number % 50 == 49:
            time.sleep(0.05 if EMULATED else 0.005)
            drain(visitor, sizes)
    time.sleep(0.2)
    drain(visitor, sizes)
    return sizes


# ---- The budget -------------------------------------------------------------------------------------------------------

def check_a_flood_of_getbulks_is_cut_off_with_few_events():
    with Agent(visitor_limits=True) as agent, agent.reader() as visitor:
        request = visitor.message(GET_BULK, [MIB2], 1, 0, 2 ** 31 - 1)
        sizes = flood(agent, visitor, request, FLOOD)
        last = flood(agent, visitor, request, 200)
        require(sizes, "not one was answered")
        require(sum(sizes) <= MOST_FLOOD_BYTES, f"{sum(sizes)} bytes went to one source for {FLOOD * len(request)}")
        # A full budget is 1 reply in many: what fills up again meanwhile may be spent.
        require(len(last) <= 20, f"{len(last)} of the last 200 were answered: no silence")
        with agent.visitor(source="127.0.0.2") as other:
            require(other.get(SYS_SERVICES) == 72, "another source is answered meanwhile")
        lost, unread = lost_in_the_kernel(agent.snmp_port), lost_in_the_kernel(visitor.local_port)
        agent.stop()
        events = agent.journal.fresh()
        told = [event for event in snmp_only(events) if field(event, "source.ip") == "127.0.0.1"]
        require(len(told) == len(sizes) + len(last) + unread, f"{len(sizes) + len(last)} replies and {unread} that found the visitor's buffer full, {len(told)} events of questions")
        sums = limited(events)
        require(1 <= len(sums) <= 3, f"{len(sums)} events for one flood")
        counted = sum(field(event, "conpot.count") for event in sums)
        require(counted + len(told) + lost == FLOOD + 200, f"{counted} counted, {len(told)} answered, {lost} lost in the kernel: {FLOOD + 200} were sent")
        require(all(field(event, "source.ip") == "127.0.0.1" for event in sums), f"{sums}")
        agent.start()
        return f"{len(sizes)} of {FLOOD} answered with {sum(sizes)} bytes, {len(sums)} events"


def check_a_flood_from_many_ports_of_one_address_is_one_source():
    """A reflection's victim is an address, whatever port it is made to come from."""
    with Agent(visitor_limits=True) as agent:
        total, sent = 0, 0
        for _ in range(40):
            with agent.reader() as visitor:
                total += sum(flood(agent, visitor, visitor.message(GET_BULK, [MIB2], 1, 0, 2 ** 31 - 1), 50))
                sent += 50
        require(total <= MOST_FLOOD_BYTES, f"{total} bytes went to one address for {sent} requests")
        return f"{total} bytes for {sent} requests"


def check_a_source_that_was_cut_off_is_answered_again_later():
    with Agent(visitor_limits=True) as agent, agent.reader() as visitor:
        flood(agent, visitor, visitor.message(GET_BULK, [MIB2], 1, 0, 2 ** 31 - 1), 1500)
        until = time.monotonic() + 10
        while True:
            visitor.send(visitor.message(GET, [SYS_SERVICES]))
            if visitor.receive(0.25):
                break
            require(time.monotonic() < until, "10 s after the flood its source is still not answered")


def check_a_walk_by_one_person_meets_no_limit():
    """As shipped and with the device's latency: three walks one after the other, GETNEXT and GETBULK, and a poll every half second between them."""
    with Agent(visitor_limits=True, latency=None) as agent:
        target = f"127.0.0.1:{agent.snmp_port}"
        for program, *flags in (("snmpwalk", "-v1"), ("snmpwalk", "-v2c"), ("snmpbulkwalk", "-v2c"), ("snmpbulkwalk", "-v2c", "-Cr25"), ("snmpwalk", "-v1")):
            code, said = net_snmp(program, *flags, "-c", "public", "-r", "0", target, ".1")
            require(code == 0 and "Timeout" not in said and len(said.splitlines()) > 150, f"{program} {flags}: {said[-200:]}")
        require(not limited(agent.journal.fresh()), "a person's walk is limited")
        agent.stop()
        require(not limited(agent.journal.fresh()), "a person's walk is limited")
        agent.start()


def check_sixteen_questions_at_once_are_all_answered():
    """A tool that does not wait for each reply, as shipped and with the device's latency: one after the other, and nobody calls it an attack."""
    with Agent(visitor_limits=True, latency=None) as agent, agent.reader() as visitor:
        for number in range(16):
            visitor.send(visitor.message(GET, [SYS_UP_TIME], number))
        require(all(visitor.receive() for _ in range(16)), "all are answered")
        require(not limited(agent.journal.fresh()), "sixteen questions are reported as a flood")


def check_the_budget_can_be_chosen():
    with Agent("snmp.packets_per_second=1", visitor_limits=True) as agent, agent.reader() as visitor:
        sizes = flood(agent, visitor, visitor.message(GET, [SYS_UP_TIME]), 3000)
        require(0 < len(sizes) <= 1100, f"{len(sizes)} of 3000 were answered at 1 packet per second")
    with Agent("snmp.packets_per_second=100000", "snmp.amplification=1000", visitor_limits=True) as agent, agent.reader() as visitor:
        sizes = flood(agent, visitor, visitor.message(GET_BULK, [MIB2], 1, 0, 100), 1000)
        until = time.monotonic() + 10
        while (lost := lost_in_the_kernel(agent.snmp_port) + lost_in_the_kernel(visitor.local_port)) + len(sizes) < 1000 and time.monotonic() < until:
            time.sleep(0.05)
            drain(visitor, sizes)
        require(sizes and len(sizes) + lost == 1000, f"{len(sizes)} of 1000 were answered without limits, {lost} found a buffer of the kernel's full")


# ---- Memory -------------------------------------------------------------------------------------------------------------

def check_three_thousand_ports_and_addresses_do_not_grow_memory():
    if EMULATED:
        raise Skipped("the emulator's own memory would be measured")
    with Agent(visitor_limits=True) as agent:
        with agent.reader() as visitor:
            visitor.get(SYS_DESCR)
        before = agent.resident_kilobytes()
        request = None
        for number in range(9000):
            source = "127.0.0.1" if number < 3000 else f"127.{1 + number // 250 % 200}.{number % 250}.{1 + number % 200}"
            with agent.visitor(source=source) as visitor:
                request = request or visitor.message(GET_BULK, [MIB2], 1, 0, 100)
                visitor.send(request)
            if number % 100 == 99:
                time.sleep(0.01)
        # The budget of new sessions, over all sources, fills up again within seconds: nobody is kept out for long.
        until = time.monotonic() + 10
        while True:
            with agent.visitor(source="127.0.0.3") as other:
                other.send(other.message(GET, [SYS_SERVICES]))
                if other.receive(0.5):
                    break
            require(time.monotonic() < until, "10 s after a flood of forged sources nobody new is answered")
        resident = agent.resident_kilobytes()
        require(resident < MOST_KILOBYTES, f"VmRSS {resident} KiB after 9000 sources, {before} before")
        agent.stop()
        events = agent.journal.fresh()
        require(len(events) < 20_000 and len(limited(events)) < 3000, f"{len(events)} events, {len(limited(events))} of them limits")
        agent.start()
        return f"VmRSS {before} -> {resident} KiB, {len(events)} events"


def check_large_datagrams_do_not_grow_memory():
    if EMULATED:
        raise Skipped("the emulator's own memory would be measured")
    with Agent() as agent, agent.reader() as visitor:
        for number in range(300):
            visitor.send(b"\x30\x82\xff\x00" + bytes([number & 0xFF]) * 60_000)
            if number % 10 == 9:
                visitor.get(SYS_UP_TIME)
        require(agent.resident_kilobytes() < MOST_KILOBYTES, f"VmRSS {agent.resident_kilobytes()} KiB")


def check_modbus_is_answered_during_a_flood():
    with Agent(visitor_limits=True) as agent, agent.reader() as visitor, agent.connect() as client:
        request, worst = visitor.message(GET_BULK, [MIB2], 1, 0, 100), 0
        for _ in range(40):
            for _ in range(50):
                visitor.send(request)
            began = time.perf_counter()
            require(client.ask(b"\x03\x01\xf4\x00\x01")[0] == 3, "a Modbus read")
            worst = max(worst, time.perf_counter() - began)
        require(worst < (5 if EMULATED else 0.5), f"a Modbus reply took {worst:.2f} s during a flood")
        return f"the slowest took {worst * 1000:.1f} ms"


# ---- Time ---------------------------------------------------------------------------------------------------------------

def measure(visitor, count, names=(SYS_UP_TIME,)):
    times = []
    for _ in range(count):
        began = time.perf_counter()
        visitor.get(*names)
        times.append(1000 * (time.perf_counter() - began))
    return times


def check_replies_come_after_three_to_six_milliseconds_with_jitter():
    with Agent(latency=None) as agent, agent.reader() as visitor:
        measure(visitor, 20)
        times = measure(visitor, 300)
    median, late = statistics.median(times), sum(1 for each in times if each > 7.5)
    remark = f"median {median:.2f} ms, earliest {min(times):.2f}, deviation {statistics.stdev(times):.2f}, {late} of 300 over 7.5"
    require(min(times) >= 2.9, f"a reply came too early; {remark}")
    require(3.5 <= median <= (10 if EMULATED else 5.5) and statistics.stdev(times) > 0.1, remark)
    require(EMULATED or late <= 30, f"too many late replies; {remark}")
    return remark


def check_errors_take_as_long_as_answers():
    with Agent(latency=None) as agent, agent.reader() as visitor:
        for _ in range(50):
            began = time.perf_counter()
            visitor.ask(GET, f"{MIB2}.99.0")
            require(time.perf_counter() - began >= 0.0029, "an error came too early")


def check_latency_zero_is_fast():
    with Agent() as agent, agent.reader() as visitor:
        measure(visitor, 20)
        median = statistics.median(measure(visitor, 200))
        require(median <= (20 if EMULATED else 2.9), f"median {median:.2f} ms with latency = 0")
        return f"median {median:.2f} ms"


def check_many_visitors_wait_side_by_side():
    with Agent(latency=None) as agent:
        visitors = [agent.reader() for _ in range(40)]
        try:
            began = time.perf_counter()
            for visitor in visitors:
                visitor.send(visitor.message(GET, [SYS_UP_TIME]))
            require(all(visitor.receive() for visitor in visitors), "all are answered")
            whole = time.perf_counter() - began
        finally:
            for visitor in visitors:
                visitor.socket.close()
        require(whole <= (1.0 if EMULATED else 0.1), f"40 visitors were answered after {whole * 1000:.0f} ms")


def check_where_it_is_switched_off_nobody_listens():
    with Agent("snmp.enabled=false") as agent:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.bind(("127.0.0.1", agent.snmp_port))  # Nobody has the port.


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
