using System.Globalization;
using System.Text.Json;

namespace Conpot.Pi.Cli;

/// <summary>An interface of the machine, as the status page has it.</summary>
/// <param name="Name">Null for none.</param>
internal sealed record ConsoleInterface(string? Name, string? Address, string? Mac, bool IsThere);

/// <summary>What the status page shows.</summary>
/// <param name="Status">What the sensor says of itself; null while none answers.</param>
/// <param name="Alert">The last alert, as 'events' shows it.</param>
/// <param name="Ssh">Whether a key opens this machine.</param>
/// <param name="Clock">Whether anybody is asked for the time.</param>
internal sealed record ConsoleFacts(JsonElement? Status, ConsoleInterface Plant, ConsoleInterface Management, bool Ssh, bool Clock, string? Alert, IReadOnlyList<string> Troubles, DateTimeOffset Now);

/// <summary>The status page of a machine with a screen: 24 lines of 79 plain characters, the same on any terminal; nobody can type anything.</summary>
internal static class ConsolePage
{
    public const int Width = 79, Height = 24;

    private const int Indent = 11;

    public static IReadOnlyList<string> Render(ConsoleFacts facts)
    {
        var lines = new List<string> { "Conpot.Pi " + Hosting.Version.Text + facts.Now.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture).PadLeft(Width - 10 - Hosting.Version.Text.Length), new('-', Width) };
        if (facts.Status is { } status) Sensor(lines, status, facts.Now);
        else Add(lines, "sensor", "IS NOT RUNNING, or is still starting");
        lines.Add("");
        Add(lines, "plant", Shown(facts.Plant));
        if (facts.Management.Name is not null)
        {
            Add(lines, "management", Shown(facts.Management));
            Add(lines, "", !facts.Ssh ? "no SSH: [management] has no 'ssh_keys', or there is TROUBLE below" : facts.Management.Address is { } address ? $"reach it with: ssh root@{address}" : "reach it with SSH when it has an address");
        }
        else Add(lines, "management", "none; the settings are in conpot-pi.toml on the card's boot partition");
        if (!facts.Clock) Add(lines, "clock", "as it was when last on: [appliance] names no time server ('ntp')");
        lines.Add("");
        Add(lines, "last alert", facts.Alert ?? "none");
        foreach (var trouble in facts.Troubles) Add(lines, "TROUBLE", trouble);
        if (lines.Count <= Height) return lines;
        return [.. lines.Take(Height - 1), "... and more: conpot-pi doctor"];
    }

    private static void Sensor(List<string> lines, JsonElement status, DateTimeOffset now)
    {
        Add(lines, "name", status.Text("name"));
        Add(lines, "plays", $"{status.Text("title")} ({status.Text("profile")})");
        Add(lines, "mode", $"{status.Text("mode")}{(status.Flag("system_fault") ? ", SF" : "")}, up {StatusText.Span(TimeSpan.FromSeconds(Math.Max(0, status.Number("uptime_seconds"))))}, {status.Number("sessions").ToString(CultureInfo.InvariantCulture)} sessions");
        Add(lines, "listening", string.Join(", ", status.Items("listeners").Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Text("protocol")} {l.Number("port")}"))) is { Length: > 0 } some ? some : "NOWHERE");
        if (status.TryGetProperty("journal", out var journal) && journal.ValueKind == JsonValueKind.Object)
        {
            Add(lines, "journal", string.Create(CultureInfo.InvariantCulture, $"{journal.Number("events"):N0} events, {StatusText.Size(journal.Number("bytes"))}{(journal.Number("lost") > 0 ? $", {journal.Number("lost"):N0} LOST" : "")}"));
            if (journal.Text("fault") is { Length: > 0 } fault) Add(lines, "TROUBLE", $"journal: {fault}");
        }
        foreach (var sink in status.Items("sinks"))
        {
            var last = sink.Time("last_delivery") is { } time ? $", the last {StatusText.Span(now - time)} ago" : "";
            Add(lines, sink.Text("name"), sink.Text("error") is { Length: > 0 } error ? $"TROUBLE {error}" : string.Create(CultureInfo.InvariantCulture, $"{sink.Number("delivered"):N0} delivered{last}"));
        }
        foreach (var fault in status.Items("faults")) Add(lines, "TROUBLE", $"I/O: {fault}");
        if (status.Flag("alert")) Add(lines, "ALERT", "somebody touched the sensor; press the panel's button, or: conpot-pi io ack");
        if (status.TryGetProperty("settings", out var settings) && settings.ValueKind == JsonValueKind.Object && settings.Text("problem") is { Length: > 0 } problem) Add(lines, "TROUBLE", $"settings: {problem}");
    }

    private static string Shown(ConsoleInterface one) => one switch
    {
        { Name: null } => "none",
        { IsThere: false } => $"{one.Name}: there is no such interface; 'interface' in the settings names it",
        _ => $"{one.Name}  {one.Address ?? "NO ADDRESS YET"}  {one.Mac}",
    };

    /// <summary>A fact behind its name, on as many lines as it takes, three at most.</summary>
    private static void Add(List<string> lines, string name, string text)
    {
        const int most = 3;
        var room = Width - Indent - 1;
        var rest = Ascii(text);
        var head = Ascii(name).PadRight(Indent) + " ";
        if (head.Length > Indent + 1) head = head[..(Indent - 1)] + "~ ";
        for (var i = 0; i < most; i++)
        {
            if (rest.Length <= room)
            {
                lines.Add((head + rest).TrimEnd());
                return;
            }
            var cut = rest.LastIndexOf(' ', room) is var space && space > room / 2 ? space : room;
            var part = i == most - 1 ? rest[..(room - 3)] + "..." : rest[..cut];
            lines.Add(head + part);
            rest = rest[cut..].TrimStart();
            head = new string(' ', Indent + 1);
        }
    }

    /// <summary>A console's font has little else, and no escape sequence gets through: attackers choose some of these texts.</summary>
    private static string Ascii(string text) => string.Concat(text.Select(c => c is >= ' ' and <= '~' ? c : '?'));
}
