namespace Conpot.Pi.Protocols.Snmp;

/// <summary>A value as it goes into a varbind.</summary>
/// <param name="type">A tag of <see cref="SnmpType"/>.</param>
/// <param name="number">INTEGER, Counter32, Gauge32, TimeTicks, Counter64 (as its 64 bits).</param>
/// <param name="bytes">OCTET STRING, Opaque, IpAddress (4 bytes), OBJECT IDENTIFIER (its encoded contents).</param>
internal readonly ref struct MibValue(byte type, long number, ReadOnlySpan<byte> bytes)
{
    public byte Type => type;

    public long Number => number;

    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public static MibValue OfNumber(byte type, long number) => new(type, number, default);

    public static MibValue OfBytes(byte type, ReadOnlySpan<byte> bytes) => new(type, 0, bytes);
}

/// <summary>One instance of an object: where it stands in the tree, and its value now. Called on the network loop's thread only.</summary>
internal abstract class MibObject(uint[] oid, byte type)
{
    /// <summary>Sub-identifiers, the instance's included: 1.3.6.1.2.1.1.1.0.</summary>
    public uint[] Oid => oid;

    public byte Type => type;

    /// <summary>Only these may be SET (CP 443-1: sysContact, sysName, sysLocation; WIRE 1.4).</summary>
    public virtual bool IsWritable => false;

    /// <summary>The value now; allocates nothing.</summary>
    public abstract MibValue Read();

    /// <summary>Whether a SET would be taken: <see cref="ErrorStatus.NoError"/>, or the v2c status (the engine translates it for v1). Changes nothing.</summary>
    public virtual byte Check(in MibValue value) => ErrorStatus.NotWritable;

    /// <summary>Takes a value that <see cref="Check"/> accepted.</summary>
    public virtual void Write(in MibValue value)
    {
    }
}
