using Conpot.Pi.Hardware.Chips;

namespace Conpot.Pi.Hardware;

/// <summary>Pins of the header that the owner of this Raspberry Pi has given away already: to its serial console, and to the buses that config.txt switches on.</summary>
/// <remarks>
/// The kernel takes such a pin from its bus when it is asked to, and the bus is dead then. One that is on but that nobody asked for, as Debian's device
/// trees have I2C on, loses nothing by that: its pins are free until a line of [io] names a chip on it. Elsewhere than on a Raspberry Pi nothing is
/// reserved: the settings may be checked on a desk. Of the buses only the header's usual ones, whose pins are the same on every model.
/// </remarks>
internal sealed class ReservedPins
{
    private const string Console = "the serial console";

    private static readonly string[] s_off = ["off", "no", "n", "false", "0"];

    private readonly string _root;
    private readonly Dictionary<int, (string What, string Remedy)> _pins = [];

    /// <param name="root">Where the kernel shows its devices.</param>
    public ReservedPins(string root)
    {
        _root = root;
        if (!Read("proc/device-tree/model").Contains("Raspberry Pi", StringComparison.Ordinal)) return;
        // The kernel's own line has the name behind serial0, which on a Pi 5 is a connector of its own; the file has what can be removed.
        if (ConsoleIn("proc/cmdline") is not null && ConsoleIn("boot/firmware/cmdline.txt") is { } console)
            Add([new(14, Console), new(15, Console)], $"remove {console} from /boot/firmware/cmdline.txt");
        BusId i2c = new(BusKind.I2c, 1), spi = new(BusKind.Spi, 0);
        if (Exists("sys/bus/i2c/devices/i2c-1") && SwitchedOnBy(["i2c_arm", "i2c", "i2c1"], "i2c1") is { } i2cWord)
            Add(i2c.Pins(), $"remove {i2cWord} from /boot/firmware/config.txt");
        if (Exists("sys/class/spi_master/spi0") && SwitchedOnBy(["spi"], "spi0-") is { } spiWord)
            Add(spi.Pins().Concat(Enumerable.Range(0, 2).Where(line => Exists($"sys/bus/spi/devices/spi0.{line}")).Select(spi.Select).OfType<PinUse>()), $"remove {spiWord} from /boot/firmware/config.txt");
    }

    /// <summary>Null when the pin may be used so: by the bus itself, or by anybody.</summary>
    public string? Refusal(PinUse pin) => _pins.TryGetValue(pin.Bcm, out var reserved) && reserved.What != pin.User
        ? $"{HeaderPins.Describe(pin.Bcm)} is {reserved.What} of this Raspberry Pi; {reserved.Remedy} and restart, or wire another pin"
        : null;

    private static bool IsConsole(string word) =>
        word.StartsWith("console=serial0", StringComparison.Ordinal) || word.StartsWith("console=ttyAMA0", StringComparison.Ordinal) || word.StartsWith("console=ttyS0", StringComparison.Ordinal);

    private string? ConsoleIn(string path) => Array.Find(Read(path).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), IsConsole);

    /// <summary>What in config.txt switches a bus on, the last word on it, or null; a parameter without a value is on (Raspberry Pi documentation, "Device Trees, overlays and parameters").</summary>
    private string? SwitchedOnBy(string[] parameters, string overlay)
    {
        string? found = null;
        foreach (var line in Read("boot/firmware/config.txt").Split('\n', StringSplitOptions.TrimEntries))
        {
            if (line.StartsWith("dtoverlay=" + overlay, StringComparison.Ordinal)) found = line;
            if (!line.StartsWith("dtparam=", StringComparison.Ordinal)) continue;
            foreach (var parameter in line["dtparam=".Length..].Split(','))
            {
                if (parameter.Split('=') is [var name, .. var value] && parameters.Contains(name))
                    found = value is [var state, ..] && s_off.Contains(state) ? null : "dtparam=" + parameter;
            }
        }
        return found;
    }

    private void Add(IEnumerable<PinUse> pins, string remedy)
    {
        foreach (var pin in pins) _pins[pin.Bcm] = (pin.User, remedy);
    }

    private bool Exists(string path) => Path.Exists(Path.Join(_root, path));

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
