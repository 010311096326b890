using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;

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

    /// <summary>Where the sensor of these settings is asked; null when its file cannot be read, and a person knows why.</summary>
    public static ControlSettings? Control(CommandLine line)
    {
        var errors = new ConfigErrors();
        var control = ControlSettings.Find(ConfigSource.Find(line.Value("--config"), line.Values("--set")), errors);
        foreach (var error in errors.InOrder) Console.Error.WriteLine(error);
        return control;
    }
}
