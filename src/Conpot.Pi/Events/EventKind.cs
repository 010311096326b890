using System.Text;

namespace Conpot.Pi.Events;

/// <summary>What can happen to a sensor: the fixed part of an event, rendered once.</summary>
internal sealed class EventKind
{
    /// <param name="action">"protocol.verb", as in event.action.</param>
    /// <param name="severity">0..100 by intent: contact 10, read 20, identity 30, malformed and scan 40, write 60, mode change 80, flood 90.</param>
    /// <param name="types">ECS event.type values.</param>
    /// <param name="meaning">One sentence for <c>conpot-pi events --list</c>.</param>
    public EventKind(string action, int severity, string[] types, string meaning, params IReadOnlyList<Technique> techniques)
    {
        Action = action;
        Severity = severity;
        Meaning = meaning;
        Techniques = techniques;
        _types = types;
        IsAlert = action.StartsWith("alert.", StringComparison.Ordinal) || action == "sensor.test";
        // The sensor's own affairs are not network traffic; ECS has "host" for them.
        var host = Own.Any(o => action.StartsWith(o, StringComparison.Ordinal));
        var category = IsAlert ? "intrusion_detection" : host ? "host" : "network";
        _eventFields = Encoding.UTF8.GetBytes(
            $"\"kind\":\"{(IsAlert ? "alert" : "event")}\",\"category\":[\"{category}\"],\"type\":[{Quoted(types)}],\"action\":\"{action}\",\"severity\":{severity}");
        _threatField = techniques.Count == 0 ? [] : Encoding.UTF8.GetBytes(
            $",\"threat\":{{\"framework\":\"{Attack.Framework}\",\"tactic\":{{\"id\":[{Quoted(techniques.Select(t => t.Tactic).Distinct())}]}},"
            + $"\"technique\":{{\"id\":[{Quoted(techniques.Select(t => t.Id))}]}}}}");
    }

    /// <summary>From this severity on somebody tried to change the plant, not only to look at it; [alerts] minimum is this unless it is set.</summary>
    public const int AlertSeverity = 60;

    public string Action { get; }

    public int Severity { get; }

    public string Meaning { get; }

    /// <summary>The meaning without its details: "Coils, inputs or registers were read".</summary>
    public string Phrase => Meaning[..(Meaning.AsSpan().IndexOfAny("(;.") is > 0 and var end ? end : Meaning.Length)].TrimEnd();

    public IReadOnlyList<Technique> Techniques { get; }

    /// <summary>event.kind is "alert": made for a person to be told, from one event or many.</summary>
    public bool IsAlert { get; }

    /// <summary>The members of "event" that never vary, as UTF-8 JSON without braces.</summary>
    public ReadOnlySpan<byte> EventFields => _eventFields;

    /// <summary>The whole "threat" member with its leading comma, or empty.</summary>
    public ReadOnlySpan<byte> ThreatField => _threatField;

    private static readonly string[] Own = ["sensor.", "sink.", "plc."];

    private readonly string[] _types;
    private readonly byte[] _eventFields;
    private readonly byte[] _threatField;

    /// <summary>This kind with the weight and the techniques of what it tells of.</summary>
    public EventKind About(EventKind subject) => new(Action, subject.Severity, _types, Meaning, subject.Techniques);

    private static string Quoted(IEnumerable<string> words) => string.Join(',', words.Select(w => $"\"{w}\""));
}
