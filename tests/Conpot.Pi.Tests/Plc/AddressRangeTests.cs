using Conpot.Pi.Plc;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class AddressRangeTests
{
    [Theory]
    [InlineData("Q0.0..Q15.7", 128, 16, "Q0.0..Q15.7")]
    [InlineData("AIW0..AIW62", 32, 64, "AIW0..AIW62")]
    [InlineData("VW0..VW10238", 5120, 10240, "VW0..VW10238")]
    [InlineData("VW4", 1, 2, "VW4")]
    [InlineData("vw1 .. vw9", 5, 10, "VW1..VW9")]
    [InlineData("I0.6..I1.1", 4, 2, "I0.6..I1.1")]
    [InlineData("VD0..VD8", 3, 12, "VD0..VD8")]
    [InlineData("T0..T255", 256, 512, "T0..T255")]
    public void Reads_counts_and_prints(string text, int count, int bytes, string printed)
    {
        Assert.True(AddressRange.TryParse(text, out var range, out var problem), problem);
        Assert.Equal((count, bytes, printed), (range.Count, range.Bytes, range.ToString()));
    }

    [Theory]
    [InlineData("VW4..VW0", "runs backwards; write VW0..VW4")]
    [InlineData("VW0..VW3", "ends inside its last element, which steps by 2 bytes; end it at VW2")]
    [InlineData("VW0..VD4", "joins VW0 and VD4, which are not of one kind")]
    [InlineData("I0.0..Q0.7", "not of one kind")]
    [InlineData("VW0..", "an address is missing")]
    [InlineData("VW0..VW20000", "is beyond the V memory of this CPU")]
    [InlineData("", "an address is missing")]
    public void Says_what_is_wrong(string text, string part)
    {
        Assert.False(AddressRange.TryParse(text, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_by_bits_and_by_words()
    {
        Assert.True(AddressRange.TryParse("I0.6..I1.1", out var bits, out _));
        Assert.Equal("I0.6 I0.7 I1.0 I1.1", string.Join(' ', Enumerable.Range(0, bits.Count).Select(i => bits[i])));
        Assert.True(AddressRange.TryParse("VW1..VW5", out var words, out _));
        Assert.Equal("VW1 VW3 VW5", string.Join(' ', Enumerable.Range(0, words.Count).Select(i => words[i])));
    }

    [Fact]
    public void Every_range_survives_being_printed_and_read() =>
        Gen.Select(AddressTests.Any, Gen.Int[1, 300]).Sample((first, count) =>
        {
            var range = AddressRange.Of(first, count);
            if (first.Area is Area.T or Area.C ? first.Offset / 2 + count > 256 : !new ProcessImage().Fits(range))
                return true;
            return AddressRange.TryParse(range.ToString(), out var back, out _) && back == range && back.Last == range[count - 1];
        });
}
