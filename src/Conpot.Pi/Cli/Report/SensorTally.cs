using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>The sensor's own affairs: who it is, how often it started, what it could not keep or would not answer.</summary>
internal sealed class SensorTally
{
    private static readonly string[] Own = ["sensor.", "sink.", "plc.module"];

    /// <summary>Of the sign of life before; null when the run began before the report's time, as what it counted then is not of it.</summary>
    private long? _ignoredBefore;

    public string Version { get; private set; } = "";

    public string Profile { get; private set; } = "";

    public string Listening { get; private set; } = "";

    public long Starts { get; private set; }

    public long Lost { get; private set; }

    /// <summary>How often another hand deleted, replaced or cut short the journal.</summary>
    public long Tampered { get; private set; }

    public long Errors { get; private set; }

    public long Refused { get; private set; }

    public long Unanswered { get; private set; }

    public long HalfOpen { get; private set; }

    /// <summary>Half-open connections beyond what the kernel holds.</summary>
    public long Flood { get; private set; }

    /// <summary>Events that raised no alert for [ignore]: as far as the signs of life tell, which count from a run's start on.</summary>
    public long Ignored { get; private set; }

    /// <summary>Events from before the clock was set.</summary>
    public long Unsynchronised { get; private set; }

    public DateTimeOffset? LastStart { get; private set; }

    /// <summary>True when nobody else had a part in it.</summary>
    public bool Take(EventRecord e)
    {
        if (e.Member("conpot", "unsynchronised") is not null) Unsynchronised++;
        var count = Math.Clamp(e.Number("conpot", "count", 1), 1, uint.MaxValue);
        switch (e.Action)
        {
            case "sensor.start":
                (Starts, LastStart, _ignoredBefore) = (Starts + 1, e.Time, 0);
                if (e.Text("conpot", "version") is { Length: > 0 } version) Version = PlainText.Of(version, 40);
                goto case "sensor.config";
            case "sensor.config":
                if (e.Text("conpot", "profile") is { Length: > 0 } profile) Profile = PlainText.Of(profile, 40);
                if (e.Text("conpot", "listening") is { Length: > 0 } listening) Listening = PlainText.Of(listening, 300);
                break;
            case "sensor.alive":
                var ignored = Math.Clamp(e.Number("conpot", "ignored", 0), 0, uint.MaxValue);
                Ignored += Math.Max(0, ignored - (_ignoredBefore ?? ignored));
                _ignoredBefore = ignored;
                break;
            case "sensor.lost":
                Lost += Math.Max(0, e.Number("conpot", "lost", 0));
                break;
            case "sensor.tampered":
                Tampered++;
                break;
            case "sensor.error":
                Errors++;
                break;
            case "session.refused":
                Refused += count;
                break;
            case "session.limited":
                Unanswered += count;
                break;
            case "network.half-open":
                HalfOpen += count;
                break;
            case "network.syn-flood":
                Flood += count;
                break;
        }
        return Own.Any(own => e.Action.StartsWith(own, StringComparison.Ordinal));
    }
}
