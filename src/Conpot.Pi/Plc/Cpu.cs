using Conpot.Pi.Config;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Plc;

/// <summary>The fake CPU: scans inputs, program and outputs, and knows its mode.</summary>
/// <remarks>
/// A scan belongs to every 10 ms, but is made only when somebody can see it: the network and the I/O module call
/// <see cref="Refresh"/>, who watches asks for a cadence with <see cref="Demand"/>, and one scan a second keeps the process going meanwhile. The image's lock is the
/// only lock, so calling in here while holding it is safe.
/// </remarks>
internal sealed partial class Cpu : IDisposable
{
    public static readonly TimeSpan ScanPeriod = TimeSpan.FromMilliseconds(10);

    /// <summary>The cadence when nobody looks: fine enough for tanks and pumps, and too rare to be seen in a CPU load.</summary>
    public static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(1);

    /// <summary>After a longer gap (a suspended machine) the process goes on where it stood: its controllers had no chance to act meanwhile.</summary>
    public static readonly TimeSpan LongestStep = TimeSpan.FromSeconds(2);

    /// <summary>A process that continues is computed from a moment on this grid, one such span before now at least.</summary>
    private static readonly TimeSpan PastGrid = TimeSpan.FromHours(2);

    private readonly IoProgram _program;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _scanTicks;
    private long _poweredUp;
    private double _wallClock;
    private long _lastScan;
    private long _scans;
    private long _scansInRun;
    private bool _on;
    private bool _fromPowerUp;
    private SwitchPosition _switch = SwitchPosition.Run;
    private byte _faultyModules;
    private volatile OperatingMode _mode = OperatingMode.Stop;
    private volatile bool _systemFault;
    private bool _scanning;
    private (Address Output, bool On)? _forced;
    private IIoModule? _module;
    private Action? _touched;

