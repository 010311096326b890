namespace Conpot.Pi.Events.Sinks;

/// <summary>One place that events are sent to: a broker, a collector, a person's phone.</summary>
/// <remarks>A forwarder owns it and calls it from one task at a time; it keeps no queue of its own, as the journal is the queue.</remarks>
internal interface ISink : IAsyncDisposable
{
    /// <summary>As in the section's name: "mqtt", "syslog"; of several alike "webhook ntfy".</summary>
    string Name { get; }

    /// <summary>What it wants to have.</summary>
    SinkFilter Filter { get; }

    /// <summary>How many events it takes in one go at most.</summary>
    int BatchSize { get; }

    /// <summary>Makes its connection, or keeps it: called at the start and every few seconds while there is nothing to send. Nothing for a sink that has none to keep.</summary>
    /// <exception cref="SinkException">It cannot be had.</exception>
    Task Open(CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Where it sends, so that <c>doctor</c> can look whether the way is free and send nothing; null when nothing can be said of it.</summary>
    SinkTarget? Target => null;

    /// <summary>Delivers a batch in order and returns when the other side has it (as far as its protocol can tell).</summary>
    /// <returns>What the other side said, for <c>test-alert</c>: "250 accepted", "PUBACK".</returns>
    /// <exception cref="SinkException">It was not delivered; the whole batch comes again.</exception>
    Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel);
}

/// <summary>The other end of a sink: a server or a file.</summary>
/// <param name="File">Its path; null for a server.</param>
internal sealed record SinkTarget(SinkAddress? Address, SinkTls? Tls = null, string? File = null);

/// <summary>Which events a sink is sent.</summary>
/// <param name="AlertsOnly">Only those of event.kind alert: one for each source, kind and window.</param>
/// <param name="Minimum">Severity 0..100 from which on an event is sent.</param>
internal sealed record SinkFilter(bool AlertsOnly, int Minimum)
{
    public static readonly SinkFilter Everything = new(AlertsOnly: false, Minimum: 0);

    public bool Wants(EventRecord e) => (!AlertsOnly || e.IsAlert) && e.Severity >= Minimum;
}

/// <summary>A delivery that failed, with a message for a person: place, fact and remedy.</summary>
internal sealed class SinkException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>How long the other side asked to be left alone (Retry-After), or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>The same bytes will never be taken (a 400): after a bounded time they go to the dead letters.</summary>
    public bool IsRefusal { get; init; }
}
