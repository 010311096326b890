using Conpot.Pi.Plc.Signals;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class WaveformTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(15, 8000)]
    [InlineData(59.9999, 32000)]
    [InlineData(60, 0)]
    [InlineData(75, 8000)]
    public void A_ramp_rises_and_starts_again(double time, double value) => Assert.Equal(value, Waveform.Ramp(time, 0, 32000, 60), 0.1);

    [Theory]
    [InlineData(0, 16000)]
    [InlineData(15, 32000)]
    [InlineData(30, 16000)]
    [InlineData(45, 0)]
    [InlineData(3615, 32000)]
    public void A_sine_starts_in_the_middle_upwards(double time, double value) => Assert.Equal(value, Waveform.Sine(time, 0, 32000, 60), 0.1);

    [Theory]
    [InlineData(0, true)]
    [InlineData(5.99, true)]
    [InlineData(6, false)]
    [InlineData(19.99, false)]
    [InlineData(20, true)]
    public void A_square_is_on_first(double time, bool on) => Assert.Equal(on, Waveform.Square(time, 20, 0.3));

    [Fact]
    public void A_walk_stays_within_its_ends_and_moves_without_jumps() =>
        Gen.Select(Gen.ULong, Gen.Double[0, 1e8]).Sample((seed, time) =>
        {
            var now = Waveform.Walk(seed, time, 9000, 11000, 30);
            var soon = Waveform.Walk(seed, time + 0.1, 9000, 11000, 30);
            return now is >= 9000 and <= 11000 && Math.Abs(now - soon) < 10;
        });

    [Fact]
    public void A_walk_uses_its_range_and_is_the_same_for_the_same_seed_only()
    {
        double[] Line(ulong seed) => [.. Enumerable.Range(0, 500).Select(i => Waveform.Walk(seed, i * 30, 0, 1000, 30))];
        var one = Line(1);
        Assert.Equal(one, Line(1));
        Assert.NotEqual(one, Line(2));
        Assert.True(one.Min() < 200 && one.Max() > 800, $"{one.Min()}..{one.Max()}");
    }

    [Fact]
    public void Noise_is_small_and_centred()
    {
        var noise = Enumerable.Range(0, 10_000).Select(i => Waveform.Noise(7, i / 10.0)).ToArray();
        Assert.All(noise, value => Assert.InRange(value, -1, 1));
        Assert.InRange(noise.Average(), -0.02, 0.02);
    }

    [Fact]
    public void Sometimes_is_on_once_in_each_span_for_as_long_as_told()
    {
        for (var span = 0; span < 50; span++)
        {
            var on = Enumerable.Range(0, 3600).Where(s => Waveform.Sometimes(3, span * 3600 + s, 3600, 90)).ToArray();
            Assert.InRange(on.Length, 89, 91);
            Assert.Equal(on.Length - 1, on[^1] - on[0]);
        }
    }
}
