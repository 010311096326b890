using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event as ArcSight's Common Event Format: CEF:0|vendor|product|version|signature|name|severity|extension.</summary>
/// <remarks>Keys of "Implementing ArcSight Common Event Format", version 25, chapter 2; printable ASCII alone, so that nothing breaks the line.</remarks>
internal static class CefLine
{
    private const int LongestText = 1000;

    public static string Of(EventRecord e)
    {
        var line = new StringBuilder("CEF:0|");
        Header(line, SinkProduct.Name);
        Header(line, SinkProduct.Name);
        Header(line, SinkProduct.Version);
        Header(line, e.Action);
        Header(line, EventCatalog.Find(e.Action, e.Techniques)?.Phrase ?? e.Action);
        line.Append((e.Severity + 5) / 10).Append('|');

        line.Append("rt=").Append(e.Time.ToUnixTimeMilliseconds());
        Field(line, "externalId", e.Id);
        Field(line, "src", e.SourceIp.Contains(':') ? "" : e.SourceIp);
        Field(line, "c6a2", e.SourceIp.Contains(':') ? e.SourceIp : "");
        Field(line, "c6a2Label", e.SourceIp.Contains(':') ? "Source IPv6 Address" : "");
        Field(line, "spt", Port(e.SourcePort));
        Field(line, "dst", e.DestinationIp.Contains(':') ? "" : e.DestinationIp);
        Field(line, "c6a3", e.DestinationIp.Contains(':') ? e.DestinationIp : "");
        Field(line, "c6a3Label", e.DestinationIp.Contains(':') ? "Destination IPv6 Address" : "");
        Field(line, "dpt", Port(e.DestinationPort));
        Field(line, "proto", e.Transport.ToUpperInvariant());
        Field(line, "app", e.Protocol);
        Field(line, "act", e.Action);
        Field(line, "outcome", e.Outcome);
        Field(line, "cat", e.IsAlert ? "alert" : "event");
        Field(line, "dvchost", e.Sensor);
        Labelled(line, "cs1", "request", e.Text("conpot", "request"));
        Labelled(line, "cs2", "response", e.Text("conpot", "response"));
        Labelled(line, "cs3", "session", e.Session);
        Labelled(line, "cs4", "technique", string.Join(' ', e.Techniques));
        Labelled(line, "cs5", "framework", e.Text("threat", "framework"));
        Field(line, "msg", EventSummary.Of(e));
        return line.ToString();
    }

    private static string Port(int port) => port == 0 ? "" : port.ToString(CultureInfo.InvariantCulture);

    /// <summary>In the header a bar ends a field, so it and the backslash are escaped.</summary>
    private static void Header(StringBuilder line, string text) =>
        line.Append(PrintableAscii.Of(text, 200).Replace("\\", "\\\\").Replace("|", "\\|")).Append('|');

    private static void Labelled(StringBuilder line, string key, string label, string text)
    {
        if (text.Length == 0) return;
        Field(line, key + "Label", label);
        Field(line, key, text);
    }

    /// <summary>In the extension an equals sign begins a value, so it and the backslash are escaped; line ends are gone already.</summary>
    private static void Field(StringBuilder line, string key, string text)
    {
        if (text.Length == 0) return;
        line.Append(' ').Append(key).Append('=').Append(PrintableAscii.Of(text, LongestText).Replace("\\", "\\\\").Replace("=", "\\="));
    }
}
