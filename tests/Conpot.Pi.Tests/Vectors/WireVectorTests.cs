using System.Buffers.Binary;
using Xunit;

namespace Conpot.Pi.Tests.Vectors;

/// <summary>The reader of .wire files, and what all files of the house must keep to.</summary>
public class WireVectorTests
{
    [Fact]
    public void A_whole_file_is_read()
    {
        var vector = WireVectorReader.Read("a.wire", """
            # a comment
            profile: conpot-2013
            set: modbus.unknown_unit = exception 4
            set: modbus.functions = [1, 2]

            --- the first
            plc: VW1000 = 0x04D2, 7
            plc: Q8.7 = 1, 0
            plc: mode = STOP
            > 0001 0000 0006 01 03 01F4 0001   # one register
            < 0001 0000 0005 01 03 02 04D2
            > 0002
            < nothing
            > 0003
            close
            expect: VW1000 = 99
            event: modbus.read unit=1 after=[1,2] name="two words"
            --- the second
            > 00
            < nothing
            """);

        Assert.Equal("conpot-2013", vector.Profile);
        Assert.Equal([new("modbus.unknown_unit", "exception 4"), new("modbus.functions", "[1, 2]")], vector.Settings);
        Assert.Equal(["the first", "the second"], vector.Cases.Select(c => c.Name));

        var first = vector.Cases[0];
        Assert.Equal("a.wire:6 the first", first.ToString());
        Assert.Equal("STOP", first.Mode);
        Assert.Equal([("VW1000", 1234), ("VW1002", 7), ("Q8.7", 1), ("Q9.0", 0)], first.Presets.Select(p => (p.Address, p.Value)));
        Assert.Equal(3, first.Exchanges.Count);
        Assert.Equal("000100000006010301F40001", Convert.ToHexString(first.Exchanges[0].Sent));
        Assert.Equal("00010000000501030204D2", Convert.ToHexString(first.Exchanges[0].Expected));
        Assert.Equal([false, false, true], first.Exchanges.Select(e => e.Closes));
        Assert.Empty(first.Exchanges[1].Expected);
        Assert.Equal([10, 12, 14], first.Exchanges.Select(e => e.Line));
        Assert.Equal([new(16, "VW1000", 99)], first.Expectations);
        Assert.Equal("modbus.read", first.Events[0].Action);
        Assert.Equal("1", first.Events[0].Fields["unit"]);
        Assert.Equal("[1,2]", first.Events[0].Fields["after"]);
        Assert.Equal("two words", first.Events[0].Fields["name"]);

        var second = vector.Cases[1];
        Assert.Null(second.Mode);
        Assert.Empty(second.Presets);
        Assert.Empty(second.Events);
    }

    [Fact]
    public void The_default_profile_needs_no_line() => Assert.Equal("s7-200", Read("> 00\n< nothing").Profile);

    [Fact]
    public void Lines_of_the_same_kind_belong_together()
    {
        var exchange = Assert.Single(Read("> 01 02\n> 03\n\n# between\n< 04\n< 05 06").Cases[0].Exchanges);
        Assert.Equal([1, 2, 3], exchange.Sent);
        Assert.Equal([4, 5, 6], exchange.Expected);
    }

    [Fact]
    public void A_reply_may_come_before_the_close()
    {
        var exchange = Assert.Single(Read("> 01\n< 02\nclose").Cases[0].Exchanges);
        Assert.Equal([2], exchange.Expected);
        Assert.True(exchange.Closes);
    }

    [Theory]
    [InlineData("00*3", "000000")]
    [InlineData("0102*2 ff", "01020102FF")]
    [InlineData("0001 02", "000102")]
    public void Bytes_are_hexadecimal_with_repetitions(string text, string bytes) =>
        Assert.Equal(bytes, Convert.ToHexString(Read($"> {text}\n< nothing").Cases[0].Exchanges[0].Sent));

    [Theory]
    [InlineData("VW1000", "VW1002")]
    [InlineData("AIW20", "AIW22")]
    [InlineData("Q8.6", "Q8.7")]
    [InlineData("I9.7", "I10.0")]
    [InlineData("mode", null)]
    [InlineData("Q8.8", null)]
    public void The_next_address(string address, string? following) => Assert.Equal(following, WireVectorReader.Following(address));

