namespace Conpot.Pi.Plc;

/// <summary>One value of [initial]: what stands at an address at power-up.</summary>
/// <param name="Value">The value, or for a counter its value at the beginning of 2026.</param>
/// <param name="PerDay">What a counter has gained on each day since; 0 for all else.</param>
internal readonly record struct InitialValue(Address Address, uint Value, double PerDay)
{
    /// <summary>2026-01-01 UTC in seconds since 1970. A clock that is not set (1970, no network) counts nothing.</summary>
    private const double Beginning = 1_767_225_600;

    /// <param name="time">Seconds since 1970.</param>
    public uint At(double time)
    {
        if (PerDay == 0)
            return Value;
        var gained = Math.Floor(Math.Max(0, (time - Beginning) / 86400) * PerDay);
        // As a counter that overflows: the address keeps its width of it.
        var value = unchecked(Value + (uint)(ulong)Math.Min(gained, 1e18));
        return Address.Width switch { Width.Byte => (byte)value, Width.Word => (ushort)value, _ => value };
    }
}
