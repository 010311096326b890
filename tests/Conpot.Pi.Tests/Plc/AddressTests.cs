using Conpot.Pi.Plc;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class AddressTests
{
    [Theory]
    [InlineData("I0.3", "I0.3")]
    [InlineData("QB1", "QB1")]
    [InlineData("IW2", "IW2")]
    [InlineData("VW100", "VW100")]
    [InlineData("VD4", "VD4")]
    [InlineData("AIW4", "AIW4")]
    [InlineData("AQW0", "AQW0")]
    [InlineData("M2.0", "M2.0")]
    [InlineData("MB3", "MB3")]
    [InlineData("SM0.5", "SM0.5")]
    [InlineData("SMB28", "SMB28")]
    [InlineData("T37", "T37")]
    [InlineData("C1", "C1")]
    [InlineData("V10.3", "V10.3")]
    [InlineData("vw100", "VW100")]
    [InlineData(" aiw4 ", "AIW4")]
    [InlineData("%Q0.0", "Q0.0")]
    [InlineData("I00.3", "I0.3")]
    [InlineData("E0.3", "I0.3")]
    [InlineData("EB1", "IB1")]
    [InlineData("A0.0", "Q0.0")]
    [InlineData("AW2", "QW2")]
    [InlineData("AB15", "QB15")]
    [InlineData("AEW4", "AIW4")]
    [InlineData("AAW4", "AQW4")]
    [InlineData("Z7", "C7")]
    [InlineData("VB10239", "VB10239")]
    [InlineData("VW10238", "VW10238")]
    [InlineData("AIW62", "AIW62")]
    [InlineData("C255", "C255")]
    public void Reads_what_a_programmer_writes_and_prints_it_in_English(string text, string printed)
    {
        Assert.True(Address.TryParse(text, out var address, out var problem), problem);
        Assert.Equal(printed, address.ToString());
    }

    [Theory]
    [InlineData(null, "an address is missing")]
    [InlineData("", "an address is missing")]
    [InlineData("X0.0", "'X0.0' is not a PLC address; write one such as")]
    [InlineData("0.0", "is not a PLC address")]
    [InlineData("I", "is not a PLC address")]
    [InlineData("I0", "'I0' does not say how much it means; write I0.0 for a bit, IB0 for a byte or IW0 for a word")]
    [InlineData("I0.8", "'I0.8' has no bit 8; bits are 0..7")]
    [InlineData("I0.", "is written I0.0 to I0.7")]
    [InlineData("I0.1.2", "is written I0.0 to I0.7")]
    [InlineData("I-1.0", "is not a PLC address")]
    [InlineData("I16.0", "'I16.0' is beyond the inputs of this CPU (I0.0..I15.7)")]
    [InlineData("VW3000000", "'VW3000000' is beyond the V memory of this CPU (VB0..VB10239)")]
    [InlineData("VW99999999999999999999", "is beyond the V memory")]
    [InlineData("VW10239", "is beyond the V memory")]
    [InlineData("VW4.1", "names a word and a bit at once")]
    [InlineData("AIW3", "'AIW3' is odd; analog values stand at even addresses, write AIW2 or AIW4")]
    [InlineData("AIW63", "is beyond the analog inputs of this CPU (AIW0..AIW62)")]
    [InlineData("AIB4", "analog values are words")]
    [InlineData("AI4", "is not a PLC address")]
    [InlineData("AQ0.0", "analog values are words")]
    [InlineData("T256", "'T256' is beyond the timers of this CPU (T0..T255)")]
    [InlineData("T1.0", "write T1, which means its status bit")]
    [InlineData("TW1", "is not a PLC address")]
    [InlineData("SMB550", "is beyond the SM memory")]
    [InlineData("VW\u0663", "is not a PLC address")]
    public void Says_what_is_wrong_and_what_would_be_right(string? text, string part)
    {
        Assert.False(Address.TryParse(text, out _, out var problem));
        Assert.Contains(part, problem, StringComparison.Ordinal);
    }

    internal static readonly Gen<Address> Any =
        from area in Gen.Enum<Area>()
        from width in Gen.Enum<Width>()
        from place in Gen.Int[0, 20_000]
        from bit in Gen.Int[0, 7]
        select Legal(area, width, place, bit);

    [Fact]
    public void Every_address_survives_being_printed_and_read() => Any.Sample(address =>
        Address.TryParse(address.ToString(), out var back, out _) && back == address);

    [Fact]
    public void No_text_makes_it_throw() => Gen.String.Sample(text =>
    {
        var isAddress = Address.TryParse(text, out _, out var one);
        var isRange = AddressRange.TryParse(text, out _, out var run);
        return isAddress == (one.Length == 0) && isRange == (run.Length == 0);
    });

    [Theory]
    [InlineData("VW4", "VB5", true)]
    [InlineData("VW4", "VB6", false)]
    [InlineData("V5.0", "VW4", true)]
    [InlineData("V5.0", "V5.1", false)]
    [InlineData("VD0", "VW2", true)]
    [InlineData("VW4", "MW4", false)]
    public void Knows_whether_two_addresses_share_a_bit(string one, string other, bool shared)
    {
        Assert.Equal(shared, At(one).Overlaps(At(other)));
        Assert.Equal(shared, At(other).Overlaps(At(one)));
    }

    internal static Address At(string text) =>
        Address.TryParse(text, out var address, out var problem) ? address : throw new ArgumentException(problem);

    private static Address Legal(Area area, Width width, int place, int bit) => area switch
    {
        Area.T or Area.C => new Address(area, Width.Word, place % 256 * 2),
        Area.AI or Area.AQ => new Address(area, Width.Word, place % 32 * 2),
        _ => new Address(area, width, place % (MemoryMap.Size(area) - MemoryMap.Bytes(width) + 1), width == Width.Bit ? bit : 0),
    };
}
