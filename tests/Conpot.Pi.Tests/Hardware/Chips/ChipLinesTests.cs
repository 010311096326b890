using Conpot.Pi.Hardware;
using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

public class ChipLinesTests
{
    [Theory]
    [InlineData("I1.0..I1.7", "mcp23017 0x20 A", "mcp23017 0x20 A0", "mcp23017 0x20 A7")]
    [InlineData("I1.0..I1.7", "mcp23017 0x27 B pull-up active-low every 50ms on-fault zero", "mcp23017 0x27 B0", "mcp23017 0x27 B7")]
    [InlineData("Q1.0..Q1.7", "mcp23017 0x20 B active-low safe hold", "mcp23017 0x20 B0", "mcp23017 0x20 B7")]
    [InlineData("I2.0", "mcp23017 0x20 A3", "mcp23017 0x20 A3", "mcp23017 0x20 A3")]
    [InlineData("I2.6..I3.1", "mcp23017 0x20 a4 bus 3", "mcp23017 0x20 A4 on I2C bus 3", "mcp23017 0x20 A7 on I2C bus 3")]
    [InlineData("Q2.0..Q2.7", "mcp23008 0x21", "mcp23008 0x21 0", "mcp23008 0x21 7")]
    [InlineData("Q2.0", "mcp23008 0x21 5 safe on", "mcp23008 0x21 5", "mcp23008 0x21 5")]
    [InlineData("I3.0..I3.7", "mcp23s17 cs0 hw 5 B", "mcp23s17 cs0 hw 5 B0", "mcp23s17 cs0 hw 5 B7")]
    [InlineData("AIW0", "ads1115 0x48 ch0 range 4.096V from 0V..3.3V every 250ms", "ads1115 0x48 ch0", "ads1115 0x48 ch0")]
    [InlineData("AIW0..AIW6", "ads1015 0x4B ch0 full 3.3V", "ads1015 0x4B ch0", "ads1015 0x4B ch3")]
    [InlineData("AIW0", "ads1115 0x48 ch0-ch1 bipolar range 2.048V full 1V", "ads1115 0x48 ch0-ch1", "ads1115 0x48 ch0-ch1")]
    [InlineData("AIW0", "ads1115 0x48 ch2 4..20mA shunt 150", "ads1115 0x48 ch2", "ads1115 0x48 ch2")]
    [InlineData("AIW6", "mcp3008 cs1 ch3", "mcp3008 cs1 ch3", "mcp3008 cs1 ch3")]
    [InlineData("AIW6", "mcp3008 cs1 ch3-ch2 bus 1", "mcp3008 cs1 ch3-ch2 on SPI bus 1", "mcp3008 cs1 ch3-ch2 on SPI bus 1")]
    [InlineData("AQW0", "mcp4725 0x60 safe 16000", "mcp4725 0x60", "mcp4725 0x60")]
    [InlineData("AQW2..AQW6", "pca9685 0x40 ch4 1000Hz safe hold", "pca9685 0x40 ch4", "pca9685 0x40 ch6")]
    [InlineData("AIW4", "ds18b20 28-0123456789ab 0..50C", "ds18b20 28-0123456789ab", "ds18b20 28-0123456789ab")]
    [InlineData("AIW4", "bme280 0x76 humidity every 5s", "bme280 0x76 humidity", "bme280 0x76 humidity")]
    [InlineData("AIW4", "bme280 0x77 pressure range 950..1050hPa", "bme280 0x77 pressure", "bme280 0x77 pressure")]
    public void A_line_becomes_points(string target, string text, string first, string last)
    {
        var lines = new ChipLines();
        Assert.Equal("", Add(lines, target, text));
        Assert.Equal(first, lines.Points.First().Where);
        Assert.Equal(last, lines.Points.Last().Where);
        Assert.True(AddressRange.TryParse(target, out var range, out _));
        Assert.Equal(Enumerable.Range(0, range.Count).Select(i => range[i]), lines.Points.Select(point => point.Address));
    }

    [Theory]
    [InlineData("Q1.0", "mcp23017 0x20 B0 safe ON", 1)]
    [InlineData("Q1.0", "mcp23017 0x20 B0 SAFE Off", 0)]
    [InlineData("Q1.0", "mcp23017 0x20 B0 safe Hold", null)]
    [InlineData("AQW0", "mcp4725 0x60 Safe HOLD", null)]
    [InlineData("AQW0", "mcp4725 0x60 safe 16000", 16000)]
    public void A_safe_state_is_read_in_any_case(string target, string text, int? expected)
    {
        Assert.True(AddressRange.TryParse(target, out var range, out _));
        var line = ChipLine.Read(range, text, out var problem);
        Assert.True(line is not null, problem);
        Assert.Equal(new SafeOutput(expected), Assert.Single(line.Points).Safe);
    }

