using System.Globalization;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>Elements by hand, in shortest form; knows nothing of the product.</summary>
internal static class Ber
{
    public const byte Get = 0xA0, GetNext = 0xA1, Response = 0xA2, Set = 0xA3, TrapV1 = 0xA4, GetBulk = 0xA5, Inform = 0xA6, TrapV2 = 0xA7, Report = 0xA8;

    public static byte[] Null => [5, 0];

    public static byte[] Tlv(byte tag, params byte[] contents) => contents.Length switch
    {
        < 0x80 => [tag, (byte)contents.Length, .. contents],
        < 0x100 => [tag, 0x81, (byte)contents.Length, .. contents],
        _ => [tag, 0x82, (byte)(contents.Length >> 8), (byte)contents.Length, .. contents],
    };

    public static byte[] Seq(params byte[][] elements) => Tlv(0x30, Join(elements));

    public static byte[] Join(params IEnumerable<byte[]> elements) => [.. elements.SelectMany(e => e)];

    public static byte[] Int(long value, byte tag = 2)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Insert(0, (byte)value);
            value >>= 8;
        }
        while (!(value == 0 && bytes[0] < 0x80 || value == -1 && bytes[0] >= 0x80));
        return Tlv(tag, [.. bytes]);
    }

    public static byte[] Text(string text, byte tag = 4) => Tlv(tag, [.. text.Select(c => (byte)c)]);

    public static uint[] Parts(string dotted) => [.. dotted.Split('.').Select(p => uint.Parse(p, CultureInfo.InvariantCulture))];

    public static byte[] Oid(string dotted) => Oid(Parts(dotted));

    public static byte[] Oid(ReadOnlySpan<uint> parts)
    {
        var bytes = new List<byte>();
        Append(bytes, parts[0] * 40ul + parts[1]);
        foreach (var part in parts[2..]) Append(bytes, part);
        return Tlv(6, [.. bytes]);
    }

    public static byte[] Bind(string name, byte[]? value = null) => Seq(Oid(name), value ?? Null);

    public static byte[] Pdu(byte tag, byte[] requestId, long status, long index, params IEnumerable<byte[]> bindings) =>
        Tlv(tag, Join(requestId, Int(status), Int(index), Tlv(0x30, Join(bindings))));

    public static byte[] Message(int version, string community, byte[] pdu) => Seq(Int(version), Text(community), pdu);

    /// <summary>A request with id 1.</summary>
    public static byte[] Ask(int version, byte pdu, params IEnumerable<string> names) => Message(version, "public", Pdu(pdu, Int(1), 0, 0, names.Select(n => Bind(n))));

    public static byte[] Bulk(long nonRepeaters, long repetitions, params IEnumerable<string> names) =>
        Message(1, "public", Pdu(GetBulk, Int(1), nonRepeaters, repetitions, names.Select(n => Bind(n))));

    public static byte[] SetRequest(int version, params IEnumerable<(string Name, byte[] Value)> bindings) =>
        Message(version, "private", Pdu(Set, Int(1), 0, 0, bindings.Select(b => Bind(b.Name, b.Value))));

    /// <summary>The response to a request with id 1.</summary>
    public static byte[] Answer(int version, long status, long index, params IEnumerable<byte[]> bindings) => Message(version, "public", Pdu(Response, Int(1), status, index, bindings));

    public static byte[] V3(byte[] scopedOrEncrypted, byte flags = 4, byte[]? engineId = null, string user = "", byte[]? digest = null, byte[]? salt = null, int model = 3, long id = 7) =>
        Seq(Int(3), Seq(Int(id), Int(65507), Tlv(4, flags), Int(model)),
            Tlv(4, Seq(Tlv(4, engineId ?? []), Int(0), Int(0), Text(user), Tlv(4, digest ?? []), Tlv(4, salt ?? []))), scopedOrEncrypted);

    public static byte[] Scoped(byte[] pdu) => Seq(Tlv(4), Tlv(4), pdu);

    private static void Append(List<byte> bytes, ulong part)
    {
        var at = bytes.Count;
        bytes.Add((byte)(part & 0x7F));
        while ((part >>= 7) > 0) bytes.Insert(at, (byte)(part & 0x7F | 0x80));
    }
}
