using System.Net;
using System.Text.Json;
using Conpot.Pi.Events;

namespace Conpot.Pi.Tests.Events;

/// <summary>A journal with alerts and sweeps on it, as a sensor has them, and visitors at will.</summary>
internal sealed class AlertRig : IDisposable
{
    private ulong _session;

    public AlertRig(AlertSettings? settings = null)
    {
        Alerts = new Alerts(Log.Journal, settings ?? new AlertSettings(60, TimeSpan.FromMinutes(15), TimeSpan.Zero, []), Log.Time);
        Sweeps = Log.Journal.Sweeps = new Sweeps(Log.Journal, Log.Time);
        Log.Journal.Observers = [Sweeps, Alerts];
    }

    public JournalRig Log { get; } = new();

    public Alerts Alerts { get; }

    public Sweeps Sweeps { get; }

    public SessionLog Session(string source, string protocol = "modbus") =>
        new(Log.Journal, new Origin($"session{++_session}", new IPEndPoint(IPAddress.Parse(source), 40000 + (int)(_session % 20000)), IPEndPoint.Parse("192.0.2.1:502"), "tcp", protocol));

    public void Record(EventKind kind, string source = "192.0.2.7") => Record(kind, Session(source));

    public void Record(EventKind kind, SessionLog session)
    {
        if (Log.Journal.NearlyFull) Log.Journal.Commit();
        var line = session.Begin(kind, Outcome.Success);
        session.End(ref line);
    }

    public List<JsonElement> Lines(string action)
    {
        Log.Journal.Commit();
        Log.Journal.Commit(); // what a timer has asked for
        return Log.Lines(action);
    }

    public void Dispose()
    {
        Alerts.Dispose();
        Sweeps.Dispose();
        Log.Dispose();
    }
}
