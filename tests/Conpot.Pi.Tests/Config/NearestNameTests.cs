using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests.Config;

public class NearestNameTests
{
    private static readonly string[] Names = ["enabled", "port", "latency", "input_registers", "holding_registers", "id", "stop"];

    [Theory]
    [InlineData("prot", "port")]
    [InlineData("Port", "port")]
    [InlineData("por", "port")]
    [InlineData("enable", "enabled")]
    [InlineData("latancy", "latency")]
    [InlineData("input-registers", "input_registers")]
    [InlineData("holding_register", "holding_registers")]
    [InlineData("ids", "id")]
    [InlineData("colour", null)]
    [InlineData("xy", null)]
    [InlineData("", null)]
    public void A_slip_of_the_finger_finds_its_name(string wrong, string? expected) => Assert.Equal(expected, NearestName.Find(wrong, Names));

    [Theory]
    [InlineData("port", "port", 0)]
    [InlineData("port", "prot", 1)]
    [InlineData("port", "pot", 1)]
    [InlineData("port", "ports", 1)]
    [InlineData("port", "part", 1)]
    [InlineData("", "abc", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_what_a_typist_gets_wrong(string a, string b, int expected)
    {
        Assert.Equal(expected, NearestName.Distance(a, b));
        Assert.Equal(expected, NearestName.Distance(b, a));
    }
}
