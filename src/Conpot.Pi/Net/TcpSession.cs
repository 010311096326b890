using System.Runtime.InteropServices;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>One TCP connection: its bound identity, the bytes not yet understood, the replies not yet sent, and the events of its beginning and end.</summary>
/// <remarks>Everything runs on the loop's thread. Memory is bounded: one partial request, <see cref="MostWaiting"/> waiting replies, and a shared backlog.</remarks>
internal sealed unsafe partial class TcpSession : LoopSource, IReplyTarget
{
    /// <summary>Requests answered ahead of the device's pace; the Messaging Guide's upper bound for transactions of one server (V1.0b, 4.2.2).</summary>
    public const int MostWaiting = 16;

    /// <summary>Bytes taken at once: a turn's share, so that one busy client does not hold up the others.</summary>
    private const int ReceiveSize = 2048;

    /// <summary>Bytes of an unfinished request that the event of the end shows.</summary>
    private const int MostUnfinished = 2048;

    /// <summary>Replies that clients do not fetch, over all connections; beyond it such a connection ends.</summary>
    private const int LargestBacklog = 4 << 20;

    private readonly TcpService _service;
    private readonly IConversation _conversation;
    private readonly NetLoop _loop;
    private readonly long _started;
    private byte[]? _partial;
    private int _partialLength;
    private ReplyQueue? _waiting;
    private byte[]? _unsent;
    private int _unsentStart, _unsentEnd;
    private int _inBatch;
    private int _interest = Libc.EpollIn | Libc.EpollPeerClosed;
    private string? _closing;
    private bool _peerDone;
    private long _received, _sent, _requests;

    public TcpSession(TcpService service, IConversation conversation, NetLoop loop, int fd, Origin origin)
    {
        (_service, _conversation, _loop) = (service, conversation, loop);
        Log = new SessionLog(loop.Journal, origin);
        Fd = fd;
        _started = LastHeard = loop.Time.GetTimestamp();
        var line = Log.Begin(EventCatalog.SessionStart, Outcome.Success);
        Log.End(ref line);
        if (!loop.Add(this, _interest)) loop.Post(() => End("no room in the kernel", reset: true));
        loop.Connections.Add(origin.Destination, origin.Source);
    }

    public SessionLog Log { get; }

    public bool JoinsReplies => true;

    /// <summary>When it was accepted, as long as the client has not begun to talk to the device; 0 afterwards.</summary>
    public long SilentSince => _conversation.HasBegun ? 0 : _started;

    /// <summary>When the client last sent a byte (clock ticks).</summary>
    public long LastHeard { get; private set; }

    /// <summary>When the request that is still incomplete began, 0 when none is.</summary>
    public long PartialSince { get; private set; }

    /// <summary>When the client last took a byte although replies wait for it, 0 when none do.</summary>
    public long UnsentSince { get; private set; }

    /// <summary>Since when it only holds its place: an unfinished request, replies not fetched, or nothing at all; 0 when it waits for an answer.</summary>
    public long HeldSince => UnsentSince != 0 ? UnsentSince : _inBatch > 0 || _waiting is { Count: > 0 } ? 0 : PartialSince != 0 ? PartialSince : LastHeard;

    /// <summary>Called with 0 when bytes wait that an earlier turn had no room for.</summary>
    public override void Ready(int events)
    {
        if (events == 0)
        {
            if (_pushDue) Push();
            GoOn();
        }
        if ((events & Libc.EpollOut) != 0) Flush();
        if (Fd < 0 || (events & ~Libc.EpollOut) == 0) return;
        if ((_interest & Libc.EpollIn) == 0)
        {
            // Not reading now, so this is a hang-up or an error: nobody is left to answer.
            End("reset by client");
            return;
        }
        Receive();
    }

    private void GoOn()
    {
        if (Fd < 0 || _partialLength == 0) return;
        var length = _partialLength;
        _partial.AsSpan(0, length).CopyTo(_loop.ReceiveBuffer);
        _partialLength = 0;
        Answer(length);
    }

    /// <summary>Ends the connection and records it; safe to call twice.</summary>
    public void End(string reason, bool reset = false)
    {
        if (Fd < 0) return;
        if (reset) Libc.ResetOnClose(Fd);
        _loop.Remove(this);
        _ = Libc.Close(Fd);
        Fd = -1;
        _loop.Backlog -= _unsentEnd - _unsentStart;
        _conversation.Ended(Log);
        var line = Log.Begin(EventCatalog.SessionEnd, Outcome.Success);
        line.Text("reason"u8, reason);
        line.Seconds("duration"u8, _loop.Time.GetElapsedTime(_started));
        line.Number("received"u8, _received);
        line.Number("sent"u8, _sent);
        line.Number("requests"u8, _requests);
        // What never became a request tells as much as one that did.
        if (_partialLength > 0) line.Hex("unfinished"u8, _partial.AsSpan(0, Math.Min(_partialLength, MostUnfinished)));
        Log.End(ref line);
        (_partial, _waiting, _unsent) = (null, null, null);
        _loop.Connections.Remove(Log.Origin.Destination, Log.Origin.Source);
        _service.Ended(this);
    }

