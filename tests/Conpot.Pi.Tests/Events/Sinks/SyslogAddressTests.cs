using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

[SuppressMessage("Performance", "CA1859", Justification = "The table is the parser's own form.")]
public class SyslogAddressTests
{
    private static readonly (string, int)[] Schemes = [("tcp", 601), ("tls", 6514)];

    [Theory]
    [InlineData("tcp://log.example", "tcp://log.example:601")]
    [InlineData("TLS://10.0.0.1:99", "tls://10.0.0.1:99")]
    [InlineData("tls://[fd00::1]", "tls://[fd00::1]:6514")]
    [InlineData("tls://[fd00::1]:7/", "tls://[fd00::1]:7")]
    [InlineData("tcp://my_host.local.", "tcp://my_host.local.:601")]
    public void Read(string text, string expected)
    {
        Assert.True(SinkAddress.TryParse(text, false, Schemes, out var address, out var problem), problem);
        Assert.Equal(expected, address.ToString());
    }

    [Theory]
    [InlineData("log.example", "write tcp://log.example")]
    [InlineData("", "write tcp://192.168.1.10")]
    [InlineData("udp://x", "\"udp\" is none of tcp://, tls://")]
    [InlineData("tcp://", "there is no host")]
    [InlineData("tcp://:601", "there is no host")]
    [InlineData("tcp://x:0", "is no port")]
    [InlineData("tcp://x:65536", "is no port")]
    [InlineData("tcp://x:", "is no port")]
    [InlineData("tcp://x:+1", "is no port")]
    [InlineData("tcp://fd00::1", "stands in brackets")]
    [InlineData("tcp://[fd00::1", "hold no IPv6 address")]
    [InlineData("tcp://[10.0.0.1]", "hold no IPv6 address")]
    [InlineData("tcp://[::1]x", "hold no IPv6 address")]
    [InlineData("tcp://300.1.1.1", "is no host")]
    [InlineData("tcp://10.0.1", "is no host")]
    [InlineData("tcp://a b", "is no host")]
    [InlineData("tcp://a..b", "is no host")]
    [InlineData("tcp://me:pass@x", "settings of their own")]
    [InlineData("tcp://x/path", "is too much")]
    public void Refused(string text, string expected)
    {
        Assert.False(SinkAddress.TryParse(text, false, Schemes, out _, out var problem));
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_where_one_may_stand()
    {
        Assert.True(SinkAddress.TryParse("tcp://x/a/b?c=d", true, Schemes, out var address, out _));
        Assert.Equal("/a/b?c=d", address.Path);
        Assert.DoesNotContain("/a", address.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_read_reads_as_the_same() => Gen.String.Sample(text =>
    {
        if (SinkAddress.TryParse("tcp://" + text, false, Schemes, out var address, out _))
            Assert.True(SinkAddress.TryParse(address.ToString(), false, Schemes, out var again, out _) && again == address);
    });
}
