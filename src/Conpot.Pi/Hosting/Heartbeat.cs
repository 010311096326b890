using Conpot.Pi.Events;

namespace Conpot.Pi.Hosting;

/// <summary>sensor.alive every so often: a collector that misses it knows that the sensor is gone, not that nobody came.</summary>
internal sealed class Heartbeat : IDisposable
{
    private readonly Func<Vitals> _vitals;
    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly long _started;
    private TimeSpan _interval;

    public Heartbeat(Journal journal, TimeProvider time, TimeSpan interval, Func<Vitals> vitals)
    {
        (_journal, _time, _vitals, _started) = (journal, time, vitals, time.GetTimestamp());
        _timer = time.CreateTimer(_ => Beat(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Change(interval);
    }

    /// <param name="interval">Zero for never.</param>
    public void Change(TimeSpan interval)
    {
        if (interval == _interval) return;
        _interval = interval;
        var period = interval > TimeSpan.Zero ? interval : Timeout.InfiniteTimeSpan;
        _timer.Change(period, period);
    }

    public void Dispose() => _timer.Dispose();

    private void Beat()
    {
        var vitals = _vitals();
        var line = _journal.Begin(EventCatalog.SensorAlive, null, Outcome.Success);
        line.Number("uptime"u8, (long)_time.GetElapsedTime(_started).TotalSeconds);
        line.Text("mode"u8, vitals.Mode);
        line.Number("sessions"u8, vitals.Sessions);
        line.Number("kept"u8, _journal.KeptTotal);
        line.Number("lost"u8, _journal.LostTotal);
        line.Number("alerts"u8, vitals.Alerts);
        line.Number("ignored"u8, vitals.Ignored);
        if (vitals.FaultedSinks > 0) line.Number("faulted_sinks"u8, vitals.FaultedSinks);
        _journal.End(ref line);
    }
}

/// <summary>What the sensor says of itself in sensor.alive, beside the journal's own counts.</summary>
internal readonly record struct Vitals(string Mode, int Sessions, long Alerts, long Ignored, int FaultedSinks);
