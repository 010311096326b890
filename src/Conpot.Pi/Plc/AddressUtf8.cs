using System.Buffers.Text;

namespace Conpot.Pi.Plc;

/// <summary>The spelling of addresses as UTF-8 into a span: events name them a hundred thousand times a second and allocate nothing.</summary>
internal static class AddressUtf8
{
    /// <summary>Room for any range: "SM549.7..SM549.7".</summary>
    public const int Longest = 32;

    /// <summary>The same text as <see cref="AddressRange.ToString"/> for a range with at least one address.</summary>
    public static ReadOnlySpan<byte> Print(AddressRange range, Span<byte> destination)
    {
        var length = Print(range.First, destination);
        if (range.Count > 1)
        {
            "..".CopyTo(destination, ref length);
            length += Print(range.Last, destination[length..]);
        }
        return destination[..length];
    }

    private static int Print(Address address, Span<byte> destination)
    {
        var (area, width, offset, bit) = address;
        var length = 0;
        Letters(area).CopyTo(destination);
        length += Letters(area).Length;
        if (area is Area.T or Area.C)
        {
            offset /= 2;
        }
        else if (width != Width.Bit)
        {
            destination[length++] = width switch { Width.Byte => (byte)'B', Width.Word => (byte)'W', _ => (byte)'D' };
        }
        Utf8Formatter.TryFormat(offset, destination[length..], out var digits);
        length += digits;
        if (width == Width.Bit && area is not (Area.T or Area.C))
        {
            destination[length++] = (byte)'.';
            destination[length++] = (byte)('0' + bit);
        }
        return length;
    }

    private static void CopyTo(this string ascii, Span<byte> destination, ref int length)
    {
        foreach (var c in ascii) destination[length++] = (byte)c;
    }

    private static ReadOnlySpan<byte> Letters(Area area) => area switch
    {
        Area.I => "I"u8,
        Area.Q => "Q"u8,
        Area.AI => "AI"u8,
        Area.AQ => "AQ"u8,
        Area.M => "M"u8,
        Area.SM => "SM"u8,
        Area.V => "V"u8,
        Area.T => "T"u8,
        _ => "C"u8,
    };
}
