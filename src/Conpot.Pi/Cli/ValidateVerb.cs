namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi validate</c>: everything is built, nothing is bound.</summary>
internal static class ValidateVerb
{
    public static ExitCode Run(CommandLine line)
    {
        if (Settings.Read(line, create: false, out var source) is not { } plan) return ExitCode.BadConfig;
        plan.Cpu.Dispose();
        if (line.Quiet) return ExitCode.Ok;
        Console.Out.WriteLine($"{source.Path ?? "built-in defaults"}: ok");
        Console.Out.WriteLine($"  name     {plan.Name}");
        Console.Out.WriteLine($"  profile  {plan.Profile.Name} ({plan.Profile.Title})");
        foreach (var protocol in plan.Protocols)
        {
            var ports = protocol.TcpPorts.Select(p => (p.Port, "")).Concat(protocol.UdpPorts.Select(p => (p.Port, " (UDP)")));
            var where = protocol.Enabled ? string.Join(", ", ports.SelectMany(p => plan.Network.Listen.Select(a => new System.Net.IPEndPoint(a, p.Port) + p.Item2))) : "off";
            Console.Out.WriteLine($"  {protocol.Name,-8} {where}");
        }
        Console.Out.WriteLine($"  program  {(plan.Cpu.Program is { } program ? $"{program.Name}, {program.Code.Length} instructions" : "none")}");
        Console.Out.WriteLine($"  io       {Wired(plan.Io.Points.Count())}");
        Console.Out.WriteLine($"  journal  {plan.Journal.Directory}");
        return ExitCode.Ok;
    }

    private static string Wired(int points) => points switch
    {
        0 => "nothing is wired",
        1 => "1 address is wired; 'conpot-pi io wiring' draws it",
        _ => $"{points} addresses are wired; 'conpot-pi io wiring' draws them",
    };
}
