using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The device's own time since power-up: it boots a little before the sensor's machine, runs on a quartz of its own, and does not notice when the program restarts.</summary>
/// <param name="machineUptime">How long the machine is up now, as <paramref name="time"/> is asked for the first time.</param>
internal sealed class DeviceClock(TimeProvider time, TimeSpan machineUptime, DeviceSeed seed)
{
    private readonly long _started = time.GetTimestamp();
    private readonly double _before = (machineUptime + seed.BootJitter).Ticks;
    private readonly double _speed = 1 + seed.ClockDrift / 1e6;

    /// <summary>A function of the machine's monotonic clock alone, so two programs that run one after the other agree.</summary>
    public static DeviceClock OfThisMachine(TimeProvider time, DeviceSeed seed) => new(time, TimeSpan.FromMilliseconds(Environment.TickCount64), seed);

    public TimeSpan Uptime => new((long)((_before + time.GetElapsedTime(_started).Ticks) * _speed));

    /// <summary>As TimeTicks, without the wrap at 2^32 (497 days).</summary>
    public long Hundredths => Uptime.Ticks / (TimeSpan.TicksPerSecond / 100);
}
