using System.Net;
using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Against a collector on the loopback that takes, dies and comes back.</summary>
public sealed class SyslogSinkTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _directory.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task Messages_are_counted_in_octets()
    {
        using var collector = Listen(0);
        await using var sink = Sink($"server = \"tcp://127.0.0.1:{Port(collector)}\"");
        var sending = sink.Send([SyslogEvents.Read, SyslogEvents.End], _limit.Token);
        using var connection = await collector.AcceptAsync(_limit.Token);
        Assert.Equal(["088e1f08-3", "088e1f08-4"], await Ids(connection, 2));
        Assert.Contains("2 acknowledged by the host of tcp://127.0.0.1:", await sending, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_went_into_a_connection_that_then_died_comes_again_before_what_follows(bool reset)
    {
        using var collector = Listen(0);
        await using var sink = Sink($"server = \"tcp://127.0.0.1:{Port(collector)}\"");
        var first = sink.Send([SyslogEvents.Numbered(1)], _limit.Token);
        var connection = await collector.AcceptAsync(_limit.Token);
        await first; // it is in the other kernel, and nobody has read it
        if (reset) connection.LingerState = new LingerOption(true, 0);
        connection.Dispose();
        var second = sink.Send([SyslogEvents.Numbered(2)], _limit.Token);
        using var next = await collector.AcceptAsync(_limit.Token);
        Assert.Equal(["088e1f08-1", "088e1f08-2"], await Ids(next, 2));
        await second;
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so()
    {
        var free = Listen(0);
        var port = Port(free);
        free.Dispose();
        await using var sink = Sink($"server = \"tcp://127.0.0.1:{port}\"");
        var e = await Assert.ThrowsAsync<SinkException>(() => sink.Send([SyslogEvents.Read], _limit.Token));
        Assert.Contains($"nobody listens on tcp://127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_datagram_that_no_port_took_comes_again()
    {
        using var free = new UdpClient(new IPEndPoint(IPAddress.Loopback, 0));
        var port = ((IPEndPoint)free.Client.LocalEndPoint!).Port;
        free.Dispose();
        await using var sink = Sink($"server = \"udp://127.0.0.1:{port}\"");
        var e = await Assert.ThrowsAsync<SinkException>(() => sink.Send([SyslogEvents.Numbered(1)], _limit.Token));
        Assert.Contains("nobody listens on udp://", e.Message, StringComparison.Ordinal);
        using var collector = new UdpClient(new IPEndPoint(IPAddress.Loopback, port));
        await sink.Send([SyslogEvents.Numbered(1)], _limit.Token);
        var datagram = await collector.ReceiveAsync(_limit.Token);
        Assert.Equal("088e1f08-1", SyslogMessageTests.Taken(Encoding.ASCII.GetString(datagram.Buffer)).Data["event@32473 id"]);
    }

    [Theory]
    [InlineData("", "has no 'server'")]
    [InlineData("server = \"http://x\"", "is none of udp://, tcp://, tls://")]
    [InlineData("server = \"tcp://x\"\nca = \"/x.pem\"", "'ca' in [syslog] is for TLS")]
    [InlineData("server = \"tls://x\"\ncertificate = \"/nowhere/x.pem\"", "'certificate' and 'key' in [syslog] go together")]
    [InlineData("server = \"udp://x\"\nfacility = \"local8\"", "did you mean \"local0\"?")]
    [InlineData("server = \"udp://x\"\nformat = \"json\"", "allowed: \"rfc5424\", \"cef\", \"ecs\"")]
    public void Mistakes_are_told(string settings, string expected)
    {
        var (_, sheet) = SyslogSheet.Build(SyslogSink.Create, "syslog", settings, _directory.Path);
        Assert.Contains(expected, sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switched_off_sink_is_none_and_needs_no_server()
    {
        var (sink, sheet) = SyslogSheet.Build(SyslogSink.Create, "syslog", "enabled = false", _directory.Path);
        Assert.Null(sink);
        Assert.Empty(sheet.Messages);
    }

    private ISink Sink(string settings) => SyslogSheet.Sink(SyslogSink.Create, "syslog", settings, _directory.Path);

    private static Socket Listen(int port)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
        socket.Listen();
        return socket;
    }

    private static int Port(Socket socket) => ((IPEndPoint)socket.LocalEndPoint!).Port;

    private async Task<List<string>> Ids(Socket connection, int count)
    {
        using var stream = new NetworkStream(connection);
        var ids = new List<string>();
        while (ids.Count < count)
        {
            var length = 0;
            var one = new byte[1];
            while (await stream.ReadAsync(one, _limit.Token) == 1 && one[0] != ' ') length = length * 10 + (one[0] - '0');
            var message = new byte[length];
            await stream.ReadExactlyAsync(message, _limit.Token);
            ids.Add(SyslogMessageTests.Taken(Encoding.ASCII.GetString(message)).Data["event@32473 id"]);
        }

        return ids;
    }
}
