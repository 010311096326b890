using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>What a sink is built from. Building has no side effect: <c>validate</c> does it too.</summary>
internal sealed record SinkSurroundings
{
    /// <summary>The sink's own section; a sink whose section is missing is not built.</summary>
    public required ConfigSection Section { get; init; }

    /// <summary>The sensor's name, as in observer.name.</summary>
    public required string Sensor { get; init; }

    /// <summary>Product, module and serial number of the device it plays: for those who show the sensor as a device (Home Assistant).</summary>
    public required string Device { get; init; }

    public required TimeProvider Time { get; init; }

    /// <summary>Where a sink may keep a small file of its own.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>What relative paths in the settings are relative to.</summary>
    public required string ConfigDirectory { get; init; }
}
