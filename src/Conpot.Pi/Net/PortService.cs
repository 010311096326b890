using System.Net;

namespace Conpot.Pi.Net;

/// <summary>One open port of the device.</summary>
internal abstract class PortService : LoopSource, IDisposable
{
    /// <summary>As in network.protocol: "modbus".</summary>
    public abstract string Protocol { get; }

    /// <summary>"tcp" or "udp".</summary>
    public abstract string Transport { get; }

    public IPEndPoint EndPoint { get; protected init; } = new(IPAddress.None, 0);

    /// <summary>How long the device takes to answer.</summary>
    public Latency Latency { get; protected set; } = null!;

    /// <summary>Connections or datagram sessions open now.</summary>
    public abstract int SessionCount { get; }

    /// <summary>Begins to listen; on the loop's thread.</summary>
    public abstract void Start();

    /// <summary>Closes the port; open connections go on unless <paramref name="endSessions"/> is given a reason. On the loop's thread.</summary>
    public abstract void Stop(string? endSessions);

    /// <summary>Gives the port back.</summary>
    public abstract void Dispose();
}
