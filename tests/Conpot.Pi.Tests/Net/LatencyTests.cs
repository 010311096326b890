using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Net;

public class LatencyTests
{
    [Fact]
    public void Its_spread_is_that_of_the_captured_device()
    {
        var random = DeviceSeed.From("latency test").Stream("latency modbus");
        var latency = new Latency(TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6), () => random.NextDouble());
        var sorted = Enumerable.Range(0, 20_000).Select(_ => latency.Next().TotalMilliseconds).Order().ToList();
        Assert.False(latency.IsZero);
        Assert.InRange(sorted[0], 3, 3.5);
        Assert.InRange(sorted[^1], 4.9, 6);
        Assert.Equal(3.94, sorted[2_000], 0.03); // WIRE 3.6
        Assert.Equal(4.10, sorted[10_000], 0.03);
        Assert.Equal(4.41, sorted[18_000], 0.03);
        Assert.True(sorted.Distinct().Count() > 3000, "no device answers to a grid");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    [InlineData(0.99)]
    [InlineData(0.999999999999)]
    public void It_stays_in_its_range(double uniform)
    {
        var next = new Latency(TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20), () => uniform).Next();
        Assert.InRange(next, TimeSpan.FromMilliseconds(10), TimeSpan.FromMilliseconds(20));
    }

    [Fact]
    public void Zero_is_no_waiting_and_a_range_without_width_is_constant()
    {
        Assert.True(new Latency(TimeSpan.Zero, TimeSpan.Zero, Never).IsZero);
        var constant = new Latency(TimeSpan.FromMilliseconds(5), TimeSpan.FromMilliseconds(5), Never);
        Assert.False(constant.IsZero);
        Assert.Equal(TimeSpan.FromMilliseconds(5), constant.Next());
        Assert.False(new Latency(TimeSpan.Zero, TimeSpan.FromMilliseconds(5), () => 0).IsZero);
    }

    private static double Never() => throw new InvalidOperationException("nothing to draw");
}
