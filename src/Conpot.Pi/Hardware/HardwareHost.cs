using System.Device.I2c;
using System.Device.Spi;

namespace Conpot.Pi.Hardware;

/// <summary>What a family gets from whoever runs it; in tests a simulated machine stands behind it.</summary>
internal sealed record HardwareHost
{
    public required TimeProvider Time { get; init; }

    /// <summary>Something came in (an edge, a changed reading): a scan is wanted soon. May be called from any thread, as often as it likes.</summary>
    public required Action Wake { get; init; }

    /// <summary>A device failed (with what is wrong and what to do), or works again (null). Told once for each change.</summary>
    public required Action<string, string?> Tell { get; init; }

    /// <summary>Opens a device on an I2C bus; throws <see cref="IOException"/> or what the class library throws.</summary>
    public required Func<I2cConnectionSettings, I2cDevice> I2c { get; init; }

    public required Func<SpiConnectionSettings, SpiDevice> Spi { get; init; }

    /// <summary>The lines of the header that all families and the panel share.</summary>
    public LineBoard? Board { get; init; }

    /// <summary>Where the kernel shows its devices: "/" but in tests.</summary>
    public string Root { get; init; } = "/";
}
