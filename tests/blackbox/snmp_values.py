"""Values that live: time goes on, counters rise, agree with each other and with what was really sent, also over a restart of the program."""

import signal
import socket
import sys
import time

import modbus
import snmp_message as ber
from checks import require, run_checks
from journal import action
from snmp_agent import PATIENCE, Agent
from snmp_names import (IF_IN_OCTETS, IF_IN_UCAST, IF_OUT_OCTETS, IF_OUT_UCAST, IN_PKTS, IP_IN_RECEIVES, MIB2, OUT_PKTS, SYS_UP_TIME, TCP_CONNECTIONS, UDP_IN,
                        UDP_OUT)
from surroundings import EMULATED

GRAIN = 0.5 if EMULATED else 0.1  # How long after the request the value may have been taken, in seconds.


def up_time(visitor):
    """(sysUpTime in seconds, the clock's least and greatest while it was asked)"""
    before = time.monotonic()
    ticks = visitor.get(SYS_UP_TIME)
    return ticks / 100, before, time.monotonic()


def require_goes_on(first, second, what):
    """sysUpTime rose by as much as the clock."""
    rose = second[0] - first[0]
    least, greatest = second[1] - first[2] - 0.02, second[2] - first[1] + 0.02
    require(least - GRAIN <= rose <= greatest + GRAIN, f"{what}: the clock rose by {least:.2f} to {greatest:.2f} s, sysUpTime by {rose:.2f} s")


def counters(visitor):
    return {each.dotted: each.value for each in visitor.walk() if each.tag == ber.COUNTER}


def fallen(before, after):
    """Counters that went down, other than by passing 2^32."""
    return [f"{name}: {before[name]} to {after[name]}" for name in before if name in after and (after[name] - before[name]) % (1 << 32) >= 1 << 31]


def check_up_time_rises_with_the_clock():
    for profile in ("s7-200", "s7-300-cp343", "conpot-2013"):
        with Agent(profile=profile) as agent, agent.reader() as visitor:
            first = up_time(visitor)
            time.sleep(1.2)
            require_goes_on(first, up_time(visitor), profile)


def check_up_time_goes_on_over_a_restart_of_the_program():
    with Agent() as agent:
        with agent.reader() as visitor:
            first = up_time(visitor)
        for end in (agent.stop, agent.kill):
            end()
            time.sleep(0.3)
            agent.start()
            with agent.reader() as visitor:
                require_goes_on(first, up_time(visitor), f"after {end.__name__}")
    return f"{first[0]:.0f} s"


def check_route_age_is_up_time_in_seconds():
    """WIRE 1.2: ipRouteAge 1945058 at sysUpTime 194500870 ticks."""
    with Agent("network.address=192.168.10.20", "network.gateway=192.168.10.1") as agent, agent.reader() as visitor:
        ages = [each.value for each in visitor.walk(f"{MIB2}.4.21.1.10")]
        seconds = up_time(visitor)[0]
        require(ages and all(abs(age - seconds) < 600 and age <= 0x7FFFFFFF for age in ages), f"ages {ages}, up time {seconds:.0f} s")


def check_counters_only_rise_and_some_do():
    with Agent() as agent, agent.reader() as visitor:
        polls = [counters(visitor)]
        for _ in range(3):
            time.sleep(0.4)
            polls.append(counters(visitor))
            require(not fallen(polls[-2], polls[-1]), f"{fallen(polls[-2], polls[-1])}")
        for name in (IF_IN_OCTETS, IF_IN_UCAST, IF_OUT_OCTETS, IF_OUT_UCAST, IP_IN_RECEIVES, UDP_IN, UDP_OUT, IN_PKTS, OUT_PKTS):
            require(polls[0][name] != polls[-1][name], f"{name} did not move over {len(polls)} walks")
        agent.stop()
        agent.start()
        with agent.reader() as later:
            after = counters(later)
        require(not fallen(polls[-1], after), f"after a restart: {fallen(polls[-1], after)}")
        return f"{sum(polls[0][name] != polls[-1][name] for name in polls[0])} of {len(polls[0])} moved"


def check_counters_after_a_power_cut_are_not_those_of_a_new_device():
    """What was counted since the last time it was kept may be lost, but a device does not begin at zero while its up time goes on."""
    with Agent() as agent:
        with agent.reader() as visitor:
            before = counters(visitor)
        agent.kill()
        agent.start()
        with agent.reader() as visitor:
            after = counters(visitor)
    low = [f"{name}: {before[name]} to {after[name]}" for name in (IF_IN_OCTETS, IF_IN_UCAST, IP_IN_RECEIVES, UDP_IN) if after[name] < before[name] * 0.9]
    require(not low, f"{low}")


