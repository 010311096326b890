using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>An event as a message of RFC 5424, all of it printable ASCII.</summary>
internal sealed class SyslogMessage(string sensor, int facility, string format)
{
    /// <summary>The enterprise number kept for documentation (RFC 5612): this project has none of its own.</summary>
    private const string Enterprise = "32473";

    /// <summary>Our own fields, which are short, and details, which an attacker may make long: the former fit a datagram even if every character is escaped.</summary>
    private const int LongestField = 48, LongestValue = 1024;

    /// <summary>The facilities by number (RFC 5424, table 1), with the names of syslog.conf(5).</summary>
    public static readonly string[] Facilities =
    [
        "kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv", "ftp", "ntp", "security", "console", "solaris-cron",
        "local0", "local1", "local2", "local3", "local4", "local5", "local6", "local7",
    ];

    private readonly string _host = PrintableAscii.Token(sensor, 255);
    private readonly string _process = Environment.ProcessId.ToString(CultureInfo.InvariantCulture);

    /// <param name="limit">Bytes at most; the header and the structured data stay whole where they fit, the message is cut.</param>
    public byte[] Of(EventRecord e, int limit)
    {
        var head = new StringBuilder();
        // RFC 5424, 6.2.3: six digits of a second at most, upper-case T and Z.
        head.Append(CultureInfo.InvariantCulture, $"<{facility * 8 + Severity(e.Severity)}>1 {e.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffff}Z {_host} conpot-pi {_process} {PrintableAscii.Token(e.Action, 32)} ");
        var plain = head.Length;
        if (format == "rfc5424")
        {
            Data(head, e, withDetails: true);
            if (head.Length > limit / 4 * 3)
            {
                head.Length = plain;
                Data(head, e, withDetails: false);
            }
        }
        else
            head.Append('-');

        var room = limit - head.Length - 1;
        var message = format switch
        {
            "cef" => Cut(CefLine.Of(e), room),
            "ecs" => Encoding.ASCII.GetString(EcsLine.Of(e, room)),
            _ => EventSummary.Of(e),
        };
        // One byte for one character: nothing in it is outside of ASCII, so a cut leaves no half of one.
        var bytes = Encoding.ASCII.GetBytes(head.Append(' ').Append(message).ToString());
        return bytes.Length > limit ? bytes[..limit] : bytes;
    }

    /// <summary>0..100 to the severities of RFC 5424, table 2: contact is information, a write an error, a flood an alert.</summary>
    public static int Severity(int severity) => severity switch
    {
        >= 90 => 1,
        >= 80 => 2,
        >= 60 => 3,
        >= 40 => 4,
        >= 20 => 5,
        _ => 6,
    };

    private static void Data(StringBuilder text, EventRecord e, bool withDetails)
    {
        text.Append("[event@").Append(Enterprise);
        Parameter(text, "id", e.Id);
        Parameter(text, "kind", e.IsAlert ? "alert" : "event");
        Parameter(text, "severity", e.Severity.ToString(CultureInfo.InvariantCulture));
        Parameter(text, "outcome", e.Outcome);
        Parameter(text, "src", e.SourceIp);
        Parameter(text, "spt", e.SourcePort > 0 ? e.SourcePort.ToString(CultureInfo.InvariantCulture) : "");
        Parameter(text, "dst", e.DestinationIp);
        Parameter(text, "dpt", e.DestinationPort > 0 ? e.DestinationPort.ToString(CultureInfo.InvariantCulture) : "");
        Parameter(text, "proto", e.Transport);
        Parameter(text, "app", e.Protocol);
        Parameter(text, "technique", string.Join(' ', e.Techniques));
        text.Append(']');
        if (!withDetails || !e.Details.Any()) return;
        text.Append("[conpot@").Append(Enterprise);
        foreach (var (name, value) in EventSummary.Details(e, LongestValue)) Parameter(text, name, value, LongestValue);
        text.Append(']');
    }

    /// <summary>RFC 5424, 6.3.3: in a value the quote, the backslash and the closing bracket are escaped.</summary>
    private static void Parameter(StringBuilder text, string name, string value, int longest = LongestField)
    {
        if (value.Length == 0) return;
        text.Append(' ').Append(name).Append("=\"");
        foreach (var c in PrintableAscii.Of(value, longest))
        {
            if (c is '"' or '\\' or ']') text.Append('\\');
            text.Append(c);
        }

        text.Append('"');
    }

    /// <summary>Not behind a backslash that escapes what is cut off.</summary>
    private static string Cut(string text, int length)
    {
        if (text.Length <= length) return text;
        var end = length;
        while (end > 0 && text[end - 1] == '\\') end--;
        return text[..end];
    }
}
