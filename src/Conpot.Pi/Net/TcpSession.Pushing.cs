namespace Conpot.Pi.Net;

/// <summary>What the device says unasked, when the client has asked for that: values again and again.</summary>
internal sealed partial class TcpSession
{
    /// <summary>Messages of one turn; the others in the next.</summary>
    private const int MostPushed = 16;

    /// <summary>The timer is never set further ahead: that of a connection which is long gone must not stay with the loop.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromSeconds(1);

    /// <summary>For who does not read, or while there is no room.</summary>
    private static readonly TimeSpan Later = TimeSpan.FromMilliseconds(100);

    private PushTimer? _pushTimer;
    private long _pushAt = long.MaxValue;
    private bool _pushDue;

    /// <summary>Sets the timer when the conversation has something to say before the timer ends.</summary>
    private void ArmPush(TimeSpan earliest = default)
    {
        var due = _conversation.Due;
        if (Fd < 0 || due == long.MaxValue) return;
        var now = _loop.Time.GetTimestamp();
        due = Math.Clamp(due, now + _loop.Ticks(earliest), now + _loop.Ticks(Ahead));
        if (due >= _pushAt) return;
        _pushAt = due;
        _loop.Delay(_pushTimer ??= new PushTimer(this), due);
    }

    /// <summary>Comes while due replies leave. What is said now has its event committed first, so it is said in the next turn.</summary>
    private void TimerEnded(long now)
    {
        if (Fd < 0 || now < _pushAt) return;
        _pushAt = long.MaxValue;
        if (_closing is not null) return;
        if (_conversation.Due > now)
        {
            ArmPush();
            return;
        }
        _pushDue = true;
        _loop.Again(this);
    }

    private void Push()
    {
        _pushDue = false;
        if (Fd < 0 || _closing is not null) return;
        var now = _loop.Time.GetTimestamp();
        var held = false;
        for (var i = 0; i < MostPushed && _conversation.Due <= now && !held; i++)
        {
            var room = _loop.ReplyRoom(_conversation.LargestReply);
            held = _unsent is not null || room.IsEmpty || _loop.Journal.NearlyFull;
            if (held) break;
            var said = _conversation.Push(room, Log).Reply;
            if (said > 0 && _loop.Reply(this, said)) _inBatch++;
        }
        ArmPush(held ? Later : TimeSpan.Zero);
    }

    /// <summary>The loop's list of what is due has the connection's replies apart from what it says unasked.</summary>
    private sealed class PushTimer(TcpSession session) : IReplyTarget
    {
        public bool JoinsReplies => false;

        public void SendBatched(ReadOnlySpan<byte> bytes) => throw new InvalidOperationException("nothing is batched for a timer");

        public void SendDue(long now) => session.TimerEnded(now);
    }
}
