using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event in one line that a person reads: what, who, and its details.</summary>
internal static class EventSummary
{
    private const int Longest = 480, LongestValue = 80;

    /// <summary>Printable ASCII without line ends, whatever an attacker sent.</summary>
    public static string Of(EventRecord e)
    {
        var text = new StringBuilder(PrintableAscii.Of(e.Action, 64));
        if (e.Outcome != "success") text.Append(" (").Append(PrintableAscii.Of(e.Outcome, 16)).Append(')');
        if (e.SourceIp.Length > 0) text.Append(" from ").Append(Endpoint(e.SourceIp, e.SourcePort));
        if (e.DestinationIp.Length > 0) text.Append(" to ").Append(Endpoint(e.DestinationIp, e.DestinationPort));
        var mark = ": ";
        foreach (var (name, value) in Details(e, LongestValue))
        {
            if (name is "request" or "response" or "session" or "unsynchronised") continue;
            text.Append(mark).Append(name.Replace('_', ' ')).Append(' ').Append(value);
            mark = ", ";
        }

        return PrintableAscii.Of(text.ToString(), Longest);
    }

    /// <summary>The members of "conpot" as text, each name a plain word and each value printable ASCII; an array or object as its JSON.</summary>
    public static IEnumerable<(string Name, string Value)> Details(EventRecord e, int longestValue) => e.Details.Select(d => (
        Name(d.Name),
        PrintableAscii.Of(d.Value.ValueKind == JsonValueKind.String ? d.Value.GetString()! : d.Value.GetRawText(), longestValue)));

    /// <summary>Ours are plain words; a journal that another hand has touched may hold others.</summary>
    private static string Name(string name) =>
        name.Length is 0 or > 32 || name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.')) ? "other" : name;

    private static string Endpoint(string ip, int port)
    {
        ip = PrintableAscii.Of(ip, 64);
        return port == 0 ? ip : $"{(ip.Contains(':') ? $"[{ip}]" : ip)}:{port}";
    }
}
