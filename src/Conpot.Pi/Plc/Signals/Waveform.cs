namespace Conpot.Pi.Plc.Signals;

/// <summary>Signals that need no memory: pure functions of a seed and of time.</summary>
internal static class Waveform
{
    /// <summary>Rises from one end to the other, then starts again.</summary>
    public static double Ramp(double time, double from, double to, double period) => from + (to - from) * Phase(time, period);

    /// <summary>Swings around the middle, where it starts, upwards.</summary>
    public static double Sine(double time, double from, double to, double period) =>
        (from + to) / 2 + (to - from) / 2 * Math.Sin(2 * Math.PI * Phase(time, period));

    /// <summary>On for <paramref name="duty"/> (0..1) of each period, beginning with on.</summary>
    public static bool Square(double time, double period, double duty) => Phase(time, period) < duty;

    /// <summary>
    /// Wanders between the two ends without ever leaving them: smooth noise over a lattice of hashes, slow and fast mixed. Any moment can be
    /// computed by itself, so the same seed draws the same line on every run.
    /// </summary>
    public static double Walk(ulong seed, double time, double from, double to, double step) =>
        from + (to - from) * (0.75 * Smooth(seed, time / (4 * step)) + 0.25 * Smooth(~seed, time / step));

    /// <summary>-1..1, new ten times a second, small values more often than large: what the last bits of a converter do.</summary>
    public static double Noise(ulong seed, double time)
    {
        var hash = SplitMix64.At(seed, (long)Math.Floor(time * 10));
        return (uint)hash / (double)uint.MaxValue - (uint)(hash >> 32) / (double)uint.MaxValue;
    }

    /// <summary>On once in every span of <paramref name="every"/> seconds, at another moment each time: a door, a rain pump.</summary>
    public static bool Sometimes(ulong seed, double time, double every, double lasting)
    {
        var span = (long)Math.Floor(time / every);
        var start = SplitMix64.Fraction(SplitMix64.At(seed, span)) * (every - lasting);
        var within = time - span * every;
        return within >= start && within < start + lasting;
    }

    private static double Phase(double time, double period) => time / period - Math.Floor(time / period);

    private static double Smooth(ulong seed, double at)
    {
        var lattice = Math.Floor(at);
        var x = at - lattice;
        var left = SplitMix64.Fraction(SplitMix64.At(seed, (long)lattice));
        var right = SplitMix64.Fraction(SplitMix64.At(seed, (long)lattice + 1));
        return left + (right - left) * x * x * (3 - 2 * x);
    }
}
