using static Conpot.Pi.Protocols.Snmp.MibBuilder;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The recorded walk of somebody's device, brought to life: its clock runs, its counters count, its texts can be written.</summary>
/// <remarks>
/// A counter goes on at the mean rate that the recorded device had: at an uptime twice the recorded one it shows twice the value. All scale by the same
/// factor, so counters that agreed in the recording agree for ever. A walk without sysUpTime has no rates: its counters stand.
/// </remarks>
internal sealed class WalkMib : Mib
{
    private static readonly uint[] s_upTime = Oid(1, 3, 0);
    private static readonly uint[] s_snmp = Oid(11);
    private static readonly (uint[] Oid, SystemText Text)[] s_writable = [(Oid(1, 4, 0), SystemText.Contact), (Oid(1, 5, 0), SystemText.Name), (Oid(1, 6, 0), SystemText.Location)];

    private readonly MibObject[] _objects;
    private readonly DeviceClock _clock;
    private long _hundredths;

    public WalkMib(MibObject[] walk, MibParts parts)
    {
        _clock = parts.Clock;
        _hundredths = _clock.Hundredths;
        var recorded = Find(walk, s_upTime, out var has) is var at && has ? walk[at].Read().Number : 0;
        _objects = Overlay.Put(parts.Settings.Objects, [.. walk.Select(o => Live(o, recorded, parts.State))]);
    }

    public override ReadOnlySpan<MibObject> Objects
    {
        get
        {
            _hundredths = _clock.Hundredths;
            return _objects;
        }
    }

    private MibObject Live(MibObject item, long recorded, SnmpState state)
    {
        if (item.Oid.AsSpan().SequenceEqual(s_upTime)) return new LiveNumber(item.Oid, SnmpType.TimeTicks, () => (uint)_hundredths);
        foreach (var (oid, text) in s_writable)
            if (item.Type == SnmpType.OctetString && item.Oid.AsSpan().SequenceEqual(oid))
                return new WritableText(item.Oid, state, text, item.Read().Bytes.ToArray());
        if (item.Type is not (SnmpType.Counter32 or SnmpType.Counter64)) return item;
        if (item.Oid.Length == s_snmp.Length + 2 && item.Oid.AsSpan().StartsWith(s_snmp) && item.Oid[^2] <= SnmpCounters.OutTraps)
        {
            var index = (int)item.Oid[^2];
            return new LiveNumber(item.Oid, item.Type, () => state.Counters[index]);
        }
        var value = (ulong)item.Read().Number;
        if (recorded <= 0 || value == 0) return item;
        var mask = item.Type == SnmpType.Counter32 ? uint.MaxValue : ulong.MaxValue;
        return new LiveNumber(item.Oid, item.Type, () => (long)((ulong)((UInt128)value * (ulong)_hundredths / (ulong)recorded) & mask));
    }
}
