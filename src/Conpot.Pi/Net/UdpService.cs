using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>What one UDP port of the device is like.</summary>
/// <param name="QuietGap">After this long without a datagram a source's session is over.</param>
internal sealed record UdpServiceSettings(string Protocol, IPEndPoint EndPoint, TimeSpan QuietGap);

/// <summary>One UDP port: datagrams to the conversation, within each source's budget.</summary>
internal sealed class UdpService : PortService
{
    private const int DatagramsPerTurn = 64;

    /// <summary>Sources with a session; beyond it the longest quiet one's ends.</summary>
    private const int MostSessions = 1024;

    /// <summary>New sessions per second, over all sources, and at once: a flood of forged sources must not wash the journal away.</summary>
    private const int SessionsPerSecond = 200, SessionBurst = 2000;

    private readonly NetLoop _loop;
    private readonly SessionIds _ids;
    private readonly Socket _socket;
    private readonly Dictionary<DatagramPeer, UdpSession> _sessions = [];
    private UdpServiceSettings _settings;
    private ReplyBudget _budget;
    private IDatagramConversation _conversation;
    private double _sessionTokens = SessionBurst;
    private long _tokensSeen;
    private long _strangers, _strangersSince;
    private ReplyBudget.Sum _lastStranger;

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public UdpService(UdpServiceSettings settings, NetLoop loop, ReplyBudget budget, SessionIds ids, Latency latency, IDatagramConversation conversation)
    {
        (_settings, _loop, _budget, _ids, Latency, _conversation) = (settings, loop, budget, ids, latency, conversation);
        _socket = new Socket(settings.EndPoint.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        try
        {
            if (settings.EndPoint.AddressFamily == AddressFamily.InterNetwork) _socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.PacketInformation, true);
            _socket.Blocking = false;
            _socket.Bind(settings.EndPoint);
        }
        catch
        {
            _socket.Dispose();
            throw;
        }
        Fd = (int)_socket.SafeHandle.DangerousGetHandle();
        EndPoint = (IPEndPoint)_socket.LocalEndPoint!;
        _tokensSeen = loop.Time.GetTimestamp();
    }

    public override string Protocol => _settings.Protocol;

    public override string Transport => "udp";

    public override int SessionCount => _sessions.Count;

    public override void Start()
    {
        if (!_loop.Add(this, Libc.EpollIn)) throw new IOException($"cannot wait on {EndPoint}: the kernel has no room for it (fs.epoll.max_user_watches)");
        _loop.Tick += Tick;
    }

    public override void Ready(int events)
    {
        for (var i = 0; i < DatagramsPerTurn && !_loop.Journal.NearlyFull; i++)
        {
            var room = _loop.ReplyRoom(_conversation.LargestReply);
            if (room.IsEmpty) return; // the batch is full: the rest after its commit
            var length = Libc.ReceiveFrom(Fd, _loop.ReceiveBuffer, out var peer);
            if (length < 0) return; // none left (or an ICMP error of an earlier reply, which nobody waits for)
            Answer(_loop.ReceiveBuffer.AsSpan(0, length), room, peer);
        }
    }

    public void Send(in DatagramPeer peer, ReadOnlySpan<byte> bytes)
    {
        if (Fd >= 0) Libc.SendTo(Fd, bytes, peer);
    }

    /// <summary>Other settings for the same port; sessions go on. On the loop's thread.</summary>
    public void Change(UdpServiceSettings settings, ReplyBudget budget, Latency latency, IDatagramConversation conversation) =>
        (_settings, _budget, Latency, _conversation) = (settings, budget, latency, conversation);

    /// <summary>A datagram has no connection that could outlive the port: every session ends with it.</summary>
    public override void Stop(string? endSessions)
    {
        if (Fd >= 0)
        {
            _loop.Remove(this);
            Dispose();
            TellStrangers(all: true);
            foreach (var sum in _budget.Due(all: true))
            {
                if (_loop.Journal.NearlyFull) break; // a flood from everywhere: it has been reported often enough
                RecordDenied(sum);
            }
        }
        foreach (var (peer, session) in _sessions)
        {
            if (_loop.Journal.NearlyFull)
            {
                _loop.Post(() => Stop(endSessions)); // the others after a commit: each end is an event
                return;
            }
            _sessions.Remove(peer);
            End(session, endSessions ?? "port closed");
        }
        _loop.Tick -= Tick;
    }

