using Xunit;

namespace Conpot.Pi.Tests.Config;

public class ConfigSectionTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void Each_type_is_read_as_it_stands()
    {
        var sheet = new Sheet("""
            [a]
            text = "pump"
            flag = true
            whole = 0x1F6
            number = 1.5
            also_a_number = 2
            duration = "1.5s"
            none = 0
            range = "3ms..6ms"
            same = "4ms"
            size = "64KiB"
            bytes = 65536
            choice = "tcp"
            texts = ["x", "y"]
            one_text = "z"
            wholes = [1, 2]
            one_whole = 3
            parsed = "17"
            """);
        var a = sheet.Root.Section("a");
        Assert.Equal("pump", a.Text("text", ""));
        Assert.True(a.Flag("flag", false));
        Assert.Equal(502, a.Integer("whole", 0, 1, 65535));
        Assert.Equal(1.5, a.Number("number", 0, 0, 10));
        Assert.Equal(2, a.Number("also_a_number", 0, 0, 10));
        Assert.Equal(TimeSpan.FromMilliseconds(1500), a.Duration("duration", default, default, TimeSpan.MaxValue));
        Assert.Equal(TimeSpan.Zero, a.Duration("none", Second, default, Second));
        Assert.Equal((TimeSpan.FromMilliseconds(3), TimeSpan.FromMilliseconds(6)), a.DurationRange("range", default, Second));
        Assert.Equal((TimeSpan.FromMilliseconds(4), TimeSpan.FromMilliseconds(4)), a.DurationRange("same", default, Second));
        Assert.Equal(65536, a.Size("size", 0, 0, long.MaxValue));
        Assert.Equal(65536, a.Size("bytes", 0, 0, long.MaxValue));
        Assert.Equal("tcp", a.Choice("choice", "udp", "udp", "tcp"));
        Assert.Equal(["x", "y"], a.Texts("texts"));
        Assert.Equal(["z"], a.Texts("one_text"));
        Assert.Equal([1, 2], a.Integers("wholes", 0, 9));
        Assert.Equal([3], a.Integers("one_whole", 0, 9));
        Assert.Equal(17, a.Parsed("parsed", 0, TryWhole));
        sheet.File.ReportUnread();
        Assert.Empty(sheet.Messages);
    }

    [Fact]
    public void What_is_missing_takes_its_default()
    {
        var a = new Sheet("").Root.Section("a");
        Assert.False(a.Exists);
        Assert.Equal("a", a.Name);
        Assert.Equal("b", a.Text("text", "b"));
        Assert.True(a.Flag("flag", true));
        Assert.Equal(502, a.Integer("whole", 502, 1, 65535));
        Assert.Equal((Second, Second), a.DurationRange("range", (Second, Second), Second));
        Assert.Equal("udp", a.Choice("choice", "udp", "tcp"));
        Assert.Empty(a.Texts("texts"));
        Assert.Empty(a.Integers("wholes", 0, 9));
        Assert.Empty(a.Sections("units"));
        Assert.Empty(a.Keys);
        Assert.Equal(5, a.Parsed("parsed", 5, TryWhole));
    }

    [Theory]
    [InlineData("\"502\"", "is a string (\"502\"); write a whole number from 1 to 65535, without quotes")]
    [InlineData("502.0", "is a number (502.0); write a whole number from 1 to 65535, without quotes")]
    [InlineData("true", "is a flag (true); write a whole number from 1 to 65535, without quotes")]
    [InlineData("2026-01-01", "is a date or time (2026-01-01); write a whole number from 1 to 65535, without quotes")]
    [InlineData("[502]", "is an array; write a whole number from 1 to 65535, without quotes")]
    [InlineData("70000", "is 70000; allowed: 1 to 65535")]
    [InlineData("-1", "is -1; allowed: 1 to 65535")]
    public void A_whole_number_is_one(string value, string expected)
    {
        var sheet = new Sheet($"[modbus]\nport = {value}");
        Assert.Equal(502, sheet.Root.Section("modbus").Integer("port", 502, 1, 65535));
        Assert.Equal($"conpot-pi.toml:2:8: 'port' in [modbus] {expected}", sheet.Message);
    }

    [Theory]
    [InlineData("5", "is a whole number (5); write it in quotes: \"5\"")]
    [InlineData("{ b = 1 }", "is a section; write it in quotes")]
    [InlineData("\"a\\nb\"", "holds the control character U+000A; remove it")]
    [InlineData("'''a\nb'''", "holds the control character U+000A; remove it")]
    [InlineData("\"a\\u009Bb\"", "holds the control character U+009B; remove it")]
    public void A_text_is_one_line(string value, string expected)
    {
        var sheet = new Sheet($"a = {value}");
        Assert.Equal("x", sheet.Root.Text("a", "x"));
        Assert.EndsWith($": 'a' {expected}", sheet.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nan", "is nan; allowed: 0 to 1.5")]
    [InlineData("-inf", "is -inf; allowed: 0 to 1.5")]
    [InlineData("1e999", "is 1e999; allowed: 0 to 1.5")]
    [InlineData("\"1\"", "is a string (\"1\"); write a number from 0 to 1.5, without quotes")]
    public void A_number_is_in_its_range(string value, string expected)
    {
        var sheet = new Sheet($"a = {value}");
        Assert.Equal(0.5, sheet.Root.Number("a", 0.5, 0, 1.5));
        Assert.Equal($"conpot-pi.toml:1:5: 'a' {expected}", sheet.Message);
    }

    [Theory]
    [InlineData("5", "is a whole number (5); write a number with its unit in quotes, such as \"3ms\", \"1.5s\" or \"5m\"")]
    [InlineData("\"5 sec\"", "is \"5 sec\"; write a number with its unit, such as \"250us\", \"3ms\", \"1.5s\", \"5m\", \"12h\" or \"7d\", or \"0\"")]
    [InlineData("\"2h\"", "is \"2h\"; allowed: 1s to 1h")]
    [InlineData("\"0\"", "is \"0\"; allowed: 1s to 1h")]
    public void A_duration_has_a_unit_and_a_range(string value, string expected)
    {
        var sheet = new Sheet($"a = {value}");
        Assert.Equal(Second, sheet.Root.Duration("a", Second, Second, TimeSpan.FromHours(1)));
        Assert.Equal($"conpot-pi.toml:1:5: 'a' {expected}", sheet.Message);
    }

    [Theory]
    [InlineData("\"6ms..3ms\"", "is \"6ms..3ms\"; that runs backwards; write \"3ms..6ms\"")]
    [InlineData("\"3ms..2s\"", "is \"3ms..2s\"; allowed: 0 to 1s")]
    [InlineData("6", "is a whole number (6); write one duration or two in quotes: \"3ms\" or \"3ms..6ms\"")]
    public void A_range_of_durations_runs_forwards(string value, string expected)
    {
        var sheet = new Sheet($"a = {value}");
        Assert.Equal((Second, Second), sheet.Root.DurationRange("a", (Second, Second), Second));
        Assert.Equal($"conpot-pi.toml:1:5: 'a' {expected}", sheet.Message);
    }

    [Fact]
    public void A_choice_names_the_nearest()
    {
        var sheet = new Sheet("a = \"tpc\"");
        Assert.Equal("udp", sheet.Root.Choice("a", "udp", "udp", "tcp"));
        Assert.Equal("conpot-pi.toml:1:5: 'a' is \"tpc\"; allowed: \"udp\", \"tcp\"; did you mean \"tcp\"?", sheet.Message);
    }

    [Fact]
    public void In_a_list_each_wrong_element_is_named_at_its_place()
    {
        var sheet = new Sheet("a = [1, \"2\", 30]\nb = [\"x\", 5]");
        Assert.Equal([1], sheet.Root.Integers("a", 0, 9));
        Assert.Equal(["x"], sheet.Root.Texts("b"));
        Assert.Equal(
        [
            "conpot-pi.toml:1:9: 'a' holds a string (\"2\"); write whole numbers from 0 to 9, without quotes: [1, 2]",
            "conpot-pi.toml:1:14: 'a' is 30; allowed: 0 to 9",
            "conpot-pi.toml:2:11: 'b' holds a whole number (5); write texts in quotes: [\"a\", \"b\"]",
        ], sheet.Messages);
    }

    [Fact]
    public void A_grammar_of_the_callers_says_what_is_wrong()
    {
        var sheet = new Sheet("[io]\n\"I0.0\" = \"gpoi 17\"");
        Assert.Equal(5, sheet.Root.Section("io").Parsed("I0.0", 5, TryWhole));
        Assert.Equal("conpot-pi.toml:2:10: 'I0.0' in [io] is \"gpoi 17\"; write digits", sheet.Message);
    }

    [Fact]
    public void The_callers_own_mistakes_stand_at_the_value_or_at_the_header()
    {
        var sheet = new Sheet("[a]\nx = 5\n[b]\ny = \"5\"");
        sheet.Root.Section("a").Error("x", "x is odd");
        sheet.Root.Section("a").Error("z", "z is missing");
        sheet.Root.Section("c").Error("z", "c needs a z");
        // Read as its default already, with an error of its own.
        Assert.Equal(1, sheet.Root.Section("b").Integer("y", 1, 0, 9));
        sheet.Root.Section("b").Error("y", "y is odd");
        Assert.Equal(
        [
            "conpot-pi.toml: c needs a z",
            "conpot-pi.toml:1:1: z is missing",
            "conpot-pi.toml:2:5: x is odd",
            "conpot-pi.toml:4:5: 'y' in [b] is a string (\"5\"); write a whole number from 0 to 9, without quotes",
        ], sheet.Messages);
    }

    [Theory]
    [InlineData("[modbus]\nport = 503\n[modbus.map]\nx = 1\n[[modbus.unit]]\nid = 2\n[[modbus.unit]]\nid = 3")]
    [InlineData("modbus.port = 503\nmodbus.map.x = 1\nmodbus.unit = [{ id = 2 }, { id = 3 }]")]
    [InlineData("modbus = { port = 503, map = { x = 1 }, unit = [{ id = 2 }, { id = 3 }] }")]
    [InlineData("modbus = {\n  port = 503,\n  map.x = 1,\n  unit = [\n    { id = 2 },\n    { id = 3 },\n  ],\n}")]
    [InlineData("[\"modbus\"]\n'port' = 503\n\"map\".x = 1\n[[modbus . \"unit\"]]\nid = 2\n[[modbus.unit]]\nid = 3")]
    public void Every_form_of_toml_reads_the_same(string text)
    {
        var sheet = new Sheet(text);
        var modbus = sheet.Root.Section("modbus");
        Assert.True(modbus.Exists);
        Assert.Equal(503, modbus.Integer("port", 502, 1, 65535));
        Assert.Equal(1, modbus.Section("map").Integer("x", 0, 0, 9));
        Assert.Equal("modbus.map", modbus.Section("map").Name);
        Assert.Equal([2, 3], modbus.Sections("unit").Select(u => u.Integer("id", 0, 0, 255)));
        Assert.Equal(["modbus.unit[1]", "modbus.unit[2]"], modbus.Sections("unit").Select(u => u.Name));
        sheet.File.ReportUnread();
        Assert.Empty(sheet.Messages);
    }

    [Fact]
    public void A_section_in_the_wrong_form_is_read_as_missing()
    {
        var sheet = new Sheet("modbus = 5\n[[snmp]]\nport = 1\n[http]\n[http.page]\nx = 1\n[s7]\npage = 5");
        Assert.False(sheet.Root.Section("modbus").Exists);
        Assert.False(sheet.Root.Section("snmp").Exists);
        Assert.Empty(sheet.Root.Section("http").Sections("page"));
        Assert.Empty(sheet.Root.Section("s7").Sections("page"));
        Assert.Equal(1, sheet.Root.Integer("http", 1, 0, 9));
        Assert.Equal(
        [
            "conpot-pi.toml:1:10: 'modbus' is a whole number (5); write [modbus] in a line of its own and its settings below",
            "conpot-pi.toml:2:1: 'snmp' is a list of sections; write [snmp], with single brackets, once",
            "conpot-pi.toml:4:1: 'http' is a section; write a whole number from 0 to 9, without quotes",
            "conpot-pi.toml:5:1: 'page' in [http] is a single section; write [[http.page]], with double brackets, for each one",
            "conpot-pi.toml:8:8: 'page' in [s7] is a whole number (5); write [[s7.page]], with double brackets, for each one",
        ], sheet.Messages);
    }

    [Fact]
    public void The_same_mistake_read_twice_is_one_error()
    {
        var sheet = new Sheet("a = 10");
        sheet.Root.Integer("a", 0, 0, 9);
        sheet.Root.Integer("a", 0, 0, 9);
        Assert.Single(sheet.Messages);
    }

    [Theory]
    [InlineData(0, long.MaxValue, "-1", "allowed: 0 or more")]
    [InlineData(long.MinValue, 9, "10", "allowed: 9 or less")]
    [InlineData(0, long.MaxValue, "\"1\"", "write a whole number, 0 or more, without quotes")]
    [InlineData(long.MinValue, long.MaxValue, "\"1\"", "write a whole number, without quotes")]
    public void An_open_range_has_no_astronomic_number_in_it(long minimum, long maximum, string value, string expected)
    {
        var sheet = new Sheet($"a = {value}");
        sheet.Root.Integer("a", 5, minimum, maximum);
        Assert.EndsWith(expected, sheet.Message, StringComparison.Ordinal);
    }

    private static bool TryWhole(string text, out int value, out string problem)
    {
        problem = "write digits";
        return int.TryParse(text, out value);
    }
}
