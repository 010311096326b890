namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi help [VERB]</c> and <c>version</c>.</summary>
internal static class HelpVerb
{
    public static ExitCode Version(CommandLine _)
    {
        Console.Out.WriteLine($"conpot-pi {Hosting.Version.Text}");
        return ExitCode.Ok;
    }

    public static ExitCode Run(CommandLine line)
    {
        if (line.Words.Count == 0)
        {
            Console.Out.WriteLine("conpot-pi: a decoy PLC. Whoever touches it is recorded and reported.\n\nUsage: conpot-pi VERB [flags]\n");
            foreach (var verb in Verbs.All) Console.Out.WriteLine($"  {verb.Name,-10} {verb.Short}");
            Console.Out.WriteLine("\nFlags of every verb:");
            Print(Verbs.Common);
            Console.Out.WriteLine("\nExit codes: 0 ok, 1 failed, 2 usage, 78 bad settings. 'conpot-pi help VERB' tells more.");
            return ExitCode.Ok;
        }
        if (Verbs.All.FirstOrDefault(v => v.Name == line.Words[0]) is not { } asked)
        {
            Console.Error.WriteLine($"conpot-pi: '{line.Words[0]}' is not a verb{CommandLine.DidYouMean(line.Words[0], Verbs.All.Select(v => v.Name))}; 'conpot-pi help' lists them");
            return ExitCode.Usage;
        }
        Console.Out.WriteLine($"Usage: conpot-pi {asked.Name} {asked.Usage}\n\n{asked.Long}\n");
        Print([.. asked.Options, .. Verbs.Common]);
        return ExitCode.Ok;
    }

    private static void Print(IEnumerable<Option> options)
    {
        foreach (var option in options)
        {
            var name = (option.Short == '\0' ? "    " : $"-{option.Short}, ") + option.Name + (option.Value is null ? "" : " " + option.Value);
            Console.Out.WriteLine($"  {name,-30} {option.Meaning}");
        }
    }
}
