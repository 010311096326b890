using System.Net;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Collects objects of MIB-II (1.3.6.1.2.1) in the order of the tree.</summary>
internal sealed class MibBuilder
{
    private readonly List<MibObject> _objects = [];

    public MibObject[] Objects => [.. _objects];

    /// <param name="tail">Behind 1.3.6.1.2.1.</param>
    public static uint[] Oid(params ReadOnlySpan<uint> tail) => [1, 3, 6, 1, 2, 1, .. tail];

    /// <summary>The four numbers of an address as an index has them.</summary>
    public static uint[] Index(IPAddress address) => [.. address.GetAddressBytes().Select(b => (uint)b)];

    public void Add(MibObject item) => _objects.Add(item);

    public void Integer(long value, params ReadOnlySpan<uint> tail) => Add(new ConstantNumber(Oid(tail), SnmpType.Integer, value));

    public void Gauge(long value, params ReadOnlySpan<uint> tail) => Add(new ConstantNumber(Oid(tail), SnmpType.Gauge32, value));

    public void Live(byte type, Func<long> read, params ReadOnlySpan<uint> tail) => Add(new LiveNumber(Oid(tail), type, read));

    public void Text(byte[] value, params ReadOnlySpan<uint> tail) => Add(new ConstantBytes(Oid(tail), SnmpType.OctetString, value));

    public void ObjectId(byte[] value, params ReadOnlySpan<uint> tail) => Add(new ConstantBytes(Oid(tail), SnmpType.ObjectIdentifier, value));

    public void Address(IPAddress value, params ReadOnlySpan<uint> tail) => Add(new ConstantBytes(Oid(tail), SnmpType.IpAddress, value.GetAddressBytes()));

    /// <summary>Scalars <paramref name="first"/> to <paramref name="last"/> of a group, Counter32 each; those that nothing moves stay zero.</summary>
    public void Counters(DeviceCounters counters, uint group, uint first, uint last, params ReadOnlySpan<(int Number, Tally Counter)> moving)
    {
        for (var number = first; number <= last; number++) Counter(counters, Find(moving, number), group, number, 0);
    }

    public void Counter(DeviceCounters counters, Tally? counter, params ReadOnlySpan<uint> tail)
    {
        if (counter is { } moves) Live(SnmpType.Counter32, () => counters[moves], tail);
        else Add(new ConstantNumber(Oid(tail), SnmpType.Counter32, 0));
    }

    private static Tally? Find(ReadOnlySpan<(int Number, Tally Counter)> moving, uint number)
    {
        foreach (var (at, counter) in moving)
            if (at == number)
                return counter;
        return null;
    }
}
