using System.Device.I2c;
using System.Xml.Linq;
using Conpot.Pi.Hardware;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>What a person with a screwdriver reads: the plan of the header, and what this machine has.</summary>
public sealed class WiringTests : IDisposable
{
    private static readonly WiringPlan Plan = new(
        [new(17, "I0.0"), new(18, "AQW0"), new(2, "I2C bus 1 (SDA) <&>", Shared: true)],
        [new(HeaderRig.Range("I0.0").First, "GPIO17, pin 11"), new(HeaderRig.Range("AIW0").First, "ads1115 0x48 ch0")]);

    private readonly TempDirectory _root = new();

    [Fact]
    public void The_text_has_a_row_for_two_pins_and_a_line_for_what_hangs_on_a_bus()
    {
        var lines = Plan.Text().Split('\n');
        Assert.Equal("                    I0.0             GPIO17 11 | 12 GPIO18 PWM0        AQW0", lines[5]);
        Assert.Equal("                                        3V3  1 | 2  5V", lines[0]);
        Assert.Contains(lines, l => l.Trim() == "AIW0 ads1115 0x48 ch0");
        Assert.DoesNotContain(lines, l => l.Contains("GPIO17, pin 11", StringComparison.Ordinal)); // it is drawn already
    }

    [Fact]
    public void The_drawing_is_XML_with_forty_pins_and_every_use()
    {
        var svg = XDocument.Parse(Plan.Svg("pump & <house>"));
        var texts = svg.Descendants().Where(e => e.Name.LocalName == "text").Select(e => e.Value).ToList();
        Assert.Equal(40, svg.Descendants().Count(e => e.Name.LocalName == "circle"));
        Assert.Equal(3, svg.Descendants().Count(e => e.Attribute("font-weight") is not null));
        Assert.Contains("pump & <house>", texts);
        Assert.Contains("I2C bus 1 (SDA) <&>", texts);
        Assert.Contains("AIW0: ads1115 0x48 ch0", texts);
    }

    [Fact]
    public void What_is_missing_comes_with_its_remedy()
    {
        var parts = new Inventory(_root.Path, _ => throw new IOException("none")).Look();
        Assert.All(parts, p => Assert.Empty(p.Found));
        string[] expected = ["/dev/gpiochip*", "dtparam=i2c_arm=on", "dtparam=spi=on", "dtoverlay=w1-gpio", "dtoverlay=pwm,pin=18,func=2"];
        Assert.All(parts.Zip(expected), p => Assert.Contains(p.Second, p.First.Remedy, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_there_is_listed_and_only_the_headers_buses_are_scanned()
    {
        foreach (var directory in (string[])["dev", "proc/device-tree", "sys/bus/w1/devices/28-0123", "sys/class/pwm/pwmchip0", "sys/class/i2c-dev/i2c-1"]) Directory.CreateDirectory(_root[directory]);
        File.WriteAllText(_root["proc/device-tree/model"], "Raspberry Pi 4 Model B\0");
        File.WriteAllText(_root["sys/class/i2c-dev/i2c-1/name"], "bcm2835 (i2c@7e804000)\n");
        File.WriteAllText(_root["sys/class/pwm/pwmchip0/npwm"], "2\n");
        foreach (var device in (string[])["gpiochip0", "i2c-1", "i2c-20", "spidev0.0"]) File.WriteAllText(_root["dev/" + device], "");
        var parts = new Inventory(_root.Path, s => s.BusId == 1 ? new Chip(s) : throw new InvalidOperationException("bus 20 is not ours")).Look();
        Assert.Contains("does not answer", Assert.Single(parts[0].Found), StringComparison.Ordinal);
        Assert.Equal(["/dev/i2c-1 bcm2835 (i2c@7e804000): 0x20 0x48", "/dev/i2c-20  (not at the header: not scanned)"], parts[1].Found);
        Assert.Equal(["/dev/spidev0.0"], parts[2].Found);
        Assert.Equal(["28-0123"], parts[3].Found);
        Assert.Equal(["pwmchip0, 2 channels"], parts[4].Found);
        Assert.All(parts, p => Assert.Null(p.Remedy));
    }

    public void Dispose() => _root.Dispose();

    /// <summary>Somebody acknowledges at 0x20 and at 0x48.</summary>
    private sealed class Chip(I2cConnectionSettings settings) : I2cDevice
    {
        public override I2cConnectionSettings ConnectionSettings => settings;

        public override byte ReadByte() => settings.DeviceAddress is 0x20 or 0x48 ? (byte)0 : throw new IOException("Error 121 performing I2C data transfer.");

        public override void Read(Span<byte> buffer) => throw new NotSupportedException();

        public override void Write(ReadOnlySpan<byte> buffer) => throw new InvalidOperationException("a look changes nothing");

        public override void WriteByte(byte value) => throw new InvalidOperationException("a look changes nothing");

        public override void WriteRead(ReadOnlySpan<byte> writeBuffer, Span<byte> readBuffer) => throw new InvalidOperationException("a look changes nothing");
    }
}
