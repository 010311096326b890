using System.Buffers.Binary;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Conpot.Pi.Events.Sinks;

/// <summary>A connection, plain or TLS, for protocols that have no receipt: what may have been lost with it is sent again over the next one.</summary>
/// <remarks>
/// A write into a connection whose other end has died succeeds, and the bytes are gone. Three things against it: somebody always reads, so that
/// an end is seen at once; a batch counts when the other kernel has acknowledged all of its bytes; and what was sent shortly before an end is sent
/// again. Left over: bytes that the other kernel took and its program never wrote down, when this sensor ends in the same moment.
/// </remarks>
internal sealed class SinkStream(SinkAddress address, SinkTls tls, TimeProvider time, SinkStream.Greeting? greet = null, SinkStream.Listening? listen = null) : IAsyncDisposable
{
    /// <summary>What a collector may have taken in and not yet written down when it ends: rsyslog's and the brokers' queues are quicker.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(30);

    /// <summary>More is not kept to be sent again.</summary>
    private const int DoubtfulBytes = 1 << 20;

    /// <summary>To connect, to shake hands, to be acknowledged: a plant network answers in milliseconds, a cellular one in seconds.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly Queue<(long SentAt, byte[] Bytes)> _sent = new();
    private int _sentBytes;
    private Connection? _connection;

    /// <summary>Says who we are on a new connection.</summary>
    internal delegate Task Greeting(Stream stream, CancellationToken cancel);

    /// <summary>Reads until the other side ends, and says why it did; null for no reason given.</summary>
    internal delegate Task<string?> Listening(Stream stream, CancellationToken cancel);

    /// <summary>Returns when the other side's kernel has all of it.</summary>
    /// <exception cref="SinkException">It was not delivered.</exception>
    public async Task Send(byte[] bytes, CancellationToken cancel)
    {
        for (var isSecond = false; ; isSecond = true)
        {
            var isNew = _connection is null || _connection.Ended.IsCompleted;
            try
            {
                if (isNew) await Connect(cancel);
                await Deliver(_connection!, bytes, cancel);
                Remember(bytes);
                return;
            }
            catch (Exception e) when (e is SocketException or IOException or AuthenticationException or InvalidDataException or SinkException or OperationCanceledException)
            {
                await Drop();
                cancel.ThrowIfCancellationRequested();
                // The old connection was dead; a collector that was only restarted is there again.
                if (isNew || isSecond) throw Explained(e);
            }
        }
    }

    public async ValueTask DisposeAsync() => await Drop(orderly: true);

