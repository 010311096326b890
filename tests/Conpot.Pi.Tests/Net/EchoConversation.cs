using Conpot.Pi.Events;
using Conpot.Pi.Net;

namespace Conpot.Pi.Tests.Net;

/// <summary>The least protocol there is: a length byte and as many bytes, sent back as they came, each recorded.</summary>
internal sealed class EchoConversation : IConversation
{
    /// <summary>First bytes of a payload that ask for something else than an echo.</summary>
    public const byte Silence = 1, Goodbye = 2, Mistake = 3, Never = 4, Late = 5, Often = 6;

    /// <summary>How much longer <see cref="Late"/> takes.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(40);

    /// <summary>Between what is said unasked after <see cref="Often"/>.</summary>
    public static readonly TimeSpan Period = TimeSpan.FromMilliseconds(5);

    private byte _said;

    public long Due { get; private set; } = long.MaxValue;

    /// <summary>Whether a client has to begin the talk, as S7's have to.</summary>
    public bool WantsBeginning { get; init; }

    public bool HasBegun { get => !WantsBeginning || field; private set; }

    public int LargestRequest => 256;

    public int LargestReply => 256;

    public static byte[] Frame(params byte[] payload) => [(byte)payload.Length, .. payload];

    public Step Push(Span<byte> reply, SessionLog log)
    {
        Due = TimeProvider.System.GetTimestamp() + (long)(Period.TotalSeconds * TimeProvider.System.TimestampFrequency);
        (reply[0], reply[1]) = (1, ++_said);
        return new Step(0, 2);
    }

    public void Ended(SessionLog log)
    {
        if (Due == long.MaxValue) return;
        var line = log.Begin(EventCatalog.ModbusWrite, Outcome.Success);
        line.Number("said"u8, _said);
        log.End(ref line);
    }

    public Step Next(ReadOnlySpan<byte> received, Span<byte> reply, SessionLog log)
    {
        if (received.Length > 1 && received[1] == Never) return Step.NeedMore;
        var size = received[0] + 1;
        if (received.Length < size) return Step.NeedMore;
        HasBegun = true;
        var line = log.Begin(EventCatalog.ModbusRead, Outcome.Success);
        var what = size > 1 ? received[1] : 0;
        if (what == Mistake) throw new InvalidOperationException("planted " + new string('!', 5000));
        line.Hex("request"u8, received[..size]);
        log.End(ref line);
        if (what == Silence) return new Step(size, 0);
        if (what == Often) Due = TimeProvider.System.GetTimestamp();
        received[..size].CopyTo(reply);
        return new Step(size, size, what == Goodbye ? "said goodbye" : null, what == Late ? Delay : default);
    }
}
