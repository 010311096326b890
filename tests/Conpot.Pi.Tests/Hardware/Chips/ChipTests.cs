using Conpot.Pi.Hardware.Chips;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>Every driver against a simulation of its chip that was written from the datasheet's tables.</summary>
public class ChipTests
{
    private readonly SimulatedMachine _machine = new();

    [Fact]
    public void Mcp23017_reads_one_port_and_writes_the_other()
    {
        var chip = new SimulatedMcp23017 { Levels = 0x0081 };
        _machine.I2c[(1, 0x20)] = chip;
        using var rig = new ChipRig(_machine, ("I1.0..I1.7", "mcp23017 0x20 A pull-up"), ("Q1.0..Q1.3", "mcp23017 0x20 B4 active-low"));
        rig.Set("QB1", 0b0101);
        rig.Run(0.1);
        Assert.Equal(0x81, (int)rig.Image.ReadByte(Area.I, 1));
        Assert.Equal((0x0FFF, 0x00FF, 0), (chip.IoDir, chip.GpPu, chip.IPol));
        Assert.Equal(0xA000, chip.Driven); // 0101, turned over
        chip.Levels = 0x0002;
        rig.Set("QB1", 0b1111);
        rig.Run(0.1);
        Assert.Equal(0x02, (int)rig.Image.ReadByte(Area.I, 1));
        Assert.Equal(0, chip.Driven);
    }

    [Fact]
    public void Mcp23017_turns_active_low_inputs_over_by_itself()
    {
        var chip = new SimulatedMcp23017 { Levels = 0xFFF7 };
        _machine.I2c[(1, 0x20)] = chip;
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A3 active-low"), ("I1.1", "mcp23017 0x20 B0"));
        rig.Run(0.05);
        Assert.Equal(0x0008, chip.IPol);
        Assert.True(rig.Bit("I1.0"));
        Assert.True(rig.Bit("I1.1"));
    }

    [Fact]
    public void Mcp23017_has_its_levels_before_its_directions()
    {
        var chip = new SimulatedMcp23017();
        _machine.I2c[(1, 0x20)] = chip;
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0 active-low"));
        rig.Run(0.05);
        Assert.Equal([0x05, 0x0A, 0x14, 0x02, 0x0C, 0x00], chip.Written.Select(transfer => (int)transfer[0]));
    }

    [Theory] // what another program may have left: BANK = 1, and on SPI its address pins in use
    [InlineData(0x80)]
    [InlineData(0x88)]
    public void An_expander_left_with_its_registers_in_another_order_is_put_right(byte control)
    {
        var (chip, chips) = (new SimulatedMcp23017 { Levels = 0x02 }, new SimulatedMcp23S17(3));
        (_machine.I2c[(1, 0x20)], _machine.Spi[(0, 0)]) = (chip, chips);
        chip.Cells[0x0A] = chip.Cells[0x0B] = control;
        chips.Cells[3][0x0A] = chips.Cells[3][0x0B] = control;
        chips.Levels[3] = 0x02;
        foreach (var place in (string[])["mcp23017 0x20", "mcp23s17 cs0 hw 3"])
        {
            using var rig = new ChipRig(_machine, ("I1.0..I1.7", $"{place} A"), ("Q1.7", $"{place} B7"));
            rig.Set("Q1.7", 1);
            rig.Run(0.05);
            Assert.Equal(0x02, (int)rig.Image.ReadByte(Area.I, 1));
        }
        Assert.Empty(_machine.Told);
        Assert.Equal((0x7FFF, 0x8000), (chip.IoDir, chip.Driven));
        Assert.Equal((0x7F, 0x80, 0x00), ((int)chips.Cells[3][0x01], (int)chips.Cells[3][0x15], (int)chips.Cells[3][0x05]));
    }

    [Fact]
    public void Mcp23008_has_one_port()
    {
        var chip = new RegisterChip();
        _machine.I2c[(1, 0x21)] = chip;
        using var rig = new ChipRig(_machine, ("Q2.0", "mcp23008 0x21 5"), ("I2.0", "mcp23008 0x21 0"));
        chip.Cells[0x09] = 0x01;
        rig.Set("Q2.0", 1);
        rig.Run(0.05);
        Assert.Equal(0xDF, chip.Cells[0x00]);
        Assert.Equal(0x20, chip.Cells[0x0A]);
        Assert.True(rig.Bit("I2.0"));
    }

    [Fact]
    public void Mcp23S17s_share_a_chip_select()
    {
        var chips = new SimulatedMcp23S17(0, 5);
        _machine.Spi[(0, 0)] = chips;
        using var rig = new ChipRig(_machine, ("I3.0..I3.7", "mcp23s17 cs0 hw 5 A"), ("I4.0..I4.7", "mcp23s17 cs0 A"), ("Q4.0", "mcp23s17 cs0 hw 5 B7"));
        (chips.Levels[0], chips.Levels[5]) = (0x11, 0x55);
        rig.Set("Q4.0", 1);
        rig.Run(0.1);
        Assert.Equal((0x55, 0x11), ((int)rig.Image.ReadByte(Area.I, 3), (int)rig.Image.ReadByte(Area.I, 4)));
        Assert.Equal((0x08, 0x08), ((int)chips.Cells[0][0x0A], (int)chips.Cells[5][0x0A]));
        Assert.Equal((0x80, 0x7F), ((int)chips.Cells[5][0x15], (int)chips.Cells[5][0x01]));
        Assert.Empty(_machine.Told);
    }

