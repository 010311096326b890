using Conpot.Pi.Events;
using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <content>The outside of the fake CPU: its I/O module, its panel, and the alert that somebody has to see.</content>
internal sealed partial class Sensor
{
    private PanelLights? _lights;
    private IoRack? _rack;

    /// <summary>Opens the header's chip, given its name in the settings; a test puts a simulated one here.</summary>
    internal Func<string?, LineDriver> OpenLines { get; init; } = chip => CharacterDriver.Open("/", chip);

    /// <summary>What is wrong with the I/O module, each with its remedy.</summary>
    public IReadOnlyList<string> Faults => _rack?.Faults ?? [];

    /// <summary>A hostile event that nobody has acknowledged yet.</summary>
    public bool Alert => _lights is { Alert: true };

    /// <summary>Somebody has seen the alert: the lamp goes out until the next hostile event.</summary>
    /// <param name="by">"button", "command".</param>
    /// <returns>Whether there was one.</returns>
    public bool Acknowledge(string by)
    {
        if (_lights is not { } lights || !lights.Acknowledge() || _journal is not { } journal) return false;
        var line = journal.Begin(EventCatalog.SensorAcknowledged, null, Outcome.Success);
        line.Text("by"u8, by);
        journal.End(ref line);
        return true;
    }

    /// <summary>The I/O module and the front panel of the CPU in force; one that is not there is told, and no reason to stay away from the network.</summary>
    private void OpenRack()
    {
        _rack = new IoRack(_plan, _time, OpenLines, _journal!, _complain);
        _rack.Panel.Acknowledged += () => Acknowledge("button");
        _lights!.Panel = _rack.Panel;
        _rack.Start();
    }

    private void CloseRack()
    {
        if (_lights is { } lights) lights.Panel = null;
        _rack?.Dispose();
        _rack = null;
    }

    private void RecordMode(ModeChange change)
    {
        _lights?.Panel?.Show();
        if (change.Reason == ModeReason.PowerUp) return; // sensor.start says it
        if (_journal is not { } journal) return; // it hangs, and the sensor ends
        var line = journal.Begin(EventCatalog.PlcMode, null, Outcome.Success);
        line.Text("from"u8, change.From == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("to"u8, change.To == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("reason"u8, change.Reason.ToString());
        if (change.SystemFault) line.Flag("system_fault"u8, true);
        journal.End(ref line);
    }
}
