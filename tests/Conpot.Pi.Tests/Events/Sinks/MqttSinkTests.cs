using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Against a broker by hand, which sees each packet.</summary>
public sealed class MqttSinkTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly MqttPeer _broker;

    public MqttSinkTests() => _broker = new MqttPeer(_limit.Token);

    public void Dispose()
    {
        _broker.Dispose();
        _directory.Dispose();
        _limit.Dispose();
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData("3.1.1", 4)]
    public async Task It_connects_with_a_last_will_and_says_that_it_is_there(string version, byte onWire)
    {
        await using var sink = Sink($"version = \"{version}\"\nuser = \"me\"\npassword = \"s3cret\"");
        var opening = sink.Open(_limit.Token);
        var connect = await _broker.Accept();
        var text = Encoding.Latin1.GetString(connect.Body);
        Assert.Equal(MqttPacket.Connect, connect.Type);
        Assert.Equal("MQTT", text[2..6]);
        Assert.Equal(onWire, connect.Body[6]);
        Assert.Equal(0b1110_1110, connect.Body[7]); // user, password, will retained with QoS 1, clean start
        Assert.Equal(30, connect.Body[8] << 8 | connect.Body[9]);
        Assert.Contains("conpot-pi-pump-house", text, StringComparison.Ordinal);
        Assert.Contains("conpot/pump-house/status", text, StringComparison.Ordinal);
        Assert.Contains("\"state\":\"offline\"", text, StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"lost\"", text, StringComparison.Ordinal);
        Assert.EndsWith("\0\u0002me\0\u0006s3cret", text, StringComparison.Ordinal);

        await _broker.Send(onWire == 5 ? [0x20, 3, 0, 0, 0] : [0x20, 2, 0, 0]);
        var status = await _broker.Take();
        await opening;
        Assert.Equal(("conpot/pump-house/status", true, 1), (status.Topic, status.Retain, status.Quality));
        var payload = JsonElement.Parse(status.Payload(onWire));
        Assert.Equal("online", payload.GetProperty("state").GetString());
        Assert.Equal("CPU 224XP", payload.GetProperty("device").GetString());

        await sink.Open(_limit.Token);
        Assert.False(_broker.HasMore); // it was open
    }

    [Fact]
    public async Task A_batch_goes_in_order_and_counts_when_all_of_it_is_acknowledged()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Read, Alert, SyslogEvents.End], _limit.Token);
        await _broker.Welcome(5);
        var packets = new List<MqttPacket>();
        while (packets.Count < 4) packets.Add(await _broker.Read());
        Assert.Equal(["events", "events", "alerts", "events"], packets.Select(p => p.Topic.Split('/')[^1]));
        Assert.All(packets, p => Assert.Equal((1, false), (p.Quality, p.Retain)));
        Assert.Equal(SyslogEvents.Read.Line.ToArray(), packets[0].Payload(5));
        Assert.Equal(Alert.Line.ToArray(), packets[2].Payload(5));
        foreach (var packet in packets)
        {
            Assert.False(sending.IsCompleted);
            await _broker.Acknowledge(packet);
        }

        Assert.Contains("PUBACK for 4 on conpot/pump-house from mqtt://127.0.0.1:", await sending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_more_is_unacknowledged_than_the_broker_takes()
    {
        await using var sink = Sink();
        var sending = sink.Send([.. Enumerable.Range(1, 5).Select(SyslogEvents.Numbered)], _limit.Token);
        await _broker.Welcome(5, 0x21, 0, 2); // Receive Maximum 2
        var first = await _broker.Read();
        var second = await _broker.Read();
        Assert.False(_broker.HasMore);
        await _broker.Acknowledge(first);
        var third = await _broker.Read();
        Assert.False(_broker.HasMore);
        await _broker.Acknowledge(second);
        await _broker.Acknowledge(third);
        await _broker.Take();
        await _broker.Take();
        await sending;
    }

    [Fact]
    public async Task What_was_not_acknowledged_comes_again_over_the_next_connection()
    {
        await using var sink = Sink("version = \"3.1.1\"");
        EventRecord[] batch = [SyslogEvents.Numbered(1), SyslogEvents.Numbered(2)];
        var first = sink.Send(batch, _limit.Token);
        await _broker.Welcome(4);
        await _broker.Take();
        await _broker.Read();
        _broker.Hang();
        await Assert.ThrowsAsync<SinkException>(() => first);
        var second = sink.Send(batch, _limit.Token);
        await _broker.Welcome(4);
        Assert.Equal(batch.Select(e => e.Line.ToArray()), [(await _broker.Take()).Payload(4), (await _broker.Take()).Payload(4)]);
        await second;
    }

    [Theory]
    [InlineData("5", new byte[] { 0x20, 3, 0, 0x86, 0 }, "does not let 'me' in; check 'user' and 'password_file'")]
    [InlineData("5", new byte[] { 0x20, 3, 0, 0x87, 0 }, "does not let 'me' in; check 'user' and 'password_file'")]
    [InlineData("3.1.1", new byte[] { 0x20, 2, 0, 4 }, "does not let 'me' in")]
    [InlineData("3.1.1", new byte[] { 0x20, 2, 0, 5 }, "does not let 'me' in")]
    [InlineData("3.1.1", new byte[] { 0x20, 2, 0, 1 }, "set version = \"5\"")]
    [InlineData("5", new byte[] { 0x20, 3, 0, 0x84, 0 }, "set version = \"3.1.1\"")]
    [InlineData("5", new byte[] { 0x20, 9, 0, 0x8A, 6, 0x1F, 0, 3, (byte)'b', 0x1B, (byte)'d' }, "has banned 'me'; see the broker's log (Banned: \"b<U+001B>d\")")]
    [InlineData("5", new byte[] { (byte)'H', (byte)'T', (byte)'T', (byte)'P', (byte)'/', (byte)'1' }, "may be no MQTT broker")]
    [InlineData("5", new byte[] { 0x20, 0xFF, 0xFF, 0xFF, 0x7F }, "correct the address")]
    public async Task A_broker_that_says_no_is_understood(string version, byte[] answer, string expected)
    {
        await using var sink = Sink($"version = \"{version}\"\nuser = \"me\"\npassword = \"x\"");
        var opening = sink.Open(_limit.Token);
        await _broker.Accept();
        await _broker.Send(answer);
        if (answer[0] != 0x20) _broker.Hang();
        var e = await Assert.ThrowsAsync<SinkException>(() => opening);
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_topic_that_it_may_not_publish_on_is_named_and_the_event_waits()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        await _broker.Welcome(5);
        var packet = await _broker.Read();
        await _broker.Send([0x40, 4, (byte)(packet.Identifier >> 8), (byte)packet.Identifier, 0x87, 0]);
        var e = await Assert.ThrowsAsync<SinkException>(() => sending);
        Assert.Contains("does not let a client without user and password publish on conpot/pump-house/events", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsRefusal);
        var again = sink.Send([SyslogEvents.Read], _limit.Token); // over the same connection
        await _broker.Take();
        await again;
    }

    [Fact]
    public async Task An_event_that_is_too_long_for_the_broker_is_refused_here()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        await _broker.Welcome(5, 0x27, 0, 0, 1, 0); // Maximum Packet Size 256
        var e = await Assert.ThrowsAsync<SinkException>(() => sending);
        Assert.True(e.IsRefusal);
        Assert.Contains("takes packets of 256 bytes", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_client_of_the_same_name_is_told()
    {
        await using var sink = Sink();
        var opening = sink.Open(_limit.Token);
        await _broker.Welcome(5);
        await opening;
        await _broker.Send([0xE0, 2, 0x8E, 0]); // DISCONNECT, Session taken over
        _broker.Hang();
        var accepting = _broker.Welcome(5);
        SinkException? told = null;
        while (told is null)
        {
            var again = sink.Open(_limit.Token);
            _limit.Token.ThrowIfCancellationRequested();
            await Task.Yield();
            told = await Record.ExceptionAsync(() => again) as SinkException;
        }

        Assert.Contains("another client connects to mqtt://127.0.0.1:", told.Message, StringComparison.Ordinal);
        var next = sink.Open(_limit.Token);
        await accepting;
        await next;
    }

    [Fact]
    public async Task It_takes_leave()
    {
        var sink = Sink();
        var opening = sink.Open(_limit.Token);
        await _broker.Welcome(5);
        await opening;
        var leaving = sink.DisposeAsync();
        var status = await _broker.Take();
        Assert.True(status.Retain);
        Assert.Contains("\"state\":\"offline\"", Encoding.UTF8.GetString(status.Payload(5)), StringComparison.Ordinal);
        Assert.Contains("\"reason\":\"stopped\"", Encoding.UTF8.GetString(status.Payload(5)), StringComparison.Ordinal);
        Assert.Equal(MqttPacket.Disconnect, (await _broker.Read()).Type);
        await leaving;
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so()
    {
        await using var sink = Sink();
        _broker.Dispose();
        var e = await Assert.ThrowsAsync<SinkException>(() => sink.Open(_limit.Token));
        Assert.Contains("nobody listens on mqtt://127.0.0.1:", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_test_reaches_those_who_wait_for_alerts()
    {
        await using var sink = Sink("events = \"alerts\"");
        var sending = sink.Send([TestEvent.Make("pump-house", TimeProvider.System)], _limit.Token);
        await _broker.Welcome(5);
        Assert.Equal("conpot/pump-house/events", (await _broker.Take()).Topic);
        Assert.Equal("conpot/pump-house/alerts", (await _broker.Take()).Topic);
        await sending;
    }

    [Fact]
    public async Task Home_Assistant_is_introduced_before_the_first_event_and_told_after_it()
    {
        await using var sink = Sink("home_assistant = true\nevents = \"alerts\"");
        Assert.True(sink.Filter.Wants(SyslogEvents.Read));
        var sending = sink.Send([SyslogEvents.Read, Alert], _limit.Token);
        await _broker.Welcome(5);
        var topics = new List<string>();
        do topics.Add((await _broker.Take()).Topic);
        while (topics[^1] != "conpot/pump-house/state");
        Assert.Equal(6, topics.Count(t => t.StartsWith("homeassistant/", StringComparison.Ordinal) && t.EndsWith("/config", StringComparison.Ordinal)));
        Assert.Equal("conpot/pump-house/events", (await _broker.Take()).Topic); // the alert; the other is not asked for
        Assert.Equal("conpot/pump-house/alerts", (await _broker.Take()).Topic);
        var state = JsonElement.Parse((await _broker.Take()).Payload(5));
        Assert.Equal(("ON", 1, "10.0.0.5"), (state.GetProperty("alert").GetString(), state.GetProperty("events").GetInt32(), state.GetProperty("last_source").GetString()));
        await sending;
    }

    [Theory]
    [InlineData("", "has no 'server'")]
    [InlineData("server = \"tcp://x\"", "is none of mqtt://, mqtts://")]
    [InlineData("server = \"mqtt://x\"\nca = \"/x.pem\"", "'ca' in [mqtt] is for TLS")]
    [InlineData("server = \"mqtt://x\"\nversion = \"3.1\"", "allowed: \"5\", \"3.1.1\"")]
    [InlineData("server = \"mqtt://x\"\npassword = \"p\"", "has a password and no 'user'")]
    [InlineData("server = \"mqtt://x\"\nprefix = \"a/#\"", "without + and #")]
    [InlineData("server = \"mqtt://x\"\nprefix = \"/a\"", "without + and #")]
    [InlineData("server = \"mqtt://x\"\nclient_id = \"a b\"", "'client_id' in [mqtt] is no identifier")]
    [InlineData("server = \"mqtt://x\"\ndiscovery_prefix = \"ha\"", "set home_assistant = true")]
    public void Mistakes_are_told(string settings, string expected)
    {
        var (_, sheet) = SyslogSheet.Build(MqttSink.Create, "mqtt", settings, _directory.Path);
        Assert.Contains(expected, sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_switched_off_sink_is_none_and_needs_no_server()
    {
        var (sink, sheet) = SyslogSheet.Build(MqttSink.Create, "mqtt", "enabled = false", _directory.Path);
        Assert.Null(sink);
        Assert.Empty(sheet.Messages);
    }

    internal static EventRecord Alert { get; } = SyslogEvents.Line(
        """{"@timestamp":"2026-11-22T22:03:32.000001Z","event":{"sequence":5,"id":"088e1f08-5","kind":"alert","category":["network"],"type":["info"],"action":"alert.raised","severity":60},"source":{"ip":"10.0.0.5","port":35228},"observer":{"name":"pump-house"},"conpot":{"what":"modbus.write","event":"088e1f08-4","window":3600}}""");

    private ISink Sink(string settings = "") => SyslogSheet.Sink(MqttSink.Create, "mqtt", $"server = \"mqtt://127.0.0.1:{_broker.Port}\"\n{settings}", _directory.Path);
}
