using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The topics of one sensor below a prefix: conpot/pump-house-3/events, alerts, status and state.</summary>
internal sealed record MqttTopics(string Prefix, string Name)
{
    private const int LongestPrefix = 128, LongestId = 48;

    /// <summary>Every event that the sink is given.</summary>
    public string Events => $"{Prefix}/{Name}/events";

    /// <summary>Alerts alone, and the event of a test.</summary>
    public string Alerts => $"{Prefix}/{Name}/alerts";

    /// <summary>Retained: online, or offline, which the broker itself says when the sensor is gone.</summary>
    public string Status => $"{Prefix}/{Name}/status";

    /// <summary>Retained: the counters and the mode, for Home Assistant.</summary>
    public string State => $"{Prefix}/{Name}/state";

    public static MqttTopics Read(ConfigSection section, string sensor)
    {
        var prefix = section.Text("prefix", "conpot");
        if (!IsPrefix(prefix)) section.Error("prefix", $"'prefix' in [{section.Name}] is {Shown.Quoted(prefix)}; write levels with / between them, such as \"conpot\" or \"plant/decoys\", without + and #");
        return new MqttTopics(prefix, Level(sensor));
    }

    /// <summary>One or more levels of MQTT 5.0, 4.7: no wildcard, none empty, none that begins with the broker's own $.</summary>
    public static bool IsPrefix(string text) =>
        text.Length is > 0 and <= LongestPrefix && text[0] != '$' && text.Split('/').All(l => l.Length > 0 && l == Level(l));

    /// <summary>A text as one level: what separates levels, is a wildcard or no character (MQTT 5.0, 1.5.4) becomes a hyphen.</summary>
    public static string Level(string text)
    {
        if (text.Length == 0) return "-";
        var level = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var isNone = Rune.IsControl(rune) || (rune.Value & 0xFFFE) == 0xFFFE || rune.Value is (>= 0xFDD0 and <= 0xFDEF) or 0xFEFF or 0x2028 or 0x2029;
            level.Append(isNone || rune.Value is '/' or '+' or '#' || rune == Rune.ReplacementChar ? "-" : rune.ToString());
        }

        return level.ToString();
    }

    /// <summary>A text as an identifier of ASCII letters, digits, hyphen and underscore; where that changed it, a hash keeps it unlike others.</summary>
    public static string Id(string text)
    {
        var id = string.Concat(text.Take(LongestId).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        if (id == text && id.Length > 0) return id;
        Span<byte> hash = stackalloc byte[Sha1.Size];
        Sha1.Hash(Encoding.UTF8.GetBytes(text), hash);
        return $"{id}-{Convert.ToHexStringLower(hash[..4])}";
    }
}
