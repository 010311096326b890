using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event as a message in a chat: a title, lines of text, and what each service needs so that a stranger's text stays text.</summary>
internal static class WebhookText
{
    /// <summary>What begins or ends something in Discord's Markdown; the digits and hyphens of lists count at the beginning of a line alone, where our own words are.</summary>
    private const string Discords = "\\`*_~|<>[]()#@";

    /// <summary>"pump-house: modbus.write from 10.0.0.5".</summary>
    public static string Title(EventRecord e)
    {
        var title = new StringBuilder(PrintableAscii.Of(e.Sensor, 64)).Append(": ").Append(PrintableAscii.Of(Subject(e), 64));
        if (e.SourceIp.Length > 0) title.Append(" from ").Append(PrintableAscii.Of(e.SourceIp, 64));
        if (e.Number("conpot", "count", 0) is > 1 and var count && e.IsAlert) title.Append(CultureInfo.InvariantCulture, $", {count} times");
        return Unlinked(title.ToString());
    }

    /// <summary>Printable ASCII each, some hundred characters together.</summary>
    public static IEnumerable<string> Lines(EventRecord e)
    {
        yield return "What: " + Unlinked(Plain(e));
        // An alert has those of the event that raised it; the rest stands here already.
        var details = e.Action.StartsWith("alert.", StringComparison.Ordinal) ? PrintableAscii.Of(e.Text("conpot", "details"), 400) : EventSummary.Told(e, 400);
        if (details.Length > 0) yield return "Details: " + Unlinked(details);
        var techniques = string.Join(", ", e.Techniques.Take(8).Select(id => Attack.Find(id) is { } known ? $"{known.Name} ({known.Id})" : PrintableAscii.Of(id, 16)));
        if (techniques.Length > 0) yield return "ATT&CK for ICS: " + Unlinked(techniques);
        yield return string.Create(CultureInfo.InvariantCulture, $"When: {e.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, event {Unlinked(PrintableAscii.Of(e.Id, 48))}");
    }

    /// <summary>"One coil or register was written, from 10.0.0.5:4711 to 10.0.0.20:502 (modbus)".</summary>
    private static string Plain(EventRecord e)
    {
        var text = new StringBuilder(PrintableAscii.Of(EventCatalog.Find(Subject(e), e.Techniques)?.Phrase ?? Subject(e), 200));
        if (e.Member("conpot", "many_sources") is { ValueKind: JsonValueKind.True }) text.Append(", from many sources");
        if (e.SourceIp.Length > 0) text.Append(", from ").Append(EventSummary.Endpoint(e.SourceIp, e.SourcePort)).Append(" to ").Append(EventSummary.Endpoint(e.DestinationIp, e.DestinationPort));
        if (e.Protocol.Length > 0) text.Append(" (").Append(PrintableAscii.Of(e.Protocol, 16)).Append(')');
        if (e.IsAlert && e.Number("conpot", "count", 0) is > 1 and var count) text.Append(CultureInfo.InvariantCulture, $", {count} times from {Second("first")} to {Second("last")}");
        return text.ToString();

        // "2026-11-22T22:03:29.000203Z" without its fraction
        string Second(string name) => e.Text("conpot", name) is var time && time.Length > 19 ? PrintableAscii.Of(time[..19], 32) : "-";
    }

    /// <summary>The action that an alert tells of, else the event's own.</summary>
    private static string Subject(EventRecord e) => e.IsAlert && e.Text("conpot", "what") is { Length: > 0 } what ? what : e.Action;

    /// <summary>For mrkdwn (docs.slack.dev, "Formatting message text"): these three and no others; mentions and links need the angle brackets.</summary>
    public static string Slack(string text) => text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>A backslash in front of everything that Discord's Markdown would take for its own.</summary>
    public static string Discord(string text)
    {
        var escaped = new StringBuilder(text.Length + 16);
        foreach (var c in text)
        {
            if (Discords.Contains(c)) escaped.Append('\\');
            escaped.Append(c);
        }

        return escaped.ToString();
    }

    /// <summary>The value of a header, in which ntfy would decode words of RFC 2047: "=?" begins one.</summary>
    public static string Header(string text) => PrintableAscii.Of(text, 250).Replace("=?", "= ?", StringComparison.Ordinal).Trim();

    /// <summary>Every client makes links of what looks like an address; nobody shall be one touch away from where an attacker wants him.</summary>
    private static string Unlinked(string text) =>
        text.Replace("://", "[:]//", StringComparison.Ordinal).Replace("www.", "www[.]", StringComparison.OrdinalIgnoreCase);
}
