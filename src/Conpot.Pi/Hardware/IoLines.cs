using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>All lines of the settings that name real hardware, checked against each other: one pin, one use.</summary>
internal sealed class IoLines : IIoLines
{
    private readonly Lazy<ReservedPins> _reserved;
    private readonly List<AddressRange> _targets = [];
    private readonly HashSet<PinUse> _named = [];
    private readonly Dictionary<int, PinUse> _pins = [];

    /// <param name="root">Where the kernel shows its devices.</param>
    public IoLines(IReadOnlyList<ILineFamily> families, string root = "/")
    {
        (Families, _reserved) = (families, new(() => new ReservedPins(root)));
        Words = [.. families.SelectMany(f => f.Words)];
    }

    /// <summary>Every kind of hardware there is.</summary>
    public static IoLines Standard() => new([new GpioLines(), new PwmLines(), new ChipLines()]);

    public IReadOnlyList<ILineFamily> Families { get; }

    public IReadOnlyList<string> Words { get; }

    /// <summary>Who uses which pin of the header, the panel among them.</summary>
    public IEnumerable<PinUse> Pins => _pins.Values;

    public IEnumerable<IoPoint> Points => Families.SelectMany(f => f.Points);

    public bool TryAdd(AddressRange target, string text, out string problem)
    {
        if (_targets.FirstOrDefault(t => t.Overlaps(target)) is { Count: > 0 } taken)
        {
            problem = $"{target} is wired by the line \"{taken}\" already; keep one of the two";
            return false;
        }
        var word = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[0];
        var family = Families.First(f => f.Words.Contains(word, StringComparer.OrdinalIgnoreCase));
        if (!family.TryAdd(target, text, out problem)) return false;
        _targets.Add(target);
        // Each family names all its pins each time: one that was refused is the mistake of its own line, and not of those behind it.
        foreach (var pin in family.Pins)
            if (_named.Add(pin) && !TryClaim(pin, out problem)) return false;
        return true;
    }

    /// <summary>Takes a pin of the header, or says who has it.</summary>
    public bool TryClaim(PinUse pin, out string problem)
    {
        problem = "";
        if (_pins.TryGetValue(pin.Bcm, out var taken))
        {
            // A bus cannot move: the other one has to.
            if (pin.Shared && !taken.Shared) problem = $"{HeaderPins.Describe(pin.Bcm)} is used by {taken.User} already, and {pin.User} needs that very pin; wire {taken.User} to another pin";
            else if (!pin.Shared) problem = $"{HeaderPins.Describe(pin.Bcm)} is used by {taken.User} already{(taken.Shared ? ", which needs that very pin" : "")}; wire {pin.User} to another pin";
        }
        else if (HeaderPins.Refusal(pin.Bcm) is { } refusal)
        {
            problem = refusal;
        }
        else if (_reserved.Value.Refusal(pin) is { } inUse)
        {
            problem = inUse;
        }
        if (problem.Length > 0) return false;
        _pins[pin.Bcm] = pin;
        return true;
    }
}
