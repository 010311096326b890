using System.Net.Sockets;

namespace Conpot.Pi.Events.Sinks;

/// <summary>Messages as datagrams: no receipt, but a host where nobody listens says so, and then they are sent again.</summary>
internal sealed class SyslogDatagrams(SinkAddress address, TimeProvider time) : IDisposable
{
    public const int Handful = 32;

    /// <summary>1,600 datagrams a second at most: a receiver that writes them down keeps up with that.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private byte[][] _last = [];
    private Socket? _socket;

    /// <exception cref="SinkException">They did not leave, or the other host has no such port.</exception>
    public async Task Send(byte[][] messages, CancellationToken cancel)
    {
        try
        {
            if (_socket is null) await Connect(cancel);
            // The answer to the last handful may have come after we looked.
            if (Refused(_socket!)) await SendAll(_last, cancel);
            await SendAll(messages, cancel);
            if (messages.Length == Handful) await Task.Delay(Pause, time, cancel);
            if (Refused(_socket!)) throw new SocketException((int)SocketError.ConnectionRefused);
            _last = messages;
        }
        catch (SocketException e)
        {
            _socket?.Dispose();
            _socket = null;
            throw new SinkException(e.SocketErrorCode switch
            {
                SocketError.ConnectionRefused => $"nobody listens on {address}; start the collector there, or correct the address",
                SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => $"{address.Host} is no name that can be resolved; correct it, or write the address",
                _ => $"{address} cannot be reached ({e.Message}); check the way to it",
            }, e);
        }
    }

    public void Dispose() => _socket?.Dispose();

    private async Task Connect(CancellationToken cancel)
    {
        var addresses = await NameLookup.Find(address.Host, cancel);
        if (addresses.Length == 0) throw new SocketException((int)SocketError.HostNotFound);
        _socket = new Socket(addresses[0].AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await _socket.ConnectAsync(addresses[0], address.Port, cancel);
        if (_last.Length > 0) await SendAll(_last, cancel);
    }

    private async Task SendAll(byte[][] messages, CancellationToken cancel)
    {
        foreach (var message in messages) await _socket!.SendAsync(message, cancel);
    }

    /// <summary>An ICMP "port unreachable" for what was sent before; asking clears it.</summary>
    private static bool Refused(Socket socket) => (int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)! != 0;
}
