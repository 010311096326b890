using Conpot.Pi.Cli;

if (CommandLine.Parse(args, Verbs.All, Verbs.Common, out var problem) is { } line)
{
    try
    {
        return (int)line.Verb.Run(line);
    }
    catch (IOException e)
    {
        // What a verb does not explain itself, such as a full disk behind a redirected output.
        Console.Error.WriteLine($"conpot-pi: {e.Message}");
        return (int)ExitCode.Failed;
    }
    catch (UnauthorizedAccessException e)
    {
        // A standard output that was closed, as in ">&-".
        Console.Error.WriteLine($"conpot-pi: the output cannot be written ({e.Message})");
        return (int)ExitCode.Failed;
    }
}
Console.Error.WriteLine($"conpot-pi: {problem}");
return (int)ExitCode.Usage;
