using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary>Reads the settings that a command line names, and tells a person all that is wrong with them.</summary>
internal static class Settings
{
    /// <summary>Where an image has its settings: on the partition that any computer can read.</summary>
    public const string BootPartition = "/boot/firmware/";

    public static ConfigSource Source(CommandLine line) => ConfigSource.Find(line.Value("--config"), line.Values("--set"));

    /// <summary>Where the sensor has the machine to itself, so that one with built-in settings is better than none.</summary>
    public static bool IsOfImage(ConfigSource source) => source.Path?.StartsWith(BootPartition, StringComparison.Ordinal) == true;

    /// <param name="create">Whether a missing identity may be written down.</param>
    public static SensorPlan? Read(CommandLine line, bool create, out ConfigSource source)
    {
        source = Source(line);
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, TimeProvider.System, create, errors);
        foreach (var error in errors.InOrder) Console.Error.WriteLine(error);
        return plan;
    }

    /// <summary>What the sensor of an image runs with while its file is bad; else the same as <see cref="Read"/>.</summary>
    public static SensorPlan? InForce(CommandLine line) => Source(line) is var source && IsOfImage(source)
        ? new LastGood(source, mayBeBuiltIn: true).Read(TimeProvider.System, create: false, out _)
        : Read(line, create: false, out _);

    /// <summary>Where the sensor of these settings is asked; null when its file cannot be read, and a person knows why.</summary>
    public static ControlSettings? Control(CommandLine line)
    {
        var errors = new ConfigErrors();
        var source = Source(line);
        var control = ControlSettings.Find(source, errors);
        foreach (var error in errors.InOrder) Console.Error.WriteLine(error);
        // A sensor that runs with its last good settings is asked where it is by default.
        return control ?? (IsOfImage(source) ? ControlSettings.Find(source with { Path = null }, new ConfigErrors()) : null);
    }
}
