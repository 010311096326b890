using System.Net;
using Conpot.Pi.Net;
using static Conpot.Pi.Protocols.Snmp.MibBuilder;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The groups of MIB-II (RFC 1213) with the objects, types and values of a real CP 343-1 PN, 6GK7 343-1EX21-0XE0, V1.1.13 (its walk is in the tests).</summary>
internal sealed class MibGroups(MibParts parts, DeviceCounters counters, ModuleNetwork network)
{
    private readonly MibBuilder _mib = new();

    private readonly uint[] _own = Index(network.Address);

    public MibObject[] Objects => _mib.Objects;

    public MibGroups System()
    {
        var (identity, state) = (parts.Identity, parts.State);
        _mib.Text(identity.Description, 1, 1, 0);
        _mib.ObjectId(identity.ObjectId, 1, 2, 0);
        _mib.Live(SnmpType.TimeTicks, () => (uint)Hundredths, 1, 3, 0);
        _mib.Add(new WritableText(Oid(1, 4, 0), state, SystemText.Contact, identity.Contact));
        _mib.Add(new WritableText(Oid(1, 5, 0), state, SystemText.Name, identity.Name));
        _mib.Add(new WritableText(Oid(1, 6, 0), state, SystemText.Location, identity.Location));
        _mib.Integer(identity.Services, 1, 7, 0);
        return this;
    }

    public MibGroups Interfaces()
    {
        _mib.Integer(1, 2, 1, 0);
        _mib.Integer(1, 2, 2, 1, 1, 1);
        _mib.Text(parts.Identity.Interface, 2, 2, 1, 2, 1);
        _mib.Integer(6, 2, 2, 1, 3, 1); // ethernet-csmacd
        _mib.Integer(1500, 2, 2, 1, 4, 1);
        _mib.Gauge(100_000_000, 2, 2, 1, 5, 1);
        _mib.Text(network.Mac, 2, 2, 1, 6, 1);
        _mib.Integer(1, 2, 2, 1, 7, 1);
        _mib.Integer(1, 2, 2, 1, 8, 1);
        _mib.Live(SnmpType.TimeTicks, () => Math.Min(Hundredths, 900), 2, 2, 1, 9, 1); // the link came up 9 s after power-up
        ReadOnlySpan<Tally?> columns =
        [
            Tally.IfInOctets, Tally.IfInUcastPkts, Tally.IfInNUcastPkts, null, null, null, // discards, errors, unknown protocols
            Tally.IfOutOctets, Tally.IfOutUcastPkts, Tally.IfOutNUcastPkts, null, null,
        ];
        for (var i = 0; i < columns.Length; i++) _mib.Counter(counters, columns[i], 2, 2, 1, (uint)(10 + i), 1);
        _mib.Gauge(1, 2, 2, 1, 21, 1); // ifOutQLen: the reply that is just being sent
        _mib.ObjectId([.. ObjectId.Zero], 2, 2, 1, 22, 1);
        return this;
    }

    /// <summary>The genuine agent writes 1.0.a.b.c.d where RFC 1213 has 1.1.a.b.c.d.</summary>
    public MibGroups At()
    {
        if (network.Gateway is not { } gateway) return this;
        var index = Index(gateway);
        _mib.Integer(1, [3, 1, 1, 1, 1, 0, .. index]);
        _mib.Text(network.GatewayMac, [3, 1, 1, 2, 1, 0, .. index]);
        _mib.Address(gateway, [3, 1, 1, 3, 1, 0, .. index]);
        return this;
    }

    public MibGroups Ip()
    {
        _mib.Integer(2, 4, 1, 0); // not-forwarding
        _mib.Integer(60, 4, 2, 0);
        _mib.Counters(counters, 4, 3, 12, (3, Tally.IpInReceives), (9, Tally.IpInDelivers), (10, Tally.IpOutRequests));
        _mib.Integer(60, 4, 13, 0);
        _mib.Counters(counters, 4, 14, 19);
        _mib.Address(network.Address, [4, 20, 1, 1, .. _own]);
        _mib.Integer(1, [4, 20, 1, 2, .. _own]);
        _mib.Address(network.Netmask, [4, 20, 1, 3, .. _own]);
        _mib.Integer(1, [4, 20, 1, 4, .. _own]);
        _mib.Integer(65528, [4, 20, 1, 5, .. _own]);
        Routes();
        Neighbours();
        _mib.Counters(counters, 4, 23, 23);
        return this;
    }

