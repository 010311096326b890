using Conpot.Pi.Appliance;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance stack</c>: prints the rules and kernel settings of the device's TCP/IP, for nft -f, and for a person to see.</summary>
internal static class ApplianceStack
{
    public static ExitCode Run(CommandLine line, string plant)
    {
        if (Settings.Read(line, create: false, out _) is not { } plan) return ExitCode.BadConfig;
        plan.Cpu.Dispose();
        foreach (var (path, value) in StackRules.Sysctls(plan.Stack, plant)) Console.Out.WriteLine($"# sysctl {path} = {value}");
        Console.Out.Write(StackRules.Nftables(plan.Stack, Ports(plan), plant));
        return ExitCode.Ok;
    }

    public static ServedPorts Ports(SensorPlan plan)
    {
        var enabled = plan.Protocols.Where(p => p.Enabled).ToArray();
        return new ServedPorts([.. enabled.SelectMany(p => p.TcpPorts).Select(p => p.Port)], [.. enabled.SelectMany(p => p.UdpPorts).Select(p => p.Port)]);
    }
}
