using System.Buffers;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event as a complete document of the Elastic Common Schema: the journal's line, with what it leaves out to be short.</summary>
internal static class EcsLine
{
    /// <summary>The version whose field definitions the members follow; the journal says the same in sensor.start.</summary>
    public const string Version = "9.0.0";

    /// <summary>Texts of "conpot" that are longer go first where room is short.</summary>
    private const int ShortText = 64;

    /// <summary>Members of "conpot" that are numbers in whatever event has them; all that are neither these nor <see cref="Flags"/> are written as text.</summary>
    /// <remarks>
    /// An index gives each name one type and refuses documents that disagree: after a Modbus read with "from": 0 it would not take
    /// the event of a CPU that went "from": "RUN" to STOP. The journal's own lines keep their types, for whoever reads them without an index.
    /// </remarks>
    private static readonly HashSet<string> Numbers = new(StringComparer.Ordinal)
    {
        "alerts", "behind", "body_bytes", "bytes", "count", "distinct", "duration", "error_index", "error_status", "exception", "faulted_sinks", "for", "function", "highest",
        "ignored", "items", "kept", "lost", "lowest", "max_repetitions", "non_repeaters", "outage", "problem_at", "received", "repaired_bytes", "request_bytes", "requests",
        "response_bytes", "seconds", "sent", "sessions", "status", "szl_id", "szl_index", "trailing", "unit", "unsynchronised", "uptime", "varbinds", "window",
    };

    private static readonly HashSet<string> Flags = new(StringComparer.Ordinal) { "many_sources", "system_fault" };

    /// <summary>UTF-8 JSON, printable ASCII (the writer escapes the rest), without a newline.</summary>
    /// <param name="limit">Bytes; beyond it long texts of "conpot" are left out, then all of it, and conpot.truncated says so.</param>
    public static byte[] Of(EventRecord e, int limit = int.MaxValue)
    {
        var whole = Write(e, int.MaxValue);
        if (whole.Length <= limit) return whole;
        var cut = Write(e, ShortText);
        return cut.Length <= limit ? cut : Write(e, 0);
    }

    private static byte[] Write(EventRecord e, int longestText)
    {
        var buffer = new ArrayBufferWriter<byte>(2048);
        using (var json = new Utf8JsonWriter(buffer))
        {
            var reader = new Utf8JsonReader(e.Line.Span);
            var root = JsonElement.ParseValue(ref reader);
            json.WriteStartObject();
            foreach (var group in root.EnumerateObject())
            {
                // A name that we write ourselves must not come twice.
                if (group.Name is "ecs" or "message" or "related") continue;
                if (group.Value.ValueKind != JsonValueKind.Object) group.WriteTo(json);
                else Group(json, e, group, longestText);
            }

            json.WriteString("message"u8, EventSummary.Of(e));
            json.WriteStartObject("ecs"u8);
            json.WriteString("version"u8, Version);
            json.WriteEndObject();
            if (e.SourceIp.Length > 0)
            {
                json.WriteStartObject("related"u8);
                Texts(json, "ip", ((string[])[e.SourceIp, e.DestinationIp]).Where(ip => ip.Length > 0).Distinct());
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Group(Utf8JsonWriter json, EventRecord e, JsonProperty group, int longestText)
    {
        json.WriteStartObject(group.Name);
        if (group.Name == "threat")
        {
            Threat(json, e, group.Value);
            json.WriteEndObject();
            return;
        }

        var cut = false;
        foreach (var member in group.Value.EnumerateObject())
        {
            if (IsOurs(group.Name, member.Name)) continue;
            if (group.Name == "conpot" && longestText < int.MaxValue && (longestText == 0 || member.Value.GetRawText().Length > longestText)) cut = true;
            else if (group.Name == "conpot") Detail(json, member);
            else member.WriteTo(json);
        }

        if (cut) json.WriteBoolean("truncated"u8, true);
        if (group.Name == "event")
        {
            json.WriteString("module"u8, "conpot_pi");
            json.WriteString("dataset"u8, "conpot_pi." + (e.Protocol.Length > 0 ? e.Protocol : "sensor"));
            if (e.Text("event", "outcome").Length == 0) json.WriteString("outcome"u8, "success");
        }
        else if (group.Name == "observer")
        {
            json.WriteString("vendor"u8, SinkProduct.Name);
            json.WriteString("product"u8, SinkProduct.Name);
            json.WriteString("version"u8, SinkProduct.Version);
            json.WriteString("type"u8, "honeypot");
        }

        json.WriteEndObject();
    }

    /// <summary>In the one type that its name has; what a foreign journal has of another is left out.</summary>
    private static void Detail(Utf8JsonWriter json, JsonProperty member)
    {
        if (Numbers.Contains(member.Name) || Flags.Contains(member.Name))
        {
            if (Numbers.Contains(member.Name) ? member.Value.ValueKind == JsonValueKind.Number : member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False) member.WriteTo(json);
        }
        else if (member.Value.ValueKind == JsonValueKind.Array)
        {
            Texts(json, member.Name, member.Value.EnumerateArray().Select(Text));
        }
        else
        {
            json.WriteString(member.Name, Text(member.Value));
        }
    }

    private static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    private static bool IsOurs(string group, string member) => (group, member) is
        ("event", "module" or "dataset") or ("observer", "vendor" or "product" or "version" or "type") or ("conpot", "truncated");

    /// <summary>ECS has arrays here that go together by position; a technique we do not know is named by its id.</summary>
    private static void Threat(Utf8JsonWriter json, EventRecord e, JsonElement threat)
    {
        if (threat.TryGetProperty("framework", out var framework) && framework.ValueKind == JsonValueKind.String) json.WriteString("framework"u8, framework.GetString());
        var ids = e.Techniques.ToList();
        if (ids.Count == 0) return;
        json.WriteStartObject("technique"u8);
        Texts(json, "id", ids);
        Texts(json, "name", ids.Select(id => Attack.Find(id)?.Name ?? id));
        Texts(json, "reference", ids.Select(id => "https://attack.mitre.org/techniques/" + Uri.EscapeDataString(id)));
        json.WriteEndObject();
        var tactics = ids.Select(id => Attack.Find(id)?.Tactic).OfType<string>().Distinct().ToList();
        if (tactics.Count == 0) return;
        json.WriteStartObject("tactic"u8);
        Texts(json, "id", tactics);
        Texts(json, "name", tactics.Select(t => Attack.Tactics.FirstOrDefault(known => known.Id == t).Name ?? t));
        Texts(json, "reference", tactics.Select(t => "https://attack.mitre.org/tactics/" + t));
        json.WriteEndObject();
    }

    private static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
