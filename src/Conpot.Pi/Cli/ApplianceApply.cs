using System.Globalization;
using System.Text;
using Conpot.Pi.Appliance;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance apply</c>: makes the machine what its settings say, before the network is up.</summary>
/// <remarks>
/// Whatever fails, the rest is done, as a sensor that comes up wrongly says so, and one that does not come up says nothing. Each failure goes to stderr
/// and into a file for console and doctor.
/// </remarks>
internal sealed class ApplianceApply
{
    private const string SettingsFile = Settings.BootPartition + "conpot-pi.toml", State = "/var/lib/conpot-pi";

    /// <summary>Of root alone: the image's part of the data partition; else a place where the sensor's user has no say either.</summary>
    private const string OwnState = "/data/system", OtherState = "/var/lib/conpot-pi-appliance";

    /// <summary>Whoever renames Ethernet ports holds it: image/root/usr/lib/conpot-pi-image/ports, which udev starts for each.</summary>
    private const string PortsLock = "/run/conpot-pi-ports.lock";

    /// <summary>How long an Ethernet port may take to appear (a USB one does so in 3 s), and another to rename it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CommandLine _line;
    private readonly string _root;
    private readonly List<string> _troubles = [];
    private readonly ConfigSource _source;

    private ApplianceApply(CommandLine line)
    {
        _line = line;
        _root = Path.GetFullPath(line.Value("--root") ?? "/");
        _source = new ConfigSource(line.Value("--config") ?? At(SettingsFile), line.Values("--set")) { StateDirectory = At(State) };
    }

    /// <summary>Nothing else of the machine is touched than files below the given root.</summary>
    private bool IsElsewhere => _root != "/";

    private bool IsDry => _line.Has("--dry-run");

    public static ExitCode Run(CommandLine line) => new ApplianceApply(line).Apply();

    private ExitCode Apply()
    {
        if (!IsDry) Step("identity", () => StateDirectory.MakeSeed(_source.StateDirectory, _root));
        // Not the sensor's copy: whoever has broken into the sensor can write that, and would have a key of his own in it.
        var settings = new LastGood(_source, mayBeBuiltIn: true) { CopyDirectory = At(Directory.Exists(At(OwnState)) ? OwnState : OtherState) };
        SensorPlan? plan = null;
        IReadOnlyList<ConfigError> mistakes = [];
        Step("settings", () => plan = settings.Read(TimeProvider.System, create: false, out mistakes));
        foreach (var mistake in mistakes) Console.Error.WriteLine(mistake);
        if (!IsDry) Step("errors file", () => Explain(settings, mistakes));
        if (settings.Problem is { } problem)
            _troubles.Add($"settings: {problem}; {(settings.Standing == Standing.BuiltIn ? "the built-in ones are" : "the last good ones are")} in force, and {Path.GetFileName(settings.ErrorsBeside)} beside the file tells what to write");
        if (!IsDry && plan is not null && settings.Standing == Standing.File && settings.KeepCopy(plan) is { } unkept) Fail("settings", unkept);
        var failed = plan is null;
        if (plan is not null)
        {
            plan.Cpu.Dispose();
            failed = !Make(MachineOf(plan));
            foreach (var sink in plan.Sinks) Events.Forwarders.Discard(sink);
        }
        if (!IsDry) Step("trouble", () => Write(new SystemFile(ApplianceFiles.Trouble, _troubles.Count > 0 ? string.Concat(_troubles.Select(t => t + "\n")) : null)));
        return failed ? ExitCode.Failed : ExitCode.Ok;
    }

    /// <returns>Whether all of it could be done.</returns>
    private bool Make(Machine machine)
    {
        foreach (var far in machine.Egress.Destinations.Where(d => d.IsIPv6))
            _troubles.Add($"{far.What}: [{far.Host}] is an IPv6 address, and this machine speaks IPv4 alone, as the device does; give the collector an IPv4 address");
        var before = _troubles.Count;
        var again = File.Exists(At(ApplianceFiles.Names));
        var real = !IsDry && !IsElsewhere;
        // Its driver waits for somebody who wants it (modprobe.d); whether there is one shows when its interface is looked for.
        if (real && machine.Management is { Interface: not null, Wifi: not null }) _ = ChildProgram.Run("modprobe", "-q", "brcmfmac");
        if (real && machine.Management is { Interface: { } wanted, Mac: { } mac }) Step("management", () => Settle(mac, wanted));
        var safe = !WantsSsh(machine);
        if (!safe) Step("management", () => safe = IsSafe(machine));
        // Before everything else: nobody logs in, and nothing goes out, without it.
        if (real && !new FirewallLoad(LoadFirewall, p => Fail("firewall", p)).Run(machine)) safe = false;
        foreach (var file in ApplianceFiles.Of(machine with { MayHaveSsh = safe }).Where(f => !real || f.Path != ApplianceFiles.Firewall))
        {
            if (IsDry) Print(file);
            else Step(file.Path, () => Write(file));
        }
        if (!real) return _troubles.Count == before;
        Step("host name", () => File.WriteAllText("/proc/sys/kernel/hostname", machine.Hostname));
        if (ChildProgram.Run("nft", "-f", ApplianceFiles.Stack) is { } trouble) Fail("TCP/IP personality", $"{ApplianceFiles.Stack} was not taken ({trouble}); 'nft -f {ApplianceFiles.Stack}' tells why");
        foreach (var (path, value) in ApplianceFiles.Sysctls(machine)) Step($"sysctl {path}", () => Set(path, value));
        // The table is new, and what names stand for is not in it yet; at boot there is nobody to ask, and a timer does it.
        if (again) Step("egress", () => ApplianceEgress.Refresh());
        return _troubles.Count == before;
    }

