using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <summary>What the sensor records and says of itself.</summary>
internal sealed partial class Sensor
{
    /// <summary>A person hears once that events are being lost, and once that it is over.</summary>
    private void TellFault(Journal journal)
    {
        var fault = journal.Fault;
        if ((fault is null) == (_toldFault is null)) return;
        _toldFault = fault;
        _lights?.Trouble("journal", fault is not null);
        _complain(fault is null
            ? $"the journal {journal.Directory} works again; {journal.LostTotal} events were lost"
            : $"the journal {journal.Directory} does not take events: {fault}; the sensor answers on and counts what is lost. Make room, or check the card ('dmesg' names its errors)");
    }

    private string Listening => string.Join(", ", EndPoints.Select(l => $"{l.Protocol} {l.EndPoint}"));

    private void RecordStart()
    {
        var line = _journal!.Begin(EventCatalog.SensorStart, null, Outcome.Success);
        line.Text("version"u8, Version.Text);
        line.Text("profile"u8, _plan.Profile.Name);
        line.Text("ecs"u8, "9.0.0"); // the version of the Elastic Common Schema whose names all lines use
        line.Text("listening"u8, Listening);
        if (_file!.RepairedBytes > 0) line.Number("repaired_bytes"u8, _file.RepairedBytes);
        _journal.End(ref line);
    }

    private void RecordModule(string device, string? problem)
    {
        _complain(problem is null ? $"{device} works again" : $"{device}: {problem}");
        var line = _journal!.Begin(EventCatalog.PlcModule, null, problem is null ? Outcome.Success : Outcome.Failure);
        line.Text("device"u8, device);
        if (problem is not null) line.Text("problem"u8, problem, 1024);
        _journal.End(ref line);
    }

    private void RecordMode(ModeChange change)
    {
        _lights?.Panel?.Show();
        if (change.Reason == ModeReason.PowerUp) return; // sensor.start says it
        var line = _journal!.Begin(EventCatalog.PlcMode, null, Outcome.Success);
        line.Text("from"u8, change.From == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("to"u8, change.To == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("reason"u8, change.Reason.ToString());
        if (change.SystemFault) line.Flag("system_fault"u8, true);
        _journal.End(ref line);
    }
}
