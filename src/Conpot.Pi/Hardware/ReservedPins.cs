using Conpot.Pi.Hardware.Chips;

namespace Conpot.Pi.Hardware;

/// <summary>Pins of the header that this Raspberry Pi has given away already: to its serial console, and to the buses that its config.txt switches on.</summary>
/// <remarks>
/// The kernel takes such a pin from its bus when it is asked to, and the bus is dead then. Elsewhere than on a Raspberry Pi nothing is reserved: the
/// settings may be checked on a desk. Of the buses only the header's usual ones, whose pins are the same on every model.
/// </remarks>
internal sealed class ReservedPins
{
    private const string Console = "the serial console";

    private readonly string _root;
    private readonly Dictionary<int, (string What, string Remedy)> _pins = [];

    /// <param name="root">Where the kernel shows its devices.</param>
    public ReservedPins(string root)
    {
        _root = root;
        if (!Read("proc/device-tree/model").Contains("Raspberry Pi", StringComparison.Ordinal)) return;
        if (Read("proc/cmdline").Split(' ').Any(IsConsole))
            Add([new(14, Console), new(15, Console)], "remove console=serial0,115200 from /boot/firmware/cmdline.txt");
        BusId i2c = new(BusKind.I2c, 1), spi = new(BusKind.Spi, 0);
        if (Exists("sys/bus/i2c/devices/i2c-1"))
            Add(i2c.Pins(), "remove dtparam=i2c_arm=on from /boot/firmware/config.txt");
        if (Exists("sys/class/spi_master/spi0"))
            Add(spi.Pins().Concat(Enumerable.Range(0, 2).Where(line => Exists($"sys/bus/spi/devices/spi0.{line}")).Select(spi.Select).OfType<PinUse>()), "remove dtparam=spi=on from /boot/firmware/config.txt");
    }

    /// <summary>Null when the pin may be used so: by the bus itself, or by anybody.</summary>
    public string? Refusal(PinUse pin) => _pins.TryGetValue(pin.Bcm, out var reserved) && reserved.What != pin.User
        ? $"{HeaderPins.Describe(pin.Bcm)} is {reserved.What} of this Raspberry Pi; {reserved.Remedy} and restart, or wire another pin"
        : null;

    private static bool IsConsole(string word) =>
        word.StartsWith("console=serial0", StringComparison.Ordinal) || word.StartsWith("console=ttyAMA0", StringComparison.Ordinal) || word.StartsWith("console=ttyS0", StringComparison.Ordinal);

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
