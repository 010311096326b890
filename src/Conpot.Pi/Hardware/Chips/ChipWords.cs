using System.Globalization;
using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The words that only chips have, read as <see cref="SignalWords"/> reads all others.</summary>
internal static class ChipWords
{
    /// <summary>The next word, whatever it is.</summary>
    public static string Word(this SignalWords words, string what)
    {
        if (words.Problem is null && words.AtEnd)
            words.Fail($"{what} is missing at the end");
        var word = words.Peek;
        words.Take(word);
        return words.Problem is null ? word : "";
    }

    /// <summary>"0x20".</summary>
    public static int Address(this SignalWords words, ChipKind kind)
    {
        var word = words.Word($"the chip's address, such as 0x{kind.First:X2},");
        var isHex = word.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        if (!isHex || !int.TryParse(word.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address))
            words.Fail($"'{word}' is not an address such as 0x{kind.First:X2}");
        else if (address < kind.First || address > kind.Last)
            words.Fail($"the jumpers of {kind.Name} give 0x{kind.First:X2} to 0x{kind.Last:X2}, not 0x{address:X2}");
        else if (kind.Name == "pca9685" && address == 0x70)
            words.Fail("all chips of the kind pca9685 answer to 0x70 together; take another address");
        else
            return address;
        return kind.First;
    }

    /// <summary>"cs0", "ch3": letters and a number.</summary>
    public static int Numbered(this SignalWords words, string letters, int count)
    {
        var word = words.Word($"{letters}0 to {letters}{count - 1}");
        return Numbered(words, word, letters, count);
    }

    public static int Numbered(this SignalWords words, string word, string letters, int count)
    {
        if (TryNumbered(word, letters, out var number) && number < count)
            return number;
        words.Fail($"'{word}' is not one of {letters}0 to {letters}{count - 1}");
        return 0;
    }

    public static bool TryNumbered(string word, string letters, out int number)
    {
        number = 0;
        return word.StartsWith(letters, StringComparison.OrdinalIgnoreCase)
            && int.TryParse(word.AsSpan(letters.Length), NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>"bus 3", "hw 5".</summary>
    public static int Whole(this SignalWords words, string what, int highest)
    {
        var word = words.Word($"the number of '{what}'");
        if (int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= highest)
            return number;
        words.Fail($"'{word}' stands after '{what}' where a number from 0 to {highest} should");
        return 0;
    }

    /// <summary>"3.3V", "-10C"; the unit may be left out.</summary>
    public static double Unit(this SignalWords words, string unit, string example) => Value(words, words.Word($"{example}"), unit, example);

    /// <summary>"0V..3.3V", "0..50C".</summary>
    public static (double From, double To) Span(this SignalWords words, string unit, string example)
    {
        var word = words.Word(example);
        var dots = word.IndexOf("..", StringComparison.Ordinal);
        if (dots < 0)
        {
            words.Fail($"'{word}' is not a range such as {example}");
            return (0, 1);
        }
        var (from, to) = (Value(words, word[..dots], unit, example), Value(words, word[(dots + 2)..], unit, example));
        if (from == to)
            words.Fail($"'{word}' has no extent");
        return (from, to);
    }

    private static double Value(SignalWords words, string word, string unit, string example)
    {
        var number = word.EndsWith(unit, StringComparison.OrdinalIgnoreCase) ? word.AsSpan(0, word.Length - unit.Length) : word;
        if (double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
            return value;
        words.Fail($"'{word}' is not in {unit} as in {example}");
        return 0;
    }
}
