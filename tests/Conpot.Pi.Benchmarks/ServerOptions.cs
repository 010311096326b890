namespace Conpot.Pi.Benchmarks;

/// <summary>What was asked for on the command line of <c>server</c> or <c>snmp</c>.</summary>
internal sealed record ServerOptions(string Verb, string? Binary, double Seconds, int Rounds, bool Quick, bool Write, double Idle, IReadOnlyList<string> Settings)
{
    public static bool TryParse(string verb, ReadOnlySpan<string> args, out ServerOptions options, out string mistake)
    {
        options = new ServerOptions(verb, null, 3, 5, Quick: false, Write: false, 20, []);
        mistake = "";
        var settings = new List<string>();
        double? seconds = null, idle = null;
        int? rounds = null;
        for (var i = 0; i < args.Length; i++)
        {
            var name = args[i];
            if (name is "--quick" or "--write")
            {
                options = name == "--quick" ? options with { Quick = true } : options with { Write = true };
                continue;
            }
            if (name is not ("--binary" or "--seconds" or "--rounds" or "--idle" or "--set"))
                mistake = $"{verb}: unknown option '{name}'; it knows --binary, --seconds, --rounds, --idle, --quick, --write and --set";
            else if (++i == args.Length)
                mistake = $"{verb}: {name} needs a value";
            else if (name == "--binary")
                options = options with { Binary = Path.GetFullPath(args[i]) };
            else if (name == "--set")
                settings.Add(args[i]);
            else if (name == "--seconds" && double.TryParse(args[i], out var s) && s is >= 1 and <= 60)
                seconds = s;
            else if (name == "--rounds" && int.TryParse(args[i], out var r) && r is >= 1 and <= 20)
                rounds = r;
            else if (name == "--idle" && double.TryParse(args[i], out var still) && still is >= 1 and <= 7200)
                idle = still;
            else
                mistake = $"{verb}: {name} {args[i]}; allowed are {(name == "--rounds" ? "1..20 rounds" : name == "--idle" ? "1..7200 seconds" : "1..60 seconds")}";
            if (mistake.Length > 0)
                return false;
        }
        if (options.Binary is { } binary && !File.Exists(binary))
            mistake = $"{verb}: no file '{binary}'; publish it with scripts/publish.sh linux-x64";
        options = options with
        {
            Seconds = seconds ?? (options.Quick ? 1 : 3),
            Rounds = rounds ?? (options.Quick ? 1 : 5),
            Idle = idle ?? (options.Quick ? 5 : 20),
            Settings = settings,
        };
        return mistake.Length == 0;
    }
}
