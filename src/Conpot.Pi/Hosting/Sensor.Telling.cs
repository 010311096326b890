using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <content>What the sensor records and says of itself.</content>
internal sealed partial class Sensor
{
    /// <summary>A person hears once that events are being lost, or old ones before their time, and once that it is over.</summary>
    private void TellFault(Journal journal)
    {
        var fault = journal.Fault;
        if ((fault is null) == (_toldFault is null)) return;
        _toldFault = fault;
        _lights?.Trouble("journal", fault is not null);
        _complain(fault is null
            ? $"the journal {journal.Directory} works again; {journal.LostTotal} events were lost"
            : $"the journal {journal.Directory} is in trouble: {fault}; the sensor answers on and counts what is lost. Make room, or check the card ('dmesg' names its errors)");
    }

    /// <summary>The same for what a protocol cannot write down; it says again what to do when it fails anew.</summary>
    private void TellTrouble()
    {
        string? trouble = null;
        foreach (var protocol in _plan.Protocols) trouble ??= protocol.Trouble;
        if (trouble is not null && !_toldTrouble) _complain(trouble);
        _toldTrouble = trouble is not null;
    }

    private string Listening => string.Join(", ", EndPoints.Select(l => $"{l.Protocol} {l.EndPoint}"));

    private void RecordStart()
    {
        var line = _journal!.Begin(EventCatalog.SensorStart, null, Outcome.Success);
        line.Text("version"u8, Version.Text);
        line.Text("profile"u8, _plan.Profile.Name);
        line.Text("mode"u8, _plan.Cpu.Mode == OperatingMode.Run ? "RUN" : "STOP");
        line.Text("ecs"u8, "9.0.0"); // the version of the Elastic Common Schema whose names all lines use
        line.Text("listening"u8, Listening);
        if (_file!.RepairedBytes > 0) line.Number("repaired_bytes"u8, _file.RepairedBytes);
        _journal.End(ref line);
    }
}
