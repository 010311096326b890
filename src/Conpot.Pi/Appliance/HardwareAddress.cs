using System.Diagnostics.CodeAnalysis;

namespace Conpot.Pi.Appliance;

/// <summary>An Ethernet address that an interface may be given.</summary>
internal static class HardwareAddress
{
    /// <summary>Six bytes with colons or hyphens between them; not the zero address, and no group (the lowest bit of the first byte: IEEE 802, 8.2.2).</summary>
    /// <param name="address">Upper case with colons, as profiles and SNMP's readers write it.</param>
    public static bool TryParse(string text, [NotNullWhen(true)] out string? address, out string problem)
    {
        address = null;
        problem = "write a hardware address of six bytes, such as \"00:0E:8C:12:34:56\", or leave 'mac' out for one of this sensor's own";
        if (text.Length != 17) return false;
        var bytes = new byte[6];
        for (var i = 0; i < 6; i++)
        {
            if (i > 0 && text[3 * i - 1] is not (':' or '-')) return false;
            if (!char.IsAsciiHexDigit(text[3 * i]) || !char.IsAsciiHexDigit(text[3 * i + 1])) return false;
            bytes[i] = Convert.FromHexString(text.AsSpan(3 * i, 2))[0];
        }
        if ((bytes[0] & 1) != 0)
        {
            problem = "that is a group address (its first byte is odd), which no interface can have; write one with an even first byte, such as \"00:0E:8C:12:34:56\"";
            return false;
        }
        if (!bytes.AsSpan().ContainsAnyExcept((byte)0)) return false;
        address = string.Join(':', bytes.Select(b => b.ToString("X2", System.Globalization.CultureInfo.InvariantCulture)));
        return true;
    }
}
