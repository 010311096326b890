using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The MIB-II counters that traffic moves.</summary>
internal enum Tally
{
    IfInOctets, IfInUcastPkts, IfInNUcastPkts, IfOutOctets, IfOutUcastPkts, IfOutNUcastPkts,
    IpInReceives, IpInDelivers, IpOutRequests,
    IcmpInMsgs, IcmpInEchos, IcmpOutMsgs, IcmpOutDestUnreachs, IcmpOutEchoReps,
    TcpPassiveOpens, TcpEstabResets, TcpInSegs, TcpOutSegs, TcpRetransSegs, TcpOutRsts,
    UdpInDatagrams, UdpNoPorts, UdpOutDatagrams,
    Count,
}

/// <summary>Something on the plant's network that happens again and again: how often, and what each time adds to which counters.</summary>
/// <remarks>
/// How often it has happened is a pure function of the uptime: once in every period, at a moment within it that looks random. So no counter
/// needs to be stored, none ever falls, and all agree, because a packet is always added to every layer it passes.
/// </remarks>
internal sealed class TrafficSource
{
    private readonly ulong _seed;
    private readonly long _period;
    private readonly uint[] _each = new uint[(int)Tally.Count];

    /// <param name="from">Shortest mean interval in seconds; a device gets one of its own from the range.</param>
    public TrafficSource(DeviceSeed seed, string name, double from, double to)
    {
        _seed = seed.For($"traffic {name}");
        _period = (long)((from + (to - from) * SplitMix64.Fraction(_seed)) * TimeSpan.TicksPerSecond);
    }

    public uint this[Tally counter] => _each[(int)counter];

    /// <summary>How often it has happened in so much uptime.</summary>
    public uint Times(TimeSpan uptime)
    {
        var (whole, position) = Math.DivRem(uptime.Ticks, _period);
        var moment = SplitMix64.Fraction(SplitMix64.At(_seed, whole)) * _period;
        return unchecked((uint)(whole + (position >= moment ? 1 : 0)));
    }

    public TrafficSource Adds(Tally counter, uint count = 1)
    {
        _each[(int)counter] += count;
        return this;
    }

    /// <param name="octets">Of the whole frame, check sequence included, as ifInOctets counts: 64 to 1518.</param>
    public TrafficSource Hears(uint octets) => Adds(Tally.IfInNUcastPkts).Adds(Tally.IfInOctets, octets);

    public TrafficSource Announces(uint octets) => Adds(Tally.IfOutNUcastPkts).Adds(Tally.IfOutOctets, octets);

    public TrafficSource Sends(uint octets, uint frames = 1) => Adds(Tally.IfOutUcastPkts, frames).Adds(Tally.IfOutOctets, octets * frames);

    /// <summary>IP packets to the device.</summary>
    /// <param name="protocol">The counter of the protocol that gets them.</param>
    public TrafficSource Takes(Tally protocol, uint octets, uint packets = 1) => Adds(Tally.IfInUcastPkts, packets).Adds(Tally.IfInOctets, octets * packets)
        .Adds(Tally.IpInReceives, packets).Adds(Tally.IpInDelivers, packets).Adds(protocol, packets);

    /// <summary>IP packets from the device.</summary>
    public TrafficSource Gives(Tally protocol, uint octets, uint packets = 1) => Sends(octets, packets).Adds(Tally.IpOutRequests, packets).Adds(protocol, packets);
}
