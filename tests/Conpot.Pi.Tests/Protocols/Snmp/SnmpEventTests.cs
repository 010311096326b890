using System.Text.Json;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>What the journal says of a datagram.</summary>
public sealed class SnmpEventTests : IDisposable
{
    private const string SysDescr = "1.3.6.1.2.1.1.1.0", SysName = "1.3.6.1.2.1.1.5.0", SysLocation = "1.3.6.1.2.1.1.6.0";

    private readonly SnmpBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void A_get_says_who_asked_for_what()
    {
        var request = Ask(0, Get, SysDescr, "1.3.6.1.2.1.1.7.0");
        var e = _bench.EventOf(request);
        Check(e, "snmp.get", 30, ["T0888"], """{"version":"1","community":"public","operation":"GetRequest","oids":["1.3.6.1.2.1.1.1.0","1.3.6.1.2.1.1.7.0"],"varbinds":2}""");
        Assert.Equal(Convert.ToHexString(request), e.GetProperty("conpot").GetProperty("request").GetString());
        Assert.Equal(Convert.ToHexString(_bench.Send(request)), e.GetProperty("conpot").GetProperty("response").GetString());
        Assert.False(e.GetProperty("event").TryGetProperty("outcome", out _));
    }

    [Theory]
    [InlineData("1.3.6.1.2.1", "T0888")]
    [InlineData("1.3.6.1.2.1.5", "T0888")]
    [InlineData("1.3.6.1.2.1.3", "T0840")]
    [InlineData("1.3.6.1.2.1.4.20.1.1", "T0840")]
    [InlineData("1.3.6.1.2.1.6.13", "T0840")]
    [InlineData("1.3.6.1.2.1.7.5.1", "T0840")]
    [InlineData("1.3.6.1.2.1.7.5.1 1.3.6.1.2.1.1", "T0888 T0840")]
    public void Reading_is_told_apart_by_what_is_read(string names, string techniques)
    {
        var oids = names.Split(' ');
        Check(_bench.EventOf(Ask(1, Get, oids)), "snmp.get", 30, techniques.Split(' '), "{}");
        Check(_bench.EventOf(Ask(1, GetNext, oids)), "snmp.walk", 30, techniques.Split(' '), "{}");
        Check(_bench.EventOf(Bulk(0, 3, oids)), "snmp.walk", 30, techniques.Split(' '), """{"version":"2c","operation":"GetBulkRequest","non_repeaters":0,"max_repetitions":3}""");
    }

    [Fact]
    public void A_failure_says_which_and_where() => Check(_bench.EventOf(Ask(0, GetNext, SysDescr, "2.0")), "snmp.walk", 30, ["T0888"],
        """{"error_status":2,"error":"noSuchName","error_index":2}""", "failure");

    [Fact]
    public void A_write_says_what_was_there_before()
    {
        _bench.Send(SetRequest(0, (SysName, Text("old \"name\""))));
        Check(_bench.EventOf(SetRequest(1, (SysName, Text("n\u0007w")), (SysLocation, Text("")))), "snmp.set", 60, ["T0836"],
            """{"community":"private","operation":"SetRequest","before":["old \"name\"",""],"after":["n\u0007w",""]}""");
        var refused = _bench.EventOf(SetRequest(1, (SysDescr, Text("x"))));
        Check(refused, "snmp.set", 60, ["T0836"], """{"error_status":17,"error":"notWritable","error_index":1}""", "failure");
        Assert.False(refused.GetProperty("conpot").TryGetProperty("after", out _));
        Assert.Equal("event", refused.GetProperty("event").GetProperty("kind").GetString()); // the alert is an event of its own
    }

