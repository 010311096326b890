using System.Globalization;
using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>How the Pi itself is: temperature and supply voltage, as far as its kernel tells.</summary>
/// <param name="root">"/" but in tests.</param>
internal sealed class MachineHealth(string root)
{
    /// <summary>Degrees Celsius, or null: Documentation/driver-api/thermal/sysfs-api.rst gives thousandths.</summary>
    public double? Temperature =>
        Read("sys/class/thermal/thermal_zone0/temp") is { } text && int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milli) ? milli / 1000.0 : null;

    /// <summary>Whether the supply is too weak now, and was since the Pi started; null where nobody watches it.</summary>
    /// <remarks>
    /// Bits 0 and 16 of get_throttled: raspberrypi.com, "vcgencmd". The kernel's driver raspberrypi-hwmon has the alarm alone (in0_lcrit_alarm), which
    /// holds what was since the last look of its own, every two seconds.
    /// </remarks>
    public (bool Now, bool Since)? UnderVoltage
    {
        get
        {
            if (Read("sys/devices/platform/soc/soc:firmware/get_throttled") is { } throttled
                && int.TryParse(throttled.StartsWith("0x", StringComparison.Ordinal) ? throttled[2..] : throttled, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var bits))
                return ((bits & 1) != 0, (bits & 0x1_0001) != 0);
            var monitors = Path.Combine(root, "sys/class/hwmon");
            if (!Directory.Exists(monitors)) return null;
            foreach (var monitor in Directory.EnumerateDirectories(monitors))
            {
                if (Read(Path.Combine(monitor, "name")) == "rpi_volt" && Read(Path.Combine(monitor, "in0_lcrit_alarm")) is { } alarm)
                    return (alarm == "1", alarm == "1");
            }
            return null;
        }
    }

    public void Write(Utf8JsonWriter json)
    {
        if (Temperature is { } degrees) json.WriteNumber("temperature_celsius", Math.Round(degrees, 1));
        if (UnderVoltage is not { } weak) return;
        json.WriteBoolean("under_voltage", weak.Now);
        json.WriteBoolean("under_voltage_since_boot", weak.Since);
    }

    private string? Read(string path)
    {
        try
        {
            return File.ReadAllText(Path.Combine(root, path)).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null; // not a Pi, or its firmware does not answer
        }
    }
}
