namespace Conpot.Pi.Events;

/// <summary>The journal as one session sees it: every event it adds carries the session's bound identity.</summary>
internal sealed class SessionLog(Journal journal, Origin origin)
{
    public Origin Origin => origin;

    /// <summary>As <see cref="Journal.Begin"/>.</summary>
    public JsonLine Begin(EventKind kind, Outcome outcome) => journal.Begin(kind, origin, outcome);

    public void End(ref JsonLine line) => journal.End(ref line);
}
