using System.Globalization;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>What was asked for on the command line of <c>fleet</c>.</summary>
/// <param name="Seconds">Of each rate.</param>
internal sealed record FleetOptions(int Sensors, int Seconds, IReadOnlyList<int> Rates, IReadOnlyList<int> Outages, bool Write)
{
    public static bool TryParse(ReadOnlySpan<string> args, out FleetOptions options, out string mistake)
    {
        options = new FleetOptions(1000, 10, [1000, 5000, 10_000], [10, 60], Write: false);
        mistake = "";
        for (var i = 0; i < args.Length && mistake.Length == 0; i++)
        {
            if (args[i] == "--write") options = options with { Write = true };
            else if (args[i] == "--quick") options = options with { Sensors = 50, Seconds = 2, Rates = [500], Outages = [2] };
            else if (args[i] is "--sensors" or "--seconds" && i + 1 < args.Length && int.TryParse(args[i + 1], CultureInfo.InvariantCulture, out var number) && number >= 1
                && number <= (args[i] == "--sensors" ? 2000 : 60))
                options = args[i++] == "--sensors" ? options with { Sensors = number } : options with { Seconds = number };
            else mistake = $"fleet: '{args[i]}'; it knows --sensors 1..2000, --seconds 1..60, --quick and --write";
        }
        return mistake.Length == 0;
    }
}
