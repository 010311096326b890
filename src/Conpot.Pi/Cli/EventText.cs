using System.Globalization;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli;

/// <summary>One event as a person reads it: time, who, what, in the PLC's own terms.</summary>
internal sealed class EventText
{
    private const string Reset = "\e[0m", Dim = "\e[2m", Yellow = "\e[33m", Red = "\e[1;31m";

    /// <summary>Members of conpot.* that the line says in another way, or that only machines want.</summary>
    private static readonly HashSet<string> Silent = ["session", "request", "response", "unsynchronised"];

    private readonly EventRecord _event;

    public EventText(EventRecord e) => _event = e;

    public DateTimeOffset Time => _event.Time;

    public string? Session => _event.Session is { Length: > 0 } session ? session : null;

    /// <summary>Null for a line that is no event of ours (the tail of a torn one).</summary>
    public static EventText? Parse(ReadOnlySpan<byte> line) => EventRecord.Parse(line) is { } e ? new EventText(e) : null;

    public string Render(bool colour)
    {
        var text = new StringBuilder();
        if (colour) text.Append(_event.Severity >= EventKind.AlertSeverity ? Red : _event.Severity >= 30 ? Yellow : _event.Severity == 0 ? Dim : "");
        text.Append(CultureInfo.InvariantCulture, $"{Time.ToLocalTime():yyyy-MM-dd HH:mm:ss.fff} ");
        text.Append(CultureInfo.InvariantCulture, $"{Source(),-21} {Plain(_event.Member("event", "action")),-18} ");
        if (Session is { } session) text.Append(CultureInfo.InvariantCulture, $"{PlainText.Of(session)} ");
        AppendDetails(text);
        if (colour) text.Append(Reset);
        return text.ToString();
    }

    /// <summary>What happened, without when and who.</summary>
    public string Summary()
    {
        var text = new StringBuilder(Plain(_event.Member("event", "action")));
        AppendDetails(text);
        return text.ToString();
    }

    private void AppendDetails(StringBuilder text)
    {
        // Where a request begins is told by its range, in the PLC's own terms; what was refused may have none.
        var ranged = _event.Member("conpot", "range") is not null;
        foreach (var member in _event.Details.Where(m => !Silent.Contains(m.Name) && !(ranged && m.Name == "from")))
            text.Append(CultureInfo.InvariantCulture, $" {PlainText.Of(member.Name)}={Plain(member.Value)}");
    }

    private string Source() => _event.Member("source", "ip") is { ValueKind: JsonValueKind.String } ip ? $"{Plain(ip)}:{Plain(_event.Member("source", "port"))}" : "-";

    /// <summary>A value without anything that could drive a terminal: attackers choose some of these texts.</summary>
    private static string Plain(JsonElement? value)
    {
        if (value is not { } v) return "";
        return PlainText.Of(v.ValueKind == JsonValueKind.String ? v.GetString()! : v.GetRawText());
    }
}
