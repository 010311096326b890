using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>What one TCP port of the device is like.</summary>
/// <param name="Protocol">As in network.protocol: "modbus".</param>
/// <param name="Connections">As many as the device has; more are reset.</param>
/// <param name="IdleTimeout">Zero: as the device, never (a dead peer is found by keep-alive).</param>
/// <param name="MakesRoom">Instead of a reset, one more takes the place of the connection that has waited longest: so do the small TCP stacks of panels.</param>
internal sealed record TcpServiceSettings(string Protocol, IPEndPoint EndPoint, int Connections, TimeSpan IdleTimeout, bool MakesRoom = false);

/// <summary>One listening port: accepts, admits or resets, times out, and hands each connection its conversation.</summary>
internal sealed class TcpService : PortService
{
    /// <summary>Connections taken in one turn; few, so that those which have left again by then free their place before the next come in.</summary>
    private const int AcceptsPerTurn = 8;

    /// <summary>A request that is begun is finished within this, or its sender is a slowloris (a device's own TCP user timeout is of this order).</summary>
    private static readonly TimeSpan PartialTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A client that takes no byte of its replies for this long is gone.</summary>
    private static readonly TimeSpan UnsentTimeout = TimeSpan.FromSeconds(30);

    private readonly NetLoop _loop;
    private readonly Admission _admission;
    private readonly SessionIds _ids;
    private readonly Socket _listener;
    private readonly HashSet<TcpSession> _sessions = [];
    private TcpServiceSettings _settings;
    private Func<IConversation> _newConversation;
    private bool _pausedForFiles;

