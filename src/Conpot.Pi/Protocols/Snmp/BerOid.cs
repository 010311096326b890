using System.Buffers.Text;
using System.Numerics;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>OBJECT IDENTIFIERs between their encoded contents, sub-identifiers and dotted text (X.690 8.19).</summary>
internal static class BerOid
{
    /// <summary>RFC 3416, 4.1: at most 128 sub-identifiers of at most 2^32-1.</summary>
    public const int MostParts = 128;

    /// <summary>1.3.6.1.2.1 (RFC 1213).</summary>
    public static readonly uint[] Mib2 = [1, 3, 6, 1, 2, 1];

    /// <summary>Ten digits and a dot.</summary>
    private const int LongestPart = 11;

    /// <summary>The sub-identifiers; -1 when it is none. Padding (leading 0x80, masscan) is passed over; no contents at all are 0.0, as net-snmp takes it.</summary>
    /// <param name="parts">Room for <see cref="MostParts"/>.</param>
    public static int Decode(ReadOnlySpan<byte> contents, Span<uint> parts)
    {
        if (contents.IsEmpty)
        {
            parts[0] = parts[1] = 0;
            return 2;
        }
        if (contents[^1] >= 0x80) return -1; // cut within a sub-identifier
        var count = 0;
        ulong part = 0;
        foreach (var b in contents)
        {
            part = part << 7 | b & 0x7Fu;
            if (part > uint.MaxValue + 80ul) return -1;
            if (b >= 0x80) continue;
            if (count == 0)
            {
                // The first two share one: 40 times the first, which is 0, 1 or 2, plus the second.
                var first = (uint)Math.Min(part / 40, 2);
                parts[count++] = first;
                part -= first * 40;
            }
            if (part > uint.MaxValue || count == MostParts) return -1;
            parts[count++] = (uint)part;
            part = 0;
        }
        return count;
    }

    /// <summary>Bytes of the contents.</summary>
    public static int EncodedLength(ReadOnlySpan<uint> parts)
    {
        if (parts.Length < 2) return 1;
        var length = PartLength(First(parts));
        for (var i = 2; i < parts.Length; i++) length += parts[i] < 0x80 ? 1 : PartLength(parts[i]);
        return length;
    }

    /// <summary>Writes the contents, <see cref="EncodedLength"/> bytes.</summary>
    public static void Encode(ReadOnlySpan<uint> parts, Span<byte> contents)
    {
        var at = Put(parts.Length < 2 ? 0 : First(parts), contents);
        for (var i = 2; i < parts.Length; i++) at += Put(parts[i], contents[at..]);
    }

    /// <summary>Dotted text of encoded contents; whole sub-identifiers, cut with "..." where <paramref name="text"/> ends. Empty when it is no OID.</summary>
    public static ReadOnlySpan<byte> Print(scoped ReadOnlySpan<byte> contents, Span<byte> text)
    {
        Span<uint> parts = stackalloc uint[MostParts];
        return Print(parts[..Math.Max(0, Decode(contents, parts))], text);
    }

    public static ReadOnlySpan<byte> Print(scoped ReadOnlySpan<uint> parts, Span<byte> text)
    {
        var length = 0;
        foreach (var part in parts)
        {
            if (length + LongestPart + 3 > text.Length)
            {
                "..."u8.CopyTo(text[length..]);
                return text[..(length + 3)];
            }
            if (length > 0) text[length++] = (byte)'.';
            Utf8Formatter.TryFormat(part, text[length..], out var written);
            length += written;
        }
        return text[..length];
    }

    private static ulong First(ReadOnlySpan<uint> parts) => parts[0] * 40ul + parts[1];

    private static int PartLength(ulong part) => Math.Max(1, (64 - BitOperations.LeadingZeroCount(part) + 6) / 7);

    private static int Put(ulong part, Span<byte> contents)
    {
        if (part < 0x80)
        {
            contents[0] = (byte)part;
            return 1;
        }
        var length = PartLength(part);
        for (var i = 0; i < length; i++) contents[i] = (byte)(part >> 7 * (length - 1 - i) & 0x7F | (i < length - 1 ? 0x80u : 0));
        return length;
    }
}
