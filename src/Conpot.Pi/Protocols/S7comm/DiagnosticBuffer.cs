using System.Buffers.Binary;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The diagnostic buffer (SZL 00A0): the latest changes of mode, each with its time.</summary>
/// <remarks>Event ids and bytes are those that real CPUs show for power-up, stop and warm restart (captures tia_s300_goOnline, ITI_reading_plc_status).</remarks>
internal sealed class DiagnosticBuffer
{
    /// <summary>Event id, priority class, modes, data id, info 1 (2), info 2 (4), and the time.</summary>
    public const int EntryLength = 20;

    /// <summary>As many as a CPU gives out at once in the captures; the ring behind it is larger on a real one.</summary>
    public const int Entries = 10;

    /// <summary>"PG STOP operation", "mode switch in STOP", "from STOP to STARTUP", "from STARTUP to RUN", "power up".</summary>
    public const ushort StopByRequest = 0x4304, StopBySwitch = 0x4303, ToStartUp = 0x4301, ToRun = 0x4302, PowerUp = 0x494E;

    /// <summary>STOP because of the cycle time: "STOP caused by time error". [G]</summary>
    public const ushort StopByFault = 0x4568;

    private readonly Lock _lock = new();
    /// <summary>Less is a clock that is disciplined, and no reason to move what was written.</summary>
    private static readonly TimeSpan ClockStep = TimeSpan.FromSeconds(2);

    private readonly byte[] _entries = new byte[Entries * EntryLength];
    private readonly DateTime[] _moments = new DateTime[Entries];
    private readonly S7Clock _clock;
    private readonly TimeSpan _startUp, _restart;
    private ushort _stoppedBy = PowerUp;
    private TimeSpan _drift;
    private long _written;

    /// <param name="poweredUp">When the device was switched on; before the sensor was.</param>
    public DiagnosticBuffer(Cpu cpu, DeviceSeed seed, S7Clock clock, DateTime poweredUp)
    {
        _clock = clock;
        _drift = clock.Drift;
        var draw = seed.Stream("diagnostic buffer");
        // From the supply to the end of the start-up 15.666 s, and 101 ms within a restart, in a capture of an IM151-8: around that, by the individual.
        _startUp = TimeSpan.FromMilliseconds(13_000 + draw.Next(6_000));
        _restart = TimeSpan.FromMilliseconds(92 + draw.Next(20));
        // What went before: a power failure at some other time, some hours to weeks earlier, and half a minute to half an hour of it.
        PowerOn(poweredUp - TimeSpan.FromMilliseconds(9 * 3_600_000 + draw.Next(500 * 3_600_000)));
        Add(0x494E, 0x8F, 0xC000, 0, 0, poweredUp - TimeSpan.FromMilliseconds(31_000 + draw.Next(1_800_000))); // the supply went
        PowerOn(poweredUp);
        cpu.ModeChanged += Changed;
    }

    /// <summary>The newest entries, newest first.</summary>
    public void Write(Span<byte> entries)
    {
        lock (_lock)
        {
            FollowMachine();
            _entries.AsSpan(0, entries.Length).CopyTo(entries);
        }
    }

    /// <summary>How many entries there have ever been.</summary>
    public long Written
    {
        get
        {
            lock (_lock) return _written;
        }
    }

    /// <summary>The entry behind the first <paramref name="seen"/>, or the oldest that is still there.</summary>
    public bool TryReadAfter(ref long seen, Span<byte> entry)
    {
        lock (_lock)
        {
            if (seen >= _written) return false;
            FollowMachine();
            seen = Math.Max(seen, _written - Entries);
            _entries.AsSpan((int)(_written - ++seen) * EntryLength, EntryLength).CopyTo(entry);
            return true;
        }
    }

    private void Changed(ModeChange change)
    {
        if (change.Reason == ModeReason.PowerUp || change.From == change.To) return;
        var now = _clock.Now;
        if (change.To == OperatingMode.Run)
        {
            Restart(0x1381, now); // "manual warm restart"
            return;
        }
        _stoppedBy = change.Reason switch { ModeReason.Switch => StopBySwitch, ModeReason.Fault => StopByFault, _ => StopByRequest };
        Add(_stoppedBy, 0x84, 0, 0, 0, now); // from RUN (8) to STOP (4)
    }

    private void PowerOn(DateTime moment)
    {
        _stoppedBy = PowerUp;
        Add(0x4300, 0xF3, 0, 0, 0, moment);
        Restart(0x1382, moment + _startUp); // "automatic warm restart"
    }

    private void Restart(ushort request, DateTime moment)
    {
        Add(ToStartUp, 0x46, 0xC772, _stoppedBy, 0x0814_7714, moment);
        Add(request, 0x64, 0xC772, _stoppedBy, 0x0814_7714, moment + _restart, priority: 0x1B);
        Add(ToRun, 0x68, 0xC700, 0, 0x0814_7714, moment + _restart);
    }

    /// <summary>The machine's clock was set, which is no business of the device's: its battery clock has been right all the time, and the entries keep their distance from now.</summary>
    private void FollowMachine()
    {
        var step = _clock.Drift - _drift;
        if (step.Duration() < ClockStep) return;
        _drift += step;
        for (var i = 0; i < Math.Min(_written, Entries); i++)
        {
            // Before a clock that stood at 1970 was set, the device's stood at 1990, as early as it can.
            _moments[i] = new DateTime(Math.Min((_moments[i] + step).Ticks, _clock.Now.Ticks), DateTimeKind.Utc);
            S7Clock.Write(_entries.AsSpan(i * EntryLength + 12), _moments[i]);
        }
    }

    private void Add(ushort id, byte modes, ushort data, ushort info, uint more, DateTime moment, byte priority = 0xFF)
    {
        lock (_lock)
        {
            FollowMachine();
            _entries.AsSpan(0, _entries.Length - EntryLength).CopyTo(_entries.AsSpan(EntryLength));
            Array.Copy(_moments, 0, _moments, 1, Entries - 1);
            _moments[0] = moment;
            var entry = _entries.AsSpan(0, EntryLength);
            BinaryPrimitives.WriteUInt16BigEndian(entry, id);
            entry[2] = priority;
            entry[3] = modes;
            BinaryPrimitives.WriteUInt16BigEndian(entry[4..], data);
            BinaryPrimitives.WriteUInt16BigEndian(entry[6..], info);
            BinaryPrimitives.WriteUInt32BigEndian(entry[8..], more);
            S7Clock.Write(entry[12..], moment);
            _written++;
        }
    }
}
