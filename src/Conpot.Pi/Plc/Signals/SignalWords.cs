using System.Globalization;

namespace Conpot.Pi.Plc.Signals;

/// <summary>The words of one signal, read from left to right; the first thing that is wrong is kept and all later reads give defaults.</summary>
internal sealed class SignalWords(string text, int vMemory, ulong seed = 0)
{
    private readonly string[] _words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
    private int _at;

    /// <summary>Where in its ranges of times this device stands, 0 to 1; one number for a line, as a large tank both fills and drains slowly.</summary>
    private readonly double _own = SplitMix64.Fraction(SplitMix64.Hash("times", seed));

    /// <summary>A sentence, or null while all is well.</summary>
    public string? Problem { get; private set; }

    public bool AtEnd => _at == _words.Length;

    public string Peek => AtEnd ? "" : _words[_at];

    public void Fail(string problem) => Problem ??= problem;

    /// <summary>Takes the word if it stands here.</summary>
    public bool Take(string word)
    {
        var found = Problem is null && Peek.Equals(word, StringComparison.OrdinalIgnoreCase);
        if (found)
            _at++;
        return found;
    }

    public void Expect(string word)
    {
        if (!Take(word))
            Fail(AtEnd ? $"the word '{word}' is missing at the end" : $"'{Peek}' stands where '{word}' should");
    }

    public void End()
    {
        if (!AtEnd)
            Fail($"'{Peek}' is not expected here");
    }

    public double Number() => Number(Word("a number"), "a number such as 1234");

    /// <summary>"0..32000"; both ends within what the target holds.</summary>
    public (double From, double To) Range(Address target)
    {
        var (from, to) = Range();
        var (lowest, highest) = ValueSignal.Limits(target);
        if (Math.Min(from, to) < lowest || Math.Max(from, to) > highest)
            Fail($"{target} holds {lowest:0}..{highest:0}");
        return (from, to);
    }

    public (double From, double To) Range()
    {
        var word = Word("a range such as 0..32000");
        var dots = word.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            Fail($"'{word}' is not a range such as 0..32000");
            return default;
        }
        var (from, to) = (Number(word[..dots], "a range such as 0..32000"), Number(word[(dots + 2)..], "a range such as 0..32000"));
        if (from == to)
            Fail($"'{word}' has no extent; write two different ends, or \"constant\"");
        return (from, to);
    }

    /// <summary>"1.5s", "90s", "10m": at least a scan, at most a year; "200s..280s": this device's own between the two.</summary>
    public double Seconds()
    {
        var word = Word("a time such as 30s");
        var dots = word.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
            return Seconds(word);
        var (from, to) = (Seconds(word[..dots]), Seconds(word[(dots + 2)..]));
        return from + (to - from) * _own;
    }

    private double Seconds(string word)
    {
        var unit = word.AsSpan().TrimStart("0123456789.");
        double scale = unit switch { "ms" => 0.001, "s" => 1, "m" => 60, "h" => 3600, "d" => 86400, _ => 0 };
        var valid = double.TryParse(word.AsSpan(0, word.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number);
        if (!valid || scale == 0)
            Fail($"'{word}' is not a time; write one such as 500ms, 1.5s, 10m or 2h");
        else if (number * scale is < 0.01 or > 366 * 86400.0)
            Fail($"'{word}' is out of range; times are 10ms to 366d");
        return number * scale;
    }

    /// <summary>"60%" as 0.6.</summary>
    public double Percent()
    {
        var word = Word("a percentage such as 30%");
        if (!word.EndsWith('%') || !double.TryParse(word.AsSpan(0, word.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > 100)
        {
            Fail($"'{word}' is not a percentage; write 0% to 100%");
            return 0;
        }
        return number / 100;
    }

    public Address Bit()
    {
        var address = Address("an address such as Q0.0");
        // T and C have a status bit beside their value.
        if (!address.IsBit && address.Area is not (Area.T or Area.C))
            Fail($"{address} is not a bit; write one such as Q0.0 or M2.1");
        return address;
    }

    /// <summary>An address that holds a number.</summary>
    public Operand Place()
    {
        var address = Address("an address such as AIW0");
        if (address.IsBit)
            Fail($"{address} is a bit; write a word such as AIW0 or VW10");
        return new Operand(0, address);
    }

    /// <summary>A number or an address that holds one.</summary>
    public Operand Operand() => char.IsAsciiLetter(Peek.FirstOrDefault()) ? Place() : new Operand(Number());

    private Address Address(string what)
    {
        var word = Word(what);
        if (Problem is not null)
            return default;
        if (!Plc.Address.TryParse(word, out var address, out var problem))
            Fail(problem);
        else if (!MemoryMap.Fits(address, vMemory))
            Fail($"{address} is beyond the V memory of this CPU (VB0..VB{vMemory - 1})");
        return address;
    }

    private string Word(string what)
    {
        if (Problem is null && AtEnd)
            Fail($"{what} is missing at the end");
        return Problem is null ? _words[_at++] : "";
    }

    private double Number(string word, string what)
    {
        if (!double.TryParse(word, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) || !double.IsFinite(number))
        {
            Fail($"'{word}' is not {what}");
            return 0;
        }
        return number;
    }
}