    [Theory]
    [InlineData("AIW0", "mcp23017 0x20 A", "cannot be AIW0; on the left")]
    [InlineData("IB1", "mcp23017 0x20 A", "such as I1.0..I1.7")]
    [InlineData("AQW0", "ads1115 0x48 ch0", "ads1115 cannot be AQW0")]
    [InlineData("AIW0", "mcp4725 0x60", "an analog output, such as AQW0")]
    [InlineData("M0.0", "mcp23017 0x20 A0", "inputs or outputs of one bit")]
    [InlineData("I1.0", "mcp23017 0x28 A0", "give 0x20 to 0x27, not 0x28")]
    [InlineData("I1.0", "mcp23017 32 A0", "'32' is not an address such as 0x20")]
    [InlineData("I1.0", "mcp23017", "address, such as 0x20, is missing")]
    [InlineData("I1.0", "mcp23017 0x20", "the port, A or B, or a pin such as A3, is missing")]
    [InlineData("I1.0", "mcp23017 0x20 C0", "'C0' is neither a port")]
    [InlineData("I1.0", "mcp23017 0x20 A8", "'8' is not one of 0 to 7")]
    [InlineData("I1.0", "mcp23017 0x20 A", "I1.0 is one bit; name the first pin, as in A0")]
    [InlineData("I1.0..I1.3", "mcp23017 0x20 A5", "more than the port has from A5 on")]
    [InlineData("Q1.0", "mcp23017 0x20 A0 pull-up", "'pull-up' does not go with mcp23017 as an output")]
    [InlineData("I1.0", "mcp23017 0x20 A0 safe on", "'safe' does not go with mcp23017 as an input")]
    [InlineData("I1.0", "mcp23017 0x20 A0 pulup", "did you mean 'pull-up'?")]
    [InlineData("Q1.0", "mcp23017 0x20 A0 safe 7", "on, off or hold")]
    [InlineData("I1.0", "mcp23017 0x20 A0 on-fault keep", "'keep' stands where 'hold' should")]
    [InlineData("I1.0", "mcp23s17 cs3 A0", "'cs3' is not one of cs0 to cs2")]
    [InlineData("I1.0", "mcp23s17 cs0 hw 8 A0", "a number from 0 to 7")]
    [InlineData("AIW0", "ads1115 0x48 ch4", "'ch4' is not one of ch0 to ch3")]
    [InlineData("AIW0", "ads1115 0x48 ch1-ch2", "cannot measure ch1-ch2; it has ch0-ch1, ch0-ch3")]
    [InlineData("AIW0..AIW4", "ads1115 0x48 ch2", "more than ads1115 has from ch2 on")]
    [InlineData("AIW0", "ads1115 0x48 ch0 range 5V", "has the ranges 6.144V, 4.096V")]
    [InlineData("AIW0", "ads1115 0x48 ch0 4..20mA shunt 250", "0V..4.096V; take a larger range or a smaller shunt")]
    [InlineData("AIW0", "ads1115 0x48 ch0 from 0V..5V", "outside of what the chip measures")]
    [InlineData("AIW0", "ads1115 0x48 ch0 full 3V from 0V..3V", "keep one of them")]
    [InlineData("AIW0", "ads1115 0x48 ch0 bipolar from -1V..1V", "say with 'full'")]
    [InlineData("AIW0", "mcp3008 cs0 ch0 bipolar", "nothing below zero")]
    [InlineData("AIW0", "mcp3008 cs0 ch0-ch2", "cannot measure ch0-ch2")]
    [InlineData("AIW0", "bme280 0x76 wind", "none of temperature, humidity, pressure")]
    [InlineData("AIW0", "bme280 0x76 temperature every 20ms", "once in a second")]
    [InlineData("AIW0", "ds18b20 10-0123456789ab", "not the number of a DS18B20")]
    [InlineData("AQW0", "pca9685 0x70 ch0", "all chips of the kind pca9685 answer to 0x70")]
    [InlineData("AQW0", "pca9685 0x40 ch0 20Hz", "makes 24Hz to 1526Hz")]
    [InlineData("AQW0", "mcp4725 0x60 safe 40000", "0 to 32000 or hold")]
    public void A_wrong_line_says_what_is_wrong(string target, string text, string expected) => Assert.Contains(expected, Add(new ChipLines(), target, text), StringComparison.Ordinal);

