using Conpot.Pi.Plc.Signals;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class SignalTests
{
    [Fact]
    public void Analog_inputs_move_in_steps_of_eight_within_32000()
    {
        var bench = On(("AIW0", "sine -32000..32000 period 10s noise 32000"), ("AIW2", "constant 17"), ("VW0", "constant 17"));
        for (var i = 0; i < 200; i++)
        {
            bench.After(0.1);
            Assert.Equal(0, bench.Word("AIW0") % 8);
            Assert.InRange(bench.Word("AIW0"), -32000, 32000);
        }
        Assert.Equal((16, 17), (bench.Word("AIW2"), bench.Word("VW0")));
    }

    [Fact]
    public void A_signal_owns_its_address()
    {
        var bench = On(("Q0.0", "off"), ("AIW0", "constant 800"));
        bench.Set("Q0.0", 1);
        bench.Set("AIW0", 5);
        bench.After(0.010);
        Assert.False(bench.Bit("Q0.0"));
        Assert.Equal(800, bench.Word("AIW0"));
    }

    [Fact]
    public void Two_point_leaves_the_coil_alone_between_its_thresholds()
    {
        var bench = On(("Q0.0", "two-point VW0 on-below VW10 off-above 800"));
        bench.Set("VW10", 200);
        (int Level, bool Write, bool After)[] steps =
        [
            (500, true, true), (500, false, false), // between: the network's word stands
            (199, false, true), (500, false, false), (801, true, false), (800, true, true), (200, true, true),
        ];
        foreach (var (level, write, after) in steps)
        {
            bench.Set("VW0", (uint)level);
            bench.Set("Q0.0", write ? 1u : 0);
            bench.After(0.010);
            Assert.Equal(after, bench.Bit("Q0.0"));
        }
        bench.Set("VW0", 500);
        bench.Set("VW10", 600); // A setpoint from the network takes effect.
        bench.After(0.010);
        Assert.True(bench.Bit("Q0.0"));
        bench.Set("VW0", 900);
        bench.Set("VW10", 1000); // Both thresholds want something: off wins.
        bench.After(0.010);
        Assert.False(bench.Bit("Q0.0"));
    }

    [Fact]
    public void Two_point_works_the_other_way_round()
    {
        var bench = On(("Q0.0", "two-point VW0 on-above 800 off-below 200"));
        (uint Level, bool After)[] steps = [(500, false), (801, true), (500, true), (199, false)];
        foreach (var (level, after) in steps)
        {
            bench.Set("VW0", level);
            bench.After(0.010);
            Assert.Equal(after, bench.Bit("Q0.0"));
        }
    }

    [Fact]
    public void A_schedule_acts_at_its_times_only()
    {
        var bench = On(("Q0.1", "schedule period 10s duty 50%"));
        Assert.True(bench.Bit("Q0.1"));
        bench.Set("Q0.1", 0);
        bench.After(3);
        Assert.False(bench.Bit("Q0.1"));
        bench.After(2.5);
        bench.Set("Q0.1", 1);
        bench.After(2);
        Assert.True(bench.Bit("Q0.1"));
        bench.Set("Q0.1", 0);
        bench.After(3);
        Assert.True(bench.Bit("Q0.1"));
    }

    [Fact]
    public void Counters_add_to_what_stands_there()
    {
        var bench = On(("VW20", "count I0.0"), ("VW22", "runtime I0.0 per 10s"), ("I0.0", "square period 4s"));
        bench.Set("VW20", 65534);
        bench.Set("VW22", 100);
        for (var i = 0; i < 120; i++)
            bench.After(1);
        Assert.Equal(28, bench.Word("VW20")); // 30 edges in 120 s, past 65535
        Assert.InRange(bench.Word("VW22"), 105, 107);
    }

    [Fact]
    public void Contacts_are_or_and_and()
    {
        var bench = On(("Q0.0", "any I0.0 I0.1"), ("Q0.1", "all I0.0 I0.1"));
        for (var i = 0u; i < 4; i++)
        {
            bench.Set("I0.0", i & 1);
            bench.Set("I0.1", i >> 1);
            bench.After(0.010);
            Assert.Equal((i != 0, i == 3), (bench.Bit("Q0.0"), bench.Bit("Q0.1")));
        }
    }

    [Fact]
    public void Words_are_signed_where_they_are_read()
    {
        var bench = On(("VW0", "scale AIW0 -32000..32000 to -100..100"), ("Q0.0", "below AIW0 -5"), ("AIW0", "constant -16000"));
        bench.After(0.010);
        Assert.Equal(-50, bench.Word("VW0"));
        Assert.True(bench.Bit("Q0.0"));
    }

    [Theory]
    [InlineData("VB0", 300, 255u)]
    [InlineData("VB0", -3, 0u)]
    [InlineData("VW0", -1, 0xFFFFFFFFu)]
    [InlineData("VW0", 70000, 65535u)]
    [InlineData("VD0", 1e12, uint.MaxValue)]
    [InlineData("AIW0", -32768, 0xFFFF8300u)]
    [InlineData("AIW0", 7.6, 8u)]
    public void Numbers_are_cut_to_what_the_address_holds(string target, double value, uint encoded) =>
        Assert.Equal(encoded, ValueSignal.Encode(AddressTests.At(target), value));

    private static Bench On(params (string, string)[] lines)
    {
        var bench = new Bench(lines);
        bench.Cpu.PowerUp();
        return bench;
    }
}