    public override void Dispose()
    {
        _socket.Dispose();
        Fd = -1;
    }

    private void Answer(ReadOnlySpan<byte> datagram, Span<byte> room, DatagramPeer peer)
    {
        var session = SessionOf(peer);
        var source = session?.Log.Origin.Source ?? peer.EndPoint;
        if (session is null)
        {
            Strange(source, peer);
            return;
        }
        if (session.IsBusy || !_budget.Admit(source, datagram.Length, _conversation.LargestReply))
        {
            _loop.TickWanted = true;
            if (_budget.Deny(source, LocalOf(peer))) RecordDenied(new ReplyBudget.Sum(source, LocalOf(peer), 1));
            return;
        }
        session.Heard(datagram.Length);
        var length = _conversation.Answer(datagram, room, session.Log);
        if (length == 0) return;
        _budget.Spend(source, length);
        session.Answered(room[..length]);
    }

    /// <summary>A flood from everywhere is one thing, however many addresses it forges: its first datagram is told, then sums.</summary>
    private void Strange(IPEndPoint source, DatagramPeer peer)
    {
        _loop.TickWanted = true;
        if (_strangers++ == 0) RecordDenied(new ReplyBudget.Sum(source, LocalOf(peer), 1));
        else _lastStranger = new ReplyBudget.Sum(source, LocalOf(peer), 0);
        if (_strangersSince == 0) _strangersSince = _loop.Time.GetTimestamp();
    }

    private void TellStrangers(bool all)
    {
        if (_strangers == 0) return;
        if (!all && _loop.Time.GetElapsedTime(_strangersSince) < ReplyBudget.Window)
        {
            _loop.TickWanted = true;
            return;
        }
        if (_strangers > 1) RecordDenied(_lastStranger with { Count = _strangers - 1 });
        (_strangers, _strangersSince) = (0, 0);
    }

    /// <summary>Null when too many new sources come at once.</summary>
    private UdpSession? SessionOf(DatagramPeer peer)
    {
        if (_sessions.TryGetValue(peer, out var session)) return session;
        var now = _loop.Time.GetTimestamp();
        _sessionTokens = Math.Min(SessionBurst, _sessionTokens + _loop.Time.GetElapsedTime(_tokensSeen, now).TotalSeconds * SessionsPerSecond);
        _tokensSeen = now;
        if (_sessionTokens < 1) return null;
        _sessionTokens--;
        if (_sessions.Count >= MostSessions)
        {
            var quietest = _sessions.MinBy(s => s.Value.LastHeard);
            _sessions.Remove(quietest.Key);
            End(quietest.Value, "made room");
        }
        session = new UdpSession(this, _loop, new Origin(_ids.Next(), peer.EndPoint, LocalOf(peer), "udp", Protocol), peer);
        _sessions.Add(peer, session);
        _loop.Sessions++;
        return session;
    }

    private IPEndPoint LocalOf(DatagramPeer peer) => peer.Local == 0 ? EndPoint : new IPEndPoint(new IPAddress(peer.Local), EndPoint.Port);

    private void End(UdpSession session, string reason)
    {
        session.End(reason);
        _loop.Sessions--;
    }

    private void RecordDenied(ReplyBudget.Sum sum)
    {
        var line = _loop.Journal.Begin(EventCatalog.SessionLimited, new Origin(_ids.Next(), sum.Source, sum.Destination, "udp", Protocol), Outcome.Failure);
        line.Number("count"u8, sum.Count);
        _loop.Journal.End(ref line);
    }

    private void Tick(long now)
    {
        foreach (var sum in _budget.Due())
        {
            RecordDenied(sum);
            if (_loop.Journal.NearlyFull) break; // the others at the next tick
        }
        TellStrangers(all: false);
        if (_budget.HasDenied) _loop.TickWanted = true;
        if (_sessions.Count == 0) return;
        _conversation.Tick();
        foreach (var (peer, session) in _sessions)
        {
            if (_loop.Journal.NearlyFull) return; // the others at the next tick: each end is an event
            if (_loop.Time.GetElapsedTime(session.LastHeard, now) <= _settings.QuietGap) continue;
            _sessions.Remove(peer); // removing during enumeration is allowed for dictionaries
            End(session, "quiet");
        }
    }
}
