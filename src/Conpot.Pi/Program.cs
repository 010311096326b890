using Conpot.Pi.Cli;

if (CommandLine.Parse(args, Verbs.All, Verbs.Common, out var problem) is { } line) return (int)line.Verb.Run(line);
Console.Error.WriteLine($"conpot-pi: {problem}");
return (int)ExitCode.Usage;
