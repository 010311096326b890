using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Cli;

/// <summary>The sensor's status as a person reads it: a line for each part, and what is wrong in words.</summary>
internal sealed class StatusText
{
    private const string Reset = "\e[0m", Red = "\e[1;31m";

    private readonly StringBuilder _text = new();
    private readonly JsonElement _status;
    private readonly DateTimeOffset _now;
    private readonly bool _colour;

    private StatusText(JsonElement status, DateTimeOffset now, bool colour) => (_status, _now, _colour) = (status, now, colour);

    public static string Render(JsonElement status, DateTimeOffset now, bool colour)
    {
        var text = new StatusText(status, now, colour);
        text.Head();
        text.Journal();
        foreach (var sink in text._status.Items("sinks")) text.Sink(sink);
        if (status.Text("state_fault") is { Length: > 0 } unusable) text.Line("state", $"{text.Bad("FAULT")} {PlainText.Of(unusable)}");
        if (status.Number("lost_files") is > 0 and var lost) text.Line("downloads", text.Bad($"{Number(lost)} not kept as files") + "; make room in the state directory, the journal has their bytes");
        foreach (var fault in text._status.Items("faults")) text.Line("I/O", $"{text.Bad("FAULT")} {PlainText.Of(fault.ToString())}");
        text.Settings();
        text.Machine();
        return text._text.ToString().TrimEnd('\n');
    }

    private void Head()
    {
        var mode = _status.Flag("system_fault") ? $"{_status.Text("mode")}, {Bad("SF")}" : _status.Text("mode");
        _text.Append(CultureInfo.InvariantCulture, $"{_status.Text("name")}: {mode}, up {Span(TimeSpan.FromSeconds(_status.Number("uptime_seconds")))}\n");
        Line("version", _status.Text("version"));
        Line("profile", $"{_status.Text("profile")} ({_status.Text("title")})");
        var listeners = _status.Items("listeners").Select(l => $"{l.Text("protocol")} {(l.Text("address").Contains(':') ? $"[{l.Text("address")}]" : l.Text("address"))}:{l.Number("port")}");
        Line("listening", string.Join(", ", listeners) is { Length: > 0 } some ? some : Bad("nowhere"));
        Line("sessions", Number(_status.Number("sessions")));
        if (_status.Flag("alert")) Line("alert", Bad("somebody touched the sensor") + "; 'conpot-pi events' tells who, 'conpot-pi io ack' puts the lamp out");
    }

    private void Journal()
    {
        if (!_status.TryGetProperty("journal", out var journal) || !journal.TryGetProperty("kept", out _)) return;
        var size = journal.TryGetProperty("bytes", out _)
            ? $"{Number(journal.Number("events"))} events, {Size(journal.Number("bytes"))}" + (journal.Time("oldest") is { } oldest ? $", since {oldest.ToLocalTime():yyyy-MM-dd HH:mm}" : "")
            : "unknown, as the medium hangs";
        Line("journal", $"{size}, in {journal.Text("directory")}");
        if (journal.Number("lost") > 0) Line("", Bad($"{Number(journal.Number("lost"))} events LOST") + " in this run");
        if (journal.Text("fault") is { Length: > 0 } fault) Line("", $"{Bad("FAULT")} {fault}; make room, or check the card ('dmesg' names its errors)");
    }

    private void Sink(JsonElement sink)
    {
        var lag = sink.Number("lag");
        var parts = new List<string>
        {
            lag == 0 ? "up to date" : $"{Number(lag)} events behind" + (sink.Time("oldest") is { } oldest ? $", the oldest for {Span(_now - oldest)}" : ""),
            $"{Number(sink.Number("delivered"))} delivered" + (sink.Time("last_delivery") is { } last ? $", the last {Span(_now - last)} ago" : ""),
        };
        if (sink.Number("dropped") > 0) parts.Add(Bad($"{Number(sink.Number("dropped"))} dropped"));
        Line(sink.Text("name"), string.Join("; ", parts));
        if (sink.Text("error") is { Length: > 0 } error) Line("", $"{Bad("FAULT")} {error}");
    }

    private void Settings()
    {
        if (!_status.TryGetProperty("settings", out var settings) || settings.Text("problem") is not { Length: > 0 } problem) return;
        var inForce = settings.Text("in_force") switch
        {
            "last-good" => "those that worked last are in force",
            "built-in" => "the built-in ones are in force",
            _ => "those that it had go on",
        };
        Line("settings", $"{Bad("REFUSED")} {problem}; {inForce}. Correct {settings.Text("file")} ('conpot-pi validate' tells what to write), then: sudo systemctl reload conpot-pi");
    }

    private void Machine()
    {
        if (!_status.TryGetProperty("machine", out var machine)) return;
        var parts = new List<string>();
        if (machine.TryGetProperty("temperature_celsius", out var degrees))
            // 80 C: where a Pi begins to slow itself down (raspberrypi.com, "Frequency management and thermal control").
            parts.Add(degrees.GetDouble() is var t and >= 80 ? Bad(Degrees(t)) + ", too warm: give it air" : Degrees(degrees.GetDouble()));
        if (machine.Flag("under_voltage")) parts.Add(Bad("UNDER-VOLTAGE") + ": take a stronger power supply or a shorter cable");
        else if (machine.Flag("under_voltage_since_boot")) parts.Add("the supply was too weak at times since the start: take a stronger one");
        else if (machine.TryGetProperty("under_voltage", out _)) parts.Add("supply well");
        if (parts.Count > 0) Line("machine", string.Join("; ", parts));
    }

    private void Line(string name, string text) => _text.Append(CultureInfo.InvariantCulture, $"  {name,-10} {text}\n");

    private string Bad(string text) => _colour ? Red + text + Reset : text;

    private static string Degrees(double degrees) => string.Create(CultureInfo.InvariantCulture, $"{degrees:0.0} C");

    private static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    internal static string Size(long bytes) => bytes switch
    {
        < 10 << 10 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 10 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 10} KiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes >> 20:N0} MiB"),
    };

    /// <summary>The two largest units that matter: "3 d 4 h", "5 min", "12 s".</summary>
    internal static string Span(TimeSpan span) => span switch
    {
        { TotalDays: >= 1 } => $"{(int)span.TotalDays} d {span.Hours} h",
        { TotalHours: >= 1 } => $"{span.Hours} h {span.Minutes} min",
        { TotalMinutes: >= 1 } => $"{span.Minutes} min",
        _ => $"{Math.Max(0, span.Seconds)} s",
    };
}
