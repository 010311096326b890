using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Object identifiers as people write them (1.3.6.1.2.1.1.1.0) and as BER contents.</summary>
internal static class ObjectId
{
    /// <summary>RFC 2578, 3.5: at most 128 sub-identifiers.</summary>
    public const int MostSubIdentifiers = 128;

    /// <summary>0.0: what devices say that have no identifier to give; BER contents 00.</summary>
    public static ReadOnlySpan<byte> Zero => [0];

    public static bool TryParse(ReadOnlySpan<char> text, [NotNullWhen(true)] out uint[]? oid, out string problem)
    {
        oid = null;
        var digits = text.Trim(' ').TrimStart('.');
        problem = "is no object identifier; write numbers with dots, such as 1.3.6.1.4.1.4329.1.0";
        Span<uint> parts = stackalloc uint[MostSubIdentifiers];
        var count = 0;
        foreach (var range in digits.Split('.'))
        {
            if (count == MostSubIdentifiers)
            {
                problem = $"has more than {MostSubIdentifiers} numbers; SNMP knows no such identifier (RFC 2578, 3.5)";
                return false;
            }
            if (!uint.TryParse(digits[range], NumberStyles.None, CultureInfo.InvariantCulture, out parts[count++])) return false;
        }
        if (count < 2) return false;
        if (parts[0] > 2 || parts[0] < 2 && parts[1] > 39 || parts[0] == 2 && parts[1] > uint.MaxValue - 80)
        {
            problem = "begins with numbers that do not exist; the first is 0, 1 or 2, the second below 40 unless the first is 2";
            return false;
        }
        oid = parts[..count].ToArray();
        problem = "";
        return true;
    }

    /// <summary>The contents octets in minimal form (X.690, 8.19).</summary>
    public static byte[] Encode(ReadOnlySpan<uint> oid)
    {
        var bytes = new List<byte>(oid.Length + 4);
        Append(bytes, 40 * oid[0] + oid[1]);
        foreach (var part in oid[2..]) Append(bytes, part);
        return [.. bytes];
    }

    private static void Append(List<byte> bytes, uint value)
    {
        for (var shift = 28; shift > 0; shift -= 7)
            if (value >> shift != 0)
                bytes.Add((byte)(value >> shift | 0x80));
        bytes.Add((byte)(value & 0x7F));
    }
}
