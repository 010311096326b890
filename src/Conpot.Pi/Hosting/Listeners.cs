using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Net;

namespace Conpot.Pi.Hosting;

/// <summary>The open ports of the plan in force, and the connections that outlived theirs. Once the loop runs, its thread alone comes in here.</summary>
internal sealed class Listeners(NetLoop loop, SessionIds ids, Admission admission, Action<string> complain) : IDisposable
{
    private readonly List<TcpService> _closed = [];
    private List<TcpService> _open = [];

    /// <summary>Protocol and address of every open port.</summary>
    public IEnumerable<(string Protocol, IPEndPoint EndPoint)> EndPoints => _open.Select(s => (s.Protocol, s.EndPoint));

    /// <exception cref="IOException">A port cannot be had, and none is open; the message is complete.</exception>
    public void Open(SensorPlan plan) => _open = Bind(Ports(plan));

    /// <summary>Begins to accept.</summary>
    public void Start()
    {
        foreach (var service in _open) service.Start();
    }

    /// <summary>Goes over to other ports and limits; a port that stays is not even closed for a moment.</summary>
    /// <param name="endSessions">Why every connection ends, as when the device restarts; null lets them go on.</param>
    /// <returns>Null, or why the old ports go on.</returns>
    public string? Change(SensorPlan old, SensorPlan next, string? endSessions)
    {
        _closed.RemoveAll(s => s.Sessions.Count == 0);
        var wanted = Ports(next).ToList();
        var staying = _open.Where(s => endSessions is null && wanted.Exists(w => w.Is(s))).ToList();
        var leaving = _open.Except(staying).ToList();
        // Closed before the others are opened: "every address" and one of them exclude each other.
        foreach (var service in leaving) service.Stop(null);
        _closed.AddRange(leaving);
        try
        {
            var added = Bind(wanted.Where(w => !staying.Exists(w.Is)));
            _open = [.. staying, .. added];
            foreach (var service in added) service.Start();
        }
        catch (IOException e)
        {
            _open = [.. staying, .. BindAgain(Ports(old).Where(p => leaving.Exists(p.Is)))];
            return e.Message;
        }
        admission.Change(next.Network.Limits);
        foreach (var service in staying)
        {
            var port = wanted.Find(w => w.Is(service))!;
            service.Change(port.Settings, port.Latency, port.Converse);
        }
        if (endSessions is not null) End(endSessions);
        return null;
    }

    /// <summary>Closes every port and ends every connection with an event.</summary>
    public void Stop(string reason)
    {
        foreach (var service in _open) service.Stop(null);
        _closed.AddRange(_open);
        _open = [];
        End(reason);
    }

    public void Dispose()
    {
        foreach (var service in _open) service.Dispose();
    }

    /// <summary>Ends the connections of all closed ports.</summary>
    private void End(string reason)
    {
        foreach (var service in _closed) service.Stop(reason);
    }

    private List<TcpService> Bind(IEnumerable<ListeningPort> ports)
    {
        var bound = new List<TcpService>();
        try
        {
            foreach (var port in ports) bound.Add(Bind(port));
            return bound;
        }
        catch
        {
            foreach (var service in bound) service.Dispose();
            throw;
        }
    }

    /// <summary>The old plan's ports were just ours; should somebody have taken one meanwhile, the sensor goes on without it rather than not at all.</summary>
    private List<TcpService> BindAgain(IEnumerable<ListeningPort> ports)
    {
        var bound = new List<TcpService>();
        foreach (var port in ports)
        {
            try
            {
                bound.Add(Bind(port));
                bound[^1].Start();
            }
            catch (IOException e)
            {
                complain(e.Message);
            }
        }
        return bound;
    }

    private TcpService Bind(ListeningPort port)
    {
        var (endPoint, section) = (port.Settings.EndPoint, port.Settings.Protocol);
        try
        {
            return new TcpService(port.Settings, loop, admission, ids, port.Latency, port.Converse);
        }
        catch (SocketException e)
        {
            var remedy = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"stop the program that has it ('ss -ltnp sport = :{endPoint.Port}' names it), or set [{section}] port",
                SocketError.AccessDenied => $"run it as the conpot-pi service (it holds CAP_NET_BIND_SERVICE), or set [{section}] port to 1024 or higher",
                SocketError.AddressNotAvailable => "this machine has no such address; set [network] listen to one that 'ip address' shows",
                _ => "check [network] listen",
            };
            throw new IOException($"cannot listen on {endPoint}: {e.Message}; {remedy}", e);
        }
    }

    private static IEnumerable<ListeningPort> Ports(SensorPlan plan)
    {
        foreach (var protocol in plan.Protocols.Where(p => p.Enabled))
            foreach (var port in protocol.TcpPorts)
                foreach (var address in plan.Network.Listen)
                {
                    var jitter = plan.Seed.Stream($"latency {protocol.Name}");
                    yield return new ListeningPort(
                        new TcpServiceSettings(protocol.Name, new IPEndPoint(address, port.Port), port.Connections, port.IdleTimeout),
                        new Latency(port.Latency.From, port.Latency.To, () => jitter.NextDouble()),
                        port.Converse);
                }
    }

    /// <summary>A port as a plan wants it.</summary>
    private sealed record ListeningPort(TcpServiceSettings Settings, Latency Latency, Func<IConversation> Converse)
    {
        public bool Is(TcpService service) => service.Protocol == Settings.Protocol && service.EndPoint.Equals(Settings.EndPoint);
    }
}
