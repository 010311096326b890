using System.Text;
using Conpot.Pi.Protocols.Snmp;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>BER in and out: X.690, and what scanners make of it (WIRE 1.5).</summary>
public class BerTests
{
    [Theory]
    [InlineData("0400", "")]
    [InlineData("040161", "61")]
    [InlineData("04810161", "61")]
    [InlineData("0482000161", "61")]
    [InlineData("0483000000", "")]
    [InlineData("048400000002616200", "6162")]
    public void Lengths_of_any_form_are_taken(string element, string contents)
    {
        var reader = new BerReader(Convert.FromHexString(element));
        Assert.True(reader.TryTake(out var tag, out var taken));
        Assert.Equal(4, tag);
        Assert.Equal(contents, Convert.ToHexString(taken));
    }

    [Theory]
    [InlineData("", "ends within an element", 0)]
    [InlineData("30", "ends within an element", 0)]
    [InlineData("3080", "indefinite length", 1)]
    [InlineData("3085000000000100", "length of too many bytes", 1)]
    [InlineData("30FF", "length of too many bytes", 1)]
    [InlineData("308201", "ends within a length", 1)]
    [InlineData("3084FFFFFFFF00", "length runs past the end", 1)]
    [InlineData("30847FFFFFFF00", "length runs past the end", 1)]
    [InlineData("300200", "length runs past the end", 1)]
    [InlineData("3F810100", "tag of several bytes", 0)]
    public void What_is_no_element_is_pointed_at(string bytes, string problem, int at)
    {
        var reader = new BerReader(Convert.FromHexString(bytes), 100);
        Assert.False(reader.TryTake(out _, out _));
        Assert.Equal((problem, 100 + at), (reader.Problem, reader.ProblemAt));
        Assert.False(reader.TryTake(out _, out _)); // and nothing more is taken
        Assert.Equal(problem, reader.Problem);
    }

    [Theory]
    [InlineData("00", 0)]
    [InlineData("7F", 127)]
    [InlineData("80", -128)]
    [InlineData("0080", 128)]
    [InlineData("FFFFFFFF", -1)]
    [InlineData("00000000000000000000000007", 7)]
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFE", -2)]
    [InlineData("7FFFFFFFFFFFFFFF", long.MaxValue)]
    [InlineData("8000000000000000", long.MinValue)]
    public void Integers_may_be_padded(string contents, long value)
    {
        Assert.True(BerReader.TryInteger(Convert.FromHexString(contents), out var read));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData("010000000000000000")]
    [InlineData("008000000000000000")]
    public void Integers_have_64_bits(string contents) => Assert.False(BerReader.TryInteger(Convert.FromHexString(contents), out _));

    [Theory]
    [InlineData("00", "0.0")] // nmap's payload
    [InlineData("", "0.0")]
    [InlineData("27", "0.39")]
    [InlineData("28", "1.0")]
    [InlineData("4F", "1.39")]
    [InlineData("50", "2.0")]
    [InlineData("8837", "2.999")]
    [InlineData("908080804F", "2.4294967295")]
    [InlineData("2B06010201010100", "1.3.6.1.2.1.1.1.0")]
    [InlineData("2B0601800201010100", "1.3.6.1.2.1.1.1.0")] // masscan
    [InlineData("802B8080800601", "1.3.6.1")]
    [InlineData("2B8FFFFFFF7F", "1.3.4294967295")]
    public void Object_identifiers_are_read(string contents, string text)
    {
        Span<byte> room = stackalloc byte[64];
        Assert.Equal(text, Encoding.ASCII.GetString(BerOid.Print(Convert.FromHexString(contents), room)));
    }

    [Theory]
    [InlineData("2B81")] // cut
    [InlineData("80")]
    [InlineData("2B9080808000")] // 2^32
    [InlineData("9080808050")] // 2.(2^32)
    [InlineData("2BFFFFFFFFFFFFFFFFFFFFFF7F")]
    public void What_is_no_object_identifier_is_seen(string contents) => Assert.Equal(-1, BerOid.Decode(Convert.FromHexString(contents), new uint[BerOid.MostParts]));

