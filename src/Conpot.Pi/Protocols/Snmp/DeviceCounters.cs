using Conpot.Pi.Plc;
using static Conpot.Pi.Protocols.Snmp.Tally;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>What the module's interface and protocols have counted since power-up: a quiet plant network, and what visitors really did.</summary>
internal sealed class DeviceCounters
{
    /// <summary>Ethernet, IP and UDP or TCP around a payload: 14 + 4 + 20 + 8 (20).</summary>
    private const uint UdpFrame = 46, TcpFrame = 58;

    /// <summary>The counters of the agent know packets, not bytes: a GETNEXT of an object of MIB-II, and its reply.</summary>
    private const uint SnmpRequest = UdpFrame + 43, SnmpReply = UdpFrame + 48;

    private readonly DeviceClock _clock;
    private readonly SnmpState _state;
    private readonly TrafficSource[] _sources;

    public DeviceCounters(DeviceSeed seed, DeviceClock clock, SnmpState state)
    {
        (_clock, _state) = (clock, state);
        TrafficSource Source(string name, double from, double to) => new(seed, name, from, to);
        var lldp = 150 + (uint)seed.Stream("lldp").Next(140);

        // Orders of magnitude from the walk of a CP 343-1 PN (22 days of uptime): 2.3 broadcasts and multicasts a second heard, one sent in 187 s,
        // an ARP reply a minute, an echo every 41 s. Its 24 segments a second belong to lasting S7 connections, which this station has none of.
        _sources =
        [
            Source("arp of others", 0.8, 3).Hears(64),
            Source("spanning tree", 2, 2.1).Hears(64),
            Source("lldp of the switch", 5, 5.1).Hears(lldp),
            Source("netbios broadcast", 240, 900).Hears(96).Adds(IpInReceives).Adds(IpInDelivers).Adds(UdpNoPorts),
            Source("own announcement", 150, 230).Announces(64),
            Source("arp for the module", 55, 110).Hears(64).Sends(64),
            Source("ping", 30, 120).Takes(IcmpInEchos, 78).Adds(IcmpInMsgs).Gives(IcmpOutEchoReps, 78).Adds(IcmpOutMsgs),
            // An engineering or visualisation station that connects, reads and leaves: SYN to FIN.
            Source("poll", 40, 95).Adds(TcpPassiveOpens).Takes(TcpInSegs, 68, 11).Gives(TcpOutSegs, 104, 10),
            Source("retransmission", 7_000, 33_000).Gives(TcpRetransSegs, 104),
            Source("reset", 170_000, 520_000).Adds(TcpEstabResets).Takes(TcpInSegs, 64),
            Source("closed port", 19_000, 29_000).Takes(TcpInSegs, 64).Gives(TcpOutSegs, 64).Adds(TcpOutRsts),
            Source("netbios query", 3_500, 11_000).Takes(UdpNoPorts, 96).Gives(IcmpOutDestUnreachs, 74).Adds(IcmpOutMsgs),
        ];
        Latch();
    }

    /// <summary>The uptime that all values belong to.</summary>
    public TimeSpan Now { get; private set; }

    /// <summary>Moves on to this instant; between two calls every value stands still, so that those of one reply agree.</summary>
    public void Latch() => Now = _clock.Uptime;

    /// <summary>As the agent shows it: 32 bits, wrapped.</summary>
    public uint this[Tally counter]
    {
        get
        {
            var sum = Visitors(counter);
            foreach (var source in _sources)
                if (source[counter] is not 0 and var each)
                    sum = unchecked(sum + each * source.Times(Now));
            return sum;
        }
    }

    private uint Visitors(Tally counter)
    {
        var (asked, answered, tcp) = (_state.Counters[SnmpCounters.InPkts], _state.Counters[SnmpCounters.OutPkts], _state.Tcp);
        // Of a connection: SYN, acknowledgement and FIN in, SYN and FIN out.
        return unchecked(counter switch
        {
            IfInUcastPkts or IpInReceives or IpInDelivers => asked + tcp.Received + 3 * tcp.Opened,
            IfOutUcastPkts or IpOutRequests => answered + tcp.Sent + 2 * tcp.Opened,
            IfInOctets => asked * SnmpRequest + tcp.ReceivedBytes + TcpFrame * tcp.Received + 3 * 64 * tcp.Opened,
            IfOutOctets => answered * SnmpReply + tcp.SentBytes + TcpFrame * tcp.Sent + 2 * 64 * tcp.Opened,
            UdpInDatagrams => asked,
            UdpOutDatagrams => answered,
            TcpPassiveOpens => tcp.Opened,
            TcpInSegs => tcp.Received + 3 * tcp.Opened,
            TcpOutSegs => tcp.Sent + 2 * tcp.Opened,
            _ => 0,
        });
    }
}