def check_counters_agree_with_each_other_also_after_a_restart_and_a_power_cut():
    with Agent() as agent:
        for end in (agent.stop, agent.kill, None):
            with agent.reader() as visitor:
                for _ in range(300):
                    visitor.get(SYS_UP_TIME)
                said = agreement(visitor)
            if end:
                end()
                agent.start()
    return said


def agreement(visitor):
    """In the real walk ifInUcastPkts is 46419027 and ipInReceives 46423721."""
    names = (IF_IN_OCTETS, IF_IN_UCAST, IP_IN_RECEIVES, UDP_IN, IN_PKTS, OUT_PKTS, UDP_OUT, IF_OUT_UCAST)
    octets_in, unicast, receives, udp_in, snmp_in, snmp_out, udp_out, out = visitor.get(*names)
    tcp_in, delivers = visitor.get(f"{MIB2}.6.10.0", f"{MIB2}.4.9.0")
    require(abs(unicast - receives) <= max(unicast, receives) * 0.05 + 1000, f"ifInUcastPkts {unicast}, ipInReceives {receives}")
    require(delivers <= receives * 1.01 + 200, f"ipInDelivers {delivers}, ipInReceives {receives}")
    require(tcp_in + udp_in <= receives * 1.05 + 1000, f"tcpInSegs {tcp_in} + udpInDatagrams {udp_in}, ipInReceives {receives}")
    require(snmp_in <= udp_in and snmp_out <= udp_out, f"snmpInPkts {snmp_in}, udpInDatagrams {udp_in}; snmpOutPkts {snmp_out}, udpOutDatagrams {udp_out}")
    return f"ifInUcastPkts {unicast}, ipInReceives {receives}, udpInDatagrams {udp_in}, ifOutUcastPkts {out}, octets {octets_in}"


def check_what_is_sent_is_counted_on_every_layer():
    """200 questions are 200 datagrams in and out, on the wire, in IP, in UDP and in SNMP; what the plant says meanwhile comes on top."""
    names = (IN_PKTS, OUT_PKTS, UDP_IN, UDP_OUT, IP_IN_RECEIVES, f"{MIB2}.4.10.0", IF_IN_UCAST, IF_OUT_UCAST, IF_IN_OCTETS, IF_OUT_OCTETS)
    with Agent() as agent, agent.reader() as visitor:
        before = visitor.get(*names)
        for _ in range(199):
            visitor.get(SYS_UP_TIME)
        after = visitor.get(*names)
    grown = dict(zip(names, ((b - a) % (1 << 32) for a, b in zip(before, after))))
    require(grown[IN_PKTS] == grown[OUT_PKTS] == 200, f"snmpInPkts grew by {grown[IN_PKTS]}, snmpOutPkts by {grown[OUT_PKTS]}, 200 questions were asked")
    low = {name: by for name, by in grown.items() if by < (200 if name not in (IF_IN_OCTETS, IF_OUT_OCTETS) else 200 * 80)}
    require(not low, f"grew by less than the questions alone: {low}")
    high = {name: by for name, by in grown.items() if by > (400 if name not in (IF_IN_OCTETS, IF_OUT_OCTETS) else 400 * 300)}
    require(not high, f"grew by far more than was said within a moment: {high}")


def connections(visitor):
    """{(local address, local port, remote address, remote port): state} of tcpConnTable."""
    rows = {}
    for each in visitor.walk(f"{TCP_CONNECTIONS}.1.1"):
        row = each.name[10:]
        rows[".".join(map(str, row[:4])), row[4], ".".join(map(str, row[5:9])), row[9]] = each.value
    return rows


