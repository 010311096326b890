using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>What somebody did to the CPU itself over S7 communication: stopped it, started it, sent it a program, set its clock.</summary>
internal static class ControlDeed
{
    /// <summary>Part of a longer step that is told once: a download is many packets and one deed.</summary>
    public static bool IsStep(EventRecord e) =>
        e.Action is "s7comm.download" && e.Outcome == "success" && e.Text("conpot", "sha256").Length == 0 && Operation(e) != "download given up"
        || e.Action is "s7comm.upload" && Operation(e) != "start upload"
        || e.Action == "s7comm.password" && Operation(e) == "give access back";

    public static bool IsChange(EventRecord e) => e.Action is "s7comm.stop" or "s7comm.start" or "s7comm.control" or "s7comm.clock-set" or "s7comm.download" && !IsStep(e);

    /// <summary>Compressing the memory and copying it to ROM leave the program as it was.</summary>
    public static bool IsOfProgram(EventRecord e) => Operation(e) is "insert block" or "delete block";

    /// <summary>What came of a block that is not whole is kept as evidence, and changes nothing.</summary>
    public static bool IsDone(EventRecord e) => IsThere(e) || e.Outcome == "success" && (e.Action != "s7comm.download" || Operation(e) == "download ended");

    /// <summary>The CPU was in that mode already: it refuses such a command, and does what was wanted all the same.</summary>
    private static bool IsThere(EventRecord e) => (e.Action, e.Text("conpot", "note")) is ("s7comm.stop", "was in STOP") or ("s7comm.start", "was in RUN");

    /// <summary>As a phrase that goes on after "he"; null for another kind of event.</summary>
    public static string? Phrase(EventRecord e) => (e.Action, IsDone(e)) switch
    {
        ("s7comm.stop", true) => Was(e) == "STOP" ? "told the CPU to stop, which it had already" : "stopped the CPU",
        ("s7comm.stop", false) => "tried to stop the CPU",
        ("s7comm.start", true) => Was(e) == "RUN" ? "told the CPU to start, which it had already" : "started the CPU",
        ("s7comm.start", false) => "tried to start the CPU",
        ("s7comm.clock-set", true) => "set the CPU's clock",
        ("s7comm.clock-set", false) => "tried to set the CPU's clock",
        ("s7comm.download", true) => $"sent it the program block {Block(e)}",
        ("s7comm.download", false) => e.Text("conpot", "sha256").Length > 0 ? $"sent it a part of the program block {Block(e)}" : $"tried to send it the program block {Block(e)}",
        ("s7comm.upload", var done) => $"{(done ? "fetched" : "tried to fetch")} the program block {Block(e)}",
        ("s7comm.control", var done) => (done, Operation(e)) switch
        {
            (true, "insert block") => $"put the program block {Block(e)} into service",
            (true, "delete block") => $"deleted the program block {Block(e)}",
            (true, "copy RAM to ROM") => "had the program copied to ROM",
            (true, "compress memory") => "had the memory compressed",
            (_, "") => "tried to control the CPU",
            (_, var operation) => $"tried to {Deed.Short(operation)}{(e.Text("conpot", "block") is { Length: > 0 } ? $" {Block(e)}" : "")}",
        },
        _ => null,
    };

    public static string Target(EventRecord e) => e.Action switch
    {
        "s7comm.stop" or "s7comm.start" => "CPU",
        "s7comm.clock-set" => "clock",
        _ when e.Text("conpot", "block") is { Length: > 0 } => $"block {Block(e)}",
        "s7comm.control" when !IsOfProgram(e) => "memory",
        _ => "program",
    };

    public static string Before(EventRecord e) => e.Action switch
    {
        "s7comm.stop" => Was(e),
        "s7comm.start" => Was(e),
        "s7comm.clock-set" => Clock(e).Before,
        _ => "",
    };

    public static string After(EventRecord e) => e.Action switch
    {
        "s7comm.stop" => "STOP",
        "s7comm.start" => "RUN",
        "s7comm.clock-set" => Clock(e).After,
        "s7comm.download" => string.Create(CultureInfo.InvariantCulture, $"{e.Number("conpot", "bytes", 0)} bytes sent"),
        _ => Operation(e) switch
        {
            "insert block" => "in service",
            "delete block" => "deleted",
            "copy RAM to ROM" => "RAM copied to ROM",
            "compress memory" => "compressed",
            var operation => Deed.Short(operation),
        },
    };

    /// <summary>The mode before: the note of an answer says when it was that of the command already.</summary>
    private static string Was(EventRecord e) => e.Text("conpot", "note") switch
    {
        "was in STOP" => "STOP",
        "was in RUN" => "RUN",
        _ => e.Action == "s7comm.stop" ? "RUN" : "STOP",
    };

    /// <summary>From the note "clock 2026-11-22 12:00:00, set to 2001-01-01 00:00:00".</summary>
    private static (string Before, string After) Clock(EventRecord e)
    {
        const string first = "clock ", second = ", set to ";
        var note = e.Text("conpot", "note");
        var at = note.IndexOf(second, StringComparison.Ordinal);
        return note.StartsWith(first, StringComparison.Ordinal) && at > 0 ? (Deed.Short(note[first.Length..at]), Deed.Short(note[(at + second.Length)..])) : ("", "");
    }

    private static string Operation(EventRecord e) => e.Text("conpot", "operation");

    private static string Block(EventRecord e) => e.Text("conpot", "block") is { Length: > 0 } block ? Deed.Short(block) : "without a name";
}