    [Fact]
    public void A_wrong_community_is_recorded_as_it_was_tried()
    {
        Check(_bench.EventOf(Message(1, "man\u0000ager", Pdu(Get, Int(1), 0, 0, Bind(SysDescr)))), "snmp.bad-community", 40, ["T0812"],
            """{"version":"2c","community":"man\u0000ager","operation":"GetRequest","oids":["1.3.6.1.2.1.1.1.0"],"unanswered":"unknown community"}""", "failure");
        Check(_bench.EventOf(Message(0, "secret", Pdu(Set, Int(1), 0, 0, Bind(SysName, Text("x"))))), "snmp.bad-community", 60, ["T0812", "T0836"], "{}", "failure");
    }

    [Fact]
    public void A_version_that_is_not_spoken_is_understood_all_the_same()
    {
        using var bench = new SnmpBench(new() { V2c = false });
        Check(bench.EventOf(Ask(1, GetNext, SysDescr)), "snmp.unanswered", 30, ["T0846"],
            """{"version":"2c","community":"public","operation":"GetNextRequest","oids":["1.3.6.1.2.1.1.1.0"],"unanswered":"version not spoken"}""", "failure");
        Check(bench.EventOf(SetRequest(1, (SysName, Text("x")))), "snmp.set", 60, ["T0836"], """{"unanswered":"version not spoken"}""", "failure");
        Check(bench.EventOf(Message(2, "x", [])), "snmp.unanswered", 30, ["T0846"], """{"version":"unknown"}""", "failure");
    }

    [Fact]
    public void Many_names_are_counted_and_the_first_are_listed()
    {
        var conpot = _bench.EventOf(Ask(1, Get, Enumerable.Range(1, 40).Select(i => $"1.3.6.1.{i}"))).GetProperty("conpot");
        Assert.Equal(40, conpot.GetProperty("varbinds").GetInt32());
        Assert.Equal(Enumerable.Range(1, 8).Select(i => $"1.3.6.1.{i}"), conpot.GetProperty("oids").EnumerateArray().Select(o => o.GetString()));
    }

    [Fact]
    public void The_worst_there_is_still_makes_a_whole_line()
    {
        var widest = string.Join('.', (uint[])[1, 3, .. Enumerable.Repeat(uint.MaxValue, 126)]);
        _bench.Send(Ask(1, Get, Enumerable.Repeat(widest, 100))); // 60 kB
        _bench.Send(Message(0, new string('\0', 1300), Pdu(Get, Int(1), 0, 0, Bind(SysDescr))));
        for (var round = 0; round < 2; round++) _bench.Send(SetRequest(0, Enumerable.Repeat((SysName, Text(new string('\u0001', 150))), 8)));
        var events = _bench.Events();
        Assert.Equal(4, events.Count);
        Assert.Equal(2048 * 2, events[0].GetProperty("conpot").GetProperty("request").GetString()!.Length);
        Assert.InRange(events[0].GetProperty("conpot").GetProperty("request_bytes").GetInt32(), 50_000, 65_000);
        Assert.EndsWith("...", events[0].GetProperty("conpot").GetProperty("oids")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(255, events[1].GetProperty("conpot").GetProperty("community").GetString()!.Length);
        Assert.All(events.Skip(2), e => Assert.NotEmpty(e.GetProperty("conpot").GetProperty("response").GetString()!));
    }

    /// <summary>The event's kind, and of its fields the ones that are named.</summary>
    private static void Check(JsonElement e, string action, int severity, string[] techniques, string fields, string? outcome = null)
    {
        var kind = e.GetProperty("event");
        Assert.Equal((action, severity), (kind.GetProperty("action").GetString(), kind.GetProperty("severity").GetInt32()));
        Assert.Equal(techniques, e.GetProperty("threat").GetProperty("technique").GetProperty("id").EnumerateArray().Select(t => t.GetString()));
        if (outcome is not null) Assert.Equal(outcome, kind.GetProperty("outcome").GetString());
        foreach (var field in JsonDocument.Parse(fields).RootElement.EnumerateObject())
        {
            Assert.True(e.GetProperty("conpot").TryGetProperty(field.Name, out var value), $"no {field.Name} in {e}");
            Assert.True(JsonElement.DeepEquals(field.Value, value), $"{field.Name} is {value}, not {field.Value}");
        }
    }
}
