using Xunit;

namespace Conpot.Pi.Tests.Config;

public class SyntaxMistakeTests
{
    [Theory]
    // Texts
    [InlineData("a = \"abc\nb = 1\nc = 2\n[x]\nd = 3", "1:5: the text of 'a' is not closed; end it with \"")]
    [InlineData("a = 'abc\nb = 1", "1:5: the text of 'a' is not closed; end it with '")]
    [InlineData("a = 1\nb = '''x\ny\n[c]\nd = 2", "2:5: the text of 'b' is not closed; end it with '''")]
    [InlineData("a = \"abc\\", "1:5: the text of 'a' is not closed; end it with \"")]
    [InlineData("a = \"\"\"abc\\", "1:5: the text of 'a' is not closed; end it with \"\"\"")]
    [InlineData("a = [\"x,\n  \"y\"]\nb = 1", "1:6: the text of 'a' is not closed; end it with \"")]
    [InlineData("a = \"C:\\pump\\qrs\"\nb = 1", "1:9: a backslash in \"...\" starts an escape such as \\n; in the value of 'a' write \\\\ for it, or use '...' quotes")]
    [InlineData("a = \"x\" y\nb = 1", "1:9: unexpected 'y' after the value of 'a'; a value ends its line, and a comment starts with #")]
    [InlineData("a = 'x\u0001'\nb = 1", "1:7: control character U+0001; remove it")]
    [InlineData("# c\u0001\nb = 1", "1:4: control character U+0001; remove it")]
    // Smart quotes, as word processors and mail make them
    [InlineData("a = \u201Cabc\u201D\nb = 1", "1:5: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    [InlineData("a = \u2018abc\u2019\nb = 1", "1:5: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    [InlineData("a = \"abc\u201D\nb = 1", "1:9: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    [InlineData("a = abc\u201D # x\nb = 1", "1:8: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    [InlineData("\u201Ca\u201D = 1\nb = 1", "1:1: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    [InlineData("a = [\"x\", \u201Cy\u201D]\nb = 1", "1:11: smart quotes \u201C \u201D cannot hold a text; use plain \" quotes")]
    // Values without quotes
    [InlineData("a = abc\nb = 1", "1:5: 'a' is text without quotes; write a = \"abc\"")]
    [InlineData("a = 3ms..6ms # slow\nb = 1", "1:5: 'a' is text without quotes; write a = \"3ms..6ms\"")]
    [InlineData("a = 127.0.0.1\nb = 1", "1:5: 'a' is text without quotes; write a = \"127.0.0.1\"")]
    [InlineData("a = 10 minutes\nb = 1", "1:5: 'a' is text without quotes; write a = \"10 minutes\"")]
    [InlineData("a = [foo]\nb = 1", "1:6: text without quotes in the value of 'a'; put it in \" quotes")]
    [InlineData("a = Yes\nb = 1", "1:5: 'a' is Yes; write true or false, in small letters and without quotes")]
    [InlineData("a = True\nb = 1", "1:5: 'a' is True; write true or false, in small letters and without quotes")]
    [InlineData("a = 007\nb = 1", "1:5: 'a' is 007; write a whole number without leading zeros, no larger than 9223372036854775807")]
    [InlineData("a = 99999999999999999999\nb = 1", "1:5: 'a' is 99999999999999999999; write a whole number without leading zeros, no larger than 9223372036854775807")]
    [InlineData("a = .5\nb = 1", "1:5: 'a' is .5; write a number with digits on both sides of the point")]
    [InlineData("a = 1 2\nb = 1", "1:7: unexpected '2' after the value of 'a'; a value ends its line, and a comment starts with #")]
    [InlineData("a = 1,\nb = 1", "1:5: ',' after the value of 'a'; a line ends without it")]
    [InlineData("a = true;\nb = 1", "1:5: ';' after the value of 'a'; a line ends without it")]
    [InlineData("a == 1\nb = 1", "1:4: a second '=' after 'a'; one is enough")]
    [InlineData("a =\nb = 1", "1:1: 'a' has no value; write one after the =, or remove the line")]
    [InlineData("a = # none\nb = 1", "1:1: 'a' has no value; write one after the =, or remove the line")]
    // Brackets
    [InlineData("a = [1, 2\nb = 1", "1:5: the array of 'a' is not closed; end it with ]")]
    [InlineData("a = [\n  1,\n  2\nb = 1", "1:5: the array of 'a' is not closed; end it with ]")]
    [InlineData("b = 1\n[x]\na = [1,\n# c\n", "3:5: the array of 'a' is not closed; end it with ]")]
    [InlineData("a = {", "1:5: the table of 'a' is not closed; end it with }")]
    [InlineData("a = { x = [1, 2 }\nb = 1", "1:11: the array of 'a' is not closed; end it with ]")]
    [InlineData("a = [[1, 2], [3\n]\nb = 1", "1:5: the array of 'a' is not closed; end it with ]")]
    [InlineData("a = { x = 1, \nb = 1", "1:5: the table of 'a' is not closed; end it with }")]
    [InlineData("a = {\n x = 5 6,\n y = 2\n}\nb = 1", "2:8: unexpected '6' in the value of 'a'; its parts are divided by commas")]
    [InlineData("a = [\n1,\n2\n3,\n]\nb = 1", "4:1: unexpected '3' in the value of 'a'; its parts are divided by commas")]
    [InlineData("a = []]\nb = 1", "1:7: unexpected ']' after the value of 'a'; a value ends its line, and a comment starts with #")]
    // Names
    [InlineData("a: 5\nb = 1", "1:2: ':' after 'a'; write = instead")]
    [InlineData("a 5\nb = 1", "1:3: 'a' is not followed by '='; write a = value (a name with other than letters, digits, - and _ needs quotes)")]
    [InlineData("= 5\nb = 1", "1:1: no name before '='; write name = value")]
    [InlineData("été = 5\nb = 1", "1:1: 'é' in a name; names are letters a-z, digits, - and _; put others in quotes")]
    [InlineData("// c\nb = 1", "1:1: a comment starts with #")]
    [InlineData("; c\nb = 1", "1:1: a comment starts with #")]
    [InlineData("}\nb = 1", "1:1: unexpected '}'; a line is [section], name = value or # comment")]
    [InlineData("a = 1\r\rb = 1", "1:6: a carriage return without a line feed; save the file with line ends LF or CRLF")]
    // Headers
    [InlineData("[modbus\nport = 502\nx = 3", "1:1: the brackets around section modbus do not match; write [modbus]")]
    [InlineData("[modbus]]\nport = 502", "1:1: the brackets around section modbus do not match; write [modbus]")]
    [InlineData("[[modbus.unit]\nid = 502", "1:1: the brackets around section modbus.unit do not match; write [[modbus.unit]]")]
    [InlineData("[]\nport = 502", "1:1: a section without a name; write [name]")]
    [InlineData("[mod bus]\nport = 502", "1:1: \"mod bus\" is no name of a section; names are letters, digits, - and _, with dots between them")]
    [InlineData("[modbus] port = 502\nx = 1", "1:1: 'p' after [modbus]; a header stands alone in its line")]
    public void One_mistake_is_one_error(string text, string expected) => Assert.Equal($"{Sheet.Name}:{expected}", new Sheet(text).Message);

    [Fact]
    public void Mistakes_in_many_lines_show_in_one_go()
    {
        var sheet = new Sheet("name = pump\n[modbus]\nport = 5O2\nlatency = \"3ms..6ms\nprot = 1\n[snmp\nport = \"161\"\n");
        sheet.Root.Text("name", "");
        sheet.Root.Section("modbus").Integer("port", 502, 1, 65535);
        sheet.Root.Section("modbus").DurationRange("latency", default, TimeSpan.MaxValue);
        sheet.Root.Section("snmp").Integer("port", 161, 1, 65535);
        sheet.File.ReportUnread();
        Assert.Equal(
        [
            "conpot-pi.toml:1:8: 'name' is text without quotes; write name = \"pump\"",
            "conpot-pi.toml:3:8: 'port' is text without quotes; write port = \"5O2\"",
            "conpot-pi.toml:4:11: the text of 'latency' is not closed; end it with \"",
            "conpot-pi.toml:5:1: unknown setting 'prot' in [modbus]; did you mean 'port'?",
            "conpot-pi.toml:6:1: the brackets around section snmp do not match; write [snmp]",
            "conpot-pi.toml:7:8: 'port' in [snmp] is a string (\"161\"); write a whole number from 1 to 65535, without quotes",
        ], sheet.Messages);
    }

    [Fact]
    public void What_a_broken_line_leaves_missing_is_no_second_mistake()
    {
        var sheet = new Sheet("[mqtt]\nserver = mqtts://x\n");
        sheet.Root.Section("mqtt").Error("server", "[mqtt] needs a server");
        Assert.Equal("conpot-pi.toml:2:10: 'server' is text without quotes; write server = \"mqtts://x\"", sheet.Message);
    }

    [Fact]
    public void Settings_under_a_header_that_cannot_be_read_are_left_out()
    {
        var sheet = new Sheet("[a]\nx = 1\n[b?]\nx = 2\nnobody = 3\n[c]\nx = 4\n");
        Assert.Equal([1, 4], [sheet.Root.Section("a").Integer("x", 0, 0, 9), sheet.Root.Section("c").Integer("x", 0, 0, 9)]);
        sheet.File.ReportUnread();
        Assert.StartsWith("conpot-pi.toml:3:1: \"b?\" is no name", sheet.Message);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a=")]
    public void Brackets_in_brackets_without_end_are_refused(string bracket)
    {
        var sheet = new Sheet("a = " + string.Concat(Enumerable.Repeat(bracket, 20_000)));
        Assert.Equal("conpot-pi.toml: arrays or braces are nested too deeply; a configuration needs three levels at most", sheet.Message);
    }

    [Theory]
    [InlineData("{0} = 1")]
    [InlineData("[{0}]")]
    public void A_name_of_nothing_but_dots_is_refused(string line) =>
        Assert.Equal("conpot-pi.toml:1:1: a name of 20001 parts; allowed: up to 16", new Sheet(line.Replace("{0}", string.Concat(Enumerable.Repeat("a.", 20_000)) + "a", StringComparison.Ordinal)).Message);

    [Fact]
    public void Of_a_file_that_is_no_toml_the_first_mistakes_show()
    {
        Assert.Equal(20, new Sheet(string.Concat(Enumerable.Repeat("What is this\n", 30))).Messages.Count());
        Assert.Equal("conpot-pi.toml:1:1: unexpected '<'; a line is [section], name = value or # comment", new Sheet(string.Concat(Enumerable.Repeat("<p>What is this?</p>\n", 40_000))).Message);
    }
}