    [Theory]
    [InlineData("> 00", "bad.wire:2: what must come back is missing")]
    [InlineData("> 00\n> 01\n--- next", "bad.wire:2: what must come back is missing")]
    [InlineData("< 00", "bad.wire:2: a reply without a request")]
    [InlineData("close", "bad.wire:2: 'close' without a request")]
    [InlineData("> 00\n< nothing\n< 01", "bad.wire:4: a reply without a request")]
    [InlineData("> 00\n< 01\n< nothing", "bad.wire:4: 'nothing' after bytes")]
    [InlineData("> 0", "bad.wire:2: '0' is not hexadecimal")]
    [InlineData("> 0g", "bad.wire:2: '0g' is not hexadecimal")]
    [InlineData("> 00*", "bad.wire:2: '00*' is not hexadecimal")]
    [InlineData(">", "bad.wire:2: no bytes")]
    [InlineData("plc: VW0", "bad.wire:2: 'VW0' is not 'name = value'")]
    [InlineData("plc: VX0 = 1", "bad.wire:2: 'VX0' is neither a word")]
    [InlineData("plc: VW0 = 65536", "bad.wire:2: '65536' is no value for VW0; 0 to 65535")]
    [InlineData("plc: VW0 = -1", "bad.wire:2: '-1' is no value for VW0")]
    [InlineData("plc: Q0.0 = 2", "bad.wire:2: '2' is no value for Q0.0; 0 to 1")]
    [InlineData("plc: VW0 = 1,", "bad.wire:2: '' is no value for VW2")]
    [InlineData("plc: mode = HALT", "bad.wire:2: mode 'HALT'; RUN or STOP")]
    [InlineData("> 00\n< 00\nplc: VW0 = 1", "bad.wire:4: a preset stands before the first request")]
    [InlineData("set: a = b", "bad.wire:2: 'set:' holds for the whole file")]
    [InlineData("event: read", "bad.wire:2: 'read' is no event action")]
    [InlineData("event: modbus.read unit", "bad.wire:2: 'unit' is not key=value")]
    [InlineData("event: modbus.read unit=1 name=\"open", "bad.wire:2: 'name=\"open' is not key=value")]
    [InlineData("event: modbus.read unit=1 unit=2", "bad.wire:2: 'unit' stands twice")]
    [InlineData("exspect: VW0 = 1", "bad.wire:2: 'exspect' is not understood")]
    [InlineData("> 00\n< 00\n--- case\n> 00\n< 00", "bad.wire:4: the case 'case' exists already")]
    [InlineData("--- next", "bad.wire:1: the case 'case' sends nothing")]
    [InlineData("> 00\n< 00\n---", "bad.wire:4: the case has no name")]
    public void A_malformed_file_names_its_line(string text, string message)
    {
        var error = Assert.Throws<FormatException>(() => WireVectorReader.Read("bad.wire", "--- case\n" + text));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "bad.wire:1: the file has no case")]
    [InlineData("> 00", "bad.wire:1: stands before the first case")]
    [InlineData("set: nothing", "bad.wire:1: 'nothing' is not 'name = value'")]
    public void A_file_without_a_case_says_so(string text, string message)
    {
        var error = Assert.Throws<FormatException>(() => WireVectorReader.Read("bad.wire", text));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reply_of_the_Modbus_files_is_a_frame()
    {
        var vectors = WireVector.LoadAll("modbus");
        Assert.True(vectors.Sum(v => v.Cases.Sum(c => c.Exchanges.Count)) >= 150);
        foreach (var wire in vectors.SelectMany(v => v.Cases))
            foreach (var exchange in wire.Exchanges)
                for (var rest = exchange.Expected.AsSpan(); rest.Length > 0;)
                {
                    // MBAP, Messaging Guide V1.0b 3.1.3: the length counts what follows it; 2 to 254.
                    var length = rest.Length < 8 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(rest[4..]);
                    Assert.True(length is >= 2 and <= 254 && rest.Length >= 6 + length, $"{wire.File}:{exchange.Line}: MBAP length {length}, {rest.Length - 6} bytes follow");
                    rest = rest[(6 + length)..];
                }
    }

    private static WireVector Read(string text) => WireVectorReader.Read("a.wire", "--- case\n" + text);
}
