using System.Globalization;
using Conpot.Pi.Cli;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

public class SinceTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 20, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("30s", 30)]
    [InlineData("30m", 1800)]
    [InlineData("12h", 43200)]
    [InlineData("7d", 604800)]
    [InlineData("2w", 1209600)]
    [InlineData("1.5h", 5400)]
    [InlineData("0d", 0)]
    public void A_span_counts_back_from_now(string text, double seconds)
    {
        Assert.True(Since.TryParse(text, Now, out var since));
        Assert.Equal(Now.AddSeconds(-seconds), since);
    }

    [Theory]
    [InlineData("2026-11-22T08:00Z", "2026-11-22T08:00:00Z")]
    [InlineData("2026-11-22T08:00:30+02:00", "2026-11-22T06:00:30Z")]
    public void A_time_is_itself(string text, string expected)
    {
        Assert.True(Since.TryParse(text, Now, out var since));
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), since);
    }

    [Fact]
    public void A_date_without_a_zone_is_this_machines()
    {
        Assert.True(Since.TryParse("2026-11-22", Now, out var since));
        Assert.Equal(new DateTime(2026, 11, 22, 0, 0, 0, DateTimeKind.Local), since.LocalDateTime);
    }

    [Theory]
    [InlineData("")]
    [InlineData("d")]
    [InlineData("x")]
    [InlineData("yesterday")]
    [InlineData("5y")]
    [InlineData("-5d")]
    [InlineData("1e3d")]
    [InlineData("NaNd")]
    [InlineData("Infinityd")]
    [InlineData("-Infinityd")]
    [InlineData("100000w")]
    [InlineData("99999999999999999999d")]
    [InlineData("2026-13-01")]
    public void What_is_no_time_is_refused_and_does_not_throw(string text) => Assert.False(Since.TryParse(text, Now, out _));

    [Fact]
    public void The_longest_span_there_is_does_not_throw() => Assert.True(Since.TryParse("99999w", Now, out _));
}
