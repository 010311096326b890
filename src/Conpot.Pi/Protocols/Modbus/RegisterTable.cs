using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>One stretch of a Modbus table: PDU addresses from <paramref name="At"/> on are the addresses of <paramref name="Range"/>.</summary>
/// <param name="At">0-based, as in the PDU; a document's 40001 is 0 here.</param>
internal readonly record struct TableWindow(int At, AddressRange Range)
{
    /// <summary>"VW0..VW98", or "VW0..VW98 at 40001".</summary>
    public static bool TryParse(string text, bool bits, out TableWindow value, out string problem)
    {
        value = default;
        var at = 0;
        var range = text.AsSpan();
        var mark = range.IndexOf(" at ", StringComparison.OrdinalIgnoreCase);
        if (mark >= 0)
        {
            if (!int.TryParse(range[(mark + 4)..].Trim(), System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out at) || at > 0xFFFF)
            {
                problem = $"'{range[(mark + 4)..]}' is no PDU address; write a number from 0 to 65535 behind 'at'";
                return false;
            }
            range = range[..mark];
        }
        if (!AddressRange.TryParse(range.ToString(), out var addresses, out problem)) return false;
        if (bits != (addresses.Width == Width.Bit) || (!bits && addresses.Width != Width.Word))
        {
            problem = bits
                ? $"'{addresses}' are no bits; coils and discrete inputs map bits, such as \"Q0.0..Q15.7\""
                : $"'{addresses}' are no words; registers map words, such as \"VW0..VW98\"";
            return false;
        }
        if (at + addresses.Count > 0x10000)
        {
            problem = $"'{text}' runs beyond PDU address 65535; shorten it by {at + addresses.Count - 0x10000}";
            return false;
        }
        value = new TableWindow(at, addresses);
        return true;
    }
}

/// <summary>One of a unit's four tables: coils, discrete inputs, holding or input registers.</summary>
internal sealed class RegisterTable(params TableWindow[] windows)
{
    public static readonly RegisterTable Empty = new();

    /// <summary>The process image's addresses behind <paramref name="count"/> PDU addresses; the first window that holds all of them serves.</summary>
    public bool TryMap(int from, int count, out AddressRange range)
    {
        foreach (var (at, addresses) in windows)
        {
            if (from < at || from + count > at + addresses.Count) continue;
            range = AddressRange.Of(addresses[from - at], count);
            return true;
        }
        range = default;
        return false;
    }
}
