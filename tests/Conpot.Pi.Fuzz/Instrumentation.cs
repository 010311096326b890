using SharpFuzz;

namespace Conpot.Pi.Fuzz;

/// <summary>Rewrites the product's assembly beside this program so that each branch is counted; the one that ships is never touched.</summary>
internal static class Instrumentation
{
    private const string Product = "conpot-pi.dll";

    /// <summary>What talks to the machine, and what every execution calls in the same way: their branches would tell the fuzzer nothing.</summary>
    private static readonly string[] Left = ["Conpot.Pi.Cli.", "Conpot.Pi.Net.", "Conpot.Pi.Events.Journal", "Conpot.Pi.Events.SystemClock"];

    public static int Run()
    {
        var path = Path.Combine(AppContext.BaseDirectory, Product);
        try
        {
            var types = Fuzzer.Instrument(path, Counts, Options.Value).ToList();
            Console.Error.WriteLine($"fuzz: {types.Count} types of {Product} count their branches");
        }
        catch (InstrumentationException e) when (e.Message.Contains("already instrumented", StringComparison.OrdinalIgnoreCase))
        {
            // By an earlier run, and not built since.
        }
        return 0;
    }

    private static bool Counts(string type) =>
        type.StartsWith("Conpot.Pi.", StringComparison.Ordinal) && (type == "Conpot.Pi.Events.JournalReader" || !Left.Any(l => type.StartsWith(l, StringComparison.Ordinal)));
}
