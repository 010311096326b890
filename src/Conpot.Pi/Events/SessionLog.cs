namespace Conpot.Pi.Events;

/// <summary>The journal as one session sees it: every event it adds carries the session's bound identity.</summary>
internal sealed class SessionLog(Journal journal, Origin origin)
{
    private Visitor? _visitor;

    public Origin Origin => origin;

    /// <summary>As <see cref="Journal.Begin"/>.</summary>
    public JsonLine Begin(EventKind kind, Outcome outcome) => journal.Begin(kind, origin, outcome);

    public void End(ref JsonLine line) => journal.End(ref line);

    /// <summary>A value that a technique's sweep goes through was seen; between events, not within one. Costs a few nanoseconds.</summary>
    public void Seen(Sweep sweep, uint value)
    {
        if (journal.Sweeps is not { } sweeps) return;
        if (_visitor is null or { IsGone: true }) _visitor = sweeps.VisitorAt(origin);
        sweeps.Seen(_visitor, sweep, value, origin);
    }
}
