using System.Net;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Documents against the field reference of ECS 9.0: every field outside of "conpot" is one of these and has its type.</summary>
public class EcsLineTests
{
    /// <summary>Elastic Common Schema 9.0, field reference: name and type; a star where the reference says "this field should contain an array of values".</summary>
    private static readonly Dictionary<string, string> Fields = new(StringComparer.Ordinal)
    {
        ["@timestamp"] = "date", ["message"] = "match_only_text", ["ecs.version"] = "keyword",
        ["event.sequence"] = "long", ["event.id"] = "keyword", ["event.kind"] = "keyword", ["event.category"] = "keyword*", ["event.type"] = "keyword*", ["event.action"] = "keyword",
        ["event.severity"] = "long", ["event.outcome"] = "keyword", ["event.module"] = "keyword", ["event.dataset"] = "keyword",
        ["source.ip"] = "ip", ["source.port"] = "long", ["destination.ip"] = "ip", ["destination.port"] = "long",
        ["network.transport"] = "keyword", ["network.protocol"] = "keyword", ["network.community_id"] = "keyword",
        ["observer.name"] = "keyword", ["observer.vendor"] = "keyword", ["observer.product"] = "keyword", ["observer.version"] = "keyword", ["observer.type"] = "keyword",
        ["threat.framework"] = "keyword", ["threat.technique.id"] = "keyword*", ["threat.technique.name"] = "keyword*", ["threat.technique.reference"] = "keyword*",
        ["threat.tactic.id"] = "keyword*", ["threat.tactic.name"] = "keyword*", ["threat.tactic.reference"] = "keyword*",
        ["related.ip"] = "ip*",
    };

    public static TheoryData<int> Samples => [0, 1, 2, 3, 4];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_field_is_one_of_the_schema_and_has_its_type(int sample)
    {
        EventRecord[] samples = [SyslogEvents.Read, SyslogEvents.Start, SyslogEvents.End, SyslogEvents.Snmp, SyslogEvents.Sensor];
        var root = Parsed(EcsLine.Of(samples[sample]));
        Check("", root);
        Assert.Equal("9.0.0", root.GetProperty("ecs").GetProperty("version").GetString());
    }

    [Fact]
    public void Techniques_and_tactics_are_spelt_out()
    {
        var threat = Parsed(EcsLine.Of(SyslogEvents.Snmp)).GetProperty("threat");
        Assert.Equal(["Remote System Information Discovery", "Network Connection Enumeration"], Texts(threat.GetProperty("technique").GetProperty("name")));
        Assert.Equal(["https://attack.mitre.org/techniques/T0888", "https://attack.mitre.org/techniques/T0840"], Texts(threat.GetProperty("technique").GetProperty("reference")));
        Assert.Equal(["TA0102"], Texts(threat.GetProperty("tactic").GetProperty("id")));
        Assert.Equal(["Discovery"], Texts(threat.GetProperty("tactic").GetProperty("name")));
    }

    [Fact]
    public void Every_tactic_has_a_name()
    {
        foreach (var technique in Attack.All)
        {
            var line = System.Text.Encoding.ASCII.GetString(SyslogEvents.Read.Line.Span).Replace("T0861", technique.Id);
            var tactic = Parsed(EcsLine.Of(SyslogEvents.Line(line))).GetProperty("threat").GetProperty("tactic");
            Assert.DoesNotContain("TA0", tactic.GetProperty("name")[0].GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void What_the_journal_says_stays()
    {
        var root = Parsed(EcsLine.Of(SyslogEvents.Read));
        Assert.Equal("AIW0..AIW10", root.GetProperty("conpot").GetProperty("range").GetString());
        Assert.Equal(3, root.GetProperty("event").GetProperty("sequence").GetInt32());
        Assert.Equal("success", root.GetProperty("event").GetProperty("outcome").GetString());
        Assert.Equal("conpot_pi.modbus", root.GetProperty("event").GetProperty("dataset").GetString());
        Assert.Equal(["10.0.0.5", "10.0.0.20"], Texts(root.GetProperty("related").GetProperty("ip")));
    }

    [Fact]
    public void A_detail_has_one_type_in_every_event()
    {
        string[] details =
        [
            """{"from":0,"before":[146],"after":[77],"error":5,"first":1,"unit":1}""", // a write of registers
            """{"from":"RUN","before":"01","after":"10","error":"noSuchName","first":"2026-11-22T12:00:00Z"}""", // a change of mode, coils, SNMP, an alert
            """{"from":1.5,"before":["a",2],"after":true,"error":{"a":1},"first":null,"unit":"1"}""", // another hand's
        ];
        var types = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var detail in details)
        {
            foreach (var member in Parsed(EcsLine.Of(SyslogEvents.Line($$"""{"@timestamp":"2026-11-22T22:03:28Z","event":{"action":"x"},"conpot":{{detail}}}"""))).GetProperty("conpot").EnumerateObject())
            {
                foreach (var value in member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray()] : (JsonElement[])[member.Value])
                    Assert.Equal(types.TryGetValue(member.Name, out var known) ? known : types[member.Name] = value.ValueKind.ToString(), value.ValueKind.ToString());
            }
        }
        Assert.Equal("Number", types["unit"]);
        Assert.Equal("String", types["from"]);
    }

    [Fact]
    public void Hostile_text_leaves_one_line_of_JSON() => SyslogEvents.Any.Sample(e =>
    {
        var line = EcsLine.Of(e);
        Assert.DoesNotContain(line, b => b is < 0x20 or > 0x7E);
        Assert.Equal(e.Action, Parsed(line).GetProperty("event").GetProperty("action").GetString());
    });

    [Fact]
    public void Where_room_is_short_long_texts_go_first()
    {
        var root = Parsed(EcsLine.Of(SyslogEvents.Line(System.Text.Encoding.ASCII.GetString(SyslogEvents.Read.Line.Span).Replace("000100000006010400000006", new string('A', 4000))), 2000));
        Assert.False(root.GetProperty("conpot").TryGetProperty("request", out _));
        Assert.True(root.GetProperty("conpot").GetProperty("truncated").GetBoolean());
        Assert.Equal(4, root.GetProperty("conpot").GetProperty("function").GetInt32());
    }

    private static void Check(string path, JsonElement element)
    {
        foreach (var member in element.EnumerateObject())
        {
            var name = path + member.Name;
            if (name == "conpot") continue;
            if (member.Value.ValueKind == JsonValueKind.Object)
            {
                Check(name + ".", member.Value);
                continue;
            }

            Assert.True(Fields.TryGetValue(name, out var type), $"{name} is no field of ECS that we know");
            Assert.Equal(type!.EndsWith('*'), member.Value.ValueKind == JsonValueKind.Array);
            foreach (var value in member.Value.ValueKind == JsonValueKind.Array ? [.. member.Value.EnumerateArray()] : (JsonElement[])[member.Value])
                Assert.True(Has(type.TrimEnd('*'), value), $"{name} is {value.GetRawText()}, no {type}");
        }
    }

    private static bool Has(string type, JsonElement value) => type switch
    {
        "long" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "date" => value.TryGetDateTimeOffset(out _),
        "ip" => IPAddress.TryParse(value.GetString(), out _),
        _ => value.ValueKind == JsonValueKind.String,
    };

    private static IEnumerable<string> Texts(JsonElement array) => array.EnumerateArray().Select(t => t.GetString()!);

    private static JsonElement Parsed(byte[] line) => JsonElement.Parse(line);
}
