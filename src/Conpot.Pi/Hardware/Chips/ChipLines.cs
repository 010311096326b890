using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>The lines of [io] for chips on I2C, SPI and 1-Wire.</summary>
internal sealed class ChipLines : ILineFamily
{
    private readonly List<ChipSpec> _chips = [];
    private readonly List<(AddressRange Target, ChipSpec Chip)> _lines = [];

    public IReadOnlyList<string> Words { get; } = [.. ChipKind.All.Select(kind => kind.Name)];

    public IEnumerable<PinUse> Pins => _chips.Select(chip => chip.Place.Bus).Distinct().SelectMany(bus => bus.Pins())
        .Concat(_chips.Select(chip => chip.Place.Bus.Select(chip.Place.Select)).OfType<PinUse>().Distinct());

    /// <summary>The buses that its chips hang on.</summary>
    public IEnumerable<BusId> Buses => _chips.Select(chip => chip.Place.Bus).Distinct();

    public IEnumerable<IoPoint> Points => _chips.SelectMany(chip => chip.Points.Select(point => new IoPoint(point.Address, Where(chip, point))));

    public bool TryAdd(AddressRange target, string text, out string problem)
    {
        if (ChipLine.Read(target, text, out problem) is not { } line)
            return false;
        problem = Clash(target, line) ?? "";
        if (problem.Length > 0)
            return false;
        var chip = _chips.Find(chip => chip.Place == line.Place);
        if (chip is null)
            _chips.Add(chip = new ChipSpec(line.Kind, line.Place));
        chip.Points.AddRange(line.Points);
        chip.Frequency ??= line.Frequency;
        _lines.Add((target, chip));
        return true;
    }

    public ILineFamily Only(Address address)
    {
        var only = new ChipLines();
        only._chips.AddRange(_chips.Where(chip => chip.Points.Exists(point => point.Address == address)));
        return only;
    }

    public IIoSource Open(HardwareHost host) => new ChipSource(_chips, host);

    /// <summary>"mcp23017 0x20 A0", "ads1115 0x48 ch0 on I2C bus 3".</summary>
    private static string Where(ChipSpec chip, ChipPoint point)
    {
        var where = point.Label.Length == 0 ? chip.ToString() : $"{chip} {point.Label}";
        var usual = chip.Place.Bus.Kind == BusKind.I2c ? 1 : 0;
        return chip.Place.Bus.Number == usual ? where : $"{where} on {chip.Place.Bus}";
    }

    private string? Clash(AddressRange target, ChipLine line)
    {
        if (target.Area is Area.I or Area.AI && _lines.Find(other => other.Target.Overlaps(target)) is { Chip: not null } owner)
            return $"{target} comes from {owner.Chip} already (the line \"{owner.Target}\"); keep one of the two";
        foreach (var chip in _chips.Where(chip => chip.Place.Shares(line.Place)))
        {
            // Expanders on SPI tell each other apart by their address pins; nothing else can share a chip select.
            if (chip.Kind != line.Kind)
                return $"{chip.Place} on {chip.Place.Bus} is the {chip.Kind.Name} of the line \"{LineOf(chip)}\" already; give {line.Kind.Name} another {(chip.Place.Bus.Kind == BusKind.Spi ? "chip select" : "address")}";
            if (chip.Place != line.Place)
                continue;
            if (line.Frequency is { } hertz && chip.Frequency is { } other && hertz != other)
                return $"{chip} has one frequency for all its outputs, and another line asks for {other:0}Hz; write the same in both";
            foreach (var point in line.Points)
            {
                if (chip.Points.Find(taken => taken.Channel == point.Channel) is { } taken)
                    return Taken(chip, taken, point);
            }
        }
        return null;
    }

    private static string Taken(ChipSpec chip, ChipPoint taken, ChipPoint point)
    {
        var what = point.Label.Length == 0 ? chip.ToString() : $"{chip} {point.Label}";
        return taken.IsOutput == point.IsOutput
            ? $"{what} is {taken.Address} already; keep one of the two, or take another pin or channel"
            : $"{what} is {taken.Address}, {(taken.IsOutput ? "an output" : "an input")}, and cannot be {point.Address} too; take another pin";
    }

    private AddressRange LineOf(ChipSpec chip) => _lines.First(line => line.Chip == chip).Target;
}
