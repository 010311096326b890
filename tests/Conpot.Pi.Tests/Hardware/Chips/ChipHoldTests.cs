using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>Outputs with "safe hold" that nobody has put out yet: the sensor starts in STOP, or ends before its first scan in RUN.</summary>
public class ChipHoldTests
{
    private readonly SimulatedMachine _machine = new();
    private readonly SimulatedMcp23017 _expander = new();

    public ChipHoldTests() => _machine.I2c[(1, 0x20)] = _expander;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_holds_stays_as_the_chip_has_it_until_a_scan_in_RUN_puts_it_out(bool ends)
    {
        // As another run of the sensor left it: A0 to A3 are outputs, A0 and A2 on.
        (_expander.Cells[0x00], _expander.Cells[0x14]) = (0xF0, 0b0101);
        using var rig = new ChipRig(_machine, ("Q1.0..Q1.1", "mcp23017 0x20 A0 safe hold"), ("Q1.2", "mcp23017 0x20 A2 active-low safe hold"), ("Q1.3", "mcp23017 0x20 A3 safe on"), ("I1.0", "mcp23017 0x20 B0"));
        rig.Mode = OperatingMode.Stop;
        rig.Set("QB1", 0b1010);
        rig.Run(11);
        Assert.Equal(0b1101, _expander.Driven);
        if (ends)
        {
            rig.MakeSafe();
            rig.Turn();
            Assert.Equal(0b1101, _expander.Driven);
            return;
        }
        rig.Mode = OperatingMode.Run;
        rig.Run(1);
        Assert.Equal(0b1110, _expander.Driven);
        rig.Mode = OperatingMode.Stop;
        rig.Set("QB1", 0);
        _expander.PowerUp();
        rig.Run(11);
        Assert.Equal(0b1110, _expander.Driven);
    }

    [Fact]
    public void A_pin_that_holds_and_drives_nothing_does_not_begin_to_before_it_is_put_out()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0 active-low safe hold"), ("Q1.1", "mcp23017 0x20 A1"));
        rig.Mode = OperatingMode.Stop;
        rig.Run(11);
        Assert.Equal(0xFFFD, _expander.IoDir);
        rig.Mode = OperatingMode.Run;
        rig.Run(1);
        Assert.Equal((0xFFFC, 1), (_expander.IoDir, _expander.Driven));
        Assert.Empty(_machine.Told);
    }

    [Fact]
    public void An_end_before_the_expander_scan_leaves_what_holds_alone()
    {
        (_expander.Cells[0x00], _expander.Cells[0x14]) = (0xFC, 0b01);
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0 safe hold"), ("Q1.1", "mcp23017 0x20 A1 safe on"));
        rig.MakeSafe();
        rig.Turn();
        Assert.Equal(0b11, _expander.Driven);
    }

    [Theory] // as it was left, and with a frequency that wants the chip asleep
    [InlineData(0x00, 5)]
    [InlineData(0x00, 121)]
    [InlineData(0x10, 5)]
    public void A_pwm_channel_that_holds_stays_as_the_chip_has_it(int mode, int preScale)
    {
        var chip = new SimulatedPca9685();
        _machine.I2c[(1, 0x40)] = chip;
        (chip.Cells[0x00], chip.Cells[0xFE], chip.Cells[0x08], chip.Cells[0x09]) = ((byte)(0x20 | mode), (byte)preScale, 0x00, 0x08);
        using var rig = new ChipRig(_machine, ("AQW2", "pca9685 0x40 ch0 safe hold"), ("AQW4", "pca9685 0x40 ch1 safe 32000"));
        rig.Mode = OperatingMode.Stop;
        rig.Run(11);
        Assert.Equal((2048, 4096), (chip.Width(0), chip.Width(1)));
        // A channel that slept goes on when its registers are written.
        Assert.Equal(mode != 0 || preScale != 5, chip.Written.Any(transfer => transfer is [0x06, 0x00, 0x00, 0x00, 0x08]));
        rig.MakeSafe();
        rig.Turn();
        Assert.Equal((2048, 4096), (chip.Width(0), chip.Width(1)));
    }

    [Fact]
    public void A_voltage_that_holds_is_not_written_and_its_chip_is_missed_all_the_same()
    {
        var chip = new RegisterChip();
        _machine.I2c[(1, 0x60)] = chip;
        using var rig = new ChipRig(_machine, ("AQW0", "mcp4725 0x60 safe hold"));
        rig.Mode = OperatingMode.Stop;
        rig.Set("AQW0", 16000);
        rig.Run(1);
        chip.Gone = true;
        rig.Run(11);
        Assert.Contains("not acknowledged", Assert.Single(_machine.Told).Problem);
        chip.Gone = false;
        rig.MakeSafe();
        rig.Turn();
        Assert.Empty(chip.Written);
        Assert.Null(_machine.Told[^1].Problem);
    }
}