    public MibGroups Icmp()
    {
        _mib.Counters(counters, 5, 1, 26,
            (1, Tally.IcmpInMsgs), (8, Tally.IcmpInEchos), (14, Tally.IcmpOutMsgs), (16, Tally.IcmpOutDestUnreachs), (22, Tally.IcmpOutEchoReps));
        return this;
    }

    /// <summary>Up to tcpConnTable.</summary>
    /// <param name="established">How many rows of it are in that state.</param>
    public MibGroups TcpBeforeConnections(Func<long> established)
    {
        _mib.Integer(2, 6, 1, 0); // constant
        _mib.Integer(0, 6, 2, 0);
        _mib.Integer(100, 6, 3, 0);
        _mib.Integer(-1, 6, 4, 0);
        _mib.Counters(counters, 6, 5, 8, (6, Tally.TcpPassiveOpens), (8, Tally.TcpEstabResets));
        _mib.Live(SnmpType.Gauge32, established, 6, 9, 0);
        _mib.Counters(counters, 6, 10, 12, (10, Tally.TcpInSegs), (11, Tally.TcpOutSegs), (12, Tally.TcpRetransSegs));
        return this;
    }

    public MibGroups TcpAfterConnections()
    {
        _mib.Counters(counters, 6, 14, 15, (15, Tally.TcpOutRsts));
        return this;
    }

    public MibGroups Udp()
    {
        _mib.Counters(counters, 7, 1, 4, (1, Tally.UdpInDatagrams), (2, Tally.UdpNoPorts), (4, Tally.UdpOutDatagrams));
        var port = (uint)parts.Settings.Port;
        _mib.Address(network.Address, [7, 5, 1, 1, .. _own, port]);
        _mib.Integer(port, [7, 5, 1, 2, .. _own, port]);
        return this;
    }

    /// <summary>7 and 23 are unused since SNMPv1 had its final form (RFC 1157).</summary>
    public MibGroups Snmp()
    {
        var counted = parts.State.Counters;
        for (var number = 1u; number <= 29; number++)
        {
            var index = (int)number;
            if (number is not (7 or 23)) _mib.Live(SnmpType.Counter32, () => counted[index], 11, number, 0);
        }
        _mib.Integer(2, 11, 30, 0); // no authenticationFailure traps
        return this;
    }

    private long Hundredths => counters.Now.Ticks / (TimeSpan.TicksPerSecond / 100);

    /// <summary>The default route first, then the subnet: as 0.0.0.0 is the smallest index.</summary>
    private void Routes()
    {
        var subnet = Subnet.Of(network.Address, network.Netmask);
        List<(IPAddress To, IPAddress Via, int Kind, IPAddress Mask)> routes = [];
        if (network.Gateway is { } gateway) routes.Add((IPAddress.Any, gateway, 4, IPAddress.Any)); // indirect
        routes.Add((subnet, network.Address, 3, network.Netmask)); // direct
        void Column(uint number, Action<uint[], (IPAddress To, IPAddress Via, int Kind, IPAddress Mask)> add)
        {
            foreach (var route in routes) add([4, 21, 1, number, .. Index(route.To)], route);
        }
        Column(1, (at, route) => _mib.Address(route.To, at));
        Column(2, (at, _) => _mib.Integer(1, at));
        Column(3, (at, _) => _mib.Integer(1, at));
        for (var metric = 4u; metric <= 6; metric++) Column(metric, (at, _) => _mib.Integer(-1, at));
        Column(7, (at, route) => _mib.Address(route.Via, at));
        Column(8, (at, route) => _mib.Integer(route.Kind, at));
        Column(9, (at, _) => _mib.Integer(2, at)); // local
        Column(10, (at, _) => _mib.Live(SnmpType.Integer, () => Hundredths / 100, at));
        Column(11, (at, route) => _mib.Address(route.Mask, at));
        Column(12, (at, _) => _mib.Integer(-1, at));
        Column(13, (at, _) => _mib.ObjectId([.. ObjectId.Zero], at));
    }

    private void Neighbours()
    {
        if (network.Gateway is not { } gateway) return;
        var index = Index(gateway);
        _mib.Integer(1, [4, 22, 1, 1, 1, .. index]);
        _mib.Text(network.GatewayMac, [4, 22, 1, 2, 1, .. index]);
        _mib.Address(gateway, [4, 22, 1, 3, 1, .. index]);
        _mib.Integer(3, [4, 22, 1, 4, 1, .. index]); // dynamic
    }
}
