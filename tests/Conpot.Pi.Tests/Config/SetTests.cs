using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests.Config;

public class SetTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void A_set_overrides_the_file_and_the_last_one_wins()
    {
        var sheet = new Sheet("[modbus]\nport = 503\nenabled = true");
        sheet.File.Set("modbus.port=504");
        sheet.File.Set("modbus.port=505");
        sheet.File.Set("modbus.enabled=false");
        Assert.Equal(505, sheet.Root.Section("modbus").Integer("port", 502, 1, 65535));
        Assert.False(sheet.Root.Section("modbus").Flag("enabled", true));
        sheet.File.ReportUnread();
        Assert.Empty(sheet.Messages);
    }

    [Theory]
    [InlineData("a=127.0.0.1", "127.0.0.1")]
    [InlineData("a=\"127.0.0.1\"", "127.0.0.1")]
    [InlineData("a='x'", "x")]
    [InlineData("a=pump house 3", "pump house 3")]
    [InlineData("a = x=y", "x=y")]
    [InlineData("a=", "")]
    [InlineData("a=12345", "12345")]
    [InlineData("a=007", "007")]
    [InlineData("a=true", "true")]
    [InlineData("a=2026-01-01", "2026-01-01")]
    [InlineData("a=[::]:502", "[::]:502")]
    [InlineData("a=\"half", "\"half")]
    [InlineData("a=C:\\pump", "C:\\pump")]
    [InlineData("a=#3", "#3")]
    [InlineData("a=x # y", "x # y")]
    public void A_shell_needs_no_quotes_for_a_text(string assignment, string expected)
    {
        var file = ConfigFile.Empty("c.toml", new ConfigErrors());
        file.Set(assignment);
        Assert.Equal(expected, file.Root.Text("a", "default"));
        Assert.False(file.Errors.Any);
    }

    [Fact]
    public void A_value_of_toml_is_one()
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("c.toml", errors);
        file.Set("whole=0x10");
        file.Set("latency=3ms..6ms");
        file.Set("zero=0");
        file.Set("many=[1, 2]");
        file.Set("texts=[\"x\", 'y']");
        file.Set("unit=[{ id = 1 }, { id = 2 }]");
        file.Set("io.\"I0.0\"=gpio 17");
        file.Set("io.AIW0=sine 0..32000 period 60s");
        Assert.Equal(16, file.Root.Integer("whole", 0, 0, 99));
        Assert.Equal(TimeSpan.FromMilliseconds(6), file.Root.DurationRange("latency", default, Second).To);
        Assert.Equal(TimeSpan.Zero, file.Root.Duration("zero", Second, default, Second));
        Assert.Equal([1, 2], file.Root.Integers("many", 0, 9));
        Assert.Equal(["x", "y"], file.Root.Texts("texts"));
        Assert.Equal([1, 2], file.Root.Sections("unit").Select(u => u.Integer("id", 0, 0, 9)));
        Assert.Equal(["I0.0", "AIW0"], file.Root.Section("io").Keys);
        Assert.Equal("gpio 17", file.Root.Section("io").Text("I0.0", ""));
        Assert.Equal("sine 0..32000 period 60s", file.Root.Section("io").Text("AIW0", ""));
        file.ReportUnread();
        Assert.False(errors.Any);
    }

    [Theory]
    [InlineData("modbus.port=70000", "--set modbus.port=70000: 'port' in [modbus] is 70000; allowed: 1 to 65535")]
    [InlineData("modbus.port=abc", "--set modbus.port=abc: 'port' in [modbus] is a string (\"abc\"); write a whole number from 1 to 65535, without quotes")]
    [InlineData("modbus.prot=5", "--set modbus.prot=5: unknown setting 'prot' in [modbus]; did you mean 'port'?")]
    [InlineData("modbuss.port=5", "--set modbuss.port=5: unknown section [modbuss]; did you mean [modbus]?")]
    [InlineData("name.first=5", "--set name.first=5: 'name' is given in another form already (first in line 1); give all of it in one place")]
    [InlineData("modbus.unit.id=5", "--set modbus.unit.id=5: [[modbus.unit]] is a list; set it as a whole: 'modbus.unit=[{ ... }, { ... }]'")]
    [InlineData("modbus", "--set modbus: not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'")]
    [InlineData("=5", "--set =5: not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'")]
    [InlineData("a..b=5", "--set a..b=5: not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'")]
    [InlineData("io.\"I0.0=5", "--set io.\"I0.0=5: not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'")]
    [InlineData("", "--set : not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'")]
    public void A_mistake_names_the_set(string assignment, string expected)
    {
        var sheet = new Sheet("name = \"x\"\n[[modbus.unit]]\nid = 1");
        sheet.File.Set(assignment);
        sheet.Root.Text("name", "");
        var modbus = sheet.Root.Section("modbus");
        modbus.Integer("port", 502, 1, 65535);
        foreach (var unit in modbus.Sections("unit"))
            unit.Integer("id", 0, 0, 9);
        sheet.File.ReportUnread();
        Assert.Equal(expected, sheet.Message);
    }

    [Fact]
    public void A_value_of_many_lines_is_a_text_and_refused_as_one()
    {
        var sheet = new Sheet("");
        sheet.File.Set("a=1\n[b]\nc=2");
        Assert.Equal("x", sheet.Root.Text("a", "x"));
        Assert.Equal("--set a=1<U+000A>[b]<U+000A>c=2: 'a' holds the control character U+000A; remove it", sheet.Message);
    }
}
