using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>One visitor: when, how often, how far he went, and what he did.</summary>
internal sealed class SourceTally(string ip)
{
    /// <summary>Different deeds that are told apart; a reader has enough of them.</summary>
    private const int MostDeeds = 40;

    private readonly Dictionary<string, (long Count, int Severity)> _deeds = [];
    private readonly (long Count, Change? First)[] _changes = new (long, Change?)[ChangeKinds.All.Count];

    public string Ip => ip;

    public DateTimeOffset First { get; private set; } = DateTimeOffset.MaxValue;

    public DateTimeOffset Last { get; private set; } = DateTimeOffset.MinValue;

    public long Events { get; private set; }

    public long Sessions { get; private set; }

    /// <summary>Changes that were carried out.</summary>
    public long Changes => _changes.Sum(c => c.Count);

    /// <summary>Commands to stop or start a CPU that somebody else had brought there.</summary>
    public long Repeats { get; private set; }

    /// <summary>Changes that he tried for and did not get.</summary>
    public long Attempts { get; private set; }

    /// <summary>Of those, the ones of a kind: how many, and the first.</summary>
    public (long Count, Change? First) ChangesOf(ChangeKind kind) => _changes[(int)kind];

    public Intent Worst { get; private set; }

    /// <summary>Deeds beyond those that are told apart.</summary>
    public long OtherDeeds { get; private set; }

    public SortedSet<string> Protocols { get; } = new(StringComparer.Ordinal);

    /// <summary>The gravest first, then the most frequent.</summary>
    public IEnumerable<(string Deed, long Count)> Deeds =>
        _deeds.OrderByDescending(d => d.Value.Severity).ThenByDescending(d => d.Value.Count).ThenBy(d => d.Key, StringComparer.Ordinal).Select(d => (d.Key, d.Value.Count));

    /// <param name="change">What the event changed or was meant to; null for nothing.</param>
    public void Take(EventRecord e, Intent intent, Change? change)
    {
        Events++;
        if (e.Time < First) First = e.Time;
        if (e.Time > Last) Last = e.Time;
        if (intent > Worst) Worst = intent;
        if (e.Action == "session.start") Sessions++;
        if (e.Protocol.Length is > 0 and <= 20 && Protocols.Count < 8) Protocols.Add(PlainText.Of(e.Protocol));
        if (change is { Done: true }) Count(change);
        else if (change is not null) Attempts++;
        if (Deed.Of(e) is not { } deed) return;
        var count = Math.Clamp(e.Action is "session.refused" or "session.limited" or "http.polled" ? e.Number("conpot", "count", 1) : 1, 1, uint.MaxValue);
        if (_deeds.TryGetValue(deed, out var seen)) _deeds[deed] = (seen.Count + count, Math.Max(seen.Severity, e.Severity));
        else if (_deeds.Count < MostDeeds) _deeds[deed] = (count, e.Severity);
        else OtherDeeds += count;
    }

    /// <summary>A second STOP is one more command of who stopped the CPU; of another it stops nothing.</summary>
    private void Count(Change change)
    {
        ref var seen = ref _changes[(int)change.Kind];
        if (change.IsRepeat && seen.First is null) Repeats++;
        else seen = (seen.Count + 1, seen.First ?? change);
    }
}
