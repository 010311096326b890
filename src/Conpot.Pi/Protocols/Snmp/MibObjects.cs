using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>A number that never changes.</summary>
internal sealed class ConstantNumber(uint[] oid, byte type, long value) : MibObject(oid, type)
{
    public override MibValue Read() => MibValue.OfNumber(Type, value);
}

/// <summary>Bytes that never change.</summary>
internal sealed class ConstantBytes(uint[] oid, byte type, byte[] value) : MibObject(oid, type)
{
    public override MibValue Read() => MibValue.OfBytes(Type, value);
}

/// <summary>A number of the device as it is now.</summary>
internal sealed class LiveNumber(uint[] oid, byte type, Func<long> read) : MibObject(oid, type)
{
    public override MibValue Read() => MibValue.OfNumber(Type, read());
}

/// <summary>A value of the process image: INTEGER is signed as on the S7-200, the other types are not.</summary>
internal sealed class ImageNumber(uint[] oid, byte type, Cpu cpu, Address address) : MibObject(oid, type)
{
    public override MibValue Read()
    {
        cpu.Refresh();
        var raw = cpu.Image.Read(address);
        if (Type != SnmpType.Integer) return MibValue.OfNumber(Type, raw);
        return MibValue.OfNumber(Type, address.Width switch
        {
            Width.Word => (short)raw,
            Width.Double => (int)raw,
            _ => raw,
        });
    }
}

/// <summary>sysContact, sysName or sysLocation: the only objects that the device lets anybody write (manual C79000-G8976-C256, p. 84).</summary>
/// <param name="configured">What it shows until somebody writes it.</param>
internal sealed class WritableText(uint[] oid, SnmpState state, SystemText text, byte[] configured) : MibObject(oid, SnmpType.OctetString)
{
    /// <summary>DisplayString (SIZE (0..255)): RFC 1213, 3.4.</summary>
    private const int Longest = 255;

    public override bool IsWritable => true;

    public override MibValue Read() => MibValue.OfBytes(Type, state.Read(text, configured));

    public override byte Check(in MibValue value)
    {
        if (value.Type != SnmpType.OctetString) return ErrorStatus.WrongType;
        if (value.Bytes.Length > Longest) return ErrorStatus.WrongLength;
        // NVT ASCII has line ends and tabs but no other control characters; octets above 127 are the writer's own alphabet.
        foreach (var b in value.Bytes)
            if (b is < 0x20 and not ((byte)'\t' or (byte)'\r' or (byte)'\n') or 0x7F)
                return ErrorStatus.WrongValue;
        return ErrorStatus.NoError;
    }

    public override void Write(in MibValue value) => state.Write(text, configured, value.Bytes);
}
