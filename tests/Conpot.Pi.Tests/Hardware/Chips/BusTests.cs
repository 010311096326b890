using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware.Chips;

/// <summary>What a bus does when its chips do not do what they should.</summary>
public class BusTests
{
    private readonly SimulatedMachine _machine = new();
    private readonly SimulatedMcp23017 _first = new() { Levels = 1 };
    private readonly SimulatedMcp23017 _second = new() { Levels = 1 };

    public BusTests() => (_machine.I2c[(1, 0x20)], _machine.I2c[(1, 0x21)]) = (_first, _second);

    [Theory]
    [InlineData("", true)]
    [InlineData("on-fault hold", true)]
    [InlineData("on-fault zero", false)]
    public void A_chip_that_vanishes_is_told_once_and_comes_back_configured(string option, bool held)
    {
        using var rig = new ChipRig(_machine, ("I1.0", $"mcp23017 0x20 A0 {option}"), ("Q1.0", "mcp23017 0x20 B0"));
        rig.Set("Q1.0", 1);
        rig.Run(1);
        Assert.Empty(_machine.Told);
        _first.Gone = true;
        rig.Run(100);
        Assert.Equal(("mcp23017 0x20 on I2C bus 1", "no answer (not acknowledged); check SDA, SCL, supply and the address jumpers"), Assert.Single(_machine.Told));
        Assert.Equal(held, rig.Bit("I1.0"));
        // It comes back as after power-up, and an output has changed meanwhile.
        (_first.Gone, _first.Levels) = (false, 0);
        _first.PowerUp();
        rig.Set("Q1.0", 0);
        rig.Run(31);
        Assert.Equal([("mcp23017 0x20 on I2C bus 1", null)], _machine.Told.Skip(1));
        Assert.Equal((0xFEFF, 0), (_first.IoDir, _first.Driven));
        Assert.False(rig.Bit("I1.0"));
        _first.Levels = 1;
        rig.Run(0.1);
        Assert.True(rig.Bit("I1.0"));
    }

    [Fact]
    public void Retries_back_off_from_a_tenth_of_a_second_to_thirty()
    {
        _first.Gone = true;
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"));
        List<double> tries = [];
        for (var tick = 0; tick < 20_000; tick++)
        {
            var before = _first.Transfers;
            rig.Turn();
            if (_first.Transfers > before)
                tries.Add(tick * 0.01);
            _machine.Time.Advance(TimeSpan.FromMilliseconds(10));
        }
        var pauses = tries.Zip(tries.Skip(1), (a, b) => Math.Round(b - a, 3)).ToArray();
        Assert.Equal([0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30, 30, 30], pauses[..12]);
    }

    [Fact]
    public void A_chip_that_comes_and_goes_is_not_asked_ever_faster()
    {
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"));
        for (var i = 0; i < 60; i++)
        {
            _first.Gone = i % 2 == 0;
            rig.Run(1);
        }
        // Without the rule of ten steady seconds each of the thirty would begin at a tenth again and be told twice.
        Assert.InRange(_machine.Told.Count, 2, 16);
    }

    [Fact]
    public void A_vanished_chip_takes_nothing_from_its_neighbour()
    {
        _first.Gone = true;
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"), ("I1.1", "mcp23017 0x21 A0"));
        rig.Run(10);
        Assert.InRange(_second.Transfers, 2 * 480, 2 * 520 + 20);
        Assert.True(rig.Bit("I1.1"));
    }

