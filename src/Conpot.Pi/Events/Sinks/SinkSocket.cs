using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Conpot.Pi.Events.Sinks;

/// <summary>Connecting to a collector, plain or with TLS, and why it failed in words for a person.</summary>
internal static class SinkSocket
{
    /// <summary>To connect, to shake hands, to be acknowledged: a plant network answers in milliseconds, a cellular one in seconds.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <param name="tls">Null for a plain connection.</param>
    /// <returns>The stream owns the socket.</returns>
    public static async Task<(Socket Socket, Stream Stream)> Connect(SinkAddress address, SinkTls? tls, CancellationToken cancel)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(await NameLookup.Find(address.Host, cancel), address.Port, cancel);
            Watch(socket);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (tls is null) return (socket, stream);
            SinkTls.Require();
            var secured = new SslStream(stream);
            stream = secured;
            await secured.AuthenticateAsClientAsync(tls.Options(address.Host), cancel);
            return (socket, stream);
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    public static SinkException Explain(SinkAddress address, SinkTls tls, Exception e) => e switch
    {
        SinkException known => known,
        InvalidDataException => new SinkException($"{address} sent {e.Message}", e),
        AuthenticationException => new SinkException(tls.Explain(address, e), e),
        OperationCanceledException => new SinkException($"{address} did not answer within {Patience.TotalSeconds:0} s; check that it runs, and the way to it", e),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new SinkException($"nobody listens on {address}; start the collector there, or correct the address", e),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData } => new SinkException($"{address.Host} is no name that can be resolved; correct it, or write the address", e),
        _ => new SinkException($"{address} cannot be reached ({e.Message}); check that it runs, and the way to it", e),
    };

    /// <summary>A peer that vanishes without a word is noticed: after 10 s with data under way, after 90 s without.</summary>
    private static void Watch(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 60);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 10);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        const int tcpUserTimeout = 18; // tcp(7), milliseconds
        if (OperatingSystem.IsLinux()) socket.SetRawSocketOption(6, tcpUserTimeout, BitConverter.GetBytes((int)Patience.TotalMilliseconds));
    }
}
