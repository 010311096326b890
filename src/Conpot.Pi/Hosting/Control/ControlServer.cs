using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Answers on the control socket: a connection is one request line and its reply, apart from the network loop and bounded in everything.</summary>
internal sealed class ControlServer : IDisposable
{
    internal const int MostClients = 8, LongestRequest = 4096;

    /// <summary>A person's tools ask once a second at most; a program that hammers must not cost the decoy its processor.</summary>
    internal const int MostPerSecond = 50;

    /// <summary>For the request to arrive, and to wait for another one that is being answered.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(10);

    private static readonly JsonDocumentOptions Parsing = new() { MaxDepth = 4 };

    private readonly Socket _listener;
    private readonly ControlVerbs _verbs;
    private readonly TimeProvider _time;
    private readonly Action<string> _complain;
    private readonly CancellationTokenSource _stop = new();

    /// <summary>One verb at a time: one that hangs with the medium then holds one thread, not eight.</summary>
    private readonly SemaphoreSlim _turn = new(1);

    private int _clients, _thisSecond;
    private long _second;

    /// <param name="listener">Listens already; see <see cref="ControlSocket"/>. It is ended with this.</param>
    public ControlServer(Socket listener, ControlVerbs verbs, TimeProvider time, Action<string> complain)
    {
        (_listener, _verbs, _time, _complain) = (listener, verbs, time, complain);
        _second = time.GetTimestamp();
    }

    /// <summary>Clients that are connected now.</summary>
    internal int Clients => Volatile.Read(ref _clients);

    public void Start() => _ = Task.Run(Accept);

    public void Dispose()
    {
        // Its clients' tasks still look at it; it holds nothing that would have to be given back.
        _stop.Cancel();
        _listener.Dispose();
    }

    private async Task Accept()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptAsync(_stop.Token).ConfigureAwait(false);
                if (Refusal() is { } refusal) Refuse(client, refusal);
                else _ = Serve(client);
                // Accepting alone would fill a processor too: the others wait in the backlog, and then at their own end.
                if (_thisSecond > MostPerSecond) await Task.Delay(Breath, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                return;
            }
            catch (SocketException)
            {
                // No file descriptors: the network needs them more. Try again when some may be back.
                await Task.Delay(TimeSpan.FromSeconds(1), _time, CancellationToken.None).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Null while there is room for one more client and the requests of this second are not too many.</summary>
    private string? Refusal()
    {
        if (_time.GetElapsedTime(_second) >= TimeSpan.FromSeconds(1)) (_second, _thisSecond) = (_time.GetTimestamp(), 0);
        if (++_thisSecond > MostPerSecond) return $"more than {MostPerSecond} requests in a second; ask less often";
        return Clients < MostClients ? null : "too many clients; end one of the others ('io watch' is one), or try again";
    }

    /// <summary>At once and without a task of its own, so that any number of them costs nothing; a fresh socket has room for the line.</summary>
    private static void Refuse(Socket client, string refusal)
    {
        using (client)
        {
            client.Blocking = false;
            _ = client.Send(Encoding.ASCII.GetBytes($"{{\"error\":\"{refusal}\"}}\n"), SocketFlags.None, out _);
        }
    }

    private async Task Serve(Socket client)
    {
        Interlocked.Increment(ref _clients);
        try
        {
            await Answer(client, new ControlReply(client, _time, _stop.Token)).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The client went, or was too slow, or the sensor stops.
        }
        catch (Exception e)
        {
            _complain($"a mistake in the sensor's control socket; please report it: {e}");
        }
        finally
        {
            client.Dispose();
            Interlocked.Decrement(ref _clients);
        }
    }

    private async Task Answer(Socket client, ControlReply reply)
    {
        var line = new byte[LongestRequest];
        var length = await Receive(client, line).ConfigureAwait(false);
        if (length < 0)
        {
            await reply.Error($"the request is longer than {LongestRequest} bytes").ConfigureAwait(false);
            return;
        }
        try
        {
            using var request = JsonDocument.Parse(line.AsMemory(0, length), Parsing);
            if (!_verbs.TryFind(ControlRequest.Text(request.RootElement, "verb"u8), out var run, out var streams))
                throw new ControlException($"this sensor has no such verb; it has {string.Join(", ", _verbs.Names)}");
            if (streams) await Stream(client, request.RootElement, run, reply).ConfigureAwait(false);
            else await Once(request.RootElement, run, reply).ConfigureAwait(false);
        }
        catch (JsonException)
        {
            await reply.Error("the request is no JSON; write one line such as {\"verb\":\"status\"}").ConfigureAwait(false);
        }
        catch (ControlException e)
        {
            await reply.Error(e.Message).ConfigureAwait(false);
        }
    }

    /// <summary>Up to the newline, or to the end of what the client sends; -1 when that is too long.</summary>
    private async Task<int> Receive(Socket client, byte[] line)
    {
        using var late = new CancellationTokenSource(Patience, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(late.Token, _stop.Token);
        for (var length = 0; length < line.Length;)
        {
            var got = await client.ReceiveAsync(line.AsMemory(length), SocketFlags.None, both.Token).ConfigureAwait(false);
            var newline = line.AsSpan(length, got).IndexOf((byte)'\n');
            if (newline >= 0) return length + newline;
            if (got == 0) return length;
            length += got;
        }
        return -1;
    }

    private async Task Once(JsonElement request, ControlVerb run, ControlReply reply)
    {
        if (!await _turn.WaitAsync(Patience, _stop.Token).ConfigureAwait(false))
            throw new ControlException("the sensor is busy with another request; try again");
        try
        {
            await run(request, reply, _stop.Token).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Until the client goes: it has nothing more to say, so anything that comes from it is the end.</summary>
    private async Task Stream(Socket client, JsonElement request, ControlVerb run, ControlReply reply)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var end = client.ReceiveAsync(new byte[1], SocketFlags.None, gone.Token).AsTask();
        var work = run(request, reply, gone.Token);
        try
        {
            await Task.WhenAny(work, end).ConfigureAwait(false);
        }
        finally
        {
            await gone.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(work, end).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        if (work.IsFaulted) await work.ConfigureAwait(false);
    }
}
