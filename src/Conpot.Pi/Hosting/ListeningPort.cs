using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Net;

namespace Conpot.Pi.Hosting;

/// <summary>A port as a plan wants it: it can be bound, or given to the service that has it already.</summary>
internal sealed class ListeningPort
{
    private readonly Func<PortService> _open;
    private readonly Action<PortService> _giveTo;
    private readonly string _protocol, _transport;
    private readonly IPEndPoint _endPoint;

    private ListeningPort(string protocol, string transport, IPEndPoint endPoint, Func<PortService> open, Action<PortService> giveTo) =>
        (_protocol, _transport, _endPoint, _open, _giveTo) = (protocol, transport, endPoint, open, giveTo);

    /// <summary>All ports of a plan, on each of its addresses.</summary>
    public static IEnumerable<ListeningPort> Of(SensorPlan plan, NetLoop loop, Admission admission, SessionIds ids)
    {
        foreach (var protocol in plan.Protocols.Where(p => p.Enabled))
        {
            var jitter = plan.Seed.Stream($"latency {protocol.Name}");
            Latency Latency((TimeSpan From, TimeSpan To) range) => new(range.From, range.To, () => jitter.NextDouble());
            foreach (var address in plan.Network.Listen)
            {
                foreach (var port in protocol.TcpPorts)
                {
                    var endPoint = new IPEndPoint(address, port.Port);
                    var (settings, latency) = (new TcpServiceSettings(protocol.Name, endPoint, port.Connections, port.IdleTimeout, port.MakesRoom), Latency(port.Latency));
                    yield return new ListeningPort(protocol.Name, "tcp", endPoint,
                        () => new TcpService(settings, loop, admission, ids, latency, port.Converse),
                        service => ((TcpService)service).Change(settings, latency, port.Converse));
                }
                foreach (var port in protocol.UdpPorts)
                {
                    var endPoint = new IPEndPoint(address, port.Port);
                    var (settings, latency) = (new UdpServiceSettings(protocol.Name, endPoint, port.QuietGap), Latency(port.Latency));
                    yield return new ListeningPort(protocol.Name, "udp", endPoint,
                        () => new UdpService(settings, loop, new ReplyBudget(port.Budget, loop.Time), ids, latency, port.Conversation),
                        service => ((UdpService)service).Change(settings, new ReplyBudget(port.Budget, loop.Time), latency, port.Conversation));
                }
            }
        }
    }

    public bool Is(PortService service) => service.Protocol == _protocol && service.Transport == _transport && service.EndPoint.Equals(_endPoint);

    /// <summary>Gives this port's settings to the service that has it open.</summary>
    public void GiveTo(PortService service) => _giveTo(service);

    /// <exception cref="IOException">The port cannot be had; the message is complete.</exception>
    public PortService Open()
    {
        try
        {
            return _open();
        }
        catch (SocketException e)
        {
            var remedy = e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"stop the program that has it ('ss -l{_transport[0]}np sport = :{_endPoint.Port}' names it), or set [{_protocol}] port",
                SocketError.AccessDenied => $"run it as the conpot-pi service (it holds CAP_NET_BIND_SERVICE), or set [{_protocol}] port to 1024 or higher",
                SocketError.AddressNotAvailable => "this machine has no such address; set [network] listen to one that 'ip address' shows",
                _ => "check [network] listen",
            };
            throw new IOException($"cannot listen on {_endPoint}: {e.Message}; {remedy}", e);
        }
    }
}
