using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Conpot.Pi.Events.Sinks;

/// <summary>A connection to a web server that is kept between requests: one request at a time, its answer, and nothing that a redirect, a proxy or a cookie could make of it.</summary>
/// <remarks>Written here because HttpClient makes the program 1.1 MB larger (measured with .NET 10, linux-x64), for HTTP/2 and 3, proxies, cookies and authentication that nobody wants here.</remarks>
internal sealed class WebhookConnection(SinkTls tls, TimeProvider time) : IAsyncDisposable
{
    /// <summary>To connect and to shake hands; a cellular network takes seconds.</summary>
    internal static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(10);

    /// <summary>From the request to the end of the answer. Both together are less than the forwarder's own limit, whose message names no address.</summary>
    internal static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(18);

    /// <summary>Kept no longer without use: middleboxes forget a connection without telling anybody.</summary>
    internal static readonly TimeSpan LongestIdle = TimeSpan.FromSeconds(60);

    private SinkAddress? _address;
    private Socket? _socket;
    private Stream? _stream;
    private long _usedAt;

    /// <exception cref="SinkException">There is no answer.</exception>
    public async Task<WebhookReply> Post(SinkAddress address, byte[] request, CancellationToken cancel)
    {
        var isKept = IsUsable(address);
        try
        {
            try
            {
                return await Exchange(address, request, cancel);
            }
            catch (Exception e) when (isKept && e is IOException or SocketException)
            {
                // The server ended the old connection in this moment.
                return await Exchange(address, request, cancel);
            }
        }
        catch (Exception e) when (e is IOException or SocketException or AuthenticationException or InvalidDataException)
        {
            throw SinkSocket.Explain(address, tls, e);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_stream is { } stream) await stream.DisposeAsync();
        _socket?.Dispose();
        (_stream, _socket) = (null, null);
    }

    private async Task<WebhookReply> Exchange(SinkAddress address, byte[] request, CancellationToken cancel)
    {
        if (!IsUsable(address)) await Limited(ConnectPatience, token => Connect(address, token), $"{address} cannot be reached within {ConnectPatience.TotalSeconds:0} s; check that it runs, and the way to it", cancel);
        WebhookReply? reply = null;
        try
        {
            await Limited(AnswerPatience, Ask, $"{address} took the request and has not answered within {AnswerPatience.TotalSeconds:0} s; see whether it is overloaded", cancel);
            return reply!;
        }
        finally
        {
            if (reply?.IsWhole == true) _usedAt = time.GetTimestamp();
            else await DisposeAsync();
        }

        async Task Ask(CancellationToken token)
        {
            await _stream!.WriteAsync(request, token);
            await _stream.FlushAsync(token);
            reply = await WebhookReply.Read(_stream, token);
        }
    }

    private async Task Limited(TimeSpan patience, Func<CancellationToken, Task> work, string late, CancellationToken cancel)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), either, patience, Timeout.InfiniteTimeSpan);
        try
        {
            await work(either.Token);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new SinkException(late, e);
        }
    }

    private async Task Connect(SinkAddress address, CancellationToken cancel)
    {
        await DisposeAsync();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(await NameLookup.Find(address.Host, cancel), address.Port, cancel);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Scheme == "https")
            {
                SinkTls.Require();
                var secured = new SslStream(stream);
                stream = secured;
                await secured.AuthenticateAsClientAsync(tls.Options(address.Host), cancel);
            }

            (_address, _socket, _stream, _usedAt) = (address, socket, stream, time.GetTimestamp());
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A server that says something unasked, or ends, makes the socket readable.</summary>
    private bool IsUsable(SinkAddress address) =>
        _stream is not null && _address == address && time.GetElapsedTime(_usedAt) < LongestIdle && !_socket!.Poll(TimeSpan.Zero, SelectMode.SelectRead);
}
