using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class DeviceSeedTests
{
    private static readonly DeviceSeed[] s_thousand = [.. Enumerable.Range(0, 1000).Select(i => DeviceSeed.From($"machine {i}"))];

    [Fact]
    public void Serials_and_hardware_addresses_have_the_form_of_the_real_ones() => Assert.All(s_thousand, seed =>
    {
        Assert.Matches("^VP[A-Z][1-9][0-9]{6}$", seed.Serial);
        Assert.StartsWith("000E8C", Convert.ToHexString(seed.MacAddress), StringComparison.Ordinal);
        Assert.InRange(seed.BootJitter, TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60));
        Assert.InRange(seed.ClockDrift, -40, 40);
    });

    /// <summary>A fleet keeps its identities over updates: these may never change.</summary>
    [Fact]
    public void A_device_stays_itself()
    {
        var seed = DeviceSeed.From(" 4b1c6e0de0a04bb0b2a9c1f1d2a7e0f3\n");
        Assert.Equal(DeviceSeed.From("4b1c6e0de0a04bb0b2a9c1f1d2a7e0f3"), seed);
        Assert.Equal("VPB1428193", seed.Serial);
        Assert.Equal("00:0E:8C:D8:5F:75", seed.Personalise("{mac}"));
    }

    [Fact]
    public void Purposes_are_independent() =>
        Assert.Equal(3000, s_thousand.SelectMany(seed => new[] { seed.For("a"), seed.For("b"), seed.For("io AIW2") }).Distinct().Count());

    [Fact]
    public void The_generator_is_the_published_one()
    {
        var numbers = new SplitMix64(1234567);
        Assert.Equal(6457827717110365317u, numbers.Next());
        Assert.Equal(3203168211198807973u, numbers.Next());
        for (var i = 0; i < 1000; i++)
        {
            Assert.InRange(numbers.Next(6), 0, 5);
            Assert.InRange(numbers.NextDouble(), 0, 0.9999999999999999);
        }
        Assert.Equal(new SplitMix64(1234567).Next(), SplitMix64.At(1234567, 0));
    }
}
