using Conpot.Pi.Plc.Signals;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class PlantTests
{
    [Fact]
    public void A_lag_reaches_63_percent_after_its_time_constant() => Assert.Equal(0.632, Plant.Lag(0, 1, 4, 4), 0.001);

    [Fact]
    public void Many_small_steps_of_a_lag_are_one_large_step() =>
        Gen.Select(Gen.Double[-32000, 32000], Gen.Double[-32000, 32000], Gen.Double[0.01, 100], Gen.Int[1, 200]).Sample((from, to, tau, steps) =>
        {
            var state = from;
            for (var i = 0; i < steps; i++)
                state = Plant.Lag(state, to, 3.0 / steps, tau);
            return Math.Abs(state - Plant.Lag(from, to, 3, tau)) < 1e-6;
        });

    [Theory]
    [InlineData(0.5, 18, true, false, 0.6)]
    [InlineData(0.5, 42, false, true, 0.4)]
    [InlineData(0.5, 1e6, true, false, 1)]
    [InlineData(0.5, 1e6, false, true, 0)]
    [InlineData(0.5, 42, true, true, 0.5 + 42.0 / 180 - 0.1)]
    [InlineData(0.5, 10, false, false, 0.5)]
    public void A_tank_fills_and_empties_and_holds_what_it_holds(double level, double step, bool filling, bool draining, double after) =>
        Assert.Equal(after, Plant.Tank(level, step, filling, 180, draining, 420), 1e-9);

    [Fact]
    public void A_follower_waits_and_forgets_what_was_too_short()
    {
        var (output, waited) = (false, 0.0);
        void Step(bool input, double step) => (output, waited) = Plant.Follow(output, waited, input, step, 1.5, 0.5);
        Step(true, 1);
        Step(false, 0.1);
        Step(true, 1);
        Assert.False(output);
        Step(true, 0.5);
        Assert.True(output);
        Step(false, 0.4);
        Assert.True(output);
        Step(false, 0.1);
        Assert.False(output);
    }

    [Theory]
    [InlineData(false, 99, false)]
    [InlineData(false, 100, true)]
    [InlineData(true, 91, true)]
    [InlineData(true, 89, false)]
    public void Above_has_a_hysteresis_downwards(bool before, double value, bool after) => Assert.Equal(after, Plant.Above(before, value, 100, 10));

    [Theory]
    [InlineData(false, 101, false)]
    [InlineData(false, 100, true)]
    [InlineData(true, 109, true)]
    [InlineData(true, 111, false)]
    public void Below_has_a_hysteresis_upwards(bool before, double value, bool after) => Assert.Equal(after, Plant.Below(before, value, 100, 10));

    [Fact]
    public void A_scale_maps_ends_to_ends()
    {
        Assert.Equal(1000, Plant.Scale(32000, 0, 32000, 0, 1000));
        Assert.Equal(10, Plant.Scale(0, 0, 32000, 10, 0));
        Assert.Equal(-5, Plant.Scale(-1, 0, 1, 0, 5));
    }
}
