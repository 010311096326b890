using System.Device.Gpio;
using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>Pins and image: polarity, bias, safe states, and chips that come and go.</summary>
public class GpioLinesTests
{
    [Fact]
    public void An_input_is_in_the_image_after_the_scan_and_belongs_to_its_pin()
    {
        using var rig = new HeaderRig(("I0.0", "gpio 17 pull-up active-low debounce 5ms"), ("I0.1", "gpio 22")).PowerUp();
        Assert.Equal(new LineOptions(PinMode.InputPullUp, ActiveLow: true, TimeSpan.FromMilliseconds(5), Edges: true), rig.Chip.Requested[17]);
        Assert.Equal(new LineOptions(PinMode.Input, Edges: true), rig.Chip.Requested[22]);
        Assert.False(rig["I0.0"]);
        rig.Chip.Pull(17, high: false); // the button closes to ground
        rig.Chip.Pull(22, high: true);
        rig.Cpu.Scan();
        Assert.True(rig["I0.0"]);
        Assert.True(rig["I0.1"]);
        rig["I0.0"] = false; // somebody on the network
        rig.Cpu.Scan();
        Assert.True(rig["I0.0"]);
    }

    [Fact]
    public void An_output_shows_what_the_image_holds_and_is_written_when_it_changes()
    {
        using var rig = new HeaderRig(("Q0.0", "gpio 27"), ("Q0.1", "gpio 22 active-low")).PowerUp();
        Assert.False(rig.Chip.Level(27));
        Assert.True(rig.Chip.Level(22));
        rig["Q0.0"] = rig["Q0.1"] = true;
        rig.Cpu.Scan();
        rig.Cpu.Scan();
        Assert.True(rig.Chip.Level(27));
        Assert.False(rig.Chip.Level(22));
        Assert.Equal(2, rig.Chip.Writes);
    }

    [Theory]
    [InlineData("gpio 27", StopOutputs.Off, false, false)]
    [InlineData("gpio 27", StopOutputs.Hold, true, false)]
    [InlineData("gpio 27 safe off", StopOutputs.Hold, false, false)]
    [InlineData("gpio 27 safe on", StopOutputs.Off, true, true)]
    [InlineData("gpio 27 safe hold", StopOutputs.Off, true, true)]
    internal void Stop_and_the_end_leave_an_output_that_was_on_as_its_line_says(string line, StopOutputs stop, bool inStop, bool atTheEnd)
    {
        using var rig = new HeaderRig(("Q0.0", line)) { Stop = stop }.PowerUp();
        rig["Q0.0"] = true;
        rig.Cpu.Scan();
        rig.Cpu.Stop(ModeReason.Network);
        Assert.Equal(inStop, rig.Chip.Level(27));
        rig.MakeSafe();
        Assert.Equal(atTheEnd, rig.Chip.Level(27));
    }

    [Fact]
    public void An_output_that_somebody_tries_is_shown_in_STOP_too_and_the_others_stay_safe()
    {
        using var rig = new HeaderRig(("Q0.0", "gpio 27 safe off"), ("Q0.1", "gpio 22 safe on")).PowerUp();
        rig.Cpu.Stop(ModeReason.Network);
        rig.Cpu.Force(AddressTests.At("Q0.0"), true);
        Assert.True(rig.Chip.Level(27));
        Assert.True(rig.Chip.Level(22));
        rig.Cpu.Force(AddressTests.At("Q0.0"), null);
        Assert.False(rig.Chip.Level(27));
    }

    [Fact]
    public void Edges_wake_the_scan_once_for_many_and_the_board_looks_away()
    {
        using var rig = new HeaderRig(("I0.0", "gpio 17")).PowerUp();
        for (var edge = 0; edge < 1001; edge++) rig.Chip.Pull(17, edge % 2 == 0);
        Assert.Equal(LineBoard.LookAway, rig.Board.Turn());
        Assert.Equal(1, rig.Wakes);
        rig.Chip.Interrupt();
        Assert.Equal(TimeSpan.Zero, rig.Board.Turn());
        Assert.Equal(1, rig.Wakes);
        rig.Cpu.Scan();
        Assert.True(rig["I0.0"]); // the last state counts
    }

