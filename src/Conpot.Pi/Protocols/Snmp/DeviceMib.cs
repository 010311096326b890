using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>What a table of the agent is made from.</summary>
/// <param name="Network">Where the module stands now; asked for again while it serves, as an address may be leased later than the sensor starts.</param>
/// <param name="Ports">TCP ports that the sensor listens on.</param>
internal sealed record MibParts(
    SnmpSettings Settings, SnmpIdentity Identity, DeviceSeed Seed, DeviceClock Clock, TimeProvider Time, SnmpState State,
    Func<ModuleNetwork> Network, IReadOnlyList<int> Ports, IConnections Connections)
{
    /// <summary>The device's own table, or the walk that is played in its place.</summary>
    public Mib Build() => Settings.Walk is { } walk ? new WalkMib(walk, this) : new DeviceMib(this);
}

/// <summary>The table of a SIMATIC NET module: MIB-II, live, with the rows of the moment.</summary>
internal sealed class DeviceMib : Mib
{
    /// <summary>How old the knowledge of the own address may be.</summary>
    private static readonly TimeSpan NetworkAge = TimeSpan.FromSeconds(30);

    private readonly MibParts _parts;
    private readonly DeviceCounters _counters;
    private readonly ConnectionTable _connections;
    private ModuleNetwork _network;
    private MibObject[] _before = [], _after = [], _objects = [];
    private long _networkAsked, _version;

    public DeviceMib(MibParts parts)
    {
        _parts = parts;
        _counters = new DeviceCounters(parts.Seed, parts.Clock, parts.State);
        _connections = new ConnectionTable(parts.Ports, parts.Connections);
        _network = parts.Network();
        _networkAsked = parts.Time.GetTimestamp();
        BuildGroups();
        BuildRows();
    }

    /// <summary>All values stand still until this is asked again: those of one reply belong to one instant.</summary>
    public override ReadOnlySpan<MibObject> Objects
    {
        get
        {
            _counters.Latch();
            var moved = Moved();
            if (moved) BuildGroups();
            if (moved || _parts.Connections.Version != _version) BuildRows();
            return _objects;
        }
    }

    private bool Moved()
    {
        if (_parts.Time.GetElapsedTime(_networkAsked) < NetworkAge) return false;
        _networkAsked = _parts.Time.GetTimestamp();
        var network = _parts.Network();
        if (network.IsAs(_network)) return false;
        _network = network;
        return true;
    }

    private void BuildGroups()
    {
        var groups = new MibGroups(_parts, _counters, _network);
        bool Shows(string group) => _parts.Settings.Groups.Contains(group);
        if (Shows("system")) groups.System();
        if (Shows("interfaces")) groups.Interfaces();
        if (Shows("at")) groups.At();
        if (Shows("ip")) groups.Ip();
        if (Shows("icmp")) groups.Icmp();
        if (Shows("tcp")) groups.TcpBeforeConnections(() => _connections.Open);
        _before = groups.Objects;

        groups = new MibGroups(_parts, _counters, _network);
        if (Shows("tcp")) groups.TcpAfterConnections();
        if (Shows("udp")) groups.Udp();
        if (Shows("snmp")) groups.Snmp();
        _after = groups.Objects;
    }

    private void BuildRows()
    {
        _version = _parts.Connections.Version;
        var rows = _parts.Settings.Groups.Contains("tcp") ? _connections.Rows(_network.Address) : [];
        _objects = Overlay.Put(_parts.Settings.Objects, [.. _before, .. rows, .. _after]);
    }
}

/// <summary>The user's own objects over a table.</summary>
internal static class Overlay
{
    /// <param name="own">In the order of the tree, as <paramref name="table"/>; of two with the same OID the own one stays.</param>
    public static MibObject[] Put(MibObject[] own, MibObject[] table)
    {
        if (own.Length == 0) return table;
        var merged = new List<MibObject>(own.Length + table.Length);
        var next = 0;
        foreach (var item in table)
        {
            while (next < own.Length && own[next].Oid.AsSpan().SequenceCompareTo(item.Oid) < 0) merged.Add(own[next++]);
            if (next == own.Length || !own[next].Oid.AsSpan().SequenceEqual(item.Oid)) merged.Add(item);
        }
        merged.AddRange(own[next..]);
        return [.. merged];
    }
}
