using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>The front of the fake CPU: its RUN, STOP and SF lamps, its mode switch, and what a decoy has besides: activity, alert, acknowledge.</summary>
/// <remarks>S7-200 System Manual, "Status LEDs" and "Changing the Operating Mode": green RUN and amber STOP, red SF, a switch RUN - TERM - STOP.</remarks>
internal sealed class FrontPanel : IDisposable
{
    private static readonly TimeSpan FaultBlink = TimeSpan.FromMilliseconds(500);

    private readonly Cpu _cpu;
    private readonly Lamp _run, _stop, _systemFault, _alert;
    private readonly ActivityLamp _activity;
    private readonly TimeSpan _alertBlink;
    private readonly BoardLine? _switchRun, _switchStop, _acknowledge;
    private readonly Lock _gate = new();
    private bool _trouble, _acknowledging;
    private SwitchPosition? _position;

    /// <summary>Puts its lines on the board, which takes them when it starts.</summary>
    public FrontPanel(PanelSettings settings, Cpu cpu, LineBoard board, TimeProvider time)
    {
        _cpu = cpu;
        _run = Lamp("run", settings.Run);
        _stop = Lamp("stop", settings.Stop);
        _systemFault = Lamp("sf", settings.SystemFault);
        _alert = Lamp("alert", settings.Alert);
        _alertBlink = settings.Alert?.Blink ?? TimeSpan.Zero;
        _activity = new ActivityLamp(Line("activity", settings.Activity), time);
        (_switchRun, _switchStop, _acknowledge) = (Line("switch_run", settings.SwitchRun), Line("switch_stop", settings.SwitchStop), Line("acknowledge", settings.Acknowledge));

        Lamp Lamp(string key, GpioLine? line) => new(Line(key, line), time);
        BoardLine? Line(string key, GpioLine? line) => line is null ? null : board.Add(line.Bcm, line.Options, $"[panel] {key}");
    }

    /// <summary>Somebody pressed the button. Called on the board's thread.</summary>
    public event Action? Acknowledged;

    /// <summary>Shows the CPU's mode and SF; after every change of either.</summary>
    public void Show()
    {
        lock (_gate)
        {
            var running = _cpu.Mode == OperatingMode.Run;
            _run.Steady(running);
            _stop.Steady(!running);
            if (_cpu.SystemFault) _systemFault.Steady(true);
            else if (_trouble) _systemFault.Blink(FaultBlink);
            else _systemFault.Steady(false);
        }
    }

    /// <summary>SF blinks while the sensor itself has trouble (its settings, its journal, a collector), as long as the CPU has none.</summary>
    public void Blink(bool trouble)
    {
        lock (_gate) _trouble = trouble;
        Show();
    }

    /// <summary>Somebody talks to the device; on the network's thread, for every event.</summary>
    public void Activity() => _activity.Flash();

    /// <summary>The alert lamp goes on, or off.</summary>
    public void Alert(bool on)
    {
        lock (_gate)
        {
            if (on && _alertBlink > TimeSpan.Zero) _alert.Blink(_alertBlink);
            else _alert.Steady(on);
        }
    }

    /// <summary>Looks at the switch and at the button; after every change of an input.</summary>
    public void Look()
    {
        if (_acknowledge is not null)
        {
            var pressed = _acknowledge.Read();
            var released = !_acknowledging;
            _acknowledging = pressed;
            if (pressed && released) Acknowledged?.Invoke();
        }
        if (_switchRun is null && _switchStop is null) return;
        // Contacts that nobody can read say nothing: without its chip the CPU stays as it is.
        if (_switchRun is { IsOpen: false } || _switchStop is { IsOpen: false }) return;
        var position = Position(_switchRun?.Read(), _switchStop?.Read());
        if (position == _position) return;
        _position = position;
        if (position == SwitchPosition.Term) _cpu.SwitchToTerm();
        else _ = position == SwitchPosition.Stop ? _cpu.Stop(ModeReason.Switch) : _cpu.Start(ModeReason.Switch);
    }

    /// <summary>One contact alone makes a switch of two positions; both closed is a broken switch, and STOP is what harms nobody.</summary>
    internal static SwitchPosition Position(bool? run, bool? stop) => (run, stop) switch
    {
        (_, true) => SwitchPosition.Stop,
        (true, _) => SwitchPosition.Run,
        (null, false) => SwitchPosition.Run,
        (false, null) => SwitchPosition.Stop,
        _ => SwitchPosition.Term,
    };

    /// <summary>All lamps out.</summary>
    public void Dispose()
    {
        _activity.Dispose();
        foreach (var lamp in (Lamp[])[_run, _stop, _systemFault, _alert])
        {
            lamp.Steady(false);
            lamp.Dispose();
        }
    }
}
