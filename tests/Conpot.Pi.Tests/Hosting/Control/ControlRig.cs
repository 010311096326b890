using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Hosting.Control;
using Conpot.Pi.Tests.Net;

namespace Conpot.Pi.Tests.Hosting.Control;

/// <summary>A control socket with verbs of its own, and clients that wait with a limit.</summary>
internal sealed class ControlRig : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly List<Socket> _clients = [];
    private readonly TaskCompletionSource _left = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ControlRig(TimeProvider? time = null)
    {
        Path = _temp["control.sock"];
        var verbs = new ControlVerbs();
        verbs.Add("ping", (request, json) => json.WriteString("pong", ControlRequest.Text(request, "text"u8)));
        verbs.Add("broken", (_, _) => throw new InvalidDataException("a mistake of ours"));
        verbs.AddStream("count", async (request, reply, cancel) =>
        {
            try
            {
                for (var i = 0; i < ControlRequest.Number(request, "to"u8, int.MaxValue, 0, int.MaxValue); i++)
                {
                    var n = i;
                    await reply.Line(json => json.WriteNumber("n", n));
                }
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
            finally
            {
                _left.TrySetResult();
            }
        });
        Server = new ControlServer(ControlSocket.Listen(Path), verbs, time ?? TimeProvider.System, text =>
        {
            lock (Complaints) Complaints.Add(text);
        });
        Server.Start();
    }

    public string Path { get; }

    public ControlServer Server { get; }

    public List<string> Complaints { get; } = [];

    public ControlSettings Settings => new(true, Path, null);

    /// <summary>A verb that streams has ended.</summary>
    public Task StreamEnded => _left.Task;

    public Socket Connect()
    {
        var client = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = (int)NetRig.Patience.TotalMilliseconds, SendTimeout = (int)NetRig.Patience.TotalMilliseconds };
        _clients.Add(client);
        client.Connect(new UnixDomainSocketEndPoint(Path));
        return client;
    }

    /// <summary>Sends bytes and returns all that comes until the server ends the connection.</summary>
    public string Exchange(ReadOnlySpan<byte> bytes)
    {
        var client = Connect();
        try
        {
            client.Send(bytes);
        }
        catch (SocketException)
        {
            // Refused, and ended before we were done; what it says is still there to be read.
        }
        return ToEnd(client);
    }

    public string Exchange(string text) => Exchange(Encoding.UTF8.GetBytes(text));

    public static string ToEnd(Socket client)
    {
        var all = new List<byte>();
        var buffer = new byte[4096];
        try
        {
            for (var got = client.Receive(buffer); got > 0; got = client.Receive(buffer)) all.AddRange(buffer.AsSpan(0, got));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            // It had unread bytes of ours when it closed.
        }
        return Encoding.UTF8.GetString([.. all]);
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        Server.Dispose();
        _temp.Dispose();
    }
}
