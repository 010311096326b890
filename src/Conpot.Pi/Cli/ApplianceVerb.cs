namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi appliance</c>: what the units of the image run.</summary>
internal static class ApplianceVerb
{
    public static ExitCode Run(CommandLine line) => line.Words switch
    {
        ["apply"] => ApplianceApply.Run(line),
        ["egress"] => ApplianceEgress.Run(line),
        ["console"] => ApplianceConsole.Run(line),
        ["stack", var plant] => ApplianceStack.Run(line, plant),
        ["unreachable"] => ApplianceUnreachable.Run(line, null),
        ["unreachable", var plant] => ApplianceUnreachable.Run(line, plant),
        _ => Usage(line),
    };

    private static ExitCode Usage(CommandLine line)
    {
        Console.Error.WriteLine($"conpot-pi: usage: conpot-pi appliance {line.Verb.Usage}");
        return ExitCode.Usage;
    }
}
