using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>What somebody was after, in the three steps that a reader needs.</summary>
internal enum Intent { Look, Probe, Change }

/// <summary>From an event's severity to its intent.</summary>
internal static class Intents
{
    /// <summary>Identity probes and tried passwords begin here (<see cref="EventKind"/>).</summary>
    private const int ProbeSeverity = 30;

    public static Intent Of(int severity) => severity >= EventKind.AlertSeverity ? Intent.Change : severity >= ProbeSeverity ? Intent.Probe : Intent.Look;

    public static string Name(Intent intent) => intent switch
    {
        Intent.Look => "Looked",
        Intent.Probe => "Probed",
        _ => "Attacked",
    };

    public static string Meaning(Intent intent) => intent switch
    {
        Intent.Look => "connected, read values",
        Intent.Probe => "asked who it is, tried passwords",
        _ => "wrote, switched or flooded",
    };
}
