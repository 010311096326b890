using System.Buffers;
using System.Globalization;

namespace Conpot.Pi.Config;

/// <summary>Numbers with a unit: durations ("3ms", "1.5s") and sizes ("64KiB").</summary>
internal static class Quantity
{
    private const string DurationRemedy = "write a number with its unit, such as \"250us\", \"3ms\", \"1.5s\", \"5m\", \"12h\" or \"7d\", or \"0\"";
    private const string SizeRemedy = "write a number of bytes, or one with its unit, such as \"64KiB\", \"16MB\" or \"1GiB\"";

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.");

    // From the largest to the smallest, so that a printed value takes the largest unit that divides it.
    private static readonly (string Unit, long Ticks)[] DurationUnits =
    [
        ("d", TimeSpan.TicksPerDay), ("h", TimeSpan.TicksPerHour), ("m", TimeSpan.TicksPerMinute),
        ("s", TimeSpan.TicksPerSecond), ("ms", TimeSpan.TicksPerMillisecond), ("us", TimeSpan.TicksPerMicrosecond),
    ];

    private static readonly (string Unit, long Bytes)[] SizeUnits =
    [
        ("GiB", 1L << 30), ("GB", 1_000_000_000), ("MiB", 1L << 20), ("MB", 1_000_000), ("KiB", 1L << 10), ("kB", 1_000), ("B", 1), ("", 1),
    ];

    public static bool TryDuration(ReadOnlySpan<char> text, out TimeSpan value, out string problem)
    {
        var known = TrySplit(text, out var number, out var unit, out problem);
        value = TimeSpan.Zero;
        if (known && unit.IsEmpty && number == 0)
            return true;

        foreach (var (name, ticks) in DurationUnits)
        {
            if (!known || !unit.SequenceEqual(name))
                continue;
            if (number > long.MaxValue / ticks)
            {
                problem = "that is too long; " + DurationRemedy;
                return false;
            }

            value = new TimeSpan((long)(number * ticks));
            return true;
        }

        problem = problem.Length > 0 ? $"{problem}; {DurationRemedy}" : DurationRemedy;
        return false;
    }

    /// <summary>"3ms..6ms", or one duration for both ends.</summary>
    public static bool TryDurationRange(string text, out (TimeSpan From, TimeSpan To) value, out string problem)
    {
        var dots = text.IndexOf("..", StringComparison.Ordinal);
        value = default;
        if (dots < 0)
        {
            var one = TryDuration(text, out var both, out problem);
            value = (both, both);
            if (!one)
                problem += ", or two of them: \"3ms..6ms\"";
            return one;
        }

        if (!TryDuration(text.AsSpan(0, dots), out var from, out problem) || !TryDuration(text.AsSpan(dots + 2), out var to, out problem))
        {
            problem += ", on either side of the two dots";
            return false;
        }

        if (from > to)
        {
            problem = $"that runs backwards; write \"{Show(to)}..{Show(from)}\"";
            return false;
        }

        value = (from, to);
        return true;
    }

    public static bool TrySize(ReadOnlySpan<char> text, out long bytes, out string problem)
    {
        var known = TrySplit(text, out var number, out var unit, out problem);
        bytes = 0;
        foreach (var (name, size) in SizeUnits)
        {
            // KB and kb are what people write; nobody means millibytes.
            if (!known || !unit.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (number > long.MaxValue / size)
            {
                problem = "that is too much; " + SizeRemedy;
                return false;
            }

            bytes = (long)(number * size);
            if (bytes == number * size)
                return true;
            problem = "that is no whole number of bytes; " + SizeRemedy;
            return false;
        }

        problem = problem.Length > 0 ? $"{problem}; {SizeRemedy}" : SizeRemedy;
        return false;
    }

    public static string Show(TimeSpan value)
    {
        foreach (var (unit, ticks) in DurationUnits)
        {
            if (value.Ticks != 0 && value.Ticks % ticks == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{value.Ticks / ticks}{unit}");
        }

        return value.Ticks == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{value.TotalMicroseconds}us");
    }

    public static string ShowSize(long bytes)
    {
        foreach (var (unit, size) in SizeUnits)
        {
            if (size > 1 && bytes != 0 && bytes % size == 0)
                return string.Create(CultureInfo.InvariantCulture, $"{bytes / size}{unit}");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{bytes}");
    }

    /// <summary>Digits with at most one point, spaces, and letters; never a sign, an exponent or a separator.</summary>
    private static bool TrySplit(ReadOnlySpan<char> text, out decimal number, out ReadOnlySpan<char> unit, out string problem)
    {
        text = text.Trim(' ');
        var end = text.IndexOfAnyExcept(Digits);
        var digits = end < 0 ? text : text[..end];
        unit = end < 0 ? [] : text[end..].TrimStart(' ');
        problem = "";
        number = 0;
        if (digits.IsEmpty || !char.IsAsciiDigit(digits[0]) || !char.IsAsciiDigit(digits[^1]))
            return false;

        // decimal holds 28 digits exactly and says no to more, so nothing below can overflow.
        if (digits.Length <= 24 && decimal.TryParse(digits, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out number))
            return true;
        problem = digits.Count('.') > 1 ? "" : "that number is too long";
        return false;
    }
}