    private async Task Connect(CancellationToken cancel)
    {
        await Drop();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), patience, Patience, Timeout.InfiniteTimeSpan);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        Stream? stream = null;
        try
        {
            await socket.ConnectAsync(address.Host, address.Port, patience.Token);
            Watch(socket);
            stream = new NetworkStream(socket, ownsSocket: true);
            if (address.Scheme == "tls")
            {
                SinkTls.Require();
                var secured = new SslStream(stream);
                stream = secured;
                await secured.AuthenticateAsClientAsync(tls.Options(address.Host), patience.Token);
            }

            if (greet is not null) await greet(stream, patience.Token);
            _connection = new Connection(socket, stream, listen ?? Discard, time);
        }
        catch
        {
            if (stream is not null) await stream.DisposeAsync();
            socket.Dispose();
            throw;
        }

        if (_sent.Count > 0) await Deliver(_connection, [.. _sent.SelectMany(s => s.Bytes)], cancel);
    }

    private async Task Deliver(Connection connection, byte[] bytes, CancellationToken cancel)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        using var timer = time.CreateTimer(static source => ((CancellationTokenSource)source!).Cancel(), patience, Patience, Timeout.InfiniteTimeSpan);
        await connection.Stream.WriteAsync(bytes, patience.Token);
        await connection.Stream.FlushAsync(patience.Token);
        for (var wait = 1; connection.Unacknowledged && !connection.Ended.IsCompleted; wait = Math.Min(wait * 2, 50))
            await Task.Delay(TimeSpan.FromMilliseconds(wait), time, patience.Token);
        if (connection.IsNew && listen is not null)
        {
            // A broker says no a moment after the fact, and yes never.
            connection.IsNew = false;
            await Task.WhenAny(connection.Ended, Task.Delay(TimeSpan.FromMilliseconds(300), time, patience.Token));
            patience.Token.ThrowIfCancellationRequested();
        }

        if (connection.Ended.IsCompleted) throw new SinkException($"{address} ended the connection{(await connection.Ended is { } why ? $": {why}" : "")}");
    }

    private void Remember(byte[] bytes)
    {
        _sent.Enqueue((time.GetTimestamp(), bytes));
        _sentBytes += bytes.Length;
        Forget(time.GetTimestamp());
    }

    /// <summary>What was sent long before a moment has been written down by then.</summary>
    private void Forget(long moment)
    {
        while (_sent.TryPeek(out var oldest) && (time.GetElapsedTime(oldest.SentAt, moment) > Doubtful || (_sentBytes > DoubtfulBytes && _sent.Count > 1)))
        {
            _sentBytes -= oldest.Bytes.Length;
            _sent.Dequeue();
        }
    }

    private async Task Drop(bool orderly = false)
    {
        if (_connection is not { } connection) return;
        _connection = null;
        if (connection.Ended.IsCompleted) Forget(connection.EndedAt);
        if (orderly) await connection.ShutDown();
        await connection.DisposeAsync();
    }

    private SinkException Explained(Exception e) => e switch
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

    private static async Task<string?> Discard(Stream stream, CancellationToken cancel)
    {
        var nothing = new byte[256];
        while (await stream.ReadAsync(nothing, cancel) > 0)
        {
        }

        return null;
    }

    /// <summary>One connection and the task that waits for its end.</summary>
    private sealed class Connection : IAsyncDisposable
    {
        private readonly Socket _socket;
        private readonly CancellationTokenSource _stop = new();

        public Connection(Socket socket, Stream stream, Listening listen, TimeProvider time)
        {
            (_socket, Stream) = (socket, stream);
            Ended = Task.Run(async () =>
            {
                try
                {
                    return await listen(stream, _stop.Token);
                }
                catch (Exception e) when (e is IOException or SocketException or OperationCanceledException or ObjectDisposedException or InvalidDataException)
                {
                    return e.Message;
                }
                finally
                {
                    EndedAt = time.GetTimestamp();
                }
            });
        }

        public Stream Stream { get; }

        public bool IsNew { get; set; } = true;

        public Task<string?> Ended { get; }

        public long EndedAt { get; private set; }

        /// <summary>Whether the other kernel still lacks some of what was written: struct tcp_info of linux/tcp.h, tcpi_unacked and tcpi_notsent_bytes.</summary>
        public bool Unacknowledged
        {
            get
            {
                const int tcpInfo = 11, unackedAt = 24, notSentAt = 144;
                if (!OperatingSystem.IsLinux()) return false;
                Span<byte> info = stackalloc byte[256];
                var length = _socket.GetRawSocketOption(6, tcpInfo, info);
                return length >= notSentAt + 4
                    && (BinaryPrimitives.ReadUInt32LittleEndian(info[unackedAt..]) > 0 || BinaryPrimitives.ReadUInt32LittleEndian(info[notSentAt..]) > 0);
            }
        }

        /// <summary>Says that nothing more comes, and lets the other side take what is under way.</summary>
        public async Task ShutDown()
        {
            try
            {
                if (Ended.IsCompleted) return;
                if (Stream is SslStream secured) await secured.ShutdownAsync();
                _socket.Shutdown(SocketShutdown.Send);
                await Task.WhenAny(Ended, Task.Delay(TimeSpan.FromSeconds(1)));
            }
            catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
            {
                // It ended by itself meanwhile.
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Ended;
            await Stream.DisposeAsync();
            _socket.Dispose();
            _stop.Dispose();
        }
    }
}
