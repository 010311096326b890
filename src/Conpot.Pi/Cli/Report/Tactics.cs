using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Report;

/// <summary>Names of the tactics of ATT&amp;CK for ICS, in the order of the matrix, and the techniques that events may carry.</summary>
internal static class Tactics
{
    public static readonly IReadOnlyList<(string Id, string Name)> InOrder =
    [
        ("TA0108", "Initial Access"), ("TA0104", "Execution"), ("TA0110", "Persistence"), ("TA0111", "Privilege Escalation"), ("TA0103", "Evasion"),
        ("TA0102", "Discovery"), ("TA0109", "Lateral Movement"), ("TA0100", "Collection"), ("TA0101", "Command and Control"),
        ("TA0107", "Inhibit Response Function"), ("TA0106", "Impair Process Control"), ("TA0105", "Impact"),
    ];

    private static readonly Dictionary<string, Technique> Known = EventCatalog.All.SelectMany(k => k.Techniques).DistinctBy(t => t.Id).ToDictionary(t => t.Id);

    /// <summary>Null for an identifier of another version's.</summary>
    public static Technique? Find(string id) => Known.GetValueOrDefault(id);
}
