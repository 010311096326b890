using System.Net;

namespace Conpot.Pi.Net;

/// <summary>The TCP connections that are open now, as the device's own tcpConnTable would show them. On the loop's thread only.</summary>
internal sealed class ConnectionTable
{
    private readonly HashSet<(IPEndPoint Local, IPEndPoint Remote)> _open = [];

    /// <summary>Rises with every change.</summary>
    public long Version { get; private set; }

    public IReadOnlyCollection<(IPEndPoint Local, IPEndPoint Remote)> Open => _open;

    public void Add(IPEndPoint local, IPEndPoint remote)
    {
        _open.Add((local, remote));
        Version++;
    }

    public void Remove(IPEndPoint local, IPEndPoint remote)
    {
        _open.Remove((local, remote));
        Version++;
    }
}
