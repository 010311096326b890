using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>Datagrams of one source address and port that follow each other without a long gap.</summary>
internal sealed class UdpSession : IReplyTarget
{
    /// <summary>A quarter of a second of the device's work: a poller that asks for everything at once is answered, a flood is not.</summary>
    private const int MostWaiting = 64;

    private readonly UdpService _service;
    private readonly NetLoop _loop;
    private readonly long _started;
    private ReplyQueue? _waiting;
    private long _received, _sent, _requests;

    /// <param name="peer">The source's socket address and our own, as the kernel gave them.</param>
    public UdpSession(UdpService service, NetLoop loop, Origin origin, DatagramPeer peer)
    {
        (_service, _loop, Peer) = (service, loop, peer);
        Log = new SessionLog(loop.Journal, origin);
        _started = LastHeard = loop.Time.GetTimestamp();
        var line = Log.Begin(EventCatalog.SessionStart, Outcome.Success);
        Log.End(ref line);
    }

    public SessionLog Log { get; }

    public DatagramPeer Peer { get; }

    public long LastHeard { get; private set; }

    public bool JoinsReplies => false;

    /// <summary>Replies that wait for the device's latency are as many as its queue holds; a real one drops the rest as well.</summary>
    public bool IsBusy => _waiting is { Count: >= MostWaiting };

    public void Heard(int bytes)
    {
        LastHeard = _loop.Time.GetTimestamp();
        _received += bytes;
        _requests++;
    }

    /// <summary>Keeps a reply that stands in the loop's room for after the commit, or for the device's latency.</summary>
    public void Answered(ReadOnlySpan<byte> reply)
    {
        if (_service.Latency.IsZero)
        {
            _ = _loop.Reply(this, reply.Length);
            return;
        }
        _waiting ??= new ReplyQueue(MostWaiting);
        var due = Math.Max(_loop.Time.GetTimestamp(), _waiting.LastDue) + _loop.Ticks(_service.Latency.Next());
        _waiting.Add(reply, due);
        if (_waiting.Count == 1) _loop.Delay(this, due);
    }

    public void SendBatched(ReadOnlySpan<byte> bytes)
    {
        _sent += bytes.Length;
        _service.Send(Peer, bytes);
    }

    public void SendDue(long now)
    {
        if (_waiting is null) return;
        while (_waiting.TryTake(now, out var reply)) SendBatched(reply);
        if (_waiting.Count > 0) _loop.Delay(this, _waiting.FirstDue);
    }

    public void End(string reason)
    {
        var line = Log.Begin(EventCatalog.SessionEnd, Outcome.Success);
        line.Text("reason"u8, reason);
        line.Seconds("duration"u8, _loop.Time.GetElapsedTime(_started, LastHeard));
        line.Number("received"u8, _received);
        line.Number("sent"u8, _sent);
        line.Number("requests"u8, _requests);
        Log.End(ref line);
    }
}
