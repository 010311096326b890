namespace Conpot.Pi.Net;

/// <summary>Somebody who waits for a reply: a TCP connection, or the source of a datagram.</summary>
internal interface IReplyTarget
{
    /// <summary>Replies that follow each other may leave as one piece: a stream has no borders, a datagram is one.</summary>
    bool JoinsReplies { get; }

    /// <summary>Sends a part of the turn's batch, whose events are committed now.</summary>
    void SendBatched(ReadOnlySpan<byte> bytes);

    /// <summary>Sends the waiting replies whose time has come.</summary>
    void SendDue(long now);
}
