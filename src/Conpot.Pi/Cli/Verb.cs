namespace Conpot.Pi.Cli;

/// <summary>How a run of the program ended; the unit does not restart after <see cref="BadConfig"/> (sysexits.h, EX_CONFIG).</summary>
internal enum ExitCode { Ok = 0, Failed = 1, Usage = 2, BadConfig = 78 }

/// <summary>A flag of the command line.</summary>
/// <param name="Name">With its dashes: "--config".</param>
/// <param name="Value">What follows it, for the help; null for a switch.</param>
internal sealed record Option(string Name, char Short, string? Value, string Meaning);

/// <summary>One thing a person can ask for: the table of these is the help text.</summary>
/// <param name="Usage">What may follow the verb, as the help shows it.</param>
/// <param name="Positionals">How many words may follow that are no flags.</param>
internal sealed record Verb(string Name, string Usage, string Short, string Long, int Positionals, Option[] Options, Func<CommandLine, ExitCode> Run);
