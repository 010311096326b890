using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Hosting.Control;
using Conpot.Pi.Tests.Net;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Hosting.Control;

/// <summary>The control socket against everything a client can do to it; a request that is in order is answered before, meanwhile and after.</summary>
public sealed class ControlServerTests
{
    private const string Ping = "{\"verb\":\"ping\",\"text\":\"hello\"}\n", Pong = "{\"pong\":\"hello\"}\n";

    [Theory]
    [InlineData(Ping)]
    [InlineData("{\"verb\":\"ping\",\"text\":\"hello\"}\r\n")]
    [InlineData(" { \"text\" : \"hello\", \"\\u0076erb\" : \"ping\", \"more\" : [1] } \nwhat follows the line is ignored\n")]
    public void A_request_gets_one_line_and_the_end(string request)
    {
        using var rig = new ControlRig();
        Assert.Equal(Pong, rig.Exchange(request));
    }

    [Fact]
    public void The_end_of_what_a_client_sends_is_the_end_of_its_line()
    {
        using var rig = new ControlRig();
        var client = rig.Connect();
        client.Send(Encoding.ASCII.GetBytes(Ping.TrimEnd()));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(Pong, ControlRig.ToEnd(client));
    }

    [Fact]
    public void A_request_may_come_byte_by_byte()
    {
        using var rig = new ControlRig();
        var client = rig.Connect();
        foreach (var b in Encoding.ASCII.GetBytes(Ping)) client.Send([b]);
        Assert.Equal(Pong, ControlRig.ToEnd(client));
    }

