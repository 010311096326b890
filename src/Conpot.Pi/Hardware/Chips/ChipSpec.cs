namespace Conpot.Pi.Hardware.Chips;

/// <summary>Where a chip is: "0x20" on an I2C bus, "cs0 hw 3" on SPI, a serial number on 1-Wire.</summary>
/// <param name="Select">The I2C address, or the SPI chip select.</param>
/// <param name="Hardware">The address pins of an SPI expander.</param>
internal readonly record struct ChipPlace(BusId Bus, int Select, int Hardware, string Serial)
{
    /// <summary>Whether the two would answer to one call.</summary>
    public bool Shares(ChipPlace other) => Bus == other.Bus && Select == other.Select && Serial == other.Serial;

    public override string ToString() => Bus.Kind switch
    {
        BusKind.I2c => $"0x{Select:X2}",
        BusKind.Spi => Hardware == 0 ? $"cs{Select}" : $"cs{Select} hw {Hardware}",
        _ => Serial,
    };
}

/// <summary>One chip with all that the lines of [io] want of it.</summary>
internal sealed class ChipSpec(ChipKind kind, ChipPlace place)
{
    public ChipKind Kind { get; } = kind;

    public ChipPlace Place { get; } = place;

    public List<ChipPoint> Points { get; } = [];

    /// <summary>Of a PWM chip, in hertz; null while no line has asked for one.</summary>
    public double? Frequency { get; set; }

    public ChipPoint[] Inputs => [.. Points.Where(point => !point.IsOutput)];

    public ChipPoint[] Outputs => [.. Points.Where(point => point.IsOutput)];

    /// <summary>"mcp23017 0x20".</summary>
    public override string ToString() => $"{Kind.Name} {Place}";
}
