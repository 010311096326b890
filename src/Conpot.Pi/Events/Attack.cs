namespace Conpot.Pi.Events;

/// <summary>One technique of MITRE ATT&amp;CK for ICS, as events carry it.</summary>
/// <param name="Tactic">Of several the first that the matrix lists.</param>
/// <param name="Successor">The sub-technique that v19 (April 2026) made of it, or null.</param>
internal sealed record Technique(string Id, string Name, string Tactic, string? Successor = null);

/// <summary>The versioned table of ATT&amp;CK for ICS techniques that a decoy PLC can see.</summary>
/// <remarks>
/// Identifiers, names and tactics of v18.1, from mitre-attack/attack-stix-data. Events carry v18.1's ids, which most tools know;
/// whoever shows one can name the successor beside it.
/// </remarks>
internal static class Attack
{
    /// <summary>threat.framework of every event: identifiers change their meaning from version to version.</summary>
    public const string Framework = "ATT&CK ICS 18.1";

    private const string Initial = "TA0108", Execution = "TA0104", Persistence = "TA0110", Evasion = "TA0103", Discovery = "TA0102", Lateral = "TA0109";
    private const string Collection = "TA0100", Control = "TA0101", Inhibit = "TA0107", Impair = "TA0106", Impact = "TA0105";

    public static readonly Technique RemoteSystemDiscovery = new("T0846", "Remote System Discovery", Discovery);
    public static readonly Technique RemoteSystemInformation = new("T0888", "Remote System Information Discovery", Discovery);
    public static readonly Technique NetworkConnections = new("T0840", "Network Connection Enumeration", Discovery);
    public static readonly Technique DefaultCredentials = new("T0812", "Default Credentials", Lateral, "T1694.001");
    public static readonly Technique HardcodedCredentials = new("T0891", "Hardcoded Credentials", Lateral, "T1694.002");
    public static readonly Technique ValidAccounts = new("T0859", "Valid Accounts", Persistence);
    public static readonly Technique ProgramDownload = new("T0843", "Program Download", Lateral);
    public static readonly Technique PointAndTag = new("T0861", "Point & Tag Identification", Collection);
    public static readonly Technique MonitorState = new("T0801", "Monitor Process State", Collection);
    public static readonly Technique AutomatedCollection = new("T0802", "Automated Collection", Collection);
    public static readonly Technique DetectMode = new("T0868", "Detect Operating Mode", Collection);
    public static readonly Technique ProgramUpload = new("T0845", "Program Upload", Collection);
    public static readonly Technique ModifyParameter = new("T0836", "Modify Parameter", Impair);
    public static readonly Technique UnauthorizedCommand = new("T0855", "Unauthorized Command Message", Impair, "T1692.001");
    public static readonly Technique BruteForceIo = new("T0806", "Brute Force I/O", Impair);
    public static readonly Technique DenialOfService = new("T0814", "Denial of Service", Inhibit);
    public static readonly Technique DeviceRestart = new("T0816", "Device Restart/Shutdown", Inhibit);
    public static readonly Technique OperatingMode = new("T0858", "Change Operating Mode", Execution);
    public static readonly Technique ControllerTasking = new("T0821", "Modify Controller Tasking", Execution);
    public static readonly Technique ModifyProgram = new("T0889", "Modify Program", Persistence);
    public static readonly Technique PublicFacing = new("T0819", "Exploit Public-Facing Application", Initial);
    public static readonly Technique RemoteServices = new("T0866", "Exploitation of Remote Services", Initial);
    public static readonly Technique InternetAccessible = new("T0883", "Internet Accessible Device", Initial);
    public static readonly Technique CommonPort = new("T0885", "Commonly Used Port", Control);
    public static readonly Technique ApplicationLayer = new("T0869", "Standard Application Layer Protocol", Control);

    /// <summary>Every technique that an event may carry.</summary>
    public static readonly IReadOnlyList<Technique> All =
    [
        InternetAccessible, PublicFacing, RemoteServices,
        OperatingMode, ControllerTasking,
        ModifyProgram, ValidAccounts,
        RemoteSystemDiscovery, RemoteSystemInformation, NetworkConnections,
        DefaultCredentials, HardcodedCredentials, ProgramDownload,
        PointAndTag, MonitorState, AutomatedCollection, DetectMode, ProgramUpload,
        CommonPort, ApplicationLayer,
        DeviceRestart, DenialOfService,
        ModifyParameter, UnauthorizedCommand, BruteForceIo,
    ];

    /// <summary>Identifiers and names of the tactics, in the order of the matrix.</summary>
    public static readonly IReadOnlyList<(string Id, string Name)> Tactics =
    [
        (Initial, "Initial Access"), (Execution, "Execution"), (Persistence, "Persistence"), (Evasion, "Evasion"), (Discovery, "Discovery"),
        (Lateral, "Lateral Movement"), (Collection, "Collection"), (Control, "Command and Control"), (Inhibit, "Inhibit Response Function"),
        (Impair, "Impair Process Control"), (Impact, "Impact"),
    ];

    /// <summary>By its id of v18 or its successor's; null when no event carries it.</summary>
    public static Technique? Find(string id) => All.FirstOrDefault(t => t.Id == id || t.Successor == id);
}