    [Theory]
    [InlineData("\n", "no JSON")]
    [InlineData("status\n", "no JSON")]
    [InlineData("{\"verb\":\"ping\"", "no JSON")]
    [InlineData("[[[[[[[[[[[[1]]]]]]]]]]]]\n", "no JSON")]
    [InlineData("GET / HTTP/1.1\r\n", "no JSON")]
    [InlineData("null\n", "a text \"verb\"")]
    [InlineData("[\"verb\"]\n", "a text \"verb\"")]
    [InlineData("{}\n", "a text \"verb\"")]
    [InlineData("{\"verb\":7}\n", "a text \"verb\"")]
    [InlineData("{\"verb\":\"\\ud800\"}\n", "a text \"verb\"")]
    [InlineData("{\"\\ud800\":1,\"verb\":\"ping\"}\n", "a text")]
    [InlineData("{\"verb\":\"Ping\"}\n", "it has ping, broken, count")]
    [InlineData("{\"verb\":\"ping\",\"text\":[]}\n", "a text \"text\"")]
    [InlineData("{\"verb\":\"count\",\"to\":-1}\n", "\"to\" is a number 0 to")]
    [InlineData("{\"verb\":\"count\",\"to\":1e300}\n", "\"to\" is a number 0 to")]
    public void What_is_no_request_is_refused_in_words(string request, string words)
    {
        using var rig = new ControlRig();
        var client = rig.Connect();
        client.Send(Encoding.UTF8.GetBytes(request));
        client.Shutdown(SocketShutdown.Send);
        using var reply = JsonDocument.Parse(ControlRig.ToEnd(client));
        Assert.Contains(words, reply.RootElement.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(Pong, rig.Exchange(Ping));
        Assert.Empty(rig.Complaints);
    }

    [Fact]
    public void Arbitrary_bytes_never_break_it()
    {
        var time = new StandingClock();
        using var rig = new ControlRig(time);
        Gen.Byte.Array[0, 300].Sample(bytes =>
        {
            time.NextSecond(); // so that none is refused for coming too often
            using var client = rig.Connect();
            client.Send(bytes);
            client.Shutdown(SocketShutdown.Send);
            using var reply = JsonDocument.Parse(ControlRig.ToEnd(client));
            Assert.True(reply.RootElement.TryGetProperty("error", out _));
        }, iter: 200, threads: 1);
        Assert.Equal(Pong, rig.Exchange(Ping));
        Assert.Empty(rig.Complaints);
    }

    [Fact]
    public void A_line_that_is_too_long_is_refused_at_its_limit()
    {
        using var rig = new ControlRig();
        string Padded(int length) => Ping.TrimEnd().PadRight(length) + "\n";
        Assert.Equal(Pong, rig.Exchange(Padded(ControlServer.LongestRequest - 1)));
        Assert.Contains($"longer than {ControlServer.LongestRequest} bytes", rig.Exchange(Padded(ControlServer.LongestRequest)), StringComparison.Ordinal);
        Assert.Contains("longer than", rig.Exchange(new byte[1 << 20]), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_dropped_after_its_time()
    {
        var time = new FakeTimeProvider();
        using var rig = new ControlRig(time);
        var client = rig.Connect();
        client.Send("{\"verb\""u8);
        SpinWait.SpinUntil(() => rig.Server.Clients == 1, NetRig.Patience);
        // The limit begins when the server gets to it, which is at some moment after it has counted the client.
        var end = Task.Run(() => ControlRig.ToEnd(client));
        Assert.True(SpinWait.SpinUntil(() =>
        {
            time.Advance(ControlServer.Patience);
            return end.IsCompleted;
        }, NetRig.Patience));
        Assert.Equal("", await end);
        Assert.True(SpinWait.SpinUntil(() => rig.Server.Clients == 0, NetRig.Patience));
    }

    [Fact]
    public void One_client_more_than_there_is_room_for_is_refused_and_room_comes_back()
    {
        using var rig = new ControlRig();
        var watchers = Enumerable.Range(0, ControlServer.MostClients).Select(_ =>
        {
            var client = rig.Connect();
            client.Send("{\"verb\":\"count\",\"to\":1}\n"u8);
            Assert.True(client.Receive(new byte[16]) > 0);
            return client;
        }).ToList();
        Assert.Contains("too many clients", rig.Exchange(Ping), StringComparison.Ordinal);
        watchers[0].Dispose();
        Assert.True(SpinWait.SpinUntil(() => rig.Server.Clients < ControlServer.MostClients, NetRig.Patience));
        Assert.Equal(Pong, rig.Exchange(Ping));
    }

    [Fact]
    public void Who_asks_too_often_is_told_so_until_the_next_second()
    {
        var time = new StandingClock();
        using var rig = new ControlRig(time);
        for (var i = 0; i < ControlServer.MostPerSecond; i++) Assert.Equal(Pong, rig.Exchange(Ping));
        Assert.Contains("ask less often", rig.Exchange(Ping), StringComparison.Ordinal);
        time.NextSecond();
        Assert.Equal(Pong, rig.Exchange(Ping));
    }

    [Fact]
    public async Task A_stream_ends_when_its_client_goes()
    {
        using var rig = new ControlRig();
        var client = rig.Connect();
        client.Send("{\"verb\":\"count\",\"to\":3}\n"u8);
        Assert.Equal("{\"n\":0}\n{\"n\":1}\n{\"n\":2}\n", Encoding.ASCII.GetString(NetRig.Read(client, 24)));
        client.Dispose();
        await rig.StreamEnded.WaitAsync(NetRig.Patience, TestContext.Current.CancellationToken);
        Assert.Empty(rig.Complaints);
    }

    [Fact]
    public void A_client_that_does_not_read_is_dropped_and_holds_nobody_up()
    {
        var time = new FakeTimeProvider();
        using var rig = new ControlRig(time);
        rig.Connect().Send("{\"verb\":\"count\"}\n"u8); // without end
        Assert.Equal(Pong, rig.Exchange(Ping));
        Assert.True(SpinWait.SpinUntil(() =>
        {
            time.Advance(ControlReply.SendPatience);
            return rig.StreamEnded.IsCompleted && rig.Server.Clients == 0;
        }, NetRig.Patience));
        Assert.Empty(rig.Complaints);
    }

    [Fact]
    public void A_mistake_in_a_verb_costs_its_client_and_nobody_else()
    {
        using var rig = new ControlRig();
        Assert.Equal("", rig.Exchange("{\"verb\":\"broken\"}\n"));
        Assert.Equal(Pong, rig.Exchange(Ping));
        Assert.Contains("a mistake of ours", Assert.Single(rig.Complaints), StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_the_server_ends_its_clients_and_its_file()
    {
        using var rig = new ControlRig();
        var watcher = rig.Connect();
        watcher.Send("{\"verb\":\"count\",\"to\":1}\n"u8);
        Assert.True(watcher.Receive(new byte[16]) > 0);
        rig.Server.Dispose();
        Assert.Equal("", ControlRig.ToEnd(watcher));
        Assert.False(File.Exists(rig.Path));
    }

    /// <summary>A clock whose seconds pass when a test says so, and whose timers are real: for limits on how often, not on how long.</summary>
    private sealed class StandingClock : TimeProvider
    {
        private long _now;

        public override long GetTimestamp() => Interlocked.Read(ref _now);

        public void NextSecond() => Interlocked.Add(ref _now, TimestampFrequency);
    }
}
