using System.Buffers;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Events as sinks get them: ordinary ones, and ones where a stranger chose every text.</summary>
internal static class SyslogEvents
{
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "\e[2J\e]0;owned\a", "\r\n<134>1 - forged - - - -", "\n", "\0", "\u2028", "\u202Eevil", "${jndi:ldap://x/a}", "CEF:0|a|b|c|d|e|10|src=1.2.3.4",
        "|", "\\", "=", "\"", "]", "\\]", "[x@1 a=\"b\"]", " act=none msg=all is well", "\uFFFD", "é", "\uD83D\uDE00", "%n%s", "' or 1=1 --", "}{", "\\u0000", ",", " ",
    ];

    public static readonly Gen<string> Text = Gen.OneOf(
        Gen.Int[0, Hostile.Length - 1].Select(i => Hostile[i]), Gen.String[0, 12].Where(IsText), Gen.Char[' ', '~'].Array[0, 300].Select(c => new string(c))).Array[0, 5].Select(string.Concat);

    /// <summary>Every field that holds a text holds a hostile one, even those that no attacker reaches.</summary>
    public static readonly Gen<EventRecord> Any = Gen.Select(Text.Array[14], Gen.Int[-5, 120], Gen.Int[0, 70000]).Select((t, severity, port) => Parse(json =>
    {
        json.WriteString("@timestamp", "2026-11-22T22:03:28.994245Z");
        json.WriteStartObject("event");
        json.WriteNumber("sequence", 7);
        json.WriteString("id", t[0]);
        json.WriteString("kind", t[1]);
        json.WriteString("action", t[2]);
        json.WriteNumber("severity", severity);
        json.WriteString("outcome", t[3]);
        json.WriteEndObject();
        json.WriteStartObject("source");
        json.WriteString("ip", t[4]);
        json.WriteNumber("port", port);
        json.WriteEndObject();
        json.WriteStartObject("network");
        json.WriteString("transport", t[5]);
        json.WriteString("protocol", t[6]);
        json.WriteEndObject();
        json.WriteStartObject("threat");
        json.WriteString("framework", t[7]);
        json.WriteStartObject("technique");
        json.WriteStartArray("id");
        json.WriteStringValue(t[8]);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("observer");
        json.WriteString("name", t[9]);
        json.WriteEndObject();
        json.WriteStartObject("conpot");
        json.WriteString("session", t[10]);
        json.WriteString("request", t[11]);
        json.WriteString("community", t[12]);
        json.WriteString(t[13], t[12]);
        json.WriteEndObject();
    }));

    /// <summary>As the journal has it.</summary>
    public static EventRecord Read { get; } = Line(
        """{"@timestamp":"2026-11-22T22:03:30.000203Z","event":{"sequence":3,"id":"088e1f08-3","kind":"event","category":["network"],"type":["protocol"],"action":"modbus.read","severity":20},"source":{"ip":"10.0.0.5","port":35228},"destination":{"ip":"10.0.0.20","port":502},"network":{"transport":"tcp","protocol":"modbus","community_id":"1:6AiPqh9OrUOOp3j4Rhz2I9S4d/U="},"observer":{"name":"pump-house"},"threat":{"framework":"ATT&CK ICS 18.1","technique":{"id":["T0861"]}},"conpot":{"session":"ttblkfl26rlk","unit":1,"function":4,"range":"AIW0..AIW10","request":"000100000006010400000006","response":"000100000003018402"}}""");

    public static EventRecord Start { get; } = Line(
        """{"@timestamp":"2026-11-22T22:03:29.500000Z","event":{"sequence":2,"id":"088e1f08-2","kind":"event","category":["network"],"type":["connection","start"],"action":"session.start","severity":10},"source":{"ip":"10.0.0.5","port":35228},"destination":{"ip":"10.0.0.20","port":502},"network":{"transport":"tcp","protocol":"modbus"},"observer":{"name":"pump-house"},"threat":{"framework":"ATT&CK ICS 18.1","technique":{"id":["T0846"]}},"conpot":{"session":"ttblkfl26rlk"}}""");

    public static EventRecord End { get; } = Line(
        """{"@timestamp":"2026-11-22T22:03:31.000001Z","event":{"sequence":4,"id":"088e1f08-4","kind":"event","category":["network"],"type":["connection","end"],"action":"session.end","severity":10},"source":{"ip":"10.0.0.5","port":35228},"destination":{"ip":"10.0.0.20","port":502},"network":{"transport":"tcp","protocol":"modbus"},"observer":{"name":"pump-house"},"conpot":{"session":"ttblkfl26rlk","reason":"closed by client"}}""");

    public static EventRecord Snmp { get; } = Line(
        """{"@timestamp":"2026-11-22T22:04:00.000000Z","event":{"sequence":9,"id":"088e1f08-9","kind":"event","category":["network"],"type":["protocol"],"action":"snmp.walk","severity":30,"outcome":"failure"},"source":{"ip":"fd00::5","port":4000},"destination":{"ip":"fd00::1","port":161},"network":{"transport":"udp","protocol":"snmp"},"observer":{"name":"pump-house"},"threat":{"framework":"ATT&CK ICS 18.1","technique":{"id":["T0888","T0840"]}},"conpot":{"session":"s2","version":"2c","community":"pub\"lic]","operation":"GetNextRequest","request":"3000"}}""");

    public static EventRecord Sensor { get; } = Line(
        """{"@timestamp":"2026-11-22T22:03:28.994245Z","event":{"sequence":1,"id":"088e1f08-1","kind":"event","category":["host"],"type":["start"],"action":"sensor.start","severity":0},"observer":{"name":"pump-house"},"conpot":{"version":"0.1.0","ecs":"9.0.0"}}""");

    public static EventRecord Numbered(int n) => Line(Encoding.ASCII.GetString(Read.Line.Span).Replace("088e1f08-3", $"088e1f08-{n}").Replace("\"sequence\":3", $"\"sequence\":{n}"));

    public static EventRecord Line(string json)
    {
        var record = EventRecord.Parse(Encoding.ASCII.GetBytes(json));
        Assert.NotNull(record);
        return record;
    }

    private static bool IsText(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text;

    private static EventRecord Parse(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return Line(Encoding.ASCII.GetString(buffer.WrittenSpan));
    }
}
