using Conpot.Pi.Config;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli;

/// <summary>Reads the settings that a command line names, and tells a person all that is wrong with them.</summary>
internal static class Settings
{
    /// <param name="create">Whether a missing identity may be written down.</param>
    public static SensorPlan? Read(CommandLine line, bool create, out ConfigSource source)
    {
        source = ConfigSource.Find(line.Value("--config"), line.Values("--set"));
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, TimeProvider.System, create, errors);
        foreach (var error in errors.InOrder) Console.Error.WriteLine(error);
        return plan;
    }
}
