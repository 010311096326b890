using System.Net;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The TCP connections that the sensor holds now, for tcpConnTable. Called on the network loop's thread only.</summary>
internal interface IConnections
{
    /// <summary>Changes with every connection that comes or goes: two equal readings mean the same connections.</summary>
    long Version { get; }

    /// <summary>Adds every open connection to <paramref name="connections"/>.</summary>
    void CopyTo(List<(IPEndPoint Local, IPEndPoint Remote)> connections);

    /// <summary>What came and went over TCP since the program started; never falls. Without it tcpInSegs and its kin only know the plant's own traffic.</summary>
    TcpTraffic Traffic => default;
}

/// <summary>Sums of real TCP traffic, 32 bits each: they wrap as the device's counters do.</summary>
/// <param name="Opened">Connections accepted.</param>
/// <param name="Received">Requests, taken as one segment each.</param>
/// <param name="Sent">Replies, taken as one segment each.</param>
internal readonly record struct TcpTraffic(uint Opened, uint Received, uint Sent, uint ReceivedBytes, uint SentBytes)
{
    public static TcpTraffic operator +(TcpTraffic a, TcpTraffic b) => unchecked(new(
        a.Opened + b.Opened, a.Received + b.Received, a.Sent + b.Sent, a.ReceivedBytes + b.ReceivedBytes, a.SentBytes + b.SentBytes));
}
