namespace Conpot.Pi.Hardware.Chips;

/// <summary>The kinds of bus that a chip hangs on.</summary>
internal enum BusKind { I2c, Spi, OneWire }

/// <summary>One bus of the machine, which has a thread of its own.</summary>
internal readonly record struct BusId(BusKind Kind, int Number)
{
    // The header's own pins, and where the overlays i2c3 to i2c6 and spi1 put theirs unless told otherwise (Raspberry Pi firmware, overlays/README).
    private static readonly (int Number, int Data, int Clock)[] s_i2c = [(0, 0, 1), (1, 2, 3), (3, 4, 5), (4, 8, 9), (5, 12, 13), (6, 22, 23)];
    private static readonly (int Mosi, int Miso, int Clock, int[] Selects)[] s_spi = [(10, 9, 11, [8, 7]), (20, 19, 21, [18, 17, 16])];

    /// <summary>The file the kernel shows it as, without the root: for SPI one for each chip select.</summary>
    public string Device => Kind switch
    {
        BusKind.I2c => $"/dev/i2c-{Number}",
        BusKind.Spi => $"/dev/spidev{Number}.*",
        _ => "/sys/bus/w1",
    };

    /// <summary>The lines that all its chips share; none for a bus whose pins are not known (behind a multiplexer, on USB).</summary>
    public IEnumerable<PinUse> Pins()
    {
        var (number, name) = (Number, ToString());
        return Kind switch
        {
            BusKind.I2c => s_i2c.Where(bus => bus.Number == number).SelectMany(bus => Shared(name, (bus.Data, "SDA"), (bus.Clock, "SCL"))),
            BusKind.Spi when number < s_spi.Length => Shared(name, (s_spi[number].Mosi, "MOSI"), (s_spi[number].Miso, "MISO"), (s_spi[number].Clock, "SCLK")),
            BusKind.OneWire => [new PinUse(4, name, Shared: true)],
            _ => [],
        };
    }

    /// <summary>The pin of one SPI chip select, which is for the chips behind it alone; null where it is not on the header.</summary>
    public PinUse? Select(int line) => Kind == BusKind.Spi && Number < s_spi.Length && line < s_spi[Number].Selects.Length
        ? new PinUse(s_spi[Number].Selects[line], $"{this} (CE{line})")
        : null;

    public override string ToString() => Kind switch
    {
        BusKind.I2c => $"I2C bus {Number}",
        BusKind.Spi => $"SPI bus {Number}",
        _ => "1-Wire",
    };

    private static PinUse[] Shared(string bus, params (int Bcm, string Line)[] lines) =>
        [.. lines.Select(line => new PinUse(line.Bcm, $"{bus} ({line.Line})", Shared: true))];
}
