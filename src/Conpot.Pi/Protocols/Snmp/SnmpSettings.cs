using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>[snmp]: whom the agent answers, how much, and what its table holds.</summary>
internal sealed record SnmpSettings
{
    /// <summary>The groups of MIB-II that a CP x43-1 has, in the order of the tree; not EGP, not transmission (manual C79000-G8976-C256, p. 84).</summary>
    public static readonly string[] AllGroups = ["system", "interfaces", "at", "ip", "icmp", "tcp", "udp", "snmp"];

    public bool Enabled { get; init; } = true;
    public int Port { get; init; } = 161;
    public (TimeSpan From, TimeSpan To) Latency { get; init; } = (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6));

    public bool V1 { get; init; } = true;
    public bool V2c { get; init; } = true;

    /// <summary>Engine discovery and usmStats reports; no user exists.</summary>
    public bool V3 { get; init; }

    /// <summary>ISO-8859-1 bytes of the communities.</summary>
    public byte[][] ReadCommunities { get; init; } = [[.. "public"u8]];

    public byte[][] WriteCommunities { get; init; } = [[.. "private"u8]];

    /// <summary>The largest reply in bytes; beyond it tooBig (RFC 1157: at least 484; SIMATIC NET: one Ethernet frame).</summary>
    public int LargestMessage { get; init; } = 1472;

    /// <summary>snmpEngineID of v3: 1.3.6.1.4.1.4329 (Siemens), MAC format (RFC 3411, SnmpEngineID): 80 00 10 E9 03 and six bytes, until an interface's own are known.</summary>
    public byte[] EngineId { get; init; } = [0x80, 0x00, 0x10, 0xE9, 0x03, 0x00, 0x0E, 0x8C, 0, 0, 0];

    /// <summary>The engine ID with another hardware address.</summary>
    /// <param name="engineId">It is changed in its place, as requests cost no memory.</param>
    public static byte[] EngineIdOf(ReadOnlySpan<byte> mac, byte[] engineId)
    {
        mac.CopyTo(engineId.AsSpan(engineId.Length - mac.Length));
        return engineId;
    }

    /// <summary>Replies per second that one source gets in the long run; 0 for no limit.</summary>
    public int PacketsPerSecond { get; init; } = 300;

    /// <summary>How many bytes one source gets for each that it sends, in the long run; 0 for no limit.</summary>
    public double Amplification { get; init; } = 10;

    /// <summary>A source that is silent for so long has ended its session.</summary>
    public TimeSpan QuietGap { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Of <see cref="AllGroups"/>.</summary>
    public IReadOnlyCollection<string> Groups { get; init; } = AllGroups;

    /// <summary>The objects of the recorded walk in the place of the device's own table, or null.</summary>
    public MibObject[]? Walk { get; init; }

    /// <summary>[[snmp.object]], in the order of the tree.</summary>
    public MibObject[] Objects { get; init; } = [];

    /// <param name="section">The user's [snmp] over the profile's.</param>
    /// <param name="cpu">Its process image is what objects show.</param>
    /// <param name="lowPorts">Whether the standard port is the default; else the one for a developer's PC.</param>
    /// <param name="baseDirectory">Where the configuration file lies: what "walk" is relative to.</param>
    public static SnmpSettings Read(ConfigSection section, Cpu cpu, DeviceSeed seed, bool lowPorts, string? baseDirectory)
    {
        var versions = OneOf(section, "versions", ["1", "2c"], ["1", "2c", "3"]);
        var enabled = section.Flag("enabled", true);
        return new SnmpSettings
        {
            Enabled = enabled,
            Port = (int)section.Integer("port", lowPorts ? 161 : 16100, 1, 65535),
            Latency = section.DurationRange("latency", (TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6)), TimeSpan.FromSeconds(10)),
            V1 = versions.Contains("1"),
            V2c = versions.Contains("2c"),
            V3 = versions.Contains("3"),
            ReadCommunities = Communities(section, "community", "public"),
            WriteCommunities = Communities(section, "write_community", "private"),
            // One Ethernet frame: fragments would not come from the device, and would help an attacker.
            LargestMessage = (int)section.Integer("largest_message", 1472, 484, 1472),
            EngineId = [0x80, 0x00, 0x10, 0xE9, 0x03, .. seed.MacAddress],
            // At 3 ms and more per reply one tool that waits for each gets no further than this.
            PacketsPerSecond = (int)section.Integer("packets_per_second", 300, 0, 1_000_000),
            // snmpbulkwalk with its usual 10 rows a request comes to 6, a walk to 1.1; a full reply to a bare GETBULK would be 35.
            Amplification = section.Number("amplification", 10, 0, 1000),
            // Longer than a person takes to type the next command, shorter than the pause between two visits.
            QuietGap = section.Duration("quiet_gap", TimeSpan.FromSeconds(60), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            Groups = OneOf(section, "groups", AllGroups, AllGroups),
            Walk = ReadWalk(section, baseDirectory),
            Objects = OwnObjects.Read(section, cpu),
        };
    }

    private static HashSet<string> OneOf(ConfigSection section, string key, string[] fallback, string[] allowed)
    {
        var chosen = section.Texts(key);
        foreach (var text in chosen.Where(t => !allowed.Contains(t)))
        {
            var hint = NearestName.Find(text, allowed) is { } near ? $"; did you mean \"{near}\"?" : "";
            section.Error(key, $"'{key}' in [snmp] holds {Shown.Quoted(text)}; allowed: {string.Join(", ", allowed.Select(a => $"\"{a}\""))}{hint}");
        }
        return [.. section.Has(key) ? chosen : fallback];
    }

    private static byte[][] Communities(ConfigSection section, string key, string fallback)
    {
        var communities = section.Texts(key);
        foreach (var text in communities.Where(t => t.Length is 0 or > 64 || t.Any(c => c > 0xFF)))
            section.Error(key, $"{Shown.Quoted(text)} in [snmp] is no community; write 1 to 64 characters of a western alphabet");
        return [.. (section.Has(key) ? communities : [fallback]).Select(Encoding.Latin1.GetBytes)];
    }

    private static MibObject[]? ReadWalk(ConfigSection section, string? baseDirectory)
    {
        var path = section.Text("walk", "");
        if (path.Length == 0) return null;
        try
        {
            var whole = Path.Combine(baseDirectory ?? "", path);
            var problems = new List<string>();
            var objects = SnmpRec.Parse(path, BoundedFile.Read(whole, SnmpRec.MostBytes), problems);
            foreach (var problem in problems) section.Error("walk", problem);
            return objects;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var remedy = e is FileNotFoundException or DirectoryNotFoundException ? "write its path from the folder of this file, or an absolute one" : "make it a file that this user may read";
            section.Error("walk", $"'walk' in [snmp] is {Shown.Quoted(path)}, which cannot be read ({e.Message}); {remedy}");
            return null;
        }
    }
}
