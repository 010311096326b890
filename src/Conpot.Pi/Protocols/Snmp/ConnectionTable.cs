using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>tcpConnTable: the device's listeners and the connections that visitors have open, all on the module's one address.</summary>
/// <param name="ports">On which the sensor listens.</param>
internal sealed class ConnectionTable(IReadOnlyList<int> ports, IConnections connections)
{
    private const int Listen = 2, Established = 5;

    /// <summary>A device has some dozens of connections in all; a flood shall not make the table long.</summary>
    private const int MostRows = 256;

    private readonly List<(IPEndPoint Local, IPEndPoint Remote)> _open = [];

    /// <summary>tcpCurrEstab.</summary>
    public int Open { get; private set; }

    public MibObject[] Rows(IPAddress own)
    {
        _open.Clear();
        connections.CopyTo(_open);
        // Sorted as the index is: port, then the four numbers of the other side's address, then its port.
        var rows = new SortedSet<(int Port, uint Remote, int RemotePort, int State)>();
        foreach (var (local, remote) in _open)
            if (rows.Count < MostRows && Number(remote.Address) is { } address)
                rows.Add((local.Port, address, remote.Port, Established));
        Open = rows.Count;
        foreach (var port in ports) rows.Add((port, 0, 0, Listen));

        var mib = new MibBuilder();
        var module = MibBuilder.Index(own);
        for (var column = 1u; column <= 5; column++)
            foreach (var (port, remote, remotePort, state) in rows)
            {
                var address = new IPAddress([(byte)(remote >> 24), (byte)(remote >> 16), (byte)(remote >> 8), (byte)remote]);
                uint[] at = [6, 13, 1, column, .. module, (uint)port, .. MibBuilder.Index(address), (uint)remotePort];
                if (column == 2) mib.Address(own, at);
                else if (column == 4) mib.Address(address, at);
                else mib.Integer(column switch { 1 => state, 3 => port, _ => remotePort }, at);
            }
        return mib.Objects;
    }

    /// <summary>The device knows IPv4 only.</summary>
    private static uint? Number(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()) : null;
    }
}
