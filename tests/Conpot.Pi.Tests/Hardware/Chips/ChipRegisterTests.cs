using Conpot.Pi.Hardware.Chips;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>The tables of the datasheets: where a register is, and what the bits in it mean.</summary>
public class ChipRegisterTests
{
    private readonly SimulatedMachine _machine = new();

    [Theory] // DS20001952, table 3-1 (BANK = 0); DS20001919, table 1-2
    [InlineData(Mcp23x.IoDir, 0x00, 0x00)]
    [InlineData(Mcp23x.IPol, 0x01, 0x02)]
    [InlineData(Mcp23x.IoCon, 0x05, 0x0A)]
    [InlineData(Mcp23x.GpPu, 0x06, 0x0C)]
    [InlineData(Mcp23x.Gpio, 0x09, 0x12)]
    [InlineData(Mcp23x.OLat, 0x0A, 0x14)]
    public void The_registers_of_an_expander(byte register, byte ofMcp23008, byte ofMcp23017)
    {
        Assert.Equal(ofMcp23008, register);
        Assert.Equal(ofMcp23017, register * 2);
    }

    [Theory] // SBAS444, table 8: OS 1, MUX, PGA, MODE 1, DR 100, no comparator
    [InlineData("ch0-ch1 bipolar", 0b1_000_001_1_100_00011)]
    [InlineData("ch0-ch3 bipolar", 0b1_001_001_1_100_00011)]
    [InlineData("ch1-ch3 bipolar", 0b1_010_001_1_100_00011)]
    [InlineData("ch2-ch3 bipolar", 0b1_011_001_1_100_00011)]
    [InlineData("ch0", 0b1_100_001_1_100_00011)]
    [InlineData("ch1 range 6.144V", 0b1_101_000_1_100_00011)]
    [InlineData("ch2 range 2.048V", 0b1_110_010_1_100_00011)]
    [InlineData("ch3 range 1.024V", 0b1_111_011_1_100_00011)]
    [InlineData("ch0 range 0.512V", 0b1_100_100_1_100_00011)]
    [InlineData("ch0 range 0.256V", 0b1_100_101_1_100_00011)]
    public void The_config_register_of_an_ads(string line, int config)
    {
        foreach (var kind in (string[])["ads1115", "ads1015"])
        {
            var chip = new SimulatedAds1115(_machine.Time);
            _machine.I2c[(1, 0x49)] = chip;
            using var rig = new ChipRig(_machine, ("AIW0", $"{kind} 0x49 {line}"));
            rig.Run(0.05);
            Assert.Equal(config, (int)Assert.Single(chip.Configs));
        }
    }

    [Theory] // DS21295, table 5-2: SGL/DIFF, D2, D1, D0
    [InlineData("ch0", 0b1000)]
    [InlineData("ch7", 0b1111)]
    [InlineData("ch0-ch1", 0b0000)]
    [InlineData("ch1-ch0", 0b0001)]
    [InlineData("ch4-ch5", 0b0100)]
    [InlineData("ch7-ch6", 0b0111)]
    public void The_control_bits_of_an_mcp3008(string channel, int bits)
    {
        var chip = new SimulatedMcp3008();
        _machine.Spi[(0, 0)] = chip;
        using var rig = new ChipRig(_machine, ("AIW0", $"mcp3008 cs0 {channel}"));
        rig.Run(0.05);
        Assert.All(chip.Sent, sent => Assert.Equal([0x01, bits << 4, 0x00], sent.Select(b => (int)b)));
    }

    [Theory] // Rev. 4, table 4: LEDn_ON_L; 7.3.5: 200 Hz are 0x1E, and the ends of the scale
    [InlineData("ch0 200Hz", 0x06, 0x1E)]
    [InlineData("ch1 24Hz", 0x0A, 0xFD)]
    [InlineData("ch15 1526Hz", 0x42, 0x03)]
    public void The_registers_of_a_pca9685(string line, int register, int preScale)
    {
        var chip = new SimulatedPca9685();
        _machine.I2c[(1, 0x41)] = chip;
        using var rig = new ChipRig(_machine, ("AQW0", $"pca9685 0x41 {line}"));
        rig.Run(0.05);
        Assert.Equal(preScale, chip.Cells[0xFE]);
        Assert.Equal([register, 0, 0, 0, 0x10], chip.Written[^1].Select(b => (int)b));
        rig.Set("AQW0", 24000);
        rig.Run(0.05);
        Assert.Equal([register, 0, 0, 0x00, 0x0C], chip.Written[^1].Select(b => (int)b)); // off at 3072 of 4096
    }
}
