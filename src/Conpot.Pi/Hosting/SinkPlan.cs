using Conpot.Pi.Config;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Hosting;

/// <summary>Builds the sinks that a configuration names; nothing is connected.</summary>
internal static class SinkPlan
{
    /// <param name="device">What it plays, for sinks that show the sensor as a device.</param>
    public static IReadOnlyList<PlannedSink> Read(ConfigSource source, ConfigSection root, string sensor, string device, string stateDirectory, TimeProvider time)
    {
        var planned = new List<PlannedSink>();
        foreach (var (name, create) in source.Sinks)
        {
            foreach (var section in root.OneOrMore(name))
            {
                // "now", as the years of events that a journal may hold would flood whoever is told of them for the first time.
                var beginning = section.Choice("from", "now", "now", "beginning") == "beginning";
                var sink = create(new SinkSurroundings
                {
                    Section = section,
                    Sensor = sensor,
                    Device = device,
                    Time = time,
                    StateDirectory = stateDirectory,
                    ConfigDirectory = source.Directory,
                });
                if (sink is null) continue;
                if (planned.Exists(p => p.Sink.Name == sink.Name))
                    section.Error("name", $"two sinks are called \"{sink.Name}\"; write [[{name}]] for each, with a 'name' of its own");
                planned.Add(new PlannedSink(sink, string.Join('\n', name, sensor, device, source.Directory, section.Print()), beginning));
            }
        }
        return planned;
    }
}
