using Conpot.Pi.Appliance;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Hardware;
using Conpot.Pi.Hosting.Control;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols;

namespace Conpot.Pi.Hosting;

/// <summary>Where a sensor's configuration comes from.</summary>
/// <param name="Path">The file, or null for the built-in defaults.</param>
/// <param name="Overrides">--set section.key=value, in order.</param>
internal sealed record ConfigSource(string? Path, IReadOnlyList<string> Overrides)
{
    /// <summary>The image's file on the FAT partition, else the package's; see DESIGN section 7.</summary>
    private static readonly string[] Standard = ["/boot/firmware/conpot-pi.toml", "/etc/conpot-pi/conpot-pi.toml"];

    /// <summary>Read in place of the file while that is bad: the copy of one that was good, or the built-in defaults; null for the file itself.</summary>
    public StandIn? Instead { get; init; }

    /// <summary>Where a sensor whose settings name no other directory keeps what must outlive it.</summary>
    public string StateDirectory { get; init; } = Hosting.StateDirectory.Default;

    /// <summary>What relative paths in the settings are relative to.</summary>
    public string Directory => System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path ?? "settings")) ?? "/";

    /// <summary>The sinks that its sections may name; a test has its own.</summary>
    public IReadOnlyList<(string Section, Func<SinkSurroundings, ISink?> Create)> Sinks { get; init; } = Registry.Sinks;

    public static ConfigSource Find(string? given, IReadOnlyList<string> overrides) => new(given ?? Standard.FirstOrDefault(File.Exists), overrides);
}

/// <summary>Settings in place of those that are bad.</summary>
/// <param name="Name">As in messages.</param>
internal sealed record StandIn(string Name, byte[] Text);

/// <summary>A whole sensor, read and checked, with nothing bound and nothing written: what <c>validate</c> makes, and <c>run</c> then starts.</summary>
internal sealed class SensorPlan
{
    private SensorPlan()
    {
    }

    public required string Name { get; init; }

    /// <summary>What the settings file holds, as it was read; null without one.</summary>
    public required byte[]? Text { get; init; }

    public required PlcProfile Profile { get; init; }

    public required DeviceSeed Seed { get; init; }

    public required NetworkSettings Network { get; init; }

    /// <summary>How the machine stands in the plant's network, where it is an appliance.</summary>
    public required ApplianceSettings Appliance { get; init; }

    /// <summary>The way in for its owner, where it is an appliance.</summary>
    public required ManagementSettings Management { get; init; }

    /// <summary>What its TCP/IP looks like, where the machine is an appliance.</summary>
    public required StackSettings Stack { get; init; }

    public required JournalSettings Journal { get; init; }

    public required AlertSettings Alerts { get; init; }

    public required IReadOnlyList<PlannedSink> Sinks { get; init; }

    /// <summary>Where the sensor keeps its identity and what visitors have written that a device would keep.</summary>
    public required string StateDirectory { get; init; }

    public required ControlSettings Control { get; init; }

    public required Cpu Cpu { get; init; }

    /// <summary>What is wired to its inputs and outputs.</summary>
    public required IoLines Io { get; init; }

    /// <summary>The lines of [io] as they were written, the user's before the profile's: what a person knows an address by.</summary>
    public required IReadOnlyList<(string Key, string Text)> IoTexts { get; init; }

    public required PanelSettings Panel { get; init; }

    /// <summary>The chip of the header's lines, by path or label; null for a Raspberry Pi's.</summary>
    public required string? GpioChip { get; init; }

    /// <summary>All that makes the fake CPU what it is, as text: equal texts, equal CPU, and a reload leaves it running.</summary>
    public required string PlcText { get; init; }

    public required IReadOnlyList<IProtocol> Protocols { get; init; }

    /// <summary>What the network loop fills and the SNMP agent shows; the same from plan to plan.</summary>
    public required OpenConnections Connections { get; init; }