    [Theory]
    [InlineData("I1.3", "mcp23017 0x21 A0", "I1.3 comes from mcp23017 0x20 already (the line \"I1.0..I1.7\")")]
    [InlineData("I2.0", "mcp23017 0x20 A3", "mcp23017 0x20 A3 is I1.3 already")]
    [InlineData("Q2.0", "mcp23017 0x20 A3", "mcp23017 0x20 A3 is I1.3, an input, and cannot be Q2.0 too")]
    [InlineData("I2.0", "mcp23008 0x20 3", "0x20 on I2C bus 1 is the mcp23017 of the line \"I1.0..I1.7\" already; give mcp23008 another address")]
    [InlineData("AIW0", "mcp3008 cs0 ch0", "give mcp3008 another chip select")]
    [InlineData("AQW4", "pca9685 0x40 ch1 50Hz", "another line asks for 1000Hz")]
    [InlineData("AQW4", "pca9685 0x40 ch0", "pca9685 0x40 ch0 is AQW2 already")]
    public void Lines_that_clash_are_refused(string target, string text, string expected)
    {
        var lines = new ChipLines();
        Assert.Equal("", Add(lines, "I1.0..I1.7", "mcp23017 0x20 A"));
        Assert.Equal("", Add(lines, "I5.0..I5.7", "mcp23s17 cs0 A"));
        Assert.Equal("", Add(lines, "AQW2", "pca9685 0x40 ch0 1000Hz"));
        var before = lines.Points.Count();
        Assert.Contains(expected, Add(lines, target, text), StringComparison.Ordinal);
        Assert.Equal(before, lines.Points.Count());
    }

    [Theory]
    [InlineData("I2.0", "mcp23017 0x20 B3")]
    [InlineData("I2.0", "mcp23008 0x20 3 bus 3")]
    [InlineData("I2.0", "mcp23s17 cs0 hw 1 A0")]
    [InlineData("AQW4", "pca9685 0x40 ch1")]
    public void Lines_that_do_not_clash_share_a_chip_or_a_bus(string target, string text)
    {
        var lines = new ChipLines();
        Assert.Equal("", Add(lines, "I1.0..I1.7", "mcp23017 0x20 A"));
        Assert.Equal("", Add(lines, "I5.0..I5.7", "mcp23s17 cs0 A"));
        Assert.Equal("", Add(lines, "AQW2", "pca9685 0x40 ch0 1000Hz"));
        Assert.Equal("", Add(lines, target, text));
    }

    [Fact]
    public void Buses_use_pins_of_the_header()
    {
        var lines = new ChipLines();
        Add(lines, "I1.0", "mcp23017 0x20 A0");
        Add(lines, "I1.1", "mcp23017 0x21 A0");
        Add(lines, "I2.0", "mcp23s17 cs1 A0");
        Add(lines, "I2.1", "mcp23s17 cs1 hw 2 A0");
        Add(lines, "AIW4", "ds18b20 28-0123456789ab");
        Assert.Equal(
            [
                new PinUse(2, "I2C bus 1 (SDA)", true), new PinUse(3, "I2C bus 1 (SCL)", true),
                new PinUse(10, "SPI bus 0 (MOSI)", true), new PinUse(9, "SPI bus 0 (MISO)", true), new PinUse(11, "SPI bus 0 (SCLK)", true),
                new PinUse(4, "1-Wire", true), new PinUse(7, "SPI bus 0 (CE1)"),
            ],
            lines.Pins);
    }

    [Theory]
    [InlineData("ads1115 0x48 ch0", 0, 0)]
    [InlineData("ads1115 0x48 ch0", 3.3, 32000)]
    [InlineData("ads1115 0x48 ch0", 1.65, 16000)]
    [InlineData("ads1115 0x48 ch0", 4, 32000)]
    [InlineData("ads1115 0x48 ch0", -0.1, 0)]
    [InlineData("ads1115 0x48 ch0", 0.001, 8)] // 9.7 counts, in steps of eight
    [InlineData("ads1115 0x48 ch0 range 2.048V", 2.048, 32000)]
    [InlineData("ads1115 0x48 ch0 4..20mA shunt 150", 0.6, 0)]
    [InlineData("ads1115 0x48 ch0 4..20mA shunt 150", 1.8, 16000)]
    [InlineData("ads1115 0x48 ch0 4..20mA shunt 150", 3.0, 32000)]
    [InlineData("ads1115 0x48 ch0-ch1 bipolar range 2.048V", -2.048, -32000)]
    [InlineData("ads1115 0x48 ch0-ch1 bipolar range 2.048V", 0.002, 16)] // 31 counts, in steps of sixteen
    [InlineData("ads1115 0x48 ch0-ch1 bipolar full 1V", -0.5, -16000)]
    [InlineData("mcp3008 cs0 ch0", 3.3, 32000)]
    [InlineData("ds18b20 28-0123456789ab 0..50C", 25, 16000)]
    [InlineData("ds18b20 28-0123456789ab", 25, 8000)]
    [InlineData("bme280 0x76 pressure", 700, 16000)]
    public void Readings_are_scaled_as_an_analog_module_does(string text, double reading, int expected)
    {
        Assert.True(AddressRange.TryParse("AIW0", out var target, out _));
        var line = ChipLine.Read(target, text, out var problem);
        Assert.Equal("", problem);
        Assert.Equal(expected, (short)line!.Points[0].Encode(reading));
    }

    private static string Add(ChipLines lines, string target, string text)
    {
        Assert.True(AddressRange.TryParse(target, out var range, out var problem), problem);
        return lines.TryAdd(range, text, out problem) ? "" : problem;
    }
}