    private static Machine MachineOf(SensorPlan plan)
    {
        var sinks = from sink in plan.Sinks
                    let address = sink.Sink.Target?.Address
                    where address is not null
                    select new Destination(address.Scheme == "udp" ? "udp" : "tcp", address.Host, address.Port, sink.Sink.Name);
        // Never told to anybody, but the sensor's own name in its events where the settings give none: no two are alike.
        var name = "plc-" + plan.Seed.Serial[^6..];
        return new Machine(name, plan.Seed.MacText, plan.Appliance, plan.Management, plan.Stack, ApplianceStack.Ports(plan), Egress.Of(sinks, plan.Appliance));
    }

    /// <summary>On the boot partition, which is mounted read-only but for this moment.</summary>
    private void Explain(LastGood settings, IReadOnlyList<ConfigError> mistakes)
    {
        var idle = mistakes.Count == 0 ? !File.Exists(settings.ErrorsBeside) : settings.IsTold(mistakes);
        if (idle && mistakes.Count > 0) return;
        var mounted = !IsElsewhere && !idle && _source.Path!.StartsWith(Settings.BootPartition, StringComparison.Ordinal);
        var boot = Settings.BootPartition.TrimEnd('/');
        if (mounted) _ = ChildProgram.Run("mount", "-o", "remount,rw", boot);
        try
        {
            if (settings.Tell(mistakes) is { } trouble) Fail("errors file", trouble);
        }
        finally
        {
            if (mounted && ChildProgram.Run("mount", "-o", "remount,ro", boot) is { } trouble) Fail("boot partition", $"it cannot be made read-only again ({trouble})");
        }
    }

    /// <summary>Replaces the file, or takes it away; readers see the old or the new one.</summary>
    private void Write(SystemFile file)
    {
        var path = At(file.Path);
        if (file.Text is null)
        {
            File.Delete(path);
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, Encoding.UTF8.GetBytes(file.Text), file.Mode);
    }

    private static void Print(SystemFile file)
    {
        if (file.Text is null) return;
        Console.Out.WriteLine($"== {file.Path}");
        if (file.Mode == SystemFile.Secret) Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"({file.Text.Length} characters with a password)"));
        else Console.Out.Write(file.Text);
    }

    /// <returns>Null, or what went wrong.</returns>
    private string? LoadFirewall(string rules)
    {
        try
        {
            Write(new SystemFile(ApplianceFiles.Firewall, rules));
            return ChildProgram.Run("nft", "-f", ApplianceFiles.Firewall);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private static bool WantsSsh(Machine machine) => machine.Management is { Interface: not null, SshKeys.Count: > 0 };

    /// <summary>Whether SSH stays out of the plant. Both wires must be there to tell, and at boot a USB one is late.</summary>
    private bool IsSafe(Machine machine)
    {
        var ports = new EthernetPorts(_root);
        string plant = machine.Appliance.Interface, management = machine.Management.Interface!;
        if (!IsDry && !IsElsewhere && machine.Management.Wifi is null) Await(() => ports.Exists(plant) && ports.Exists(management));
        if (ports.Doubt(plant, machine.Management) is not { } doubt) return true;
        Fail("management", doubt);
        return false;
    }

    /// <summary>The adapter with that address gets the management's name, before anything is known by its name.</summary>
    private void Settle(string mac, string wanted)
    {
        var ports = new EthernetPorts(_root);
        Await(() => ports.NameOf(mac) is not null);
        // The names are read and changed under one lock, as udev's script does: in between they would be another's.
        SafeFileHandle? held = null;
        Await(() => (held = EthernetPorts.TryLock(PortsLock)) is not null);
        using (held)
        {
            var trouble = held is null
                ? $"{PortsLock} is held by another for {Patience.TotalSeconds:F0} s, so that {wanted} is not given to {mac}"
                : EthernetPorts.Rename(ports.Renames(mac, wanted), (old, name) => ChildProgram.Run("ip", "link", "set", "dev", old, "name", name));
            if (trouble is not null) Fail("management", $"{trouble}; start the machine again");
        }
    }

    private static void Await(Func<bool> isThere)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!isThere() && TimeProvider.System.GetElapsedTime(began) < Patience) Thread.Sleep(100);
    }

    private static void Set(string path, string value)
    {
        var file = "/proc/sys/" + path;
        // An interface that is not there yet: udev sets it from the file in /run/sysctl.d when it comes; and a kernel without IPv6 needs no switch for it.
        if ((path.Contains("/conf/", StringComparison.Ordinal) || path.StartsWith("net/ipv6/", StringComparison.Ordinal)) && !File.Exists(file)) return;
        File.WriteAllText(file, value);
    }

    private void Step(string what, Action step)
    {
        try
        {
            step();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Fail(what, e.Message);
        }
    }

    private void Fail(string what, string problem)
    {
        var text = $"{what}: {problem}".ReplaceLineEndings(" ");
        _troubles.Add(text);
        Console.Error.WriteLine($"conpot-pi: {text}");
    }

    private string At(string path) => IsElsewhere ? Path.Join(_root, path) : path;
}