    [Fact]
    public void Mcp23S17_that_is_not_there_is_found_by_its_silence()
    {
        using var rig = new ChipRig(_machine, ("I3.0", "mcp23s17 cs0 A0"));
        rig.Run(1);
        var (device, problem) = Assert.Single(_machine.Told);
        Assert.Equal("mcp23s17 cs0 on SPI bus 0", device);
        Assert.Contains("check SCLK, MOSI, MISO", problem);
    }

    [Fact]
    public void Ads1115_converts_one_channel_after_the_other()
    {
        var chip = new SimulatedAds1115(_machine.Time);
        _machine.I2c[(1, 0x48)] = chip;
        using var rig = new ChipRig(_machine, ("AIW0..AIW2", "ads1115 0x48 ch0"), ("AIW4", "ads1115 0x48 ch2-ch3 range 0.256V bipolar every 1s"));
        (chip.Volts[0], chip.Volts[1], chip.Volts[2], chip.Volts[3]) = (3.3, 1.65, 1.0, 1.128);
        rig.Run(0.95);
        Assert.Equal((32000, 16000, -16000), (rig.Word("AIW0"), rig.Word("AIW2"), rig.Word("AIW4")));
        // OS, MUX, PGA, MODE, DR 100, COMP_QUE 11
        Assert.Equal([0xC383, 0xD383, 0xBB83], chip.Configs.Take(3).Select(config => (int)config));
        Assert.Single(chip.Configs, (ushort)0xBB83);
        Assert.InRange(chip.Configs.Count(config => config == 0xC383), 8, 10);
    }

    [Fact]
    public void Ads1015_has_twelve_bits_and_converts_in_a_millisecond()
    {
        var chip = new SimulatedAds1115(_machine.Time, twelveBits: true);
        _machine.I2c[(1, 0x48)] = chip;
        using var rig = new ChipRig(_machine, ("AIW0", "ads1015 0x48 ch1 range 2.048V"));
        chip.Volts[1] = 1.0245; // 16392 / 32768, of which twelve bits say 16384
        rig.Run(0.002);
        Assert.Equal(16000, rig.Word("AIW0"));
        Assert.Equal(2 + 1 + 2 + 2, chip.Transfers); // is it there, begin, is it done, what is it: no look too early
    }

    [Fact]
    public void Ads1115_that_never_ends_a_conversion_is_at_fault()
    {
        _machine.I2c[(1, 0x48)] = new SimulatedAds1115(_machine.Time) { Stuck = true };
        using var rig = new ChipRig(_machine, ("AIW0", "ads1115 0x48 ch0"));
        rig.Run(0.2);
        Assert.Contains("a conversion does not end", Assert.Single(_machine.Told).Problem);
    }

    [Fact]
    public void Mcp3008_measures_single_inputs_and_pairs()
    {
        var chip = new SimulatedMcp3008();
        _machine.Spi[(0, 1)] = chip;
        (chip.Volts[2], chip.Volts[3]) = (0.825, 2.475);
        using var rig = new ChipRig(_machine, ("AIW6", "mcp3008 cs1 ch3"), ("AIW8", "mcp3008 cs1 ch3-ch2"));
        rig.Run(0.2);
        Assert.Equal((24000, 16000), (rig.Word("AIW6"), rig.Word("AIW8")));
        Assert.Contains(chip.Sent, sent => sent is [0x01, 0xB0, 0x00]);
        Assert.Contains(chip.Sent, sent => sent is [0x01, 0x30, 0x00]);
        chip.Floating = true;
        rig.Run(0.2);
        Assert.Contains("null bit", Assert.Single(_machine.Told).Problem);
        Assert.Equal(24000, rig.Word("AIW6"));
    }

    [Theory] // DS22039, figure 6-1: fast mode, never the EEPROM
    [InlineData(0, 0x00, 0x00)]
    [InlineData(16000, 0x08, 0x00)]
    [InlineData(32000, 0x0F, 0xFF)]
    [InlineData(-5, 0x00, 0x00)]
    [InlineData(32767, 0x0F, 0xFF)]
    public void Mcp4725_takes_two_bytes(int value, int high, int low)
    {
        var chip = new RegisterChip();
        _machine.I2c[(1, 0x60)] = chip;
        using var rig = new ChipRig(_machine, ("AQW0", "mcp4725 0x60"));
        rig.Set("AQW0", unchecked((uint)value));
        rig.Run(1);
        Assert.Equal([high, low], Assert.Single(chip.Written).Select(b => (int)b));
    }

