using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Cli;

/// <summary>One event as a person reads it: time, who, what, in the PLC's own terms.</summary>
internal sealed class EventText
{
    private const string Reset = "\e[0m", Dim = "\e[2m", Yellow = "\e[33m", Red = "\e[1;31m";

    /// <summary>Members of conpot.* that the line says in another way, or that only machines want.</summary>
    private static readonly HashSet<string> Silent = ["session", "function", "from", "request", "response", "unsynchronised"];

    private readonly JsonElement _root;

    private EventText(JsonElement root, DateTimeOffset time) => (_root, Time) = (root, time);

    public DateTimeOffset Time { get; }

    public string? Session => Member("conpot", "session") is { ValueKind: JsonValueKind.String } s ? s.GetString() : null;

    /// <summary>Null for a line that is no event of ours (the tail of a torn one).</summary>
    public static EventText? Parse(ReadOnlySpan<byte> line)
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
                ? new EventText(root, at)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    public string Render(bool colour)
    {
        var severity = Member("event", "severity") is { ValueKind: JsonValueKind.Number } s && s.TryGetInt32(out var number) ? number : 0;
        var text = new StringBuilder();
        if (colour) text.Append(severity >= Events.EventKind.AlertSeverity ? Red : severity >= 30 ? Yellow : severity == 0 ? Dim : "");
        text.Append(CultureInfo.InvariantCulture, $"{Time.ToLocalTime():yyyy-MM-dd HH:mm:ss.fff} ");
        text.Append(CultureInfo.InvariantCulture, $"{Source(),-21} {Plain(Member("event", "action")),-18} ");
        if (Session is { } session) text.Append(CultureInfo.InvariantCulture, $"{Plain(session)} ");
        if (_root.TryGetProperty("conpot", out var conpot) && conpot.ValueKind == JsonValueKind.Object)
            foreach (var member in conpot.EnumerateObject().Where(m => !Silent.Contains(m.Name)))
                text.Append(CultureInfo.InvariantCulture, $" {Plain(member.Name)}={Plain(member.Value)}");
        if (colour) text.Append(Reset);
        return text.ToString();
    }

    private string Source() => Member("source", "ip") is { ValueKind: JsonValueKind.String } ip ? $"{Plain(ip)}:{Plain(Member("source", "port"))}" : "-";

    private JsonElement? Member(string group, string name) =>
        _root.TryGetProperty(group, out var g) && g.ValueKind == JsonValueKind.Object && g.TryGetProperty(name, out var value) ? value : null;

    /// <summary>A value without anything that could drive a terminal: attackers choose some of these texts.</summary>
    private static string Plain(JsonElement? value)
    {
        if (value is not { } v) return "";
        return Plain(v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText());
    }

    private static string Plain(string text)
    {
        if (text.All(c => c is >= ' ' and < (char)0x7F)) return text;
        var plain = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            plain.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? "·" : rune.ToString());
        return plain.ToString();
    }
}
