using System.Reflection;

namespace Conpot.Pi.Events.Sinks;

/// <summary>What a collector is told of who wrote an event; it never leaves over the ports of the decoy.</summary>
internal static class SinkProduct
{
    public const string Name = "Conpot.Pi";

    public static string Version { get; } = typeof(SinkProduct).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
