namespace Conpot.Pi.Plc.Stl;

/// <summary>What a timer's number decides: its time base, and whether it is retentive.</summary>
/// <remarks>S7-200 System Manual, table "Timer Numbers and Resolutions".</remarks>
internal static class TimerTable
{
    /// <summary>T0..T31 and T64..T95 are for TONR, all others for TON and TOF.</summary>
    public static bool IsRetentive(int number) => number is < 32 or >= 64 and < 96;

    /// <summary>Milliseconds per count: 1, 10 or 100.</summary>
    public static int Resolution(int number) => (number & 63) switch
    {
        _ when number >= 101 => 100,
        0 or 32 => 1,
        >= 1 and <= 4 or >= 33 and <= 36 => 10,
        _ => 100,
    };
}
