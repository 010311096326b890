using System.Net;

namespace Conpot.Pi.Net;

/// <summary>The TCP connections that are open now, and what has come and gone over TCP: what a device shows of itself. On the loop's thread only.</summary>
internal sealed class OpenConnections
{
    private readonly HashSet<(IPEndPoint Local, IPEndPoint Remote)> _open = [];

    /// <summary>Rises with every change.</summary>
    public long Version { get; private set; }

    public IReadOnlyCollection<(IPEndPoint Local, IPEndPoint Remote)> All => _open;

    /// <summary>Connections since the start; this and the others wrap.</summary>
    public uint Opened { get; private set; }

    /// <summary>Pieces received, taken as one segment each.</summary>
    public uint Received { get; private set; }

    /// <summary>Pieces sent, taken as one segment each.</summary>
    public uint Sent { get; private set; }

    public uint ReceivedBytes { get; private set; }

    public uint SentBytes { get; private set; }

    public void Add(IPEndPoint local, IPEndPoint remote)
    {
        _open.Add((local, remote));
        Opened++;
        Version++;
    }

    public void Remove(IPEndPoint local, IPEndPoint remote)
    {
        _open.Remove((local, remote));
        Version++;
    }

    public void CountReceived(nint bytes)
    {
        Received++;
        ReceivedBytes += (uint)bytes;
    }

    public void CountSent(nint bytes)
    {
        Sent++;
        SentBytes += (uint)bytes;
    }
}
