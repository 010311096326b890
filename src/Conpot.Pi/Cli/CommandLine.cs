using Conpot.Pi.Config;

namespace Conpot.Pi.Cli;

/// <summary>A command line taken apart after the table of verbs.</summary>
internal sealed class CommandLine
{
    private readonly List<(string Name, string? Value)> _options = [];

    private CommandLine(Verb verb) => Verb = verb;

    public Verb Verb { get; }

    public List<string> Words { get; } = [];

    public bool Has(string option) => _options.Exists(o => o.Name == option);

    public string? Value(string option) => _options.FindLast(o => o.Name == option).Value;

    public List<string> Values(string option) => [.. _options.Where(o => o.Name == option).Select(o => o.Value!)];

    public bool Json => Has("--json");

    public bool Quiet => Has("--quiet");

    /// <summary>Colour only for a person at a terminal who did not decline it (no-color.org).</summary>
    public bool Colour => !Has("--no-color") && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && !Console.IsOutputRedirected;

    /// <summary>Null with a <paramref name="problem"/> that names the fact and the remedy.</summary>
    public static CommandLine? Parse(IReadOnlyList<string> arguments, IReadOnlyList<Verb> verbs, IReadOnlyList<Option> common, out string problem)
    {
        problem = "";
        var name = arguments.Count == 0 || arguments[0] is "-h" or "--help" ? "help" : arguments[0] is "--version" ? "version" : arguments[0];
        var verb = verbs.FirstOrDefault(v => v.Name == name);
        if (verb is null)
        {
            problem = $"'{name}' is not a verb{DidYouMean(name, verbs.Select(v => v.Name))}; 'conpot-pi help' lists them";
            return null;
        }
        var line = new CommandLine(verb);
        for (var i = 1; i < arguments.Count; i++)
        {
            if (arguments[i] is "-h" or "--help") return Help(verb, verbs);
            if (!line.Take(arguments, ref i, [.. verb.Options, .. common], out problem)) return null;
        }
        return line;
    }

    private static CommandLine Help(Verb verb, IReadOnlyList<Verb> verbs)
    {
        var help = new CommandLine(verbs.First(v => v.Name == "help"));
        help.Words.Add(verb.Name);
        return help;
    }

    private bool Take(IReadOnlyList<string> arguments, ref int i, Option[] options, out string problem)
    {
        problem = "";
        var argument = arguments[i];
        if (argument.Length < 2 || argument[0] != '-')
        {
            Words.Add(argument);
            if (Words.Count > Verb.Positionals) problem = $"'{argument}' is one word too many; usage: conpot-pi {Verb.Name} {Verb.Usage}";
            return problem.Length == 0;
        }
        var equals = argument.StartsWith("--", StringComparison.Ordinal) ? argument.IndexOf('=', StringComparison.Ordinal) : -1;
        var flag = equals < 0 ? argument : argument[..equals];
        var option = Array.Find(options, o => o.Name == flag || (flag.Length == 2 && flag[1] == o.Short));
        if (option is null)
        {
            problem = $"'{flag}' is not a flag of '{Verb.Name}'{DidYouMean(flag, options.Select(o => o.Name))}; 'conpot-pi help {Verb.Name}' lists them";
            return false;
        }
        string? value = null;
        if (option.Value is null && equals >= 0) problem = $"'{flag}' takes no value; write it alone";
        else if (option.Value is not null && equals >= 0) value = argument[(equals + 1)..];
        else if (option.Value is not null && i + 1 < arguments.Count) value = arguments[++i];
        if (option.Value is not null && string.IsNullOrEmpty(value)) problem = $"'{flag}' needs a value; write {option.Name} {option.Value}";
        _options.Add((option.Name, value));
        return problem.Length == 0;
    }

    internal static string DidYouMean(string name, IEnumerable<string> known) =>
        NearestName.Find(name, known) is { } nearest ? $"; did you mean '{nearest}'?" : "";
}
