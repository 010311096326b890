using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Xunit;

namespace Conpot.Pi.Tests.Net;

/// <summary>A loop, a journal and one echoing port on loopback. Clients block with a time limit; nobody sleeps.</summary>
internal sealed class NetRig : IDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly AdmissionLimits Generous = new(10_000, 10_000, 100_000, 100_000);

    private readonly TempDirectory _temp = new();
    private readonly List<Socket> _clients = [];
    private ulong _lastId;

    public NetRig(TimeProvider? time = null, (double From, double To) latency = default, int connections = 10_000, TimeSpan idle = default, AdmissionLimits? limits = null, long segmentSize = 1 << 30, Func<double>? uniform = null, bool makesRoom = false, bool wantsBeginning = false)
    {
        Time = time ?? TimeProvider.System;
        Directory = _temp["journal"];
        Journal = new Journal(JournalFile.Open(new JournalSettings(Directory, segmentSize, 1L << 40, TimeSpan.FromSeconds(5))), "rig", "run", Time);
        Loop = new NetLoop(Journal, Time, new OpenConnections());
        var random = new Random(1);
        Service = new TcpService(
            new TcpServiceSettings("echo", new IPEndPoint(IPAddress.Loopback, 0), connections, idle, makesRoom), Loop, new Admission(limits ?? Generous, Time), new SessionIds(() => ++_lastId),
            new Latency(TimeSpan.FromMilliseconds(latency.From), TimeSpan.FromMilliseconds(latency.To), uniform ?? random.NextDouble), () => new EchoConversation { WantsBeginning = wantsBeginning });
        Service.Start();
        Loop.Start();
    }

    public TimeProvider Time { get; }

    public string Directory { get; }

    public Journal Journal { get; }

    public NetLoop Loop { get; }

    public TcpService Service { get; }

    public Socket Connect(int receiveBuffer = 0)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = (int)Patience.TotalMilliseconds, SendTimeout = (int)Patience.TotalMilliseconds };
        if (receiveBuffer > 0) (socket.ReceiveBufferSize, socket.SendBufferSize) = (receiveBuffer, receiveBuffer);
        _clients.Add(socket);
        socket.Connect(Service.EndPoint);
        return socket;
    }

    /// <summary>One more connection is reset; so soon, at times, that connecting already hears of it.</summary>
    public bool IsReset()
    {
        try
        {
            return EndsByReset(Connect());
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    /// <summary>Runs on the loop's thread and returns when that is done.</summary>
    public void OnLoop(Action action)
    {
        using var done = new ManualResetEventSlim();
        Loop.Post(() =>
        {
            action();
            done.Set();
        });
        Assert.True(done.Wait(Patience), "the loop does not turn");
    }

    /// <summary>Returns when all that the kernel had ready for the loop has been handled, and its events are in the file.</summary>
    public void Settle()
    {
        for (var turn = 0; turn < 3; turn++) OnLoop(() => { });
    }

    public List<JsonElement> Events(string? action = null)
    {
        Settle();
        return [.. Segments.List(Directory).SelectMany(s => ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement).Where(e => action is null || Action(e) == action)];
    }

    public List<string> Reasons() => [.. Events("session.end").Select(e => e.GetProperty("conpot").GetProperty("reason").GetString()!)];

    public static string Action(JsonElement e) => e.GetProperty("event").GetProperty("action").GetString()!;

    /// <summary>Exactly <paramref name="length"/> bytes, or as many as come before the end.</summary>
    public static byte[] Read(Socket socket, int length)
    {
        var bytes = new byte[length];
        var have = 0;
        while (have < length && socket.Receive(bytes, have, length - have, SocketFlags.None) is var read and > 0) have += read;
        return bytes[..have];
    }

    /// <summary>How the connection ended for the client: true by reset, false in order.</summary>
    public static bool EndsByReset(Socket socket)
    {
        try
        {
            Assert.Empty(Read(socket, 1));
            return false;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionReset)
        {
            return true;
        }
    }

    public static void Reset(Socket socket)
    {
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    private static IEnumerable<string> ReadLines(string path)
    {
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        while (reader.ReadLine() is { } line) yield return line;
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        Loop.Stop(Patience);
        Service.Dispose();
        Loop.Dispose();
        Journal.Dispose();
        _temp.Dispose();
    }
}