    /// <exception cref="SocketException">The address cannot be bound.</exception>
    public TcpService(TcpServiceSettings settings, NetLoop loop, Admission admission, SessionIds ids, Latency latency, Func<IConversation> newConversation)
    {
        (_settings, _loop, _admission, _ids, Latency, _newConversation) = (settings, loop, admission, ids, latency, newConversation);
        _listener = new Socket(settings.EndPoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            // ReuseAddress is not set here: to .NET it means SO_REUSEPORT as well, and a second sensor would get half of the visitors. Bind itself sets
            // SO_REUSEADDR alone, so that a restart does not wait for old connections.
            // Linux hands these down to accepted sockets. Keep-alive after 30 s: CP 243-1 manual, "keepalive 30 s" (WIRE 3.1).
            _listener.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            _listener.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 30);
            _listener.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
            _listener.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
            _listener.NoDelay = true;
            _listener.SendBufferSize = 32 * 1024; // bounds what the kernel holds for clients that do not read
            _listener.Blocking = false;
            _listener.Bind(settings.EndPoint);
            _listener.Listen(128);
        }
        catch
        {
            _listener.Dispose();
            throw;
        }
        Fd = (int)_listener.SafeHandle.DangerousGetHandle();
        EndPoint = (IPEndPoint)_listener.LocalEndPoint!;
    }

    public override string Protocol => _settings.Protocol;

    public override string Transport => "tcp";

    public override int SessionCount => _sessions.Count;

    public override void Start()
    {
        if (!_loop.Add(this, Libc.EpollIn)) throw new IOException($"cannot wait on {EndPoint}: the kernel has no room for it (fs.epoll.max_user_watches)");
        _loop.Tick += Tick;
    }

    /// <summary>Other settings for the same port. Open connections take them too, but stay in the conversation they began. On the loop's thread.</summary>
    public void Change(TcpServiceSettings settings, Latency latency, Func<IConversation> newConversation) =>
        (_settings, Latency, _newConversation) = (settings, latency, newConversation);

    public override void Ready(int events)
    {
        for (var i = 0; i < AcceptsPerTurn && !_loop.Journal.NearlyFull; i++)
        {
            var fd = Libc.Accept(Fd, out var source);
            if (fd >= 0) Accepted(fd, source);
            else if (Marshal.GetLastPInvokeError() is Libc.ConnectionAborted or Libc.Interrupted) continue;
            else
            {
                if (Marshal.GetLastPInvokeError() is Libc.TooManyFiles or Libc.TooManyFilesInSystem or Libc.NoBuffers or Libc.NoMemory) PauseAccepting();
                return;
            }
        }
    }

    public override void Stop(string? endSessions)
    {
        if (Fd >= 0)
        {
            _loop.Remove(this);
            Dispose();
            // Nobody will come back for these.
            foreach (var refusals in _admission.Due(all: true))
            {
                Record(refusals);
                if (_loop.Journal.NearlyFull) break; // a flood from everywhere: it has been reported often enough
            }
            if (_sessions.Count == 0) _loop.Tick -= Tick;
        }
        if (endSessions is null) return;
        foreach (var session in _sessions.ToArray())
        {
            if (_loop.Journal.NearlyFull)
            {
                _loop.Post(() => Stop(endSessions)); // the others after a commit: each end is an event
                return;
            }
            session.End(endSessions);
        }
    }

    public override void Dispose()
    {
        _listener.Dispose();
        Fd = -1;
    }

    internal void Ended(TcpSession session)
    {
        _sessions.Remove(session);
        _admission.Leave(session.Log.Origin.Source.Address);
        _loop.Sessions--;
        if (Fd < 0 && _sessions.Count == 0) _loop.Tick -= Tick;
    }

    private void Accepted(int fd, IPEndPoint source)
    {
        var limit = _settings.MakesRoom
            ? _admission.Enter(source.Address, 0, int.MaxValue)
            : _admission.Enter(source.Address, _sessions.Count, _settings.Connections, HeldBy(source.Address));
        if (limit is null && _sessions.Count >= _settings.Connections && !MakeRoom())
        {
            _admission.Leave(source.Address);
            limit = Admission.DeviceFull;
        }
        var local = Libc.LocalEndPoint(fd) ?? EndPoint;
        if (limit is not null)
        {
            // The device would answer the SYN with RST; a socket cannot, so the reset comes right after the handshake, and the visitor is known.
            Libc.ResetOnClose(fd);
            _ = Libc.Close(fd);
            _loop.TickWanted = true;
            if (_admission.Refuse(source, local, Protocol, limit)) Record(new Admission.Refusals(source, local, Protocol, limit, 1));
            return;
        }
        try
        {
            _sessions.Add(new TcpSession(this, _newConversation(), _loop, fd, new Origin(_ids.Next(), source, local, "tcp", Protocol)));
            _loop.Sessions++;
        }
        catch
        {
            // A mistake of ours: it is recorded further up, and must not keep a place and a file descriptor.
            _ = Libc.Close(fd);
            _admission.Leave(source.Address);
            throw;
        }
    }

    private int HeldBy(IPAddress address)
    {
        var held = 0;
        foreach (var session in _sessions)
            if (session.Log.Origin.Source.Address.Equals(address)) held++;
        return held;
    }

    /// <summary>Ends the connection that has held its place longest without being owed an answer; false when all are.</summary>
    private bool MakeRoom()
    {
        TcpSession? longest = null;
        foreach (var session in _sessions)
            if (session.HeldSince != 0 && (longest is null || session.HeldSince < longest.HeldSince)) longest = session;
        longest?.End("its place was needed", reset: true);
        return longest is not null;
    }

    private void Record(Admission.Refusals refusals)
    {
        var origin = new Origin(_ids.Next(), refusals.Source, refusals.Destination, "tcp", refusals.Protocol);
        var line = _loop.Journal.Begin(EventCatalog.SessionRefused, origin, Outcome.Failure);
        line.Text("reason"u8, refusals.Reason);
        line.Number("count"u8, refusals.Count);
        _loop.Journal.End(ref line);
    }

    /// <summary>Out of file descriptors: a level-triggered listener would spin, so it rests until the next tick.</summary>
    private void PauseAccepting()
    {
        _pausedForFiles = true;
        _loop.TickWanted = true;
        _loop.Change(this, 0);
    }

    private void Tick(long now)
    {
        if (_pausedForFiles && Fd >= 0)
        {
            _pausedForFiles = false;
            _loop.Change(this, Libc.EpollIn);
        }
        foreach (var refusals in _admission.Due())
        {
            Record(refusals);
            if (_loop.Journal.NearlyFull) break;
        }
        if (_admission.HasRefusals) _loop.TickWanted = true;
        if (_sessions.Count == 0) return;
        List<(TcpSession Session, string Reason)>? ended = null;
        foreach (var session in _sessions)
            if (Overdue(session, now) is { } reason)
                (ended ??= []).Add((session, reason));
        if (ended is null) return;
        foreach (var (session, reason) in ended)
        {
            if (_loop.Journal.NearlyFull) return; // the others at the next tick: each end is an event
            session.End(reason, reset: true);
        }
    }

    private string? Overdue(TcpSession session, long now)
    {
        if (session.UnsentSince != 0 && _loop.Time.GetElapsedTime(session.UnsentSince, now) > UnsentTimeout) return "client does not read";
        if (session.PartialSince != 0 && _loop.Time.GetElapsedTime(session.PartialSince, now) > PartialTimeout) return "request not finished";
        if (session.SilentSince != 0 && _loop.Time.GetElapsedTime(session.SilentSince, now) > PartialTimeout) return "nothing asked for";
        if (_settings.IdleTimeout > TimeSpan.Zero && _loop.Time.GetElapsedTime(session.LastHeard, now) > _settings.IdleTimeout) return "idle";
        return null;
    }
}