    private void Receive()
    {
        if (_partialLength > 0) _partial.AsSpan(0, _partialLength).CopyTo(_loop.ReceiveBuffer);
        nint received;
        fixed (byte* p = _loop.ReceiveBuffer) received = Libc.Receive(Fd, p + _partialLength, ReceiveSize, Libc.DontWait);
        if (received < 0)
        {
            if (Marshal.GetLastPInvokeError() is not (Libc.Again or Libc.Interrupted)) End("reset by client");
            return;
        }
        if (received == 0)
        {
            _peerDone = true; // a half-close: what was asked is still answered
            Listen();
            EndIfDone();
            return;
        }
        LastHeard = _loop.Time.GetTimestamp();
        _received += received;
        _loop.Connections.CountReceived(received);
        var length = _partialLength + (int)received;
        _partialLength = 0;
        Answer(length);
    }

    /// <summary>Answers the requests in the receive buffer, as many as there is room for; the rest is kept.</summary>
    private void Answer(int length)
    {
        var bytes = _loop.ReceiveBuffer.AsSpan(0, length);
        var more = false;
        while (!bytes.IsEmpty && _closing is null && _unsent is null)
        {
            if (_waiting?.Count >= MostWaiting) break;
            var room = _loop.ReplyRoom(_conversation.LargestReply);
            if (room.IsEmpty || _loop.Journal.NearlyFull)
            {
                _loop.Again(this);
                more = true;
                break;
            }
            var step = _conversation.Next(bytes, room, Log);
            if (step.Consumed > 0)
            {
                _requests++;
                PartialSince = 0; // what follows is another request, with its own time to be finished
            }
            if (step.Reply > 0) Answered(room[..step.Reply], step.Delay);
            if (step.Close is not null)
            {
                _closing = step.Close;
                break;
            }
            if (step.Consumed == 0)
            {
                if (bytes.Length >= _conversation.LargestRequest) _closing = "request too long";
                break;
            }
            bytes = bytes[step.Consumed..];
        }
        if (_closing is not null) bytes = [];
        Stash(bytes, partial: !more && _waiting is not { Count: >= MostWaiting } && _unsent is null);
        Listen();
        if (_closing is not null) EndIfDone();
        else ArmPush();
    }

    private void Answered(ReadOnlySpan<byte> reply, TimeSpan delay)
    {
        if (_service.Latency.IsZero && delay == TimeSpan.Zero && _waiting is not { Count: > 0 }) // a reload may switch latency off while replies wait
        {
            if (_loop.Reply(this, reply.Length)) _inBatch++;
            return;
        }
        _waiting ??= new ReplyQueue(MostWaiting);
        // The device takes one request after the other: a pipelined one waits for those before it.
        var due = Math.Max(_loop.Time.GetTimestamp(), _waiting.LastDue) + _loop.Ticks(_service.Latency.Next() + delay);
        _waiting.Add(reply, due);
        if (_waiting.Count == 1) _loop.Delay(this, due);
    }

    private void Stash(ReadOnlySpan<byte> rest, bool partial)
    {
        if (rest.IsEmpty)
        {
            PartialSince = 0;
            return;
        }
        if (_partial is null || _partial.Length < rest.Length) _partial = new byte[Math.Max(rest.Length, _conversation.LargestRequest)];
        rest.CopyTo(_partial);
        _partialLength = rest.Length;
        if (!partial) PartialSince = 0;
        else if (PartialSince == 0) PartialSince = LastHeard;
    }

    /// <summary>Reads only while there is room for what comes of it: TCP's own window holds the client back.</summary>
    private void Listen()
    {
        if (Fd < 0) return;
        var interest = 0;
        var full = _unsent is not null || _closing is not null || _peerDone || _waiting is { Count: >= MostWaiting } || (_partialLength > 0 && PartialSince == 0);
        if (!full) interest |= Libc.EpollIn | Libc.EpollPeerClosed;
        if (_unsent is not null) interest |= Libc.EpollOut;
        if (interest == _interest) return;
        _interest = interest;
        _loop.Change(this, interest);
    }

    private void EndIfDone()
    {
        var busy = _unsent is not null || _inBatch > 0 || _waiting is { Count: > 0 } || (_closing is null && _partialLength > 0 && PartialSince == 0);
        if (Fd < 0 || busy) return;
        if (_closing is not null) End(_closing);
        else if (_peerDone) End("closed by client");
    }
}
