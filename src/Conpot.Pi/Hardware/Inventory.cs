using System.Device.I2c;
using System.Globalization;

namespace Conpot.Pi.Hardware;

/// <summary>One kind of hardware as it was found on this machine.</summary>
/// <param name="Remedy">What to do when it is missing or may not be asked; null when all is well.</param>
internal sealed record InventoryPart(string Title, IReadOnlyList<string> Found, string? Remedy);

/// <summary>What this machine has to wire things to: chips, lines, and what answers on the buses. It looks and changes nothing.</summary>
/// <param name="root">Where the kernel shows its devices.</param>
/// <param name="i2c">Opens a device on an I2C bus.</param>
internal sealed class Inventory(string root, Func<I2cConnectionSettings, I2cDevice> i2c)
{
    /// <summary>The header's buses; what a display or a camera hangs on is left alone.</summary>
    private static readonly int[] HeaderBuses = [1, 3, 4, 5, 6];

    public IReadOnlyList<InventoryPart> Look() => [Gpio(), I2c(), Spi(), OneWire(), Pwm()];

    private InventoryPart Gpio()
    {
        var found = new List<string>();
        string? remedy = null;
        foreach (var path in CharacterDriver.Chips(root))
        {
            var chip = GpioIoctl.Open(path);
            if (chip < 0)
            {
                found.Add(path);
                remedy = CharacterDriver.Refusal(path, -chip);
                continue;
            }
            AddChip(found, path, chip);
            _ = GpioIoctl.Close(chip);
        }
        if (found.Count == 0) remedy = "this kernel shows no GPIO chip (/dev/gpiochip*); on a Raspberry Pi it always does, elsewhere load the driver of the chip";
        return new InventoryPart("GPIO chips", found, remedy);
    }

    private static void AddChip(List<string> found, string path, int chip)
    {
        if (GpioIoctl.ChipInfo(chip, out var label, out var lines) is var error && error != 0)
        {
            found.Add($"{path} does not answer ({GpioIoctl.Message(error)})");
            return;
        }
        var isHeader = CharacterDriver.HeaderLabels.Contains(label);
        found.Add($"{path} {label}, {lines} lines{(isHeader ? ", the header" : "")}");
        for (var line = 0; line < (isHeader ? Math.Min(lines, HeaderPins.Count) : lines); line++)
        {
            if (GpioIoctl.LineInfo(chip, line, out var name, out var consumer, out var flags) != 0) continue;
            var used = (flags & GpioIoctl.Used) != 0;
            var where = isHeader ? $"pin {HeaderPins.NumberOf(line)}" : name;
            found.Add(string.Create(CultureInfo.InvariantCulture, $"  {line,3} {where,-16} {((flags & GpioIoctl.Output) != 0 ? "output" : "input"),-6} {(used ? $"used by '{(consumer.Length > 0 ? consumer : "kernel")}'" : "free")}"));
        }
    }

    private InventoryPart I2c()
    {
        var found = new List<string>();
        string? remedy = null;
        foreach (var (path, number) in Numbered("dev", "i2c-"))
        {
            var name = Read($"sys/class/i2c-dev/i2c-{number}/name");
            if (!IsRaspberryPi || !HeaderBuses.Contains(number)) found.Add($"{path} {name} (not at the header: not scanned)");
            else remedy = Scan(found, path, name, number) ?? remedy;
        }
        if (found.Count == 0) remedy = "no I2C bus; write dtparam=i2c_arm=on into /boot/firmware/config.txt, i2c-dev into /etc/modules-load.d/i2c.conf, and restart";
        return new InventoryPart("I2C buses", found, remedy);
    }

    /// <summary>Reads one byte from each address that a device may have, as i2cdetect -r does; who is not there does not acknowledge.</summary>
    private string? Scan(List<string> found, string path, string name, int bus)
    {
        var answering = new List<string>();
        try
        {
            for (var address = 0x08; address <= 0x77; address++)
            {
                using var device = i2c(new I2cConnectionSettings(bus, address));
                if (Answers(device)) answering.Add($"0x{address:x2}");
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            found.Add($"{path} {name}");
            return $"{path} may not be opened by this user ({e.Message}); add it to the group i2c (sudo usermod -aG i2c {Environment.UserName}) and log in again";
        }
        found.Add($"{path} {name}: {(answering.Count > 0 ? string.Join(" ", answering) : "nothing answers; check supply, SDA and SCL")}");
        return null;
    }

    private static bool Answers(I2cDevice device)
    {
        try
        {
            _ = device.ReadByte();
            return true;
        }
        catch (IOException e) when (e is not FileNotFoundException && !e.Message.Contains("open", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }
    }

    private InventoryPart Spi()
    {
        var found = Names("dev", "spidev*").Select(n => $"/dev/{n}").ToList();
        return new InventoryPart("SPI devices", found, found.Count > 0 ? null : "no SPI; write dtparam=spi=on into /boot/firmware/config.txt and restart");
    }

    private InventoryPart OneWire()
    {
        var masters = Names("sys/bus/w1/devices", "w1_bus_master*").ToList();
        var found = Names("sys/bus/w1/devices", "??-*").ToList();
        return new InventoryPart("1-Wire devices", found, found.Count > 0 ? null : masters.Count > 0
            ? "the bus is there and nothing answers; check supply, data and the 4.7 kΩ resistor between data and 3V3"
            : "no 1-Wire bus; write dtoverlay=w1-gpio into /boot/firmware/config.txt (GPIO4, pin 7) and restart");
    }

    private InventoryPart Pwm()
    {
        var found = Numbered("sys/class/pwm", "pwmchip").Select(c => $"pwmchip{c.Number}, {Read($"sys/class/pwm/pwmchip{c.Number}/npwm")} channels").ToList();
        return new InventoryPart("PWM", found, found.Count > 0 ? null : "no PWM; write dtoverlay=pwm,pin=18,func=2 into /boot/firmware/config.txt and restart");
    }

    private bool IsRaspberryPi => Read("proc/device-tree/model").Contains("Raspberry Pi", StringComparison.Ordinal);

    private IEnumerable<(string Path, int Number)> Numbered(string directory, string prefix) => Names(directory, prefix + "*")
        .Where(n => int.TryParse(n.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
        .Select(n => ($"/{directory}/{n}", int.Parse(n.AsSpan(prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture)))
        .OrderBy(n => n.Item2);

    private IEnumerable<string> Names(string directory, string pattern)
    {
        var path = Path.Join(root, directory);
        return Directory.Exists(path) ? Directory.EnumerateFileSystemEntries(path, pattern).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal) : [];
    }

    private string Read(string path)
    {
        try
        {
            return File.ReadAllText(Path.Join(root, path)).Trim('\n', '\0', ' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
