using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>What was done to the PLC, in the order of how much a plant would suffer.</summary>
internal enum ChangeKind { Program, Stop, Start, Write, Memory }

/// <summary>The kinds, and the words for them.</summary>
internal static class ChangeKinds
{
    public static readonly IReadOnlyList<ChangeKind> All = [ChangeKind.Program, ChangeKind.Stop, ChangeKind.Start, ChangeKind.Write, ChangeKind.Memory];

    /// <summary>As in "Somebody stopped and wrote to the decoy PLC".</summary>
    public static string Verb(ChangeKind kind) => kind switch
    {
        ChangeKind.Program => "reprogrammed",
        ChangeKind.Stop => "stopped",
        ChangeKind.Start => "started",
        ChangeKind.Memory => "tidied the memory of",
        _ => "wrote to",
    };

    /// <summary>As in "3 writes".</summary>
    public static string Many(ChangeKind kind, long count) => kind switch
    {
        ChangeKind.Program => ReportWords.Many(count, "change of the program", "changes of the program"),
        ChangeKind.Write => ReportWords.Many(count, "write", "writes"),
        _ => ReportWords.Many(count, "command", "commands"),
    };
}

/// <summary>A write, a change of mode or of the program, or an attempt at one.</summary>
internal sealed record Change(ChangeKind Kind, DateTimeOffset Time, string Source, string Target, string Before, string After, bool Done, string Session, string Protocol)
{
    public const int LongestName = 64;

    /// <summary>A command to stop or start that found the CPU there already.</summary>
    public bool IsRepeat => Kind is ChangeKind.Stop or ChangeKind.Start && Before == After;

    public static Change Of(EventRecord e) => new(
        e.Action switch
        {
            "s7comm.download" => ChangeKind.Program,
            "s7comm.control" => ControlDeed.IsOfProgram(e) ? ChangeKind.Program : ChangeKind.Memory,
            "s7comm.stop" => ChangeKind.Stop,
            "s7comm.start" => ChangeKind.Start,
            "plc.mode" => Deed.After(e) == "STOP" ? ChangeKind.Stop : ChangeKind.Start,
            _ => ChangeKind.Write,
        },
        e.Time, PlainText.Of(e.SourceIp, LongestName), Deed.Target(e), Deed.Before(e), Deed.After(e), Deed.IsDone(e), PlainText.Of(e.Session, LongestName), PlainText.Of(e.Protocol, 20));
}
