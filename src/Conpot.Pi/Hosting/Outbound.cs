using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hosting;

/// <summary>All that makes something of events and carries them out: sweeps, alerts, forwarders and the heartbeat of one run.</summary>
internal sealed class Outbound : IDisposable
{
    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly Sweeps _sweeps;
    private readonly Forwarders _forwarders;
    private Heartbeat? _heartbeat;

    public Outbound(Journal journal, SensorPlan plan, TimeProvider time)
    {
        (_journal, _time) = (journal, time);
        var jitter = plan.Seed.Stream("sinks");
        var gate = new Lock();
        _sweeps = journal.Sweeps = new Sweeps(journal, time);
        Alerts = new Alerts(journal, plan.Alerts, time);
        _forwarders = new Forwarders(journal, plan.StateDirectory, time, () => { lock (gate) return jitter.NextDouble(); });
    }

    /// <summary>In this order: an alert may tell of a sweep, and a forwarder is rung last.</summary>
    public IReadOnlyList<IJournalObserver> Observers => [_sweeps, Alerts, _forwarders];

    public Alerts Alerts { get; }

    public IReadOnlyList<Forwarder> Forwarders => _forwarders.All;

    /// <summary>A sink has not taken events for a while.</summary>
    public bool AnyFaulted => _forwarders.AnyFaulted;

    /// <param name="firstOfRun">With which a new sink begins.</param>
    public void Start(SensorPlan plan, long firstOfRun, Func<(OperatingMode Mode, int Sessions)> state)
    {
        _forwarders.Change(plan.Sinks, firstOfRun);
        _heartbeat = new Heartbeat(_journal, _time, plan.Alerts.Alive, () =>
        {
            var (mode, sessions) = state();
            return new Vitals(mode == OperatingMode.Run ? "RUN" : "STOP", sessions, Alerts.RaisedTotal, Alerts.IgnoredTotal, Forwarders.Count(f => f.Faulted));
        });
    }

    /// <summary>A reload: what has not changed goes on.</summary>
    public void Change(SensorPlan plan)
    {
        Alerts.Change(plan.Alerts);
        _heartbeat?.Change(plan.Alerts.Alive);
        _forwarders.Change(plan.Sinks, _journal.NextSequence);
    }

    /// <summary>The network is at rest: what is under way is told, for the last commits. For the thread that makes them.</summary>
    public void Finish()
    {
        _heartbeat?.Dispose();
        _sweeps.Finish();
        Alerts.Committing(_journal); // what the sweeps have raised
        Alerts.Finish();
    }

    /// <summary>After the last event: sends what can be sent in half a second.</summary>
    public void Stop() => _forwarders.Stop();

    public void Dispose()
    {
        _heartbeat?.Dispose();
        Alerts.Dispose();
        _sweeps.Dispose();
        _forwarders.Dispose();
    }
}
