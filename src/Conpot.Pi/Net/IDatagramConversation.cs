using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>One protocol's side of its UDP port: one datagram in, at most one out, recorded in the journal before it returns.</summary>
internal interface IDatagramConversation
{
    /// <summary>The longest reply in bytes.</summary>
    int LargestReply { get; }

    /// <summary>Answers a datagram (possibly empty) into <paramref name="reply"/>.</summary>
    /// <returns>Bytes of the reply; 0 for silence.</returns>
    int Answer(ReadOnlySpan<byte> datagram, Span<byte> reply, SessionLog log);

    /// <summary>Called about once a second while sources have sessions, on the thread that answers.</summary>
    void Tick()
    {
    }
}
