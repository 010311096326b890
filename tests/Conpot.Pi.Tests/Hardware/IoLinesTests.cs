using Conpot.Pi.Config;
using Conpot.Pi.Hardware;
using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>What the settings may say about pins, and what they are told when it cannot be.</summary>
public class IoLinesTests
{
    [Theory]
    [InlineData("I0.0", "gpio", "write the number of the pin")]
    [InlineData("I0.0", "gpio GPIO17", "write the number of the pin")]
    [InlineData("I0.0", "gpio 28", "GPIO28 is not on the header; write one of 2 to 27")]
    [InlineData("I0.0", "gpio 0", "belongs to the identification chip")]
    [InlineData("I0.0", "gpio 17 pullup", "'pullup' is not a word of a gpio input; write for example \"gpio 17 pull-up active-low debounce 5ms\"; did you mean 'pull-up'?")]
    [InlineData("I0.0", "gpio 17 pull-up pull-down", "keep one of pull-up and pull-down")]
    [InlineData("I0.0", "gpio 17 debounce", "is no time from 0 to 1s")]
    [InlineData("I0.0", "gpio 17 debounce 2s", "'2s' is no time from 0 to 1s")]
    [InlineData("I0.0", "gpio 17 safe off", "'safe' is not a word of a gpio input")]
    [InlineData("Q0.0", "gpio 17 pull-up", "'pull-up' is not a word of a gpio output")]
    [InlineData("Q0.0", "gpio 17 safe", "write safe off, safe on or safe hold")]
    [InlineData("Q0.0..Q0.7", "gpio 17", "write a line of its own for each")]
    [InlineData("QB0", "gpio 17", "a gpio pin is one input or output bit, and QB0 is not")]
    [InlineData("AQW0", "gpio 17", "or \"pwm 18 1kHz\" for an analog output")]
    [InlineData("M0.0", "gpio 17", "write I0.0 to I15.7 for an input")]
    [InlineData("AQW0", "pwm 18", "names a pin and a frequency")]
    [InlineData("AQW0", "pwm 18 1MHz", "names a pin and a frequency")]
    [InlineData("AQW0", "pwm 17 1kHz", "GPIO17 has no PWM; write 12, 13, 18 or 19")]
    [InlineData("AQW0", "pwm 18 1kHz safe 32001", "'safe' needs a number from 0 to 32000, or hold")]
    [InlineData("AQW0", "pwm 18 1kHz chip 0", "chip and channel go together")]
    [InlineData("AQW0", "pwm 18 1kHz activelow", "did you mean 'active-low'?")]
    [InlineData("AIW0", "pwm 18 1kHz", "pwm shows an analog output, and AIW0 is none")]
    [InlineData("Q0.0", "pwm 18 1kHz", "write AQW0 to AQW62 on the left")]
    public void A_line_that_cannot_be_says_why_and_what_would_be_right(string target, string text, string expected)
    {
        Assert.False(IoLines.Standard().TryAdd(HeaderRig.Range(target), text, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("I0.0", "gpio 17", "Q0.0", "gpio 17", "GPIO17, pin 11 is used by I0.0 already; wire Q0.0 to another pin")]
    [InlineData("Q0.0", "gpio 18", "AQW0", "pwm 18 1kHz", "GPIO18, pin 12 is used by Q0.0 already; wire AQW0 to another pin")]
    [InlineData("AQW0", "pwm 12 1kHz", "AQW2", "pwm 18 1kHz", "GPIO18 and GPIO12 (AQW0) are one PWM channel before the Pi 5; take 13 or 19, or on a Pi 5 name chip and channel of both")]
    [InlineData("Q0.0", "gpio 17", "Q0.0", "gpio 18", "Q0.0 is wired by the line \"Q0.0\" already; keep one of the two")]
    [InlineData("Q0.1", "gpio 2", "I0.0", "bus 1", "GPIO2, pin 3 is used by Q0.1 already, and I2C bus 1 needs that very pin; wire Q0.1 to another pin")]
    [InlineData("I0.0", "bus 1", "Q0.1", "gpio 2", "GPIO2, pin 3 is used by I2C bus 1 already, which needs that very pin; wire Q0.1 to another pin")]
    public void Two_lines_that_want_the_same_clash(string first, string firstText, string second, string secondText, string expected)
    {
        var io = new IoLines([new GpioLines(), new PwmLines(), new BusFamily()]);
        Assert.True(io.TryAdd(HeaderRig.Range(first), firstText, out var none), none);
        Assert.False(io.TryAdd(HeaderRig.Range(second), secondText, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void A_clash_is_the_mistake_of_one_line_and_not_of_those_behind_it()
    {
        var io = IoLines.Standard();
        Assert.True(io.TryAdd(HeaderRig.Range("I0.0"), "gpio 17", out _));
        Assert.False(io.TryAdd(HeaderRig.Range("I0.1"), "gpio 17", out _));
        Assert.True(io.TryAdd(HeaderRig.Range("Q0.0"), "gpio 27", out var problem), problem);
        Assert.True(io.TryAdd(HeaderRig.Range("I1.0..I1.7"), "mcp23017 0x20 A", out problem), problem);
        Assert.True(io.TryAdd(HeaderRig.Range("AIW0"), "ads1115 0x48 ch0", out problem), problem);
        Assert.False(io.TryAdd(HeaderRig.Range("Q0.1"), "gpio 2", out problem));
        Assert.Contains("is used by I2C bus 1", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Q0.0", "Q0.0")]
    [InlineData("AQW0", "AQW0")]
    [InlineData("Q1.1", "I1.0 Q1.0 Q1.1")]
    public void An_address_alone_has_its_pin_or_its_whole_chip(string address, string expected)
    {
        var io = IoLines.Standard();
        foreach (var (target, text) in ((string, string)[])[
            ("Q0.0", "gpio 17"), ("Q0.1", "gpio 27"), ("AQW0", "pwm 18 1kHz"), ("AQW2", "pwm 13 1kHz"), ("I1.0", "mcp23017 0x20 A0"), ("Q1.0..Q1.1", "mcp23017 0x20 B0"), ("Q2.0", "mcp23017 0x21 B0")])
            Assert.True(io.TryAdd(HeaderRig.Range(target), text, out var problem), problem);
        var wanted = HeaderRig.Range(address).First;
        Assert.Equal(expected, string.Join(' ', io.Families.Single(f => f.Points.Any(p => p.Address == wanted)).Only(wanted).Points.Select(p => p.Address)));
    }

    [Fact]
    public void Devices_on_one_bus_share_its_pins()
    {
        var io = new IoLines([new BusFamily()]);
        Assert.True(io.TryAdd(HeaderRig.Range("I0.0"), "bus 1", out _));
        Assert.True(io.TryAdd(HeaderRig.Range("I0.1"), "bus 1", out _));
        Assert.Equal([2, 3], io.Pins.Select(p => p.Bcm));
    }

    [Theory]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4\0", "console=ttyS0,115200 console=tty1\n", "console=serial0,115200 console=tty1\n", "remove console=serial0,115200 from /boot/firmware/cmdline.txt")]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4\0", "console=ttyAMA0,9600\n", "console=ttyAMA0,9600\n", "remove console=ttyAMA0,9600 from /boot/firmware/cmdline.txt")]
    [InlineData("Raspberry Pi 4 Model B Rev 1.4\0", "console=tty1 quiet\n", "console=tty1 quiet\n", "")]
    [InlineData("Raspberry Pi 3 Model B\0", "console=tty0 console=ttyS1,115200\n", "", "")] // our image: not in that file
    [InlineData("Raspberry Pi 5 Model B\0", "console=ttyAMA10,115200\n", "console=serial0,115200\n", "")] // has a connector of its own
    [InlineData("Some other board\0", "console=ttyS0,115200\n", "console=ttyS0,115200\n", "")]
    [InlineData(null, "console=ttyS0,115200\n", "console=ttyS0,115200\n", "")]
    public void The_pins_of_a_serial_console_are_taken_on_a_Raspberry_Pi_that_was_asked_for_one(string? model, string running, string file, string expected)
    {
        using var root = new TempDirectory();
        foreach (var directory in (string[])["proc/device-tree", "boot/firmware"]) Directory.CreateDirectory(root[directory]);
        File.WriteAllText(root["proc/cmdline"], running);
        File.WriteAllText(root["boot/firmware/cmdline.txt"], file);
        if (model is not null) File.WriteAllText(root["proc/device-tree/model"], model);
        var io = new IoLines([new GpioLines()], root.Path);
        Assert.Equal(expected.Length == 0, io.TryAdd(HeaderRig.Range("Q0.0"), "gpio 14", out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Raspberry Pi 5 Model B", "Q0.0", "gpio 2", "GPIO2, pin 3 is I2C bus 1 (SDA) of this Raspberry Pi; remove dtparam=i2c_arm=on from /boot/firmware/config.txt and restart, or wire another pin")]
    [InlineData("Raspberry Pi 5 Model B", "I0.0", "gpio 9", "GPIO9, pin 21 is SPI bus 0 (MISO) of this Raspberry Pi; remove dtparam=spi=on from")]
    [InlineData("Raspberry Pi 5 Model B", "I0.0", "gpio 8", "GPIO8, pin 24 is SPI bus 0 (CE0) of")]
    [InlineData("Raspberry Pi 5 Model B", "I0.0", "gpio 7", "")] // dtoverlay=spi0-1cs has one chip select
    [InlineData("Raspberry Pi 5 Model B", "I0.0", "gpio 17", "")]
    [InlineData("Raspberry Pi 5 Model B", "I1.0..I1.7", "mcp23017 0x20 A", "")]
    [InlineData("Raspberry Pi 5 Model B", "AIW0", "mcp3008 cs0 ch0", "")]
    [InlineData("Some other board", "Q0.0", "gpio 2", "")]
    public void The_pins_of_a_bus_that_config_txt_switches_on_are_for_its_chips(string model, string target, string text, string expected)
    {
        using var root = WithBuses(model, "# comment\ndtparam=i2c_arm=on\r\ndtparam=audio=on,spi=on\n");
        var io = new IoLines([new GpioLines(), new PwmLines(), new ChipLines()], root.Path);
        Assert.Equal(expected.Length == 0, io.TryAdd(HeaderRig.Range(target), text, out var problem));
        Assert.StartsWith(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dtparam=i2c", "gpio 2", "remove dtparam=i2c from")]
    [InlineData("dtparam=i2c1=on", "gpio 3", "remove dtparam=i2c1=on from")]
    [InlineData("dtparam=i2c_arm=on,i2c_arm_baudrate=400000", "gpio 2", "remove dtparam=i2c_arm=on from")]
    [InlineData("dtoverlay=spi0-1cs,cs0_pin=8", "gpio 9", "remove dtoverlay=spi0-1cs,cs0_pin=8 from")]
    [InlineData("#dtparam=i2c_arm=on", "gpio 2", "")]
    [InlineData("dtparam=i2c_arm=on\ndtparam=i2c_arm=off", "gpio 2", "")]
    [InlineData("dtparam=i2c_arm_baudrate=400000", "gpio 2", "")]
    [InlineData("dtparam=spi=on", "gpio 2", "")]
    [InlineData("dtparam=i2c_arm=on", "gpio 10", "")]
    [InlineData("arm_64bit=1\nenable_uart=1", "gpio 2", "")] // our image
    [InlineData(null, "gpio 3", "")]
    public void A_bus_that_is_on_has_its_pins_to_itself_only_when_config_txt_asks_for_it(string? config, string text, string expected)
    {
        using var root = WithBuses("Raspberry Pi 3 Model B", config);
        var io = new IoLines([new GpioLines(), new ChipLines()], root.Path);
        Assert.Equal(expected.Length == 0, io.TryAdd(HeaderRig.Range("Q0.1"), text, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Q0.1", "gpio 2", "I1.0", "mcp23017 0x20 A0", "GPIO2, pin 3 is used by Q0.1 already, and I2C bus 1 (SDA) needs that very pin; wire Q0.1 to another pin")]
    [InlineData("I1.0", "mcp23017 0x20 A0", "Q0.1", "gpio 3", "GPIO3, pin 5 is used by I2C bus 1 (SCL) already, which needs that very pin; wire Q0.1 to another pin")]
    [InlineData("AIW0", "mcp3008 cs0 ch0", "Q0.1", "gpio 11", "GPIO11, pin 23 is used by SPI bus 0 (SCLK) already, which needs that very pin; wire Q0.1 to another pin")]
    public void A_bus_that_nobody_asked_for_has_its_pins_as_soon_as_a_line_uses_it(string first, string firstText, string second, string secondText, string expected)
    {
        using var root = WithBuses("Raspberry Pi 3 Model B", "arm_64bit=1\n");
        var io = new IoLines([new GpioLines(), new ChipLines()], root.Path);
        Assert.True(io.TryAdd(HeaderRig.Range(first), firstText, out var none), none);
        Assert.False(io.TryAdd(HeaderRig.Range(second), secondText, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void Every_mistake_in_io_and_panel_is_told_at_once_with_its_place()
    {
        var errors = Errors("[io]\n\"I0.0\" = \"gpio 17\"\n\"Q0.0\" = \"gpio 17\"\n\"I0.1\" = \"gpio 99\"\n[panel]\nrun = \"gpio 17\"\nsf = \"gpio 5 blink 1s\"\nstop = \"gpio 6\"\nalert = \"gpio 6\"\nlamp = \"gpio 7\"\n");
        Assert.Collection(
            errors,
            e => Assert.StartsWith("c.toml:3:10: 'Q0.0' in [io] is \"gpio 17\"; GPIO17, pin 11 is used by I0.0 already", e, StringComparison.Ordinal),
            e => Assert.StartsWith("c.toml:4:10: 'I0.1' in [io] is \"gpio 99\"; GPIO99 is not on the header", e, StringComparison.Ordinal),
            e => Assert.StartsWith("c.toml:6:7: 'run' in [panel] is \"gpio 17\"; GPIO17, pin 11 is used by I0.0 already; wire [panel] run", e, StringComparison.Ordinal),
            e => Assert.StartsWith("c.toml:7:6: 'sf' in [panel] is \"gpio 5 blink 1s\"; 'blink' is not a word of a gpio lamp", e, StringComparison.Ordinal),
            e => Assert.StartsWith("c.toml:9:9: 'alert' in [panel] is \"gpio 6\"; GPIO6, pin 31 is used by [panel] stop already", e, StringComparison.Ordinal),
            e => Assert.Contains("unknown setting 'lamp'", e, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("\"I0.0\" = \"GPIO 17 Pull-Up\"", null)]
    [InlineData("\"AQW0\" = \"PWM 18 1KHZ\"", null)]
    [InlineData("\"I1.0..I1.7\" = \"MCP23017  0X20 a\"", null)]
    [InlineData("\"I0.0\" = \"gpio17\"", "c.toml:2:10: 'I0.0' in [io] is \"gpio17\"; 'gpio17' is neither hardware nor a signal of this version; did you mean 'gpio'?")]
    [InlineData("\"I1.0..I1.7\" = \"mcp23016 0x20 A\"", "'mcp23016' is neither hardware nor a signal of this version; did you mean 'mcp23017'?")]
    [InlineData("\"AIW0\" = \"bmp280 0x76 pressure\"", "did you mean 'bme280'?")]
    [InlineData("\"AIW0\" = \"sinus 0..100 period 1m\"", "did you mean 'sine'?")]
    [InlineData("\"I1.0\" = \"pcf8574 0x20\"", "hardware is: gpio, pwm, mcp23017, ")]
    [InlineData("\"I0.0\" = \"\"", "what drives I0.0 is missing")]
    public void The_first_word_says_what_a_line_is_and_a_misspelt_one_what_it_could_be(string line, string? expected)
    {
        var errors = Errors($"[io]\n{line}\n");
        if (expected is null) Assert.Empty(errors);
        else Assert.Contains(expected, Assert.Single(errors), StringComparison.Ordinal);
    }

    [Fact]
    public void The_header_has_forty_pins_and_every_line_once()
    {
        Assert.Equal(40, HeaderPins.All.Count);
        Assert.Equal(Enumerable.Range(0, 28), HeaderPins.All.Where(p => p.Bcm is not null).Select(p => p.Bcm!.Value).Order());
        Assert.Equal(8, HeaderPins.All.Count(p => p.Label == "GND"));
        // A few that are easily checked against any drawing of the header.
        (int Bcm, int Number)[] known = [(2, 3), (17, 11), (18, 12), (27, 13), (10, 19), (11, 23), (0, 27), (5, 29), (13, 33), (26, 37), (21, 40)];
        foreach (var (bcm, number) in known) Assert.Equal(number, HeaderPins.NumberOf(bcm));
    }

    /// <summary>A machine with I2C bus 1, and SPI bus 0 with one chip select.</summary>
    private static TempDirectory WithBuses(string model, string? config)
    {
        var root = new TempDirectory();
        foreach (var directory in (string[])["proc/device-tree", "boot/firmware", "sys/bus/i2c/devices/i2c-1", "sys/class/spi_master/spi0", "sys/bus/spi/devices/spi0.0"]) Directory.CreateDirectory(root[directory]);
        File.WriteAllText(root["proc/device-tree/model"], model + "\0");
        if (config is not null) File.WriteAllText(root["boot/firmware/config.txt"], config);
        return root;
    }

    private static List<string> Errors(string toml)
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Parse("c.toml", System.Text.Encoding.UTF8.GetBytes(toml), errors);
        var io = IoLines.Standard();
        IoConfig.Read(file.Root, PlcProfile.Load(PlcProfile.Default, errors).Root, new DeviceSeed(1), MemoryMap.LargestV, io);
        PanelSettings.Read(file.Root.Section("panel"), io);
        _ = file.Root.Section("initial").Keys;
        file.ReportUnread();
        return [.. errors.InOrder.Select(e => e.ToString())];
    }

    /// <summary>A chip on the first I2C bus, as far as pins go.</summary>
    private sealed class BusFamily : ILineFamily
    {
        private readonly List<IoPoint> _points = [];

        public IReadOnlyList<string> Words { get; } = ["bus"];

        public IEnumerable<PinUse> Pins => _points.Count == 0 ? [] : [new(2, "I2C bus 1", Shared: true), new(3, "I2C bus 1", Shared: true)];

        public IEnumerable<IoPoint> Points => _points;

        public bool TryAdd(AddressRange target, string text, out string problem)
        {
            problem = "";
            _points.Add(new(target.First, text));
            return true;
        }

        public ILineFamily Only(Address address) => throw new NotSupportedException();

        public IIoSource Open(HardwareHost host) => throw new NotSupportedException();
    }
}
