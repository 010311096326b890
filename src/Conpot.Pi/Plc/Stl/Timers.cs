using System.Buffers.Binary;

namespace Conpot.Pi.Plc.Stl;

/// <summary>The timers of one program. Their current values and bits are those of the image; here is what it does not show.</summary>
/// <remarks>
/// S7-200 System Manual, "SIMATIC Timer Instructions". Timers of 1 and 10 ms go on at the beginning of a scan (our scan takes no time, so the
/// asynchronous 1 ms ones have nothing to do within it), those of 100 ms where their instruction stands. All count whole intervals of one clock,
/// so no rest is ever lost, and a time is up to one interval short, as the manual says.
/// </remarks>
internal sealed class Timers(int[] fast)
{
    private readonly Timer[] _timers = new Timer[MemoryMap.TimersAndCounters];
    private long _clock;
    private int _ms;
    private int _tens;
    private int _hundreds;

    private enum Phase : byte { Idle, Armed, Running }

    /// <summary>Counts the intervals since the last scan, and gives them to the running timers of 1 and 10 ms.</summary>
    public bool BeginScan(byte[] area, double seconds)
    {
        var before = _clock;
        _clock += (long)Math.Round(seconds * TimeSpan.TicksPerSecond);
        _ms = Intervals(before, TimeSpan.TicksPerMillisecond);
        _tens = Intervals(before, 10 * TimeSpan.TicksPerMillisecond);
        _hundreds = Intervals(before, 100 * TimeSpan.TicksPerMillisecond);
        var changed = false;
        foreach (var number in fast)
        {
            if (_timers[number].Phase == Phase.Running)
                changed |= Advance(area, number, TimerTable.Resolution(number) == 1 ? _ms : _tens);
        }
        return changed;
    }

    /// <summary>From STOP to RUN: what is not retentive begins anew; bits never are. System Manual, table of timer actions, "Power Cycle/First Scan".</summary>
    public bool EnterRun(byte[] area)
    {
        Array.Clear(_timers);
        var changed = area.AsSpan(MemoryMap.StatusBits).ContainsAnyExcept((byte)0);
        area.AsSpan(MemoryMap.StatusBits).Clear();
        for (var number = 0; number < MemoryMap.TimersAndCounters; number++)
        {
            if (!TimerTable.IsRetentive(number))
                changed |= SetCurrent(area, number, 0);
        }
        return changed;
    }

    public bool OnDelay(byte[] area, int number, bool input, int preset)
    {
        if (input)
            return Time(area, number, preset, off: false);
        _timers[number].Phase = Phase.Idle;
        return SetCurrent(area, number, 0) | SetBit(area, number, false);
    }

    /// <summary>Off means that the current value waits for the next time the input comes on.</summary>
    public bool RetentiveOnDelay(byte[] area, int number, bool input, int preset)
    {
        if (input)
            return Time(area, number, preset, off: false);
        _timers[number].Phase = Phase.Idle;
        return false;
    }

    /// <summary>It times after a transition from on to off, and the bit goes off when the preset is reached; there the current value stays.</summary>
    public bool OffDelay(byte[] area, int number, bool input, int preset)
    {
        ref var timer = ref _timers[number];
        if (input)
        {
            timer.Phase = Phase.Armed;
            return SetCurrent(area, number, 0) | SetBit(area, number, true);
        }
        return timer.Phase != Phase.Idle && Time(area, number, preset, off: true);
    }

    /// <summary>What R does beside the bit, which it resets by itself.</summary>
    public bool Reset(byte[] area, int number)
    {
        _timers[number].Phase = Phase.Idle;
        return SetCurrent(area, number, 0);
    }

    private int Intervals(long before, long length) => (int)Math.Min(short.MaxValue, _clock / length - before / length);

    private bool Time(byte[] area, int number, int preset, bool off)
    {
        ref var timer = ref _timers[number];
        timer.Preset = (short)preset;
        timer.Off = off;
        var started = timer.Phase != Phase.Running;
        timer.Phase = Phase.Running;
        return Advance(area, number, started || TimerTable.Resolution(number) != 100 ? 0 : _hundreds);
    }

    private bool Advance(byte[] area, int number, int intervals)
    {
        ref var timer = ref _timers[number];
        var cell = area.AsSpan(2 * number, 2);
        var current = Math.Min(short.MaxValue, BinaryPrimitives.ReadInt16BigEndian(cell) + intervals);
        var reached = current >= timer.Preset;
        if (timer.Off && reached)
        {
            timer.Phase = Phase.Idle;
            current = Math.Max((short)0, timer.Preset);
        }
        return SetCurrent(area, number, current) | SetBit(area, number, reached != timer.Off);
    }

    private static bool SetCurrent(byte[] area, int number, int value)
    {
        var cell = area.AsSpan(2 * number, 2);
        var changed = BinaryPrimitives.ReadInt16BigEndian(cell) != (short)value;
        BinaryPrimitives.WriteInt16BigEndian(cell, (short)value);
        return changed;
    }

    private static bool SetBit(byte[] area, int number, bool value)
    {
        ref var cell = ref area[MemoryMap.StatusBits + number / 8];
        var before = cell;
        var mask = 1 << (number & 7);
        cell = (byte)(value ? cell | mask : cell & ~mask);
        return cell != before;
    }

    private struct Timer
    {
        public Phase Phase;
        public short Preset;
        public bool Off;
    }
}