    /// <summary>Built and off: nothing runs before <see cref="PowerUp"/>.</summary>
    public Cpu(ProcessImage image, IoProgram program, CpuSettings settings, TimeProvider time)
    {
        (Image, _program, Settings, _time) = (image, program, settings, time);
        _scanTicks = (long)(ScanPeriod.TotalSeconds * time.TimestampFrequency);
        _timer = time.CreateTimer(static cpu => ((Cpu)cpu!).Scan(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The CPU that a configuration describes, over the profile's defaults; off as yet.</summary>
    /// <param name="root">The root of the user's file.</param>
    /// <param name="hardware">Takes the lines of [io] that name real hardware; null where there is none.</param>
    /// <param name="readFile">Reads the file of a program; null where there are no files.</param>
    public static Cpu Read(ConfigSection root, PlcProfile profile, DeviceSeed seed, TimeProvider time, IIoLines? hardware = null, TryParse<byte[]>? readFile = null)
    {
        var settings = CpuSettings.Read(root.Section("plc").Over(profile.Root.Section("plc")));
        var pots = seed.For("potentiometers");
        return new Cpu(
            new ProcessImage(settings.VMemory),
            IoConfig.Read(root, profile.Root, seed, settings.VMemory, hardware, ProgramConfig.Read(root, profile.Root, settings.VMemory, readFile)),
            settings with { Potentiometers = ((byte)pots, (byte)(pots >> 8)) },
            time);
    }

    public ProcessImage Image { get; }

    public CpuSettings Settings { get; }

    /// <summary>The statement list it runs; null when there is none.</summary>
    public StlProgram? Program => _program.Program;

    public OperatingMode Mode => _mode;

    /// <summary>Where the mode switch stands; without one on the front it is in RUN.</summary>
    public SwitchPosition Switch => _switch;

    /// <summary>The SF lamp.</summary>
    public bool SystemFault => _systemFault || Volatile.Read(ref _faultyModules) != 0;

    /// <summary>When the last scan was, on the time provider's own scale.</summary>
    public long LastScan => Volatile.Read(ref _lastScan);

    /// <summary>How many scans were made.</summary>
    public long Scans => Interlocked.Read(ref _scans);

    /// <summary>Told after each change, outside the lock, on the thread that caused it. A listener must not throw.</summary>
    public event Action<ModeChange>? ModeChanged;

    /// <summary>Power on, mode switch in RUN: initial values, first scan, and the slow timer.</summary>
    /// <param name="continues">
    /// Whether the plant has been running all the time, as a real one does while somebody restarts the sensor: its last hours are computed first.
    /// </param>
    public void PowerUp(bool continues = false)
    {
        ModeChange? halt;
        using (Image.Hold())
        {
            _poweredUp = _lastScan = _time.GetTimestamp();
            _wallClock = _time.GetUtcNow().ToUnixTimeMilliseconds() / 1000.0;
            SpecialMemory.PowerUp(Image, Settings);
            var start = continues ? (Math.Floor(_wallClock / PastGrid.TotalSeconds) - 1) * PastGrid.TotalSeconds : _wallClock;
            _program.PowerUp(Image, start);
            if (continues)
                LiveThrough(start);
            _on = _fromPowerUp = true;
            halt = EnterRun();
        }
        ModeChanged?.Invoke(new ModeChange(OperatingMode.Stop, OperatingMode.Run, SystemFault: false, ModeReason.PowerUp));
        Tell(halt);
    }

    /// <summary>Makes a scan when the last one is 10 ms old; costs one look at the clock otherwise. Call it before answering.</summary>
    public void Refresh()
    {
        if (!_on || _time.GetTimestamp() - Volatile.Read(ref _lastScan) < _scanTicks)
            return;
        ModeChange? halt = null;
        using (Image.Hold())
        {
            var now = _time.GetTimestamp();
            if (now - _lastScan >= _scanTicks)
                halt = Scan(now);
        }
        Tell(halt);
    }

    /// <summary>Makes a scan now, however young the last one is.</summary>
    public void Scan()
    {
        ModeChange? halt;
        using (Image.Hold())
            halt = Scan(_time.GetTimestamp());
        Tell(halt);
    }

    public ModeAnswer Stop(ModeReason reason)
    {
        using (Image.Hold())
        {
            if (reason == ModeReason.Switch)
                _switch = SwitchPosition.Stop;
            if (_mode == OperatingMode.Stop)
                return ModeAnswer.AlreadyThere;
            _mode = OperatingMode.Stop;
            // At once: who reads an output right after STOP must not see it on for another scan.
            Scan(_time.GetTimestamp());
        }
        ModeChanged?.Invoke(new ModeChange(OperatingMode.Run, OperatingMode.Stop, _systemFault, reason));
        return ModeAnswer.Done;
    }

    public ModeAnswer Start(ModeReason reason)
    {
        ModeChange? halt;
        using (Image.Hold())
        {
            if (reason == ModeReason.Switch)
                _switch = SwitchPosition.Run;
            if (_mode == OperatingMode.Run)
                return ModeAnswer.AlreadyThere;
            if (_systemFault || _switch == SwitchPosition.Stop)
                return ModeAnswer.Refused;
            _fromPowerUp = false;
            _program.EnterRun(Image);
            halt = EnterRun();
        }
        ModeChanged?.Invoke(new ModeChange(OperatingMode.Stop, OperatingMode.Run, SystemFault: false, reason));
        Tell(halt);
        return ModeAnswer.Done;
    }

    /// <summary>A fatal error: SF lights and the CPU goes to STOP until the fault is cleared (System Manual, "Fatal Errors").</summary>
    public void SetFault()
    {
        OperatingMode before;
        using (Image.Hold())
        {
            if (_systemFault)
                return;
            before = _mode;
            _systemFault = true;
            _mode = OperatingMode.Stop;
            Scan(_time.GetTimestamp());
        }
        ModeChanged?.Invoke(new ModeChange(before, OperatingMode.Stop, SystemFault: true, ModeReason.Fault));
    }

    /// <summary>SF goes out; the CPU stays in STOP until somebody starts it.</summary>
    public void ClearFault()
    {
        using (Image.Hold())
        {
            if (!_systemFault)
                return;
            _systemFault = false;
            SpecialMemory.WriteRunTimeProblem(Image, present: false);
        }
        ModeChanged?.Invoke(new ModeChange(OperatingMode.Stop, OperatingMode.Stop, SystemFault: false, ModeReason.FaultCleared));
    }

    public void Dispose() => _timer.Dispose();

    private ModeChange? EnterRun()
    {
        _mode = OperatingMode.Run;
        _scansInRun = 0;
        var halt = Scan(_time.GetTimestamp());
        // SM0.1 lasts one scan, not until the next visitor: the second scan comes by itself.
        SetTimer(ScanPeriod);
        return halt;
    }

    private void Tell(ModeChange? halt)
    {
        if (halt is { } change)
            ModeChanged?.Invoke(change);
    }

    /// <summary>The program from then until now, in steps as long as a step may be; the first scan makes the rest of the last one.</summary>
    /// <remarks>
    /// Two to four hours by any clock, so 7200 steps at most. All restarts within a span begin at the same moment and so draw the same line; those
    /// of different spans agree because the plants of our profiles forget how they began (s7-200.toml).
    /// </remarks>
    private void LiveThrough(double start)
    {
        var step = LongestStep.TotalSeconds;
        var steps = (int)((_wallClock - start) / step);
        for (var i = 0; i <= steps; i++)
        {
            Image.WriteByte(Area.SM, 0, SpecialMemory.Status(i * step, i, first: false, fromPowerUp: false, _switch == SwitchPosition.Run));
            // A program that stops the CPU does so now as well; its past is not worth the time.
            if (_program.ScanPast(Image, new ScanMoment(start + i * step, i == 0 ? 0 : step)) != ProgramEnd.Complete)
                break;
        }
        _lastScan -= (long)((_wallClock - start - steps * step) * _time.TimestampFrequency);
    }

    /// <returns>What the program did to the mode, to be told when the lock is open again.</returns>
    private ModeChange? Scan(long now)
    {
        var step = _time.GetElapsedTime(_lastScan, now);
        var sincePowerUp = _time.GetElapsedTime(_poweredUp, now).TotalSeconds;
        var moment = new ScanMoment(
            _wallClock + sincePowerUp,
            Math.Clamp(step.TotalSeconds, 0, LongestStep.TotalSeconds));
        var running = _mode == OperatingMode.Run;
        _scanning = true;
        Image.WriteByte(Area.SM, 0, SpecialMemory.Status(sincePowerUp, _scansInRun, running && _scansInRun == 0, _fromPowerUp, _switch == SwitchPosition.Run));
        if (_faultyModules != 0)
            SpecialMemory.WriteModuleErrors(Image, _faultyModules);
        _module?.ReadInputs(Image);
        var halt = Halt(_program.Scan(Image, _mode, moment));
        running &= halt is null;
        if (running)
        {
            SpecialMemory.WriteScanTimes(Image, _scansInRun++);
        }
        else if (Settings.StopOutputs == StopOutputs.Off)
        {
            Image.Clear(Area.Q);
            Image.Clear(Area.AQ);
        }
        if (_forced is (var output, var on))
            Image[output] = on;
        _module?.WriteOutputs(Image, _mode, _forced?.Output);
        _scanning = false;
        _scans++;
        Volatile.Write(ref _lastScan, now);
        return halt;
    }

    /// <summary>The instruction STOP stops the CPU; a program without end is a fatal error, as the watchdog's (System Manual, "Fatal Errors").</summary>
    private ModeChange? Halt(ProgramEnd end)
    {
        if (end == ProgramEnd.Complete)
            return null;
        _mode = OperatingMode.Stop;
        if (end == ProgramEnd.Overrun)
        {
            _systemFault = true;
            SpecialMemory.WriteRunTimeProblem(Image, present: true);
        }
        return new ModeChange(OperatingMode.Run, OperatingMode.Stop, _systemFault, _systemFault ? ModeReason.Fault : ModeReason.Program);
    }
}
