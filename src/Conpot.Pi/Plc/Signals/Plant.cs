namespace Conpot.Pi.Plc.Signals;

/// <summary>The physics of the fake plant: step functions from a state, the seconds since, and what acts on it. Exact for any step while the inputs hold.</summary>
internal static class Plant
{
    /// <summary>First-order lag: what a pressure does behind a pump, or a temperature behind a heater.</summary>
    public static double Lag(double state, double target, double step, double tau) => target + (state - target) * Math.Exp(-step / tau);

    /// <summary>A tank, 0 (empty) to 1 (full).</summary>
    /// <param name="fillTime">Seconds from empty to full with nothing drawn.</param>
    /// <param name="drainTime">Seconds from full to empty with nothing added.</param>
    public static double Tank(double level, double step, bool filling, double fillTime, bool draining, double drainTime) =>
        Math.Clamp(level + step * ((filling ? 1 / fillTime : 0) - (draining ? 1 / drainTime : 0)), 0, 1);

    /// <summary>A bit that follows another after a delay, and forgets what did not last that long.</summary>
    /// <param name="waited">How long the input has differed from the output.</param>
    public static (bool Output, double Waited) Follow(bool output, double waited, bool input, double step, double onDelay, double offDelay)
    {
        if (input == output)
            return (output, 0);
        waited += step;
        return waited >= (input ? onDelay : offDelay) ? (input, 0) : (output, waited);
    }

    /// <summary>On from the limit upwards; off again below the limit less the hysteresis.</summary>
    public static bool Above(bool before, double value, double limit, double hysteresis) => value >= (before ? limit - hysteresis : limit);

    /// <summary>On from the limit downwards; off again above the limit plus the hysteresis.</summary>
    public static bool Below(bool before, double value, double limit, double hysteresis) => value <= (before ? limit + hysteresis : limit);

    public static double Scale(double value, double from, double to, double newFrom, double newTo) =>
        newFrom + (value - from) / (to - from) * (newTo - newFrom);
}
