using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>All lines of the settings that name real hardware, checked against each other: one pin, one use.</summary>
internal sealed class IoLines : IIoLines
{
    private readonly string _root;
    private readonly List<AddressRange> _targets = [];
    private readonly HashSet<PinUse> _named = [];
    private readonly Dictionary<int, PinUse> _pins = [];
    private bool? _console;

    /// <param name="root">Where the kernel shows its devices.</param>
    public IoLines(IReadOnlyList<ILineFamily> families, string root = "/")
    {
        (Families, _root) = (families, root);
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
        var word = text.Trim().Split(' ', 2)[0];
        var family = Families.First(f => f.Words.Contains(word));
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
            if (!taken.Shared || !pin.Shared) problem = $"{HeaderPins.Describe(pin.Bcm)} is used by {taken.User} already{(taken.Shared ? ", which needs that very pin" : "")}; wire {pin.User} to another pin";
        }
        else if (HeaderPins.Refusal(pin.Bcm) is { } refusal)
        {
            problem = refusal;
        }
        else if (pin.Bcm is 14 or 15 && ConsoleInUse)
        {
            problem = $"{HeaderPins.Describe(pin.Bcm)} is the serial console of this Raspberry Pi; remove console=serial0,115200 from /boot/firmware/cmdline.txt and restart, or wire another pin";
        }
        if (problem.Length > 0) return false;
        _pins[pin.Bcm] = pin;
        return true;
    }

    /// <summary>Only on a Raspberry Pi: elsewhere ttyS0 says nothing about a header, and a file may be checked on a desk.</summary>
    private bool ConsoleInUse => _console ??= Read("proc/device-tree/model").Contains("Raspberry Pi", StringComparison.Ordinal)
        && Read("proc/cmdline").Split(' ').Any(w => w.StartsWith("console=serial0", StringComparison.Ordinal) || w.StartsWith("console=ttyAMA0", StringComparison.Ordinal) || w.StartsWith("console=ttyS0", StringComparison.Ordinal));

    private string Read(string path)
    {
        try
        {
            return File.ReadAllText(Path.Join(_root, path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
