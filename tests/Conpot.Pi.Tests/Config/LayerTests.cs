using System.Text;
using Conpot.Pi.Config;
using Xunit;

namespace Conpot.Pi.Tests.Config;

public class LayerTests
{
    private readonly ConfigErrors _errors = new();

    [Fact]
    public void A_key_missing_in_the_users_file_is_read_in_the_profile()
    {
        var (user, profile) = (Parse("user", "[modbus]\nport = 503"), Parse("profile", "[modbus]\nport = 502\nunits = 7\n[modbus.map]\nx = 1\ny = 2"));
        user.Set("modbus.map.y=3");
        var modbus = user.Root.Over(profile.Root).Section("modbus");
        Assert.Equal(503, modbus.Integer("port", 0, 1, 65535));
        Assert.Equal(7, modbus.Integer("units", 0, 1, 9));
        Assert.Equal(9, modbus.Integer("neither", 9, 1, 9));
        Assert.Equal((1, 3), (modbus.Section("map").Integer("x", 0, 0, 9), modbus.Section("map").Integer("y", 0, 0, 9)));
        Assert.True(modbus.Has("units"));
        Assert.Equal(["port", "units"], modbus.Keys);
        Assert.Equal(["y", "x"], modbus.Section("map").Keys);
        user.ReportUnread();
        profile.ReportUnread();
        Assert.Empty(_errors.InOrder);
    }

    [Fact]
    public void A_list_of_the_users_replaces_the_profiles()
    {
        var profile = "[[modbus.unit]]\nid = 1\n[[modbus.unit]]\nid = 2";
        Assert.Equal([1, 2], Units("[modbus]\nport = 1", profile));
        Assert.Equal([1, 2], Units("", profile));
        Assert.Equal([9], Units("[[modbus.unit]]\nid = 9", profile));
        Assert.Empty(Units("modbus.unit = []", profile));
        Assert.Empty(_errors.InOrder);
    }

    [Fact]
    public void A_mistake_is_reported_in_the_file_it_stands_in()
    {
        var (user, profile) = (Parse("user", "[modbus]\nprot = 1\nsize = true"), Parse("profile", "[modbus]\n\nport = \"502\"\ncolour = 1"));
        var modbus = user.Root.Section("modbus").Over(profile.Root.Section("modbus"));
        modbus.Integer("port", 0, 1, 65535);
        modbus.Size("size", 0, 0, 9);
        modbus.Error("size", "not told twice");
        modbus.Error("unheard", "[modbus] needs 'unheard'");
        user.ReportUnread();
        profile.ReportUnread();
        Assert.Equal(
        [
            "profile:3:8: 'port' in [modbus] is a string (\"502\"); write a whole number from 1 to 65535, without quotes",
            "profile:4:1: unknown setting 'colour' in [modbus]; allowed: port, size",
            "user:1:1: [modbus] needs 'unheard'",
            "user:2:1: unknown setting 'prot' in [modbus]; did you mean 'port'?",
            "user:3:8: 'size' in [modbus] is a flag (true); write a number of bytes, or one with its unit in quotes, such as \"64KiB\"",
        ], _errors.InOrder.Select(e => e.ToString()));
    }

    [Fact]
    public void A_value_of_the_users_that_is_wrong_does_not_fall_back_to_the_profiles()
    {
        var modbus = Parse("user", "port = true").Root.Over(Parse("profile", "port = 502").Root);
        Assert.Equal(1, modbus.Integer("port", 1, 1, 65535));
        Assert.Single(_errors.InOrder);
    }

    private List<long> Units(string user, string profile)
    {
        var (own, defaults) = (Parse("user", user), Parse("profile", profile));
        var ids = own.Root.Over(defaults.Root).Section("modbus").Sections("unit").Select(u => u.Integer("id", 0, 0, 9)).ToList();
        own.Root.Section("modbus").Integer("port", 0, 0, 9);
        own.ReportUnread();
        defaults.ReportUnread();
        return ids;
    }

    private ConfigFile Parse(string name, string text) => ConfigFile.Parse(name, Encoding.UTF8.GetBytes(text), _errors);
}
