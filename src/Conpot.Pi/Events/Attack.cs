namespace Conpot.Pi.Events;

/// <summary>One technique of MITRE ATT&amp;CK for ICS, as events carry it.</summary>
/// <param name="Successor">The sub-technique that v19 (April 2026) split it into, or null.</param>
internal sealed record Technique(string Id, string Name, string Tactic, string? Successor = null);

/// <summary>The versioned table of ATT&amp;CK for ICS techniques that a decoy PLC can see.</summary>
/// <remarks>Identifiers, names and tactics of v18.1, from mitre-attack/attack-stix-data.</remarks>
internal static class Attack
{
    /// <summary>threat.framework of every event: identifiers change their meaning from version to version.</summary>
    public const string Framework = "ATT&CK ICS 18.1";

    private const string Discovery = "TA0102", Lateral = "TA0109", Collection = "TA0100", Inhibit = "TA0107", Impair = "TA0106";

    public static readonly Technique RemoteSystemDiscovery = new("T0846", "Remote System Discovery", Discovery);
    public static readonly Technique RemoteSystemInformation = new("T0888", "Remote System Information Discovery", Discovery);
    public static readonly Technique NetworkConnections = new("T0840", "Network Connection Enumeration", Discovery);
    public static readonly Technique DefaultCredentials = new("T0812", "Default Credentials", Lateral, "T1694.001");
    public static readonly Technique PointAndTag = new("T0861", "Point & Tag Identification", Collection);
    public static readonly Technique ModifyParameter = new("T0836", "Modify Parameter", Impair);
    public static readonly Technique UnauthorizedCommand = new("T0855", "Unauthorized Command Message", Impair, "T1692.001");
    public static readonly Technique BruteForceIo = new("T0806", "Brute Force I/O", Impair);
    public static readonly Technique DenialOfService = new("T0814", "Denial of Service", Inhibit);
    public static readonly Technique OperatingMode = new("T0858", "Change Operating Mode", "TA0104");
}
