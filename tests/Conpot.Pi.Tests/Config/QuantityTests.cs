using Conpot.Pi.Config;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Config;

public class QuantityTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    [InlineData("250us", 2_500)]
    [InlineData("3ms", 30_000)]
    [InlineData("1.5s", 15_000_000)]
    [InlineData(" 2 s ", 20_000_000)]
    [InlineData("5m", 3_000_000_000)]
    [InlineData("12h", 432_000_000_000)]
    [InlineData("7d", 6_048_000_000_000)]
    public void A_duration_is_a_number_with_its_unit(string text, long ticks)
    {
        Assert.True(Quantity.TryDuration(text, out var duration, out _));
        Assert.Equal(ticks, duration.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("ms")]
    [InlineData("-3ms")]
    [InlineData("+3ms")]
    [InlineData("1,5s")]
    [InlineData("1.5.5s")]
    [InlineData(".5s")]
    [InlineData("5.s")]
    [InlineData("1e3s")]
    [InlineData("3MS")]
    [InlineData("3 sec")]
    [InlineData("3s4ms")]
    [InlineData("\u0663ms")]
    [InlineData("999999999999d")]
    [InlineData("99999999999999999999999999999999999999999999s")]
    public void Anything_else_is_none_and_says_what_is(string text)
    {
        Assert.False(Quantity.TryDuration(text, out _, out var problem));
        Assert.Contains("write a number with its unit, such as", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0", 0)]
    [InlineData("65536", 65536)]
    [InlineData("64KiB", 65536)]
    [InlineData("64 KiB", 65536)]
    [InlineData("64kb", 64_000)]
    [InlineData("16MB", 16_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    public void A_size_is_a_number_of_bytes(string text, long bytes)
    {
        Assert.True(Quantity.TrySize(text, out var size, out _));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("64Ki")]
    [InlineData("-1")]
    [InlineData("0.3B")]
    [InlineData("99999999999GiB")]
    [InlineData("1e3")]
    public void Anything_else_is_no_size(string text)
    {
        Assert.False(Quantity.TrySize(text, out _, out var problem));
        Assert.Contains("write a number of bytes", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_shown_reads_back_the_same()
    {
        Gen.Long[0, long.MaxValue / 10].Sample(us =>
        {
            var duration = new TimeSpan(us * 10);
            return Quantity.TryDuration(Quantity.Show(duration), out var back, out _) && back == duration;
        }, iter: 1000);
        Gen.Long[0, long.MaxValue].Sample(bytes => Quantity.TrySize(Quantity.ShowSize(bytes), out var back, out _) && back == bytes, iter: 1000);
    }

    [Fact]
    public void Nothing_typed_throws()
    {
        Gen.String[Gen.Char["0123456789.. -dhmsukKMGiB"], 0, 40].Sample(text =>
        {
            Quantity.TryDuration(text, out _, out _);
            Quantity.TryDurationRange(text, out _, out _);
            Quantity.TrySize(text, out _, out _);
        }, iter: 5000);
    }
}
