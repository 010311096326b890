using System.Text.Json;

namespace Conpot.Pi.Events;

/// <summary>One line of a journal, read back: what sinks, report and capture work on.</summary>
/// <remarks>
/// A journal may come from another machine or have been touched by another hand, so nothing here throws and every text may be hostile: whoever
/// shows one escapes it for the place where it goes.
/// </remarks>
internal sealed class EventRecord
{
    private readonly JsonElement _root;

    private EventRecord(JsonElement root, ReadOnlySpan<byte> line, DateTimeOffset time) => (_root, Line, Time) = (root, line.ToArray(), time);

    /// <summary>The line itself, printable ASCII, without its newline.</summary>
    public ReadOnlyMemory<byte> Line { get; }

    public DateTimeOffset Time { get; }

    /// <summary>-1 when the line has none.</summary>
    public long Sequence => Number("event", "sequence", -1);

    /// <summary>event.id: unique over all runs of all sensors, for deduplication.</summary>
    public string Id => Text("event", "id");

    public string Action => Text("event", "action");

    /// <summary>0..100; see <see cref="EventKind"/>.</summary>
    public int Severity => (int)Math.Clamp(Number("event", "severity", 0), 0, 100);

    public bool IsAlert => Text("event", "kind") == "alert";

    /// <summary>"success" unless the event says otherwise.</summary>
    public string Outcome => Text("event", "outcome") is { Length: > 0 } outcome ? outcome : "success";

    public string SourceIp => Text("source", "ip");

    public int SourcePort => (int)Math.Clamp(Number("source", "port", 0), 0, 65535);

    public string DestinationIp => Text("destination", "ip");

    public int DestinationPort => (int)Math.Clamp(Number("destination", "port", 0), 0, 65535);

    /// <summary>"tcp" or "udp"; empty for the sensor's own affairs.</summary>
    public string Transport => Text("network", "transport");

    /// <summary>"modbus", "snmp" ...; empty for the sensor's own affairs.</summary>
    public string Protocol => Text("network", "protocol");

    public string Sensor => Text("observer", "name");

    public string Session => Text("conpot", "session");

    /// <summary>ATT&amp;CK for ICS identifiers, of the version that <see cref="Attack.Framework"/> names.</summary>
    public IEnumerable<string> Techniques =>
        Member("threat", "technique") is { ValueKind: JsonValueKind.Object } t && t.TryGetProperty("id", out var ids) && ids.ValueKind == JsonValueKind.Array
            ? ids.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)
            : [];

    /// <summary>The bytes of the request, as they came; empty where there was none.</summary>
    public byte[] Request => Bytes("request");

    /// <summary>The bytes of the reply; empty where there was none.</summary>
    public byte[] Response => Bytes("response");

    /// <summary>What belongs to this kind of event alone: the members of "conpot" in their order.</summary>
    public IEnumerable<JsonProperty> Details =>
        _root.TryGetProperty("conpot", out var conpot) && conpot.ValueKind == JsonValueKind.Object ? conpot.EnumerateObject() : Enumerable.Empty<JsonProperty>();

    /// <summary>Null for a line that is no event of ours (the tail of a torn one).</summary>
    public static EventRecord? Parse(ReadOnlySpan<byte> line)
    {
        if (line.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return null; // the journal writes printable ASCII alone
        try
        {
            // Escapes that make no text (half a surrogate pair) would throw later, wherever the string is touched.
            var reader = new Utf8JsonReader(line);
            while (reader.Read())
                if (reader.TokenType is (JsonTokenType.String or JsonTokenType.PropertyName) && reader.ValueIsEscaped) _ = reader.GetString();
            reader = new Utf8JsonReader(line);
            var root = JsonElement.ParseValue(ref reader);
            return root.ValueKind == JsonValueKind.Object && root.TryGetProperty("@timestamp", out var time) && time.ValueKind == JsonValueKind.String && time.TryGetDateTimeOffset(out var at)
                ? new EventRecord(root, line, at)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The member of a group, or null.</summary>
    public JsonElement? Member(string group, string name) =>
        _root.TryGetProperty(group, out var g) && g.ValueKind == JsonValueKind.Object && g.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A text, or "" when it is missing or something else.</summary>
    public string Text(string group, string name) => Member(group, name) is { ValueKind: JsonValueKind.String } text ? text.GetString()! : "";

    /// <summary>A whole number, or the fallback when it is missing or something else.</summary>
    public long Number(string group, string name, long fallback) =>
        Member(group, name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : fallback;

    private byte[] Bytes(string name)
    {
        var hex = Text("conpot", name);
        return hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hex) : [];
    }
}
