using System.Device.I2c;
using System.Device.Spi;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>What a chip can do for a line of [io].</summary>
internal enum ChipUse { Expander, Converter, Sensor, Output }

/// <summary>One kind of chip: how its lines are written, where it can be, and how it is made.</summary>
/// <param name="First">The lowest I2C address its jumpers give.</param>
/// <param name="Every">How often it is read unless told otherwise.</param>
internal sealed record ChipKind(string Name, BusKind Bus, ChipUse Use, int First, int Last, TimeSpan Every, string Example, Func<ChipSpec, HardwareHost, Chip> Connect)
{
    private const int SpiClock = 1_000_000; // MCP3008 at 2.7 V: 1.35 MHz at the most (DS21295, "Electrical specifications")

    private static readonly TimeSpan s_pins = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan s_voltages = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_weather = TimeSpan.FromSeconds(1);

    public static readonly ChipKind[] All =
    [
        new("mcp23017", BusKind.I2c, ChipUse.Expander, 0x20, 0x27, s_pins, "mcp23017 0x20 A pull-up active-low",
            static (chip, host) => new Mcp23x(I2cRegisters(chip, host), 2, chip.Inputs, chip.Outputs)),
        new("mcp23008", BusKind.I2c, ChipUse.Expander, 0x20, 0x27, s_pins, "mcp23008 0x21 5",
            static (chip, host) => new Mcp23x(I2cRegisters(chip, host), 1, chip.Inputs, chip.Outputs)),
        new("mcp23s17", BusKind.Spi, ChipUse.Expander, 0, 0, s_pins, "mcp23s17 cs0 hw 1 B",
            static (chip, host) => new Mcp23x(new SpiRegisters(Spi(chip, host), chip.Place.Hardware), 2, chip.Inputs, chip.Outputs)),
        new("ads1115", BusKind.I2c, ChipUse.Converter, 0x48, 0x4B, s_voltages, "ads1115 0x48 ch0 from 0V..3.3V",
            static (chip, host) => new Ads1x15(I2c(chip, host), sixteenBits: true, chip.Inputs)),
        new("ads1015", BusKind.I2c, ChipUse.Converter, 0x48, 0x4B, s_voltages, "ads1015 0x48 ch0-ch1 range 2.048V bipolar",
            static (chip, host) => new Ads1x15(I2c(chip, host), sixteenBits: false, chip.Inputs)),
        new("mcp3008", BusKind.Spi, ChipUse.Converter, 0, 0, s_voltages, "mcp3008 cs0 ch3",
            static (chip, host) => new Mcp3008(Spi(chip, host), chip.Inputs)),
        new("mcp4725", BusKind.I2c, ChipUse.Output, 0x60, 0x67, default, "mcp4725 0x60 safe 0",
            static (chip, host) => new Mcp4725(I2c(chip, host))),
        new("pca9685", BusKind.I2c, ChipUse.Output, 0x40, 0x7F, default, "pca9685 0x40 ch0 1000Hz",
            static (chip, host) => new Pca9685(I2cRegisters(chip, host), chip.Frequency ?? 1000, chip.Outputs)),
        new("bme280", BusKind.I2c, ChipUse.Sensor, 0x76, 0x77, s_weather, "bme280 0x76 temperature range 0..50C",
            static (chip, host) => new Bme280(I2cRegisters(chip, host), chip.Inputs)),
        new("ds18b20", BusKind.OneWire, ChipUse.Sensor, 0, 0, s_weather, "ds18b20 28-0123456789ab range 0..50C",
            static (chip, host) => new Ds18b20(OneWire(chip, host), chip.Inputs[0])),
    ];

    /// <summary>How many pins or inputs or outputs it has.</summary>
    public int Channels => Name switch
    {
        "mcp23008" or "mcp3008" => 8,
        "ads1115" or "ads1015" => 4,
        "mcp4725" or "ds18b20" => 1,
        "bme280" => Bme280.Quantities.Length,
        _ => 16,
    };

    /// <summary>What may stand on the left of its lines.</summary>
    public string Targets => Use switch
    {
        ChipUse.Expander => "inputs or outputs of one bit, such as I1.0..I1.7 or Q1.0",
        ChipUse.Output => "an analog output, such as AQW0",
        _ => "an analog input, such as AIW0",
    };

    public bool Suits(AddressRange target) => Use switch
    {
        ChipUse.Expander => target.Area is Area.I or Area.Q && target.Width == Width.Bit,
        ChipUse.Output => target.Area == Area.AQ && target.Width == Width.Word,
        _ => target.Area == Area.AI && target.Width == Width.Word,
    };

    private static I2cDevice I2c(ChipSpec chip, HardwareHost host) => host.I2c(new I2cConnectionSettings(chip.Place.Bus.Number, chip.Place.Select));

    private static I2cRegisters I2cRegisters(ChipSpec chip, HardwareHost host) => new(I2c(chip, host));

    private static SpiDevice Spi(ChipSpec chip, HardwareHost host) =>
        host.Spi(new SpiConnectionSettings(chip.Place.Bus.Number, chip.Place.Select) { ClockFrequency = SpiClock, Mode = SpiMode.Mode0 });

    private static string OneWire(ChipSpec chip, HardwareHost host)
    {
        var bus = Path.Combine(host.Root, "sys/bus/w1");
        return Directory.Exists(bus) ? Path.Combine(bus, "devices", chip.Place.Serial) : throw new DirectoryNotFoundException(bus);
    }
}
