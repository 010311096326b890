using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>Words to pulse width, over a directory that looks like the kernel's.</summary>
public sealed class PwmLinesTests : IDisposable
{
    private readonly TempDirectory _root = new();

    [Theory]
    [InlineData(0, 0, 1_000_000)]
    [InlineData(8000, 250_000, 750_000)]
    [InlineData(32000, 1_000_000, 0)]
    [InlineData(32767, 1_000_000, 0)]
    [InlineData(-5, 0, 1_000_000)]
    public void A_value_is_a_share_of_the_period(int value, long high, long activeLow)
    {
        Assert.True(PwmText.TryParse("pwm 18 1kHz", out var line, out _));
        Assert.Equal(high, line!.HighNanoseconds(value));
        Assert.Equal(activeLow, (line with { ActiveLow = true }).HighNanoseconds(value));
    }

    [Theory]
    [InlineData("brcm,bcm2835-pwm", 18, 0)]
    [InlineData("brcm,bcm2835-pwm", 13, 1)]
    [InlineData("raspberrypi,rp1-pwm", 18, 2)]
    [InlineData("raspberrypi,rp1-pwm", 13, 1)]
    public void The_channel_of_a_pin_depends_on_the_processor(string compatible, int pin, int channel)
    {
        Chip(0, "another,chip", 0);
        Chip(1, compatible, channel);
        using var rig = Rig($"pwm {pin} 1kHz");
        Assert.Empty(rig.Told);
        Assert.Equal("1000000", Text(1, channel, "period"));
        Assert.Equal("0", Text(1, channel, "duty_cycle"));
        Assert.Equal("1", Text(1, channel, "enable"));
        rig.Cpu.Image.Write(AddressTests.At("AQW0"), 16000);
        rig.Cpu.Scan();
        Assert.Equal("500000", Text(1, channel, "duty_cycle"));
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData(" safe 32000", 1_000_000)]
    [InlineData(" safe hold", 250_000)]
    public void In_STOP_and_at_the_end_the_safe_value_stands(string safe, long expected)
    {
        Chip(3, "x", 5);
        using var rig = Rig("pwm 18 1kHz chip 3 channel 5" + safe);
        rig.Cpu.Image.Write(AddressTests.At("AQW0"), 8000);
        rig.Cpu.Scan();
        rig.Cpu.Stop(ModeReason.Network);
        Assert.Equal(expected, long.Parse(Text(3, 5, "duty_cycle"), System.Globalization.CultureInfo.InvariantCulture));
        rig.Cpu.Start(ModeReason.Network);
        rig.Cpu.Image.Write(AddressTests.At("AQW0"), 8000);
        rig.Cpu.Scan();
        rig.MakeSafe();
        Assert.Equal(expected, long.Parse(Text(3, 5, "duty_cycle"), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public void A_missing_overlay_is_told_once_by_name_and_found_when_it_comes()
    {
        using var rig = Rig("pwm 18 1kHz");
        rig.Cpu.Image.Write(AddressTests.At("AQW0"), 32000);
        rig.Cpu.Scan();
        rig.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.Contains("write dtoverlay=pwm,pin=18,func=2 into /boot/firmware/config.txt and restart", Assert.Single(rig.Told).Problem, StringComparison.Ordinal);
        Chip(0, "brcm,bcm2835-pwm", 0);
        rig.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal(("pwm 18", null), rig.Told[^1]);
        Assert.Equal("1000000", Text(0, 0, "duty_cycle"));
    }

    public void Dispose() => _root.Dispose();

    private HeaderRig Rig(string line) => new HeaderRig(("AQW0", line)) { Root = _root.Path }.PowerUp();

    private void Chip(int number, string compatible, int channel)
    {
        Directory.CreateDirectory(_root[$"sys/class/pwm/pwmchip{number}/device/of_node"]);
        File.WriteAllText(_root[$"sys/class/pwm/pwmchip{number}/device/of_node/compatible"], compatible + "\0");
        Directory.CreateDirectory(_root[$"sys/class/pwm/pwmchip{number}/pwm{channel}"]);
    }

    /// <summary>A file of sysfs ends with each write; this one keeps the tail of a longer text before.</summary>
    private string Text(int chip, int channel, string file) => File.ReadAllText(_root[$"sys/class/pwm/pwmchip{chip}/pwm{channel}/{file}"]).Split('\n')[0];
}
