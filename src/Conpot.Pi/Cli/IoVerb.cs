namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi io</c>: the table of its own verbs.</summary>
internal static class IoVerb
{
    public static ExitCode Run(CommandLine line)
    {
        switch (line.Words)
        {
            case ["watch"]: return IoWatchVerb.Run(line);
            case ["test", var address]: return IoTestVerb.Run(line, address);
            case ["ack"]: return IoAckVerb.Run(line);
            default:
                Console.Error.WriteLine($"conpot-pi: usage: conpot-pi io {line.Verb.Usage}");
                return ExitCode.Usage;
        }
    }
}
