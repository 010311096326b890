using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event in one line that a person reads: what, who, and its details.</summary>
internal static class EventSummary
{
    private const int Longest = 480, LongestValue = 160;

    private static readonly string[] Silent = ["request", "response", "session", "unsynchronised"];

    /// <summary>What a person who is told of an alert has no use for, and what leaves no room for the rest.</summary>
    private static readonly string[] Noise = ["function", "items", "varbinds", "status", "page", "method", "version", "headers", "request_bytes", "response_bytes"];

    /// <summary>Printable ASCII without line ends, whatever an attacker sent.</summary>
    public static string Of(EventRecord e)
    {
        var text = new StringBuilder(PrintableAscii.Of(e.Action, 64));
        if (e.Outcome != "success") text.Append(" (").Append(PrintableAscii.Of(e.Outcome, 16)).Append(')');
        if (e.SourceIp.Length > 0) text.Append(" from ").Append(Endpoint(e.SourceIp, e.SourcePort));
        if (e.DestinationIp.Length > 0) text.Append(" to ").Append(Endpoint(e.DestinationIp, e.DestinationPort));
        if (DetailsOf(e, Longest) is { Length: > 0 } details) text.Append(": ").Append(details);
        return PrintableAscii.Of(text.ToString(), Longest);
    }

    /// <summary>For a person: "failure, range VW0, before [146]", without what is noise to him.</summary>
    public static string Told(EventRecord e, int limit)
    {
        var details = DetailsOf(e, limit, Noise);
        return e.Outcome == "success" ? details : PrintableAscii.Of(details.Length > 0 ? $"{e.Outcome}, {details}" : e.Outcome, limit);
    }

    /// <summary>"range VW0, before [146], after [77]": without the bytes, and what is only for machines.</summary>
    private static string DetailsOf(EventRecord e, int limit, params string[] left) => PrintableAscii.Of(
        string.Join(", ", Details(e, LongestValue).Where(d => !Silent.Contains(d.Name) && !left.Contains(d.Name)).Select(d => $"{d.Name.Replace('_', ' ')} {d.Value}")), limit);

    /// <summary>The members of "conpot" as text, each name a plain word and each value printable ASCII; an array or object as its JSON.</summary>
    public static IEnumerable<(string Name, string Value)> Details(EventRecord e, int longestValue) => e.Details.Select(d => (
        Name(d.Name),
        PrintableAscii.Of(d.Value.ValueKind == JsonValueKind.String ? d.Value.GetString()! : d.Value.GetRawText(), longestValue)));

    /// <summary>Ours are plain words; a journal that another hand has touched may hold others.</summary>
    private static string Name(string name) =>
        name.Length is 0 or > 32 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')) ? "other" : name;

    public static string Endpoint(string ip, int port)
    {
        ip = PrintableAscii.Of(ip, 64);
        return port == 0 ? ip : $"{(ip.Contains(':') ? $"[{ip}]" : ip)}:{port}";
    }
}
