namespace Conpot.Pi.Hardware;

/// <summary>What an output with a value does while nobody drives it, in STOP and when the sensor ends: it shows this value, or (null) what it showed before.</summary>
internal readonly record struct SafeOutput(int? Value)
{
    public static readonly SafeOutput Hold = new(null);
}
