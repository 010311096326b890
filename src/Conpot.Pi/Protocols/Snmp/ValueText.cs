using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Values as people write them, in [[snmp.object]] and in a .snmprec file, made into objects that never change.</summary>
internal static class ValueText
{
    /// <summary>Longer ones would not fit into a message of the device.</summary>
    public const int MostOctets = 1400;

    /// <param name="type">A tag of <see cref="SnmpType"/>.</param>
    /// <param name="hex">The text is bytes in hexadecimal pairs, whatever the type.</param>
    public static bool TryObject(uint[] oid, byte type, bool hex, string text, [NotNullWhen(true)] out MibObject? value, out string problem)
    {
        value = null;
        if (type is SnmpType.Integer or SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks or SnmpType.Counter64)
        {
            if (!TryNumber(type, text, out var number, out problem)) return false;
            value = new ConstantNumber(oid, type, number);
            return true;
        }
        if (!TryBytes(type, hex, text, out var bytes, out problem)) return false;
        value = new ConstantBytes(oid, type, bytes);
        return true;
    }

    /// <summary>ISO-8859-1 where it can be, as the devices of that time; else UTF-8.</summary>
    public static byte[] Octets(string text) => text.Any(c => c > 0xFF) ? Encoding.UTF8.GetBytes(text) : Encoding.Latin1.GetBytes(text);

    public static bool TryHex(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var digits = text.Replace(" ", "", StringComparison.Ordinal).Replace(":", "", StringComparison.Ordinal);
        bytes = digits.Length % 2 == 0 && digits.All(char.IsAsciiHexDigit) ? Convert.FromHexString(digits) : null;
        return bytes is not null;
    }

    private static bool TryNumber(byte type, string text, out long number, out string problem)
    {
        number = 0;
        problem = type switch
        {
            SnmpType.Integer => "is no INTEGER; write a whole number from -2147483648 to 2147483647",
            SnmpType.Counter64 => "is no Counter64; write a whole number from 0 to 18446744073709551615",
            _ => "does not fit into 32 bits; write a whole number from 0 to 4294967295",
        };
        if (type == SnmpType.Counter64)
        {
            var isWide = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var wide);
            number = unchecked((long)wide);
            return isWide;
        }
        if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number)) return false;
        return type == SnmpType.Integer ? number is >= int.MinValue and <= int.MaxValue : number is >= 0 and <= uint.MaxValue;
    }

    private static bool TryBytes(byte type, bool hex, string text, [NotNullWhen(true)] out byte[]? bytes, out string problem)
    {
        (bytes, problem) = (null, "");
        if (hex && !TryHex(text, out bytes))
        {
            problem = "is no list of bytes; write hexadecimal pairs, such as 00 0E 8C";
            return false;
        }
        if (type == SnmpType.ObjectIdentifier && !hex)
        {
            if (!ObjectId.TryParse(text, out var oid, out problem)) return false;
            bytes = ObjectId.Encode(oid);
        }
        else if (type == SnmpType.IpAddress && !hex)
        {
            bytes = IPAddress.TryParse(text, out var address) && text.Count(c => c == '.') == 3 ? address.GetAddressBytes() : [];
        }
        bytes ??= Octets(text);
        problem = type switch
        {
            SnmpType.IpAddress when bytes.Length != 4 => "is no IpAddress; write four numbers with dots, such as 192.168.10.20",
            SnmpType.ObjectIdentifier when bytes.Length == 0 => "is no object identifier; write numbers with dots",
            _ when bytes.Length > MostOctets => $"has {bytes.Length} octets; allowed: up to {MostOctets}, what a message of the device holds",
            _ => "",
        };
        return problem.Length == 0;
    }
}