def check_the_connection_table_shows_a_modbus_visitor():
    """RFC 1213, 6.7, and the quirk of the real walk: listeners stand on the module's own address."""
    with Agent() as agent, agent.reader() as visitor:
        own = visitor.walk(f"{MIB2}.4.20.1.1")[0].value
        before = connections(visitor)
        opens, established = visitor.get(f"{MIB2}.6.6.0", f"{MIB2}.6.9.0")
        require(before and all(row[0] == own for row in before), f"rows on other addresses than {own}: {before}")
        listeners = {row[1] for row, state in before.items() if state == 2}
        require(listeners == {agent.port, agent.s7_port, agent.http_port}, f"the listeners are {listeners}")
        require(all(row[2:] == ("0.0.0.0", 0) for row, state in before.items() if state == 2), f"{before}")
        with agent.connect() as client:
            client.ask(modbus.read(modbus.READ_HOLDING, 500, 1))
            now = connections(visitor)
            mine = [row for row in now if row[2:] == ("127.0.0.1", client.local_port)]
            require(len(mine) == 1 and now[mine[0]] == 5, f"the connection from port {client.local_port} is not there: {now}")
            require(mine[0][1] in listeners, f"it came to port {mine[0][1]}, the listeners are {listeners}")
            require(visitor.get(f"{MIB2}.6.6.0") == opens + 1, "tcpPassiveOpens counts it")
            require(visitor.get(f"{MIB2}.6.9.0") == established + 1, "tcpCurrEstab counts it")
            require(visitor.get(f"{MIB2}.6.9.0") == sum(state in (5, 8) for state in now.values()), "tcpCurrEstab is the number of rows")
        until = time.monotonic() + 3
        while any(row[3] == client.local_port for row in connections(visitor)):
            require(time.monotonic() < until, "3 s after it was closed the connection is still there")
            time.sleep(0.05)


def check_many_visitors_keep_the_table_in_order():
    """Rows come and go while it is walked; a walk still rises and ends (Visitor.walk looks)."""
    with Agent() as agent, agent.reader() as visitor:
        clients = [agent.connect() for _ in range(20)]
        try:
            rows = connections(visitor)
            ports = {client.local_port for client in clients}
            require(ports <= {row[3] for row in rows}, f"{len(ports - {row[3] for row in rows})} of 20 are missing")
            bulk = visitor.bulk(f"{TCP_CONNECTIONS}.1.1", repetitions=40)
            require(len(bulk.bindings) >= 20, f"{len(bulk.bindings)} bindings")
        finally:
            for client in clients:
                client.close()


def check_a_reload_changes_communities_and_not_the_device():
    """SIGHUP: another community counts at once; time and counters go on, and the visitor is answered from the same port."""
    settings = """[network]
listen = "127.0.0.1"
[modbus]
port = {port}
[journal]
directory = "{journal}"
[snmp]
port = {snmp}
latency = "0"
community = "COMMUNITY"
"""
    with Agent(config=settings.replace("COMMUNITY", "first")) as agent, agent.visitor(community=b"first") as old, agent.visitor(community=b"second") as new:
        first, before = up_time(old), counters(old)
        agent.configure(settings.replace("COMMUNITY", "second"))
        agent.send_signal(signal.SIGHUP)
        agent.journal.wait(lambda events: any(action(event) == "sensor.config" for event in events), 5)
        require_goes_on(first, up_time(new), "after the reload")
        require(not fallen(before, counters(new)), f"{fallen(before, counters(new))}")
        new.silent(new.message(ber.GET, [SYS_UP_TIME], 5, community=b"first"), "the old community")


def check_the_reply_comes_from_the_address_that_was_asked():
    with Agent("network.listen=[\"127.0.0.1\", \"127.0.0.9\"]") as agent:
        for address in ("127.0.0.1", "127.0.0.9"):
            with agent.visitor(address=address) as visitor:
                visitor.get(SYS_UP_TIME)  # The socket is connected: a reply from elsewhere would not be seen.
    with Agent("network.listen=0.0.0.0") as agent:
        for address in ("127.0.0.1", "127.0.0.7"):
            with agent.visitor(address=address) as visitor:
                visitor.get(SYS_UP_TIME)


def check_a_broadcast_is_answered_from_an_address_of_the_machine():
    """Scanners ask the whole subnet at once; a reply cannot come from a broadcast address."""
    with Agent("network.listen=0.0.0.0") as agent, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as scanner:
        scanner.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        scanner.bind(("127.0.0.1", 0))
        scanner.settimeout(PATIENCE)
        scanner.sendto(ber.message(ber.pdu(ber.GET, [SYS_UP_TIME], 5)), ("127.255.255.255", agent.snmp_port))
        reply, source = scanner.recvfrom(65535)
        require(ber.Message(reply).only.tag == ber.TIME_TICKS and source[0] != "127.255.255.255", f"{source}: {reply.hex()}")


if __name__ == "__main__":
    sys.exit(run_checks(globals()))
