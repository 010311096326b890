using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class PlcProfileTests
{
    public static TheoryData<string> Names => [.. PlcProfile.Names];

    [Theory, MemberData(nameof(Names))]
    public void Every_profile_reads_without_a_mistake(string name)
    {
        var errors = new ConfigErrors();
        var profile = PlcProfile.Load(name, errors);
        using var cpu = Cpu.Read(File("", errors), profile, new DeviceSeed(1), TimeProvider.System);
        Assert.Empty(errors.InOrder);
        Assert.NotEqual(name, profile.Title);
        Assert.NotEmpty(profile.Description);
        Assert.Contains("title = ", PlcProfile.Text(name), StringComparison.Ordinal);
        Assert.Equal(name == "s7-300-cp343" ? "6ES7 315-2EH13-0AB0" : "6ES7 214-2BD23-0XB0", cpu.Settings.OrderNumber);
        Assert.Equal(10240, cpu.Image.Size(Area.V));
    }

    [Fact]
    public void Every_profile_file_is_in_the_list()
    {
        var files = typeof(PlcProfile).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("profile.", StringComparison.Ordinal)).Select(n => n[8..^5]);
        Assert.Equal(PlcProfile.Names.Order(), files.Order());
    }

    [Fact]
    public void The_default_profile_says_what_the_device_says()
    {
        var identity = PlcProfile.Load(PlcProfile.Default, new ConfigErrors()).Root.Section("identity");
        var seed = new DeviceSeed(1);
        Assert.Equal(
            $"Siemens, SIMATIC NET, CP 443-1, 6GK7 443-1EX20-0XE0, HW: Version 3, FW: Version V2.1.2, {seed.Serial}",
            seed.Personalise(identity.Text("sys_descr", "")));
    }

    [Fact]
    public void The_users_lines_take_the_place_of_the_profiles()
    {
        var errors = new ConfigErrors();
        var user = File("""
            [plc]
            v_memory = 8192
            [io]
            "aiw0" = "constant 800"
            "QB0" = "free"
            [initial]
            "VW10" = "77"
            """, errors);
        using var cpu = Cpu.Read(user, PlcProfile.Load("s7-200", errors), new DeviceSeed(1), TimeProvider.System);
        Assert.Empty(errors.InOrder);
        cpu.PowerUp();
        Assert.Equal(800, cpu.Image.ReadWord(Area.AI, 0));
        Assert.Equal(0, cpu.Image.ReadByte(Area.Q, 0));
        Assert.Equal(77, cpu.Image.ReadWord(Area.V, 10));
        Assert.Equal(8192, cpu.Image.Size(Area.V));
    }

    [Fact]
    public void Mistakes_have_a_place_and_a_remedy()
    {
        var errors = new ConfigErrors();
        var user = File("""
            [plc]
            v_memory = 4096
            [io]
            "I0.0" = "gpio 17"
            "VW4" = "1"
            "V5.3" = "on"
            "VW4096" = "2"
            "Q0.0" = "follow V4096.0"
            [initial]
            "VW0" = "much"
            """, errors);
        using var cpu = Cpu.Read(user, PlcProfile.Load("conpot-2013", errors), new DeviceSeed(1), TimeProvider.System);
        var told = errors.InOrder.Select(error => error.ToString()).ToArray();
        Assert.Equal(5, told.Length);
        Assert.StartsWith("test.toml:4:", told[0], StringComparison.Ordinal);
        Assert.Contains("'gpio' is not a signal", told[0], StringComparison.Ordinal);
        Assert.Contains("V5.3 is driven by the line \"VW4\" already; keep one of the two", told[1], StringComparison.Ordinal);
        Assert.Contains("VW4096 is beyond the V memory of this CPU (VB0..VB4095)", told[2], StringComparison.Ordinal);
        Assert.Contains("V4096.0 is beyond the V memory of this CPU (VB0..VB4095)", told[3], StringComparison.Ordinal);
        Assert.Contains("'much' is not a number", told[4], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_devices_of_2013_are_not_alike()
    {
        byte[] Coils(ulong seed)
        {
            var errors = new ConfigErrors();
            using var cpu = Cpu.Read(File("", errors), PlcProfile.Load("conpot-2013", errors), new DeviceSeed(seed), TimeProvider.System);
            cpu.PowerUp();
            var coils = new byte[16];
            cpu.Image.Read(Area.Q, 0, coils);
            return coils;
        }
        Assert.Equal(Coils(1), Coils(1));
        Assert.NotEqual(Coils(1), Coils(2));
    }

    internal static ConfigSection File(string text, ConfigErrors errors) => ConfigFile.Parse("test.toml", Encoding.UTF8.GetBytes(text), errors).Root;
}
