using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>A mosquitto on loopback, with nothing switched on that would drop or keep a message.</summary>
internal sealed class FleetBroker : IDisposable
{
    private readonly RigScope _scope;
    private readonly string _settings;
    private Child _process;

    public FleetBroker(RigScope scope)
    {
        _scope = scope;
        Port = Target.FreePort();
        _settings = Path.Combine(scope.Temporary, "mosquitto.conf");
        // Without set_tcp_nodelay mosquitto and the kernel wait for each other, 40 ms a message, as soon as a collector is behind (Nagle's algorithm and delayed ACKs).
        // A collector that falls behind is a lag, and not a loss; and it may have more than mosquitto's 20 messages on their way, which at a busy machine's pace are 1,000 a second.
        File.WriteAllText(_settings, $"listener {Port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\nmax_inflight_messages 1000\nset_tcp_nodelay true\nlog_type error\n{(Environment.UserName == "root" ? "user root\n" : "")}");
        _process = Begin();
    }

    public int Port { get; }

    public int Pid => _process.Pid;

    public void Stop() => _process.Dispose();

    public void Start() => _process = Begin();

    public void Dispose() => _process.Dispose();

    private Child Begin()
    {
        var child = _scope.Start(["mosquitto", "-c", _settings]);
        child.WaitUntilReady(TimeSpan.FromSeconds(10), Listens);
        return child;
    }

    private bool Listens()
    {
        using var probe = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Connect(IPAddress.Loopback, Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
