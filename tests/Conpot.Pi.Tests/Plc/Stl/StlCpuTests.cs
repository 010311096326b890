using System.Diagnostics.CodeAnalysis;
using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>A program in the CPU: where it comes from, where in the scan it stands, and how it can stop it.</summary>
public class StlCpuTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly ConfigErrors _errors = new();
    private readonly List<ModeChange> _told = [];

    [Fact]
    public void A_program_of_the_user_has_the_last_word()
    {
        using var cpu = On("LD M0.0\n= Q0.0\n", "[io]\n\"Q0.0\" = \"on\"\n\"Q0.1\" = \"on\"\n\"M0.0\" = \"off\"");
        Assert.False(Bit(cpu, "Q0.0"));
        Assert.True(Bit(cpu, "Q0.1"));
        cpu.Image[AddressTests.At("Q0.0")] = true;
        cpu.Image[AddressTests.At("Q0.5")] = true;
        cpu.Scan();
        Assert.False(Bit(cpu, "Q0.0"));
        Assert.True(Bit(cpu, "Q0.5"));
    }

    [Fact]
    public void The_profiles_program_gives_way_to_the_users_lines()
    {
        using var cpu = On(null, "[io]\n\"Q0.7\" = \"free\"\n\"VW0\" = \"constant 7\"\n\"M0.0\" = \"on\"");
        Assert.Equal(7, cpu.Image.ReadWord(Area.V, 0));
        Assert.True(Bit(cpu, "M0.0"));
        cpu.Image[AddressTests.At("Q0.7")] = true;
        _time.Advance(TimeSpan.FromSeconds(0.6));
        cpu.Scan();
        Assert.True(Bit(cpu, "Q0.7"));
        Assert.Equal(cpu.Image.ReadWord(Area.AI, 2) / 64, cpu.Image.ReadWord(Area.V, 2));
    }

    [Fact]
    public void In_STOP_the_program_does_not_run()
    {
        using var cpu = On("LD SM0.0\nINCW VW100\nLD SM0.1\nINCW VW102\nLD SM0.0\nTON T37, 10\n= Q0.0");
        cpu.Stop(ModeReason.Network);
        var scans = cpu.Image.ReadWord(Area.V, 100);
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(scans, cpu.Image.ReadWord(Area.V, 100));
        Assert.False(Bit(cpu, "Q0.0"));
        cpu.Start(ModeReason.Network);
        Assert.Equal(scans + 1, cpu.Image.ReadWord(Area.V, 100));
        Assert.Equal(2, cpu.Image.ReadWord(Area.V, 102));
        Assert.Equal(0, cpu.Image.ReadWord(Area.T, 74));
        _time.Advance(TimeSpan.FromSeconds(2.05));
        Assert.Equal(20, cpu.Image.ReadWord(Area.T, 74), 10.0);
        Assert.True(Bit(cpu, "T37"));
    }

    [Fact]
    public void The_instruction_STOP_stops_the_CPU_and_its_outputs()
    {
        using var cpu = On("LD SM0.0\n= Q0.0\nLD M0.0\nSTOP");
        cpu.Image[AddressTests.At("M0.0")] = true;
        cpu.Scan();
        Assert.Equal(OperatingMode.Stop, cpu.Mode);
        Assert.False(cpu.SystemFault);
        Assert.False(Bit(cpu, "Q0.0"));
        Assert.Equal(new ModeChange(OperatingMode.Run, OperatingMode.Stop, false, ModeReason.Program), _told[^1]);
        Assert.Equal(ModeAnswer.Done, cpu.Start(ModeReason.Network));
        Assert.Equal(OperatingMode.Stop, cpu.Mode);
        Assert.Equal([ModeReason.PowerUp, ModeReason.Program, ModeReason.Network, ModeReason.Program], _told.Select(t => t.Reason));
    }

    [Fact]
    public void A_program_without_end_lights_SF_as_the_watchdog_does()
    {
        using var cpu = On("LD SM0.0\n= Q0.0\nNETWORK\nLBL 1\nNETWORK\nLD M0.0\nJMP 1");
        cpu.Image[AddressTests.At("M0.0")] = true;
        cpu.Refresh();
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(OperatingMode.Stop, cpu.Mode);
        Assert.True(cpu.SystemFault);
        Assert.False(Bit(cpu, "Q0.0"));
        Assert.Equal(new ModeChange(OperatingMode.Run, OperatingMode.Stop, true, ModeReason.Fault), _told[^1]);
        Assert.Equal(2, _told.Count);
        Assert.Equal(ModeAnswer.Refused, cpu.Start(ModeReason.Network));
        Assert.True(Bit(cpu, "SM4.3"));
        cpu.ClearFault();
        Assert.False(Bit(cpu, "SM4.3"));
    }

    [Fact]
    public void Even_the_hours_before_power_up_are_not_worth_a_program_without_end()
    {
        using var cpu = On("LBL 1\nNETWORK\nLD SM0.0\nJMP 1");
        Assert.True(cpu.SystemFault);
        Assert.Equal([ModeReason.PowerUp, ModeReason.Fault], _told.Select(t => t.Reason));
    }

    [Fact]
    public void Mistakes_stand_in_the_programs_file_and_a_missing_file_in_the_setting()
    {
        using var first = Read("LD I0.0\n= AIW0", "");
        Assert.Contains("my.awl:2:3: =: AIW0 is a word, and a bit is wanted", Assert.Single(_errors.InOrder).ToString(), StringComparison.Ordinal);
        var errors = new ConfigErrors();
        using var second = Cpu.Read(PlcProfileTests.File("[plc]\nprogram = \"gone.awl\"", errors), PlcProfile.Load("s7-200", errors), new DeviceSeed(1), _time);
        Assert.StartsWith("test.toml:2:11: 'program' is \"gone.awl\"; built in: pumping-station", Assert.Single(errors.InOrder).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_name_is_no_program()
    {
        using var cpu = Cpu.Read(PlcProfileTests.File("[plc]\nprogram = \"\"", _errors), PlcProfile.Load("s7-200", _errors), new DeviceSeed(1), _time);
        Assert.Empty(_errors.InOrder);
        Assert.Null(cpu.Program);
    }

    [Fact]
    public void Every_built_in_program_is_in_the_list()
    {
        var files = typeof(Cpu).Assembly.GetManifestResourceNames().Where(n => n.StartsWith("program.", StringComparison.Ordinal)).Select(n => n[8..^4]);
        Assert.Equal(ProgramConfig.Names.Order(), files.Order());
    }

    [Fact]
    public void A_scan_of_the_default_program_allocates_nothing()
    {
        using var cpu = On(null);
        cpu.Scan();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++) cpu.Scan();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <param name="program">The user's, or null for the profile's.</param>
    private Cpu On(string? program, string io = "")
    {
        var cpu = Read(program, io);
        Assert.Empty(_errors.InOrder);
        cpu.ModeChanged += _told.Add;
        cpu.PowerUp(continues: true);
        return cpu;
    }

    private Cpu Read(string? program, string io)
    {
        var settings = PlcProfileTests.File((program is null ? "" : "[plc]\nprogram = \"my.awl\"\n") + io, _errors);
        return Cpu.Read(settings, PlcProfile.Load("s7-200", _errors), new DeviceSeed(1), _time, readFile: (string text, [NotNullWhen(true)] out byte[]? bytes, out string problem) =>
        {
            (bytes, problem) = (Encoding.UTF8.GetBytes(program!), "");
            return text == "my.awl";
        });
    }

    private static bool Bit(Cpu cpu, string address) => cpu.Image[AddressTests.At(address)];
}