    [Fact]
    public void Object_identifiers_have_128_parts()
    {
        var parts = new uint[BerOid.MostParts];
        Assert.Equal(128, BerOid.Decode(Enumerable.Repeat((byte)1, 127).ToArray(), parts));
        Assert.Equal(-1, BerOid.Decode(Enumerable.Repeat((byte)1, 128).ToArray(), parts));
    }

    [Fact]
    public void Long_names_are_cut_at_a_dot()
    {
        Span<byte> room = stackalloc byte[30];
        Assert.Equal("1.3.4294967295.4294967295...", Encoding.ASCII.GetString(BerOid.Print([1, 3, uint.MaxValue, uint.MaxValue, uint.MaxValue], room)));
    }

    [Fact]
    public void Object_identifiers_come_back() =>
        Gen.Select(Gen.UInt[0, 2], Gen.UInt[0, 39], Gen.UInt.Array[0, 126], (first, second, rest) => (uint[])[first, second, .. rest]).Sample(oid =>
        {
            var bytes = new byte[BerOid.EncodedLength(oid)];
            BerOid.Encode(oid, bytes);
            Assert.Equal(Ber.Oid(oid)[^bytes.Length..], bytes);
            var parts = new uint[BerOid.MostParts];
            Assert.Equal(oid, parts[..BerOid.Decode(bytes, parts)]);
        });

    [Theory]
    [InlineData(SnmpType.Integer, 0, "020100")]
    [InlineData(SnmpType.Integer, 127, "02017F")]
    [InlineData(SnmpType.Integer, 128, "02020080")]
    [InlineData(SnmpType.Integer, -1, "0201FF")]
    [InlineData(SnmpType.Integer, -129, "0202FF7F")]
    [InlineData(SnmpType.Integer, int.MinValue, "020480000000")]
    [InlineData(SnmpType.Counter32, 0xFFFFFFFF, "410500FFFFFFFF")]
    [InlineData(SnmpType.Gauge32, 100_000_000, "420405F5E100")]
    [InlineData(SnmpType.TimeTicks, -1, "430500FFFFFFFF")]
    [InlineData(SnmpType.Counter64, -1, "460900FFFFFFFFFFFFFFFF")]
    [InlineData(SnmpType.Counter64, 0x7FFFFFFFFFFFFFFF, "46087FFFFFFFFFFFFFFF")]
    [InlineData(SnmpType.NoSuchInstance, 0, "8100")]
    [InlineData(SnmpType.EndOfMibView, 0, "8200")]
    public void Numbers_are_written_in_shortest_form(byte type, long number, string element)
    {
        var writer = new BerWriter(new byte[16]);
        writer.Value(MibValue.OfNumber(type, number));
        Assert.Equal(element, Convert.ToHexString(writer.Written));
    }

    [Theory]
    [InlineData(127, "047F")]
    [InlineData(128, "048180")]
    [InlineData(255, "0481FF")]
    [InlineData(256, "04820100")]
    [InlineData(65536, "0483010000")]
    public void Lengths_are_written_in_shortest_form(int length, string header)
    {
        var writer = new BerWriter(new byte[length + 5]);
        writer.Bytes(SnmpType.OctetString, new byte[length]);
        Assert.Equal(header, Convert.ToHexString(writer.Written[..^length]));
        Assert.Equal(BerWriter.Size(length), writer.Length);
    }

    [Fact]
    public void What_does_not_fit_is_not_begun()
    {
        var writer = new BerWriter(new byte[18]);
        writer.VarBind([1, 3, 6], MibValue.OfBytes(SnmpType.OctetString, "abc"u8));
        Assert.Equal((11, false), (writer.Length, writer.Full));
        writer.VarBind([1, 3, 6], MibValue.OfNumber(SnmpType.Integer, 1));
        Assert.Equal((11, true), (writer.Length, writer.Full));
        writer.Bytes(SnmpType.OctetString, []); // although it would fit
        Assert.Equal("3009" + "06022B06" + "0403616263", Convert.ToHexString(writer.Written));
    }
}
