using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The settings that every sink has: enabled, name, events and minimum.</summary>
internal sealed record SinkSettings(bool Enabled, string Name, SinkFilter Filter)
{
    /// <param name="kind">The section's plain name: "syslog".</param>
    public static SinkSettings Read(ConfigSection section, string kind, bool alertsOnly)
    {
        var enabled = section.Flag("enabled", true);
        var name = section.Text("name", "");
        if (name.Length > 40) section.Error("name", $"'name' in [{section.Name}] has {name.Length} characters; write at most 40");
        var events = section.Choice("events", alertsOnly ? "alerts" : "all", "all", "alerts");
        return new SinkSettings(enabled, name.Length > 0 ? $"{kind} {name}" : kind, new SinkFilter(events == "alerts", (int)section.Integer("minimum", 0, 0, 100)));
    }
}