    [Fact]
    public void A_chip_that_is_not_there_is_told_once_and_tried_again_ever_more_rarely()
    {
        using var rig = new HeaderRig(("Q0.0", "gpio 27")) { OpenFails = "no chip" }.PowerUp();
        rig["Q0.0"] = true;
        rig.Cpu.Scan();
        double[] expected = [1, 2, 4, 8, 16, 32, 60, 60];
        foreach (var seconds in expected)
        {
            Assert.Equal(TimeSpan.FromSeconds(seconds), rig.Board.Turn());
            rig.Time.Advance(TimeSpan.FromSeconds(seconds));
            rig.Board.TakeLines();
        }
        Assert.Equal([("gpio", "no chip")], rig.Told);
        rig.OpenFails = null;
        rig.Time.Advance(LineBoard.LongestRetry);
        Assert.True(rig.Board.TakeLines());
        Assert.Equal([("gpio", "no chip"), ("gpio", null)], rig.Told);
        Assert.True(rig.Chip.Level(27)); // what was wanted meanwhile
    }

    /// <summary>A kernel that is just removing the chip may hold up whoever gives its lines back: seen once in four runs with gpio-sim.</summary>
    [Fact]
    public void A_chip_that_is_slow_to_give_back_does_not_hold_up_the_scan()
    {
        using var rig = new HeaderRig(("I0.0", "gpio 17"), ("Q0.0", "gpio 27")).PowerUp();
        rig.Chip.Pull(17, high: true);
        rig.Cpu.Scan();
        var scanned = false;
        rig.Chip.Closing = () =>
        {
            var scan = new Thread(() =>
            {
                rig["Q0.0"] = true;
                rig.Cpu.Scan();
            });
            scan.Start();
            scanned = scan.Join(TimeSpan.FromSeconds(10));
        };
        rig.Chip.Gone = "no such device";
        rig.Cpu.Scan();
        rig.Board.Turn();
        Assert.True(scanned);
        Assert.True(rig["I0.0"]);
    }

    [Fact]
    public void A_chip_that_vanishes_holds_its_inputs_and_never_stalls_or_throws_into_the_scan()
    {
        using var rig = new HeaderRig(("I0.0", "gpio 17"), ("Q0.0", "gpio 27")).PowerUp();
        var first = rig.Chip;
        first.Pull(17, high: true);
        rig.Cpu.Scan();
        first.Gone = "cable out";
        rig["Q0.0"] = true;
        rig.Cpu.Scan();
        Assert.True(rig["I0.0"]);
        Assert.Equal(LineBoard.FirstRetry, rig.Board.Turn());
        Assert.True(first.Closed);
        Assert.Equal([("gpio", "cable out")], rig.Told);
        rig.Chip.Gone = null;
        rig.Time.Advance(LineBoard.FirstRetry);
        Assert.True(rig.Board.TakeLines());
        rig.Cpu.Scan();
        Assert.NotSame(first, rig.Chip);
        Assert.False(rig["I0.0"]); // the new level
        Assert.True(rig.Chip.Level(27));
        Assert.Equal(("gpio", null), rig.Told[^1]);
    }

    [Fact]
    public void A_pin_that_somebody_else_has_costs_the_others_nothing()
    {
        using var rig = new HeaderRig(("I0.0", "gpio 17"), ("Q0.0", "gpio 27"));
        rig.Taken = 17;
        rig.PowerUp();
        rig["Q0.0"] = true;
        rig.Cpu.Scan();
        Assert.True(rig.Chip.Level(27));
        Assert.False(rig["I0.0"]);
        var (_, problem) = Assert.Single(rig.Told);
        Assert.Equal("I0.0: in use", problem);
        rig.Chip.Taken.Clear();
        rig.Time.Advance(LineBoard.FirstRetry);
        Assert.True(rig.Board.TakeLines());
        Assert.Null(rig.Told[^1].Problem);
    }

    [Fact]
    public void A_controller_of_the_class_library_works_with_the_same_driver()
    {
        var chip = new FakeLines();
        using var controller = new GpioController(chip);
        controller.OpenPin(17, PinMode.InputPullUp);
        controller.OpenPin(27, PinMode.Output, PinValue.High);
        Assert.Equal(PinValue.High, controller.Read(17));
        Assert.True(chip.Level(27));
        controller.Write(27, PinValue.Low);
        Assert.False(chip.Level(27));
        chip.Pull(17, high: false);
        Assert.Equal(PinEventTypes.Falling, controller.WaitForEvent(17, PinEventTypes.Falling, TimeSpan.FromSeconds(10)).EventTypes);
        controller.ClosePin(17);
        Assert.Equal([27], chip.Requested.Keys);
    }
}
