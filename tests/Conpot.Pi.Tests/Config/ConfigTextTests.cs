using System.Text;
using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests.Config;

public class ConfigTextTests
{
    private const string Text = "name = \"Pumpe Süd 3 €\"\n[modbus]\nport = 503\n";

    public static TheoryData<byte[]> Encodings => new(
        Encoding.UTF8.GetBytes(Text),
        Encoding.UTF8.GetBytes(Text.ReplaceLineEndings("\r\n")),
        [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)],
        [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text.ReplaceLineEndings("\r\n"))],
        [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Text)]);

    [Theory]
    [MemberData(nameof(Encodings))]
    public void What_editors_write_is_read_the_same(byte[] bytes)
    {
        var sheet = new Sheet(bytes);
        Assert.Equal("Pumpe Süd 3 €", sheet.Root.Text("name", ""));
        Assert.Equal(503, sheet.Root.Section("modbus").Integer("port", 502, 1, 65535));
        sheet.File.ReportUnread();
        Assert.Empty(sheet.Messages);
    }

    [Fact]
    public void An_empty_file_is_a_configuration()
    {
        Assert.Empty(new Sheet("").Messages);
        Assert.Empty(new Sheet(Encoding.UTF8.Preamble).Messages);
        Assert.Empty(new Sheet("# only a comment, “quoted” as one likes").Messages);
    }

    [Fact]
    public void Utf16_without_a_mark_names_the_remedy() =>
        Assert.Equal("conpot-pi.toml:1:1: the file looks like UTF-16 without a byte-order mark; save it as UTF-8", new Sheet(Encoding.Unicode.GetBytes("port = 502\n")).Message);

    [Fact]
    public void Half_a_character_of_utf16_is_named() =>
        Assert.Equal("conpot-pi.toml:1:6: the file starts as UTF-16 and does not go on as such; save it as UTF-8", new Sheet([0xFF, 0xFE, .. Encoding.Unicode.GetBytes("a = 1"), 0x20]).Message);

    [Fact]
    public void A_byte_that_is_not_utf8_is_named_with_its_place() =>
        Assert.Equal("conpot-pi.toml:2:15: byte 0xFC is not UTF-8; save the file as UTF-8 (it may be Windows-1252 or Latin-1)", new Sheet(Encoding.Latin1.GetBytes("a = 1\nname = \"Pump s\u00FCd\"")).Message);

    [Fact]
    public void A_nul_byte_is_named_with_its_place() =>
        Assert.Equal("conpot-pi.toml:2:5: NUL byte; the file is damaged or no text; write it again from your copy, saved as UTF-8", new Sheet("a = 1\nb = \0").Message);

    [Fact]
    public void A_file_that_a_power_cut_emptied_says_so() =>
        Assert.Equal("conpot-pi.toml: the file holds nothing but NUL bytes, as after a power cut; write it again from your copy", new Sheet(new byte[4096]).Message);

    [Fact]
    public void A_file_larger_than_any_configuration_is_refused()
    {
        Assert.Equal("conpot-pi.toml: the file has 1048577 bytes; allowed: up to 1048576; is this the right file?", new Sheet(new byte[ConfigText.MostBytes + 1]).Message);
        var largest = new byte[ConfigText.MostBytes];
        largest.AsSpan().Fill((byte)'\n');
        Assert.Empty(new Sheet(largest).Messages);
    }
}
