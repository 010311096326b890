using Xunit;

namespace Conpot.Pi.Tests.Config;

public class UnreadTests
{
    [Theory]
    [InlineData("[modbus]\nprot = 1", "2:1: unknown setting 'prot' in [modbus]; did you mean 'port'?")]
    [InlineData("  [modbus]\n  Port = 1", "2:3: unknown setting 'Port' in [modbus]; did you mean 'port'?")]
    [InlineData("[modbus]\nlatencies = 1", "2:1: unknown setting 'latencies' in [modbus]; did you mean 'latency'?")]
    [InlineData("[modbus]\ncolour = 1", "2:1: unknown setting 'colour' in [modbus]; allowed: latency, port, [modbus.map], [[modbus.unit]]")]
    [InlineData("[modbus]\nunits = 1", "2:1: unknown setting 'units' in [modbus]; did you mean [[modbus.unit]]?")]
    [InlineData("[modbus]\nname = \"x\"", "2:1: unknown setting 'name' in [modbus]; 'name' belongs at the top of the file, above the first [section]")]
    [InlineData("modbus.prot = 1", "1:1: unknown setting 'prot' in [modbus]; did you mean 'port'?")]
    [InlineData("modbus = { prot = 1 }", "1:12: unknown setting 'prot' in [modbus]; did you mean 'port'?")]
    [InlineData("[[modbus.unit]]\nid = 1\nidd = 2", "3:1: unknown setting 'idd' in [[modbus.unit]]; did you mean 'id'?")]
    [InlineData("[modbuss]\nport = 1\nx = 2", "1:1: unknown section [modbuss]; did you mean [modbus]?")]
    [InlineData("[modbuss.unit]\nport = 1", "1:1: unknown section [modbuss]; did you mean [modbus]?")]
    [InlineData("modbuss.port = 1", "1:1: unknown section [modbuss]; did you mean [modbus]?")]
    [InlineData("[[modbus.units]]\nid = 1", "1:1: unknown section [[modbus.units]]; did you mean [[modbus.unit]]?")]
    [InlineData("[weather]\nport = 1", "1:1: unknown section [weather]; allowed: name, [io], [modbus]")]
    [InlineData("nmae = 1", "1:1: unknown setting 'nmae'; did you mean 'name'?")]
    [InlineData("\"a\\u001Bb c\" = 1", "1:1: unknown setting 'a<U+001B>b c'; allowed: name, [io], [modbus]")]
    [InlineData("[io]\nI0.0 = \"gpio 17\"", "2:1: 'I0.0' in [io] needs quotes, as every name with a dot: \"I0.0\" = ...")]
    public void What_nobody_asked_for_is_named_with_what_was_meant(string text, string expected)
    {
        var sheet = new Sheet(text);
        Read(sheet);
        sheet.File.ReportUnread();
        Assert.Equal($"conpot-pi.toml:{expected}", sheet.Message);
    }

    [Fact]
    public void All_of_them_show_in_the_order_of_the_file()
    {
        var sheet = new Sheet("x1 = 1\n[y1]\n[modbus]\nz1 = 1\nz2 = 2\n[y2]\n");
        Read(sheet);
        sheet.File.ReportUnread();
        Assert.Equal([1, 2, 4, 5, 6], sheet.Errors.InOrder.Select(e => e.Line));
    }

    [Fact]
    public void A_long_list_of_allowed_names_is_cut()
    {
        var sheet = new Sheet("unlike = 1");
        for (var i = 10; i < 40; i++)
            sheet.Root.Flag($"key{i}", false);
        sheet.File.ReportUnread();
        Assert.Equal("conpot-pi.toml:1:1: unknown setting 'unlike'; allowed: key10, key11, key12, key13, key14, key15, key16, key17, key18, key19, key20, key21 ...", sheet.Message);
    }

    [Fact]
    public void Asking_whether_a_key_stands_is_not_reading_it()
    {
        var sheet = new Sheet("a = 1");
        Assert.True(sheet.Root.Has("a"));
        Assert.False(sheet.Root.Has("b"));
        sheet.File.ReportUnread();
        Assert.Equal("conpot-pi.toml:1:1: unknown setting 'a'; remove it", sheet.Message);
    }

    private static void Read(Sheet sheet)
    {
        sheet.Root.Text("name", "");
        var modbus = sheet.Root.Section("modbus");
        modbus.Integer("port", 502, 1, 65535);
        modbus.DurationRange("latency", default, TimeSpan.MaxValue);
        modbus.Section("map");
        foreach (var unit in modbus.Sections("unit"))
            unit.Integer("id", 1, 0, 255);
        Assert.Empty(sheet.Root.Section("io").Keys);
    }
}