    [Fact]
    public void A_chip_that_lost_power_unseen_is_configured_within_ten_seconds()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0"));
        rig.Set("Q1.0", 1);
        rig.Run(5);
        _first.PowerUp();
        Assert.Equal(0, _first.Driven);
        rig.Run(10);
        Assert.Equal(1, _first.Driven);
        Assert.Empty(_machine.Told);
    }

    [Fact]
    public void Outputs_are_written_when_they_change_and_not_before_the_first_scan()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0"));
        rig.Turn();
        Assert.Equal(0, _first.Transfers);
        rig.Run(9);
        var idle = _first.Transfers;
        rig.Run(0.5);
        Assert.Equal(idle, _first.Transfers);
        rig.Set("Q1.0", 1);
        rig.Scan();
        rig.Turn();
        Assert.Equal((idle + 1, 1), (_first.Transfers, _first.Driven));
    }

    [Fact]
    public void A_scan_is_wanted_only_when_a_reading_changed()
    {
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"));
        rig.Run(1);
        Assert.Equal(1, _machine.Wakes);
        _first.Levels = 0;
        rig.Run(1);
        Assert.Equal(2, _machine.Wakes);
    }

    [Fact]
    public void What_the_network_wrote_to_an_input_is_gone_with_the_next_scan()
    {
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"));
        rig.Run(1);
        rig.Set("I1.0", 0);
        rig.Scan();
        Assert.True(rig.Bit("I1.0"));
    }

    [Theory]
    [InlineData("Error 13. Can not open I2C device file '/dev/i2c-1'.", "no permission for /dev/i2c-1; let the sensor's user join the group i2c")]
    [InlineData("Error 2. Can not open I2C device file '/dev/i2c-1'.", "/dev/i2c-1 is not there; enable I2C: dtparam=i2c_arm=on in config.txt and i2c-dev in /etc/modules-load.d/i2c.conf, or raspi-config, and restart")]
    public void A_bus_that_cannot_be_opened_is_told_once_for_all_its_chips(string error, string expected)
    {
        _machine.Refusal = new IOException(error);
        using var rig = new ChipRig(_machine, ("I1.0", "mcp23017 0x20 A0"), ("I1.1", "mcp23017 0x21 A0"));
        rig.Run(20);
        Assert.Equal(("I2C bus 1", expected), Assert.Single(_machine.Told));
        _machine.Refusal = null;
        rig.Run(30);
        Assert.Equal([("I2C bus 1", null)], _machine.Told.Skip(1));
        Assert.True(rig.Bit("I1.1"));
    }

    [Fact]
    public void Spi_that_cannot_be_opened_is_told_for_its_chip_select()
    {
        _machine.Spi[(0, 0)] = new SimulatedMcp3008();
        _machine.Spi[(0, 1)] = new Closed();
        using var rig = new ChipRig(_machine, ("AIW0", "mcp3008 cs0 ch0"), ("AIW2", "mcp3008 cs1 ch0"));
        rig.Run(20);
        Assert.Equal(("mcp3008 cs1 on SPI bus 0", "/dev/spidev0.* is not there; enable SPI: dtparam=spi=on in config.txt, or raspi-config, and restart"), Assert.Single(_machine.Told));
    }

    [Fact]
    public void Safe_states_go_out_at_once_and_last()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0"), ("Q1.1", "mcp23017 0x20 A1 safe on"), ("Q1.2", "mcp23017 0x20 A2 safe hold"), ("Q1.3", "mcp23017 0x20 A3 active-low safe off"));
        rig.Set("QB1", 0b1101);
        rig.Run(1);
        Assert.Equal(0b0101, _first.Driven);
        rig.MakeSafe();
        rig.Turn();
        Assert.Equal(0b1110, _first.Driven);
        rig.Set("QB1", 0);
        rig.Run(1);
        Assert.Equal(0b1110, _first.Driven);
    }

    [Fact]
    public void In_STOP_outputs_have_their_safe_states_and_what_names_none_shows_the_image()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0"), ("Q1.1", "mcp23017 0x20 A1 safe on"), ("Q1.2", "mcp23017 0x20 A2 safe hold"), ("Q1.3", "mcp23017 0x20 A3 active-low safe off"));
        rig.Set("QB1", 0b1101);
        rig.Run(1);
        Assert.Equal(0b0101, _first.Driven);
        rig.Mode = OperatingMode.Stop;
        rig.Run(1);
        Assert.Equal(0b1111, _first.Driven);
        rig.Set("QB1", 0); // as stop_outputs = "off" has it, or somebody who writes
        rig.Run(1);
        Assert.Equal(0b1110, _first.Driven);
        rig.Mode = OperatingMode.Run;
        rig.Run(1);
        Assert.Equal(0b1000, _first.Driven);
    }

    [Fact]
    public void Safe_states_reach_a_chip_that_waits_for_its_next_try()
    {
        using var rig = new ChipRig(_machine, ("Q1.0", "mcp23017 0x20 A0"));
        rig.Set("Q1.0", 1);
        rig.Run(1);
        _first.Gone = true;
        rig.Set("Q1.0", 0);
        rig.Run(100);
        _first.Gone = false;
        Assert.Equal(1, _first.Driven);
        rig.MakeSafe();
        rig.Turn();
        Assert.Equal(0, _first.Driven);
    }

    /// <summary>A chip select that config.txt did not enable.</summary>
    private sealed class Closed : SimulatedChip
    {
        public override void Exchange(ReadOnlySpan<byte> send, Span<byte> receive) => throw new IOException("Error 2. Can not open SPI device file '/dev/spidev0.1'.");

        protected override void Receive(ReadOnlySpan<byte> bytes) => throw new NotSupportedException();

        protected override void Answer(Span<byte> bytes) => throw new NotSupportedException();
    }
}
