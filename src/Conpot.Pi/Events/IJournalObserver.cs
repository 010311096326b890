namespace Conpot.Pi.Events;

/// <summary>Somebody in this process who wants to hear of events as they happen, without reading the journal's files.</summary>
/// <remarks>Called on whatever thread appends or commits, two of them at once too: quick, without waiting, and without an exception.</remarks>
internal interface IJournalObserver
{
    /// <summary>An event was appended. The journal is locked: append nothing here.</summary>
    /// <param name="line">With its newline; good until this returns.</param>
    void Recorded(EventKind kind, Origin? origin, long sequence, ReadOnlySpan<byte> line)
    {
    }

    /// <summary>A batch is about to be committed; what is appended now goes with it.</summary>
    void Committing(Journal journal)
    {
    }

    /// <summary>Events that were appended are not kept: the medium failed, or there was no room. The journal is locked: append nothing here.</summary>
    void Lost(Losses events)
    {
    }

    /// <summary>A batch is with the kernel, and readers can see it.</summary>
    void Committed()
    {
    }
}
