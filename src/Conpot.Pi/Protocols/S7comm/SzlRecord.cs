using System.Globalization;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What a record of a system status list shows of the device at the moment it is read.</summary>
internal enum SzlField
{
    /// <summary>08 in RUN, 04 in STOP.</summary>
    Mode,

    /// <summary>Lamps: 01 when lit.</summary>
    Run, Stop, Fault,

    /// <summary>The mode switch: 0001 TERM, 0002 RUN, 0003 STOP. Real CPUs show 0002 in RUN (captures).</summary>
    Switch,

    /// <summary>The clock, 8 bytes of BCD.</summary>
    Time,

    /// <summary>The newest entry of the diagnostic buffer, 20 bytes.</summary>
    Event,
}

/// <summary>One record of a system status list: bytes, and the places in them that are filled in when it is read.</summary>
/// <remarks>
/// Written as hexadecimal, 'text' and {fields} in any order: "0001 '{order_number}'20 00C0 0003 0001". A number behind a text pads it with blanks to that
/// length, "00*4" is a repetition, and zeros fill up the end of the record.
/// </remarks>
internal sealed class SzlRecord
{
    private readonly byte[] _bytes;
    private readonly List<(int At, SzlField Field)> _fields;

    private SzlRecord(byte[] bytes, List<(int At, SzlField Field)> fields) => (_bytes, _fields) = (bytes, fields);

    /// <summary>The first word: what a request for a single record names.</summary>
    public int Index => _bytes.Length < 2 ? -1 : _bytes[0] << 8 | _bytes[1];

    /// <param name="length">Of the record, in bytes.</param>
    /// <param name="words">Fills the placeholders of a text; null for one that nobody knows.</param>
    public static bool TryParse(string text, int length, Func<string, string?> words, out SzlRecord record, out string problem)
    {
        var bytes = new List<byte>();
        var fields = new List<(int, SzlField)>();
        record = new SzlRecord([], []);
        problem = "";
        var rest = text.AsSpan().TrimStart();
        while (!rest.IsEmpty && problem.Length == 0)
        {
            var end = rest[0] == '\'' ? rest[1..].IndexOf('\'') + 2 : rest.IndexOf(' ');
            if (rest[0] == '\'' && end == 1) problem = "a text that begins with ' and does not end";
            else if (rest[0] == '\'') TakeText(rest[1..(end - 1)].ToString(), ref rest, end, bytes, words, ref problem);
            else TakeWord(rest[..(end < 0 ? rest.Length : end)], ref rest, bytes, fields, words, ref problem);
            rest = rest.TrimStart();
        }
        if (problem.Length == 0 && bytes.Count > length) problem = $"{bytes.Count} bytes, and 'length' is {length}";
        if (problem.Length > 0) return false;
        var whole = new byte[length];
        bytes.CopyTo(whole);
        record = new SzlRecord(whole, fields);
        return true;
    }

    public void Write(Span<byte> record, S7Device device)
    {
        _bytes.CopyTo(record);
        foreach (var (at, field) in _fields) Fill(record[at..], field, device);
    }

    private static void Fill(Span<byte> place, SzlField field, S7Device device)
    {
        var running = device.Cpu.Mode == OperatingMode.Run;
        switch (field)
        {
            case SzlField.Time:
                S7Clock.Write(place, device.Clock.Now);
                break;
            case SzlField.Event:
                device.Diagnosis.Write(place[..DiagnosticBuffer.EntryLength]);
                break;
            case SzlField.Switch:
                place[0] = 0;
                place[1] = device.Cpu.Switch switch { SwitchPosition.Run => 2, SwitchPosition.Term => 1, _ => 3 };
                break;
            default:
                place[0] = field switch
                {
                    SzlField.Mode => running ? (byte)8 : (byte)4,
                    SzlField.Run => running ? (byte)1 : (byte)0,
                    SzlField.Stop => running ? (byte)0 : (byte)1,
                    _ => device.Cpu.SystemFault ? (byte)1 : (byte)0,
                };
                break;
        }
    }

    private static int Length(SzlField field) => field switch
    {
        SzlField.Time => S7Clock.Bytes,
        SzlField.Event => DiagnosticBuffer.EntryLength,
        SzlField.Switch => 2,
        _ => 1,
    };

    private static void TakeText(string text, ref ReadOnlySpan<char> rest, int end, List<byte> bytes, Func<string, string?> words, ref string problem)
    {
        rest = rest[end..];
        var digits = 0;
        while (digits < rest.Length && char.IsAsciiDigit(rest[digits])) digits++;
        var padded = digits is > 0 and < 4 ? int.Parse(rest[..digits], CultureInfo.InvariantCulture) : 0;
        rest = rest[digits..];
        for (int open; (open = text.IndexOf('{', StringComparison.Ordinal)) >= 0;)
        {
            var close = text.IndexOf('}', open);
            var name = close < 0 ? text[open..] : text[(open + 1)..close];
            if (close < 0 || words(name) is not { } word)
            {
                problem = $"'{{{name}}}' is nothing that can be filled in";
                return;
            }
            // Braces in a value of the user's own would be looked up again.
            text = string.Concat(text.AsSpan(0, open), word.Replace("{", "", StringComparison.Ordinal), text.AsSpan(close + 1));
        }
        // Names of a device are Latin-1; what is not becomes a question mark.
        var latin = System.Text.Encoding.Latin1.GetBytes(padded > 0 && text.Length > padded ? text[..padded] : text.PadRight(padded));
        bytes.AddRange(latin);
    }

    private static void TakeWord(ReadOnlySpan<char> word, ref ReadOnlySpan<char> rest, List<byte> bytes, List<(int, SzlField)> fields, Func<string, string?> words, ref string problem)
    {
        rest = rest[word.Length..];
        if (word is ['{', .. var name, '}'])
        {
            if (Field(name) is { } field)
            {
                fields.Add((bytes.Count, field));
                bytes.AddRange(new byte[Length(field)]);
                return;
            }
            word = words(name.ToString());
        }
        var star = word.IndexOf('*');
        var times = 1;
        if (star > 0 && (!int.TryParse(word[(star + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out times) || times > 999)) times = -1;
        var hex = star > 0 ? word[..star] : word;
        var odd = hex.IsEmpty || hex.Length % 2 != 0 || times < 0;
        foreach (var digit in hex) odd |= !char.IsAsciiHexDigit(digit);
        if (odd)
        {
            problem = $"'{word}' is neither hexadecimal, a 'text' nor one of {{mode}} {{run}} {{stop}} {{fault}} {{switch}} {{time}} {{event}}";
            return;
        }
        var once = Convert.FromHexString(hex);
        for (var i = 0; i < times && bytes.Count < 4096; i++) bytes.AddRange(once);
    }

    private static SzlField? Field(ReadOnlySpan<char> name) => name switch
    {
        "mode" => SzlField.Mode,
        "run" => SzlField.Run,
        "stop" => SzlField.Stop,
        "fault" => SzlField.Fault,
        "switch" => SzlField.Switch,
        "time" => SzlField.Time,
        "event" => SzlField.Event,
        _ => null,
    };
}
