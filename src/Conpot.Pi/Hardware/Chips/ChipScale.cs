using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>What a line says of a converter's scale, as far as it does.</summary>
internal readonly record struct ScaleWords(double? Range, (double From, double To)? Scale, double? Full, (double From, double To, double Shunt)? Loop);

/// <summary>Which readings mean 0 and 32000.</summary>
internal static class ChipScale
{
    /// <summary>The Pi's own supply: what a potentiometer on the header gives at its end.</summary>
    private const double Supply = 3.3;

    // What people put on a scale: a room or a vessel, and what the sensor can measure of the air.
    private static readonly (double From, double To)[] s_sensors = [(0, 100), (0, 100), (300, 1100)];

    public static ChipPoint OfSensor(ChipPoint point, int quantity, (double From, double To)? scale)
    {
        var (from, to) = scale ?? s_sensors[Math.Max(quantity, 0)];
        return point with { From = from, To = to };
    }

    public static ChipPoint OfConverter(SignalWords words, ChipKind kind, ChipPoint point, ScaleWords said)
    {
        var range = said.Range ?? (kind.Name == "mcp3008" ? Supply : 4.096);
        if (kind.Name == "mcp3008" ? range is < 2.7 or > 5.5 : Ads1x15.Gain(range) < 0)
        {
            words.Fail(kind.Name == "mcp3008"
                ? "the range of mcp3008 is its reference voltage, 2.7V to 5.5V"
                : $"{kind.Name} has the ranges {string.Join(", ", Ads1x15.Ranges.Select(Volts))}");
            return point;
        }
        if (new object?[] { said.Scale, said.Full, said.Loop }.Count(word => word is not null) > 1)
            words.Fail("'from', 'full' and a current loop all say what 32000 is; keep one of them");
        if (point.Bipolar && kind.Name == "mcp3008")
            words.Fail("mcp3008 measures nothing below zero; take an ads1115, or leave 'bipolar' out");
        if (point.Bipolar && (said.Scale is not null || said.Loop is not null))
            words.Fail("a bipolar channel has its zero at 0V; say with 'full' what 32000 is");
        var (from, to) = said switch
        {
            { Loop: { } loop } => (loop.From * loop.Shunt / 1000, loop.To * loop.Shunt / 1000),
            { Scale: { } scale } => scale,
            { Full: { } full } => (0, full),
            _ => (0, point.Bipolar ? range : Math.Min(range, Supply)),
        };
        var least = point.Bipolar ? -range : 0;
        if (said.Full is <= 0 || said.Loop is { Shunt: <= 0 })
            words.Fail("'full' and 'shunt' are above zero");
        else if (Math.Max(from, to) > range + 1e-9 || Math.Min(from, to) < least)
            words.Fail($"{Volts(from)}..{Volts(to)} is outside of what the chip measures, 0V..{Volts(range)}; take a larger range or a smaller {(said.Loop is null ? "full scale" : "shunt")}");
        return point with { Range = range, From = from, To = to };
    }

    private static string Volts(double volts) => FormattableString.Invariant($"{volts:0.###}V");
}
