using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>What became of the bytes at the front of a stream.</summary>
/// <param name="Consumed">Bytes that made up one request; 0 when more are needed.</param>
/// <param name="Reply">Bytes of the reply; 0 for none.</param>
/// <param name="Close">The connection ends once the reply has left, as the device would end it.</param>
/// <param name="Delay">How much longer than its latency the device takes for this one.</param>
internal readonly record struct Step(int Consumed, int Reply, string? Close = null, TimeSpan Delay = default)
{
    public static readonly Step NeedMore;
}

/// <summary>One protocol's side of one TCP connection: whole requests in, replies out, each recorded in the journal before it returns.</summary>
internal interface IConversation
{
    /// <summary>The longest request in bytes, framing included: nothing longer is ever buffered.</summary>
    int LargestRequest { get; }

    /// <summary>The longest reply in bytes, framing included.</summary>
    int LargestReply { get; }

    /// <summary>False until the client has said what every client of the protocol says first: it has a minute for that. A TCP connection alone is none of the device's.</summary>
    bool HasBegun => true;

    /// <summary>Takes at most one request off the front of <paramref name="received"/> (never empty) and answers it into <paramref name="reply"/>.</summary>
    Step Next(ReadOnlySpan<byte> received, Span<byte> reply, SessionLog log);

    /// <summary>When it has something to say unasked, in the clock's ticks; <see cref="long.MaxValue"/> for never.</summary>
    long Due => long.MaxValue;

    /// <summary>Says what is due, one message at a time. Not called while the client does not read: what was due then is left out.</summary>
    /// <returns>Its bytes as the reply; none when there is nothing to say.</returns>
    Step Push(Span<byte> reply, SessionLog log) => default;

    /// <summary>The connection has ended, whatever the reason, and its end is not recorded yet: what was only counted so far is told now.</summary>
    void Ended(SessionLog log)
    {
    }
}
