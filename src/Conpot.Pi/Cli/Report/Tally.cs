using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>What a report needs to know of a journal, gathered in one pass and bounded whatever the journal holds.</summary>
internal sealed class Tally(DateTimeOffset from, DateTimeOffset to)
{
    private const int MostSources = 1000, MostTechniques = 64, MostNames = 4, LongestName = Change.LongestName;

    /// <summary>Changes that are listed: the latest.</summary>
    public const int MostChanges = 200;

    private readonly Dictionary<string, SourceTally> _sources = [];
    private readonly Dictionary<string, TechniqueTally> _techniques = [];

    public DateTimeOffset From => from;

    public DateTimeOffset To => to;

    /// <summary>All events of the time, the sensor's own among them.</summary>
    public long Events { get; private set; }

    /// <summary>Those that somebody's doing made.</summary>
    public long Touches { get; private set; }

    public long Sessions { get; private set; }

    public IReadOnlyCollection<SourceTally> Sources => _sources.Values;

    /// <summary>Events of sources beyond those that are told apart.</summary>
    public long UncountedTouches { get; private set; }

    public IReadOnlyDictionary<string, TechniqueTally> Techniques => _techniques;

    public Timeline Timeline { get; } = new(from, to);

    public Queue<Change> Changes { get; } = [];

    public long ChangesTotal { get; private set; }

    public SessionShelf Shelf { get; } = new();

    public SensorTally Sensor { get; } = new();

    public List<string> Names { get; } = [];

    /// <summary>Lines that are no events.</summary>
    public long Unreadable { get; set; }

    public void Take(EventRecord e)
    {
        Events++;
        if (e.Sensor.Length > 0 && Names.Count < MostNames && !Names.Contains(e.Sensor) && e.Sensor.Length <= LongestName) Names.Add(e.Sensor);
        if (Sensor.Take(e)) return; // its own affairs: nobody touched anything
        // Made of an event that is told itself: an alert, and the mode that a command over the network changed.
        if (e.Action.StartsWith("alert.", StringComparison.Ordinal) || (e.Action == "plc.mode" && e.Text("conpot", "reason") == "Network")) return;
        var intent = Intents.Of(e.Severity);
        Timeline.Add(e.Time, intent);
        foreach (var id in e.Techniques.Take(8)) TechniqueOf(id)?.Take(e);
        var change = Deed.IsChange(e) ? Change.Of(e) : null;
        if (change is not null)
        {
            ChangesTotal++;
            if (Changes.Count == MostChanges) Changes.Dequeue();
            Changes.Enqueue(change);
        }
        if (e.SourceIp.Length == 0) return; // the CPU's mode, scans that the kernel counted
        Touches++;
        if (e.Action == "session.start") Sessions++;
        Shelf.Take(e);
        if (SourceOf(e.SourceIp) is { } source) source.Take(e, intent, change);
        else UncountedTouches++;
    }

    private SourceTally? SourceOf(string ip)
    {
        if (_sources.TryGetValue(ip, out var source)) return source;
        if (_sources.Count >= MostSources || ip.Length > LongestName) return null;
        return _sources[ip] = new SourceTally(ip);
    }

    private TechniqueTally? TechniqueOf(string id)
    {
        if (_techniques.TryGetValue(id, out var technique)) return technique;
        if (_techniques.Count >= MostTechniques || id.Length > 16) return null;
        return _techniques[id] = new TechniqueTally(id);
    }
}

/// <summary>How often a technique was seen, and from how many sources.</summary>
internal sealed class TechniqueTally(string id)
{
    private const int MostSources = 1000;

    private readonly HashSet<string> _sources = [];

    public string Id => id;

    public long Events { get; private set; }

    /// <summary>At most 1000 are told apart.</summary>
    public int Sources => _sources.Count;

    public DateTimeOffset Last { get; private set; }

    public void Take(EventRecord e)
    {
        Events++;
        Last = e.Time > Last ? e.Time : Last;
        if (e.SourceIp.Length is > 0 and <= 64 && _sources.Count < MostSources) _sources.Add(e.SourceIp);
    }
}