    /// <summary>Reads and builds everything; all mistakes go into <paramref name="errors"/>, and then there is no plan.</summary>
    /// <param name="running">The plan in force, whose CPU is kept when nothing about it changes; null at the start.</param>
    /// <param name="create">Whether a missing identity may be written down.</param>
    public static SensorPlan? Read(ConfigSource source, SensorPlan? running, TimeProvider time, bool create, ConfigErrors errors)
    {
        var file = ReadFile(source, errors, out var text);
        if (file is null) return null;
        foreach (var assignment in source.Overrides) file.Set(assignment);
        if (file.IsDamaged) return null;

        var root = file.Root;
        RefuseCopy(root);
        var lowPorts = source.Path is not null && Net.LowPorts.Allowed;
        var name = root.Text("name", Environment.MachineName);
        if (name.Length is 0 or > 64)
            root.Error("name", $"'name' has {name.Length} characters; write 1 to 64");
        var profile = PlcProfile.Load(root.Section("plc").Choice("profile", PlcProfile.Default, PlcProfile.Names), errors);
        var network = NetworkSettings.Read(root.Section("network"), lowPorts);
        var state = root.Text("state_directory", source.StateDirectory);
        if (!Path.IsPathFullyQualified(state))
            root.Error("state_directory", $"'state_directory' is \"{state}\"; write an absolute path, such as \"/var/lib/conpot-pi\"");
        var journal = JournalSettings.Read(root.Section("journal"), state);
        var alerts = AlertSettings.Read(root.Section("alerts"), root.OneOrMore("ignore"));
        var control = ControlSettings.Read(root, state);
        var plc = root.Section("plc").Over(profile.Root.Section("plc"));
        var identity = plc.Text("seed", "");
        var appliance = ApplianceSettings.Read(root.Section("appliance"));
        var management = ManagementSettings.Read(root.Section("management"), appliance.Interface, appliance.Mac);
        var seed = (identity.Length > 0 ? DeviceSeed.From(identity) : Hosting.StateDirectory.Seed(state, create)) with { GivenMac = appliance.Mac };

        var io = IoLines.Standard();
        var cpu = Cpu.Read(root, profile, seed, time, io, ProgramFile.Beside(source.Directory));
        var panel = PanelSettings.Read(root.Section("panel"), io);
        var chip = root.Section("hardware").Text("gpiochip", "");
        var ioTexts = Lines(root, profile, "io");
        var plcText = string.Join('\n', (string[])[profile.Name, cpu.Settings.ToString(), seed.ToString(), cpu.Program?.Text ?? "", panel.ToString(), chip, .. ioTexts.Concat(Lines(root, profile, "initial")).Select(l => $"{l.Key}={l.Text}")]);
        if (running is not null && running.PlcText == plcText)
        {
            cpu.Dispose();
            cpu = running.Cpu;
        }

        var connections = running?.Connections ?? new OpenConnections();
        var place = new ModulePlace(ModuleNetworkSettings.Read(root.Section("network"), network.Listen), seed, time);
        var protocols = new List<IProtocol>();
        foreach (var (section, build) in Registry.Protocols)
        {
            protocols.Add(build(new ProtocolSurroundings
            {
                Section = root.Section(section).Over(profile.Root.Section(section)),
                Profile = profile,
                Seed = seed,
                Cpu = cpu,
                Network = network,
                Place = place,
                Identity = root.Section("identity").Over(profile.Root.Section("identity")),
                LowPorts = lowPorts,
                Time = time,
                StateDirectory = state,
                ConfigDirectory = source.Directory,
                Connections = connections,
                TcpPorts = [.. protocols.Where(p => p.Enabled).SelectMany(p => p.TcpPorts).Select(p => p.Port)],
                Predecessor = running?.Protocols.FirstOrDefault(p => p.Name == section),
            }));
        }

        if (protocols.TrueForAll(p => !p.Enabled))
            root.Section("modbus").Error("enabled", "every protocol is switched off, and a sensor without a port sees nothing; leave at least one enabled");
        RefuseTwins(root, protocols, "TCP", p => p.TcpPorts.Select(port => port.Port));
        RefuseTwins(root, protocols, "UDP", p => p.UdpPorts.Select(port => port.Port));
        var stack = StackSettings.Read(root.Section("stack").Over(profile.Root.Section("stack")));
        var sinks = SinkPlan.Read(source, root, name, $"{profile.Title}, {seed.Serial}", state, time);
        file.ReportUnread();
        return errors.Any ? null : new SensorPlan
        {
            Name = name,
            Text = text,
            Profile = profile,
            Seed = seed,
            Network = network,
            Appliance = appliance,
            Management = management,
            Stack = stack,
            Journal = journal,
            Alerts = alerts,
            Sinks = sinks,
            StateDirectory = state,
            Control = control,
            Cpu = cpu,
            Io = io,
            IoTexts = ioTexts,
            Panel = panel,
            GpioChip = chip.Length > 0 ? chip : null,
            PlcText = plcText,
            Protocols = protocols,
            Connections = connections,
        };
    }

    /// <summary>Of the settings: thousands of lines.</summary>
    private const int MostBytes = 1 << 20;

    internal static ConfigFile? ReadFile(ConfigSource source, ConfigErrors errors) => ReadFile(source, errors, out _);

    private static ConfigFile? ReadFile(ConfigSource source, ConfigErrors errors, out byte[]? text)
    {
        text = source.Instead?.Text;
        if (source.Instead is { } instead) return ConfigFile.Parse(instead.Name, instead.Text, errors);
        if (source.Path is null) return ConfigFile.Empty("built-in defaults", errors);
        try
        {
            text = BoundedFile.Read(source.Path, MostBytes);
            if (text.Length > MostBytes)
            {
                errors.Add(source.Path, 0, 0, $"has more than {MostBytes} bytes; name a settings file, as 'conpot-pi profiles' and the README show them");
                return null;
            }
            return ConfigFile.Parse(source.Path, text, errors);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var remedy = e is FileNotFoundException or DirectoryNotFoundException ? "check the path after -c, or leave it out for the defaults" : "make it readable for this user";
            errors.Add(source.Path, 0, 0, Directory.Exists(source.Path) ? "is a directory; name the file in it" : $"cannot be read ({e.Message}); {remedy}");
            return null;
        }
    }

    /// <summary>A profile printed into a file and given as settings: laid over another profile it would be a mixture of both, so one message says what to do.</summary>
    private static void RefuseCopy(ConfigSection root)
    {
        if (!root.Has("title")) return;
        root.Error("title", "this is a copy of a profile, not a settings file; name the profile with [plc] profile = \"...\" and keep only the lines that you change");
        _ = root.Text("title", "") + root.Text("description", "");
        var identity = root.Section("identity");
        foreach (var key in identity.Keys) _ = identity.Text(key, "");
    }

    private static void RefuseTwins(ConfigSection root, List<IProtocol> protocols, string transport, Func<IProtocol, IEnumerable<int>> ports)
    {
        var taken = new Dictionary<int, string>();
        foreach (var protocol in protocols.Where(p => p.Enabled))
            foreach (var port in ports(protocol))
                if (!taken.TryAdd(port, protocol.Name))
                    root.Section(protocol.Name).Error("port", $"{transport} port {port} is [{taken[port]}]'s already; give [{protocol.Name}] another");
    }

    private static List<(string Key, string Text)> Lines(ConfigSection own, PlcProfile profile, string section)
    {
        var layered = own.Section(section).Over(profile.Root.Section(section));
        return [.. layered.Keys.Select(key => (key, layered.Text(key, "")))];
    }
}
