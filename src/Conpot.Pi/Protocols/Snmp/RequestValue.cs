namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Values as requests carry them (RFC 1155 3.2.3, RFC 3416 3: ObjectSyntax).</summary>
internal static class RequestValue
{
    /// <summary>The value; false when its type is none of SNMP's or its contents are none of its type's.</summary>
    /// <remarks>Such a request is not answered at all. RFC 3416 has wrongEncoding for some of it, which "not all implementation strategies will generate".</remarks>
    public static bool TryRead(byte type, ReadOnlySpan<byte> contents, out MibValue value)
    {
        value = MibValue.OfBytes(type, contents);
        switch (type)
        {
            case SnmpType.Null or SnmpType.NoSuchObject or SnmpType.NoSuchInstance or SnmpType.EndOfMibView:
                value = MibValue.OfNumber(type, 0);
                return true;
            case SnmpType.OctetString or SnmpType.Opaque:
                return true;
            case SnmpType.IpAddress:
                return contents.Length == 4;
            case SnmpType.ObjectIdentifier:
                Span<uint> parts = stackalloc uint[BerOid.MostParts];
                return BerOid.Decode(contents, parts) >= 0;
            case SnmpType.Integer:
                return TryNumber(type, contents, int.MinValue, int.MaxValue, ref value);
            case SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks:
                return TryNumber(type, contents, 0, uint.MaxValue, ref value);
            case SnmpType.Counter64:
                if (contents.Length == 9 && contents[0] == 0) contents = contents[1..];
                return TryNumber(type, contents, long.MinValue, long.MaxValue, ref value); // all 64 bits are its value
            default:
                return false;
        }
    }

    private static bool TryNumber(byte type, ReadOnlySpan<byte> contents, long least, long most, ref MibValue value)
    {
        if (!BerReader.TryInteger(contents, out var number)) return false;
        // Managers that forget the leading zero of a large unsigned number are understood.
        if (least == 0 && number is < 0 and >= int.MinValue) number = (uint)number;
        value = MibValue.OfNumber(type, number);
        return number >= least && number <= most;
    }
}