    [Fact]
    public void Pca9685_sets_its_prescaler_asleep_and_its_widths()
    {
        var chip = new SimulatedPca9685();
        _machine.I2c[(1, 0x40)] = chip;
        using var rig = new ChipRig(_machine, ("AQW2..AQW6", "pca9685 0x40 ch0 50Hz"));
        rig.Set("AQW2", 16000);
        rig.Set("AQW4", 32000);
        rig.Run(1);
        Assert.Equal((0x20, 0x04, 121), ((int)chip.Cells[0x00], (int)chip.Cells[0x01], (int)chip.Cells[0xFE])); // 7.3.5: 25 MHz / (4096 * 50 Hz) - 1
        Assert.Equal((2048, 4096, 0), (chip.Width(0), chip.Width(1), chip.Width(2)));
        chip.PowerUp();
        rig.Run(11);
        Assert.Equal((121, 2048), (chip.Cells[0xFE], chip.Width(0)));
    }

    [Fact]
    public void Bme280_gives_the_datasheets_example()
    {
        var chip = new SimulatedBme280();
        _machine.I2c[(1, 0x76)] = chip;
        using var rig = new ChipRig(_machine, ("AIW0", "bme280 0x76 temperature range 0..50C"), ("AIW2", "bme280 0x76 pressure"), ("AIW4", "bme280 0x76 humidity"));
        rig.Run(4.5);
        Assert.Equal((int)(25.08 / 50 * 32000) / 8, rig.Word("AIW0") / 8);
        Assert.Equal((int)((1006.53 - 300) / 800 * 32000) / 8, rig.Word("AIW2") / 8);
        Assert.InRange(rig.Word("AIW4"), 8, 31992);
        Assert.Equal(5, chip.Measurements);
    }

    [Fact]
    public void Bme280_compensates_as_in_the_datasheet()
    {
        var cells = new SimulatedBme280().Cells;
        var air = Bme280Calibration.Read(cells.AsSpan(0x88, 26), cells.AsSpan(0xE1, 7)).Compensate(415148, 519888, 0x6666);
        Assert.Equal(25.08, air.Temperature, 0.005); // BST-BMP280-DS001, 3.12
        Assert.Equal(1006.5327, air.Pressure, 0.0005);
        Assert.InRange(air.Humidity, 0.1, 99.9);
    }

    [Fact]
    public void A_bmp280_has_no_humidity()
    {
        var chip = new SimulatedBme280();
        chip.Cells[0xD0] = 0x58;
        _machine.I2c[(1, 0x76)] = chip;
        using var rig = new ChipRig(_machine, ("AIW4", "bme280 0x76 humidity"));
        rig.Run(1);
        Assert.Contains("this is a BMP280", Assert.Single(_machine.Told).Problem);
    }

    [Fact]
    public void Ds18b20_is_read_from_the_kernels_files()
    {
        using var root = new TempDirectory();
        var folder = Directory.CreateDirectory(Path.Combine(root.Path, "sys/bus/w1/devices/28-0123456789ab")).FullName;
        _machine.Root = root.Path;
        using var rig = new ChipRig(_machine, ("AIW4", "ds18b20 28-0123456789ab 0..50C"));
        File.WriteAllText(Path.Combine(folder, "temperature"), "25000\n");
        rig.Run(0.1);
        Assert.Equal(16000, rig.Word("AIW4"));
        var slave = Path.Combine(folder, "w1_slave");
        File.WriteAllText(slave, "e8 00 4b 46 7f ff 0c 10 7e : crc=7e YES\ne8 00 4b 46 7f ff 0c 10 7e t=12500\n");
        rig.Run(1);
        Assert.Equal(8000, rig.Word("AIW4"));
        File.WriteAllText(slave, "50 05 4b 46 7f ff 0c 10 1c : crc=1c YES\n50 05 4b 46 7f ff 0c 10 1c t=85000\n");
        rig.Run(1);
        Assert.Equal(8000, rig.Word("AIW4")); // once, it is the value of power-up
        File.WriteAllText(slave, "e8 00 4b 46 7f ff 0c 10 7f : crc=7e NO\ne8 00 4b 46 7f ff 0c 10 7f t=14500\n");
        rig.Run(1);
        Assert.Contains("the checksum of its answer is wrong", Assert.Single(_machine.Told).Problem);
        Assert.Equal(8000, rig.Word("AIW4"));
        Directory.Delete(folder, recursive: true);
        rig.Run(2);
        Assert.Single(_machine.Told);
    }

    [Fact]
    public void One_wire_that_is_not_enabled_is_told_with_its_remedy()
    {
        using var root = new TempDirectory();
        _machine.Root = root.Path;
        using var rig = new ChipRig(_machine, ("AIW4", "ds18b20 28-0123456789ab"), ("AIW6", "ds18b20 28-0123456789ac"));
        rig.Run(1);
        Assert.Equal(("1-Wire", "/sys/bus/w1 is not there; enable 1-Wire: dtoverlay=w1-gpio in config.txt, or raspi-config, and restart"), Assert.Single(_machine.Told));
    }
}
