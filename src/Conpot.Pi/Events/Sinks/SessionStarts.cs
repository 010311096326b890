namespace Conpot.Pi.Events.Sinks;

/// <summary>When the sessions of late began: some formats say it in every event, and an event does not know.</summary>
/// <remarks>Bounded; of a session that began before this sensor ran, or too many sessions ago, the first event seen counts as its beginning.</remarks>
internal sealed class SessionStarts
{
    private const int Most = 1024;

    private readonly Dictionary<string, DateTimeOffset> _starts = new(StringComparer.Ordinal);
    private readonly Queue<string> _order = new();

    public DateTimeOffset Of(EventRecord e)
    {
        if (_starts.TryGetValue(e.Session, out var start)) return start <= e.Time ? start : e.Time;
        if (_order.Count == Most) _starts.Remove(_order.Dequeue());
        _starts[e.Session] = e.Time;
        _order.Enqueue(e.Session);
        return e.Time;
    }
}
