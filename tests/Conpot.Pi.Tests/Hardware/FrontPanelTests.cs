using Conpot.Pi.Config;
using Conpot.Pi.Hardware;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>The lamps follow the CPU, the CPU follows the switch.</summary>
public sealed class FrontPanelTests : IDisposable
{
    private const int Run = 5, Stop = 6, Fault = 13, Activity = 19, Alert = 26, SwitchRun = 20, SwitchStop = 21, Button = 16;

    private readonly HeaderRig _rig = new();
    private readonly FrontPanel _panel;

    public FrontPanelTests()
    {
        var errors = new ConfigErrors();
        const string Toml = "run = \"gpio 5\"\nstop = \"gpio 6 active-low\"\nsf = \"gpio 13\"\nactivity = \"gpio 19\"\nalert = \"gpio 26 blink 250ms\"\n"
            + "switch_run = \"gpio 20 pull-up active-low\"\nswitch_stop = \"gpio 21 pull-up active-low\"\nacknowledge = \"gpio 16 pull-up active-low\"\n";
        var settings = PanelSettings.Read(ConfigFile.Parse("panel", System.Text.Encoding.UTF8.GetBytes(Toml), errors).Root, _rig.Io);
        Assert.Empty(errors.InOrder);
        _panel = new FrontPanel(settings, _rig.Cpu, _rig.Board, _rig.Time);
        _rig.Cpu.ModeChanged += _ => _panel.Show();
        _rig.PowerUp();
    }

    [Fact]
    public void RUN_and_STOP_follow_the_mode()
    {
        Assert.Equal((true, true), (_rig.Chip.Level(Run), _rig.Chip.Level(Stop)));
        _rig.Cpu.Stop(ModeReason.Network);
        Assert.Equal((false, false), (_rig.Chip.Level(Run), _rig.Chip.Level(Stop)));
    }

    [Fact]
    public void Contacts_that_nobody_can_read_do_not_stop_the_CPU()
    {
        using var rig = new HeaderRig { OpenFails = "no chip" };
        var errors = new ConfigErrors();
        var settings = PanelSettings.Read(ConfigFile.Parse("panel", "switch_run = \"gpio 20 pull-up active-low\"\n"u8, errors).Root, rig.Io);
        using var panel = new FrontPanel(settings, rig.Cpu, rig.Board, rig.Time);
        rig.PowerUp();
        panel.Look();
        Assert.Equal(OperatingMode.Run, rig.Cpu.Mode);
        Assert.Equal(ModeAnswer.Done, rig.Cpu.Stop(ModeReason.Network));
        Assert.Equal(ModeAnswer.Done, rig.Cpu.Start(ModeReason.Network));
    }

    [Fact]
    public void SF_is_steady_for_the_CPU_and_its_modules_and_blinks_once_a_second_for_the_sensor()
    {
        _panel.Blink(true);
        Assert.Equal([true, false, true, false], Watch(Fault, 4, TimeSpan.FromMilliseconds(500)));
        _rig.Cpu.SetModuleFaults(1);
        _panel.Show();
        Assert.Equal([true, true, true], Watch(Fault, 3, TimeSpan.FromMilliseconds(500)));
        Assert.Equal(OperatingMode.Run, _rig.Cpu.Mode);
        _rig.Cpu.SetModuleFaults(0);
        _panel.Blink(false);
        Assert.Equal([false, false, false], Watch(Fault, 3, TimeSpan.FromMilliseconds(500)));
    }

    [Fact]
    public void Activity_flashes_thirty_milliseconds_and_ten_times_a_second_at_most()
    {
        var lit = 0;
        for (var millisecond = 0; millisecond < 1000; millisecond++)
        {
            for (var request = 0; request < 5; request++) _panel.Activity();
            _rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            lit += _rig.Chip.Level(Activity) ? 1 : 0;
        }
        Assert.InRange(lit, 280, 320);
        Assert.InRange(_rig.Chip.Writes, 18, 24);
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_rig.Chip.Level(Activity));
    }

    [Fact]
    public void The_alert_lamp_blinks_until_it_is_taken_back_and_the_button_says_so_once_for_a_press()
    {
        var presses = 0;
        _panel.Acknowledged += () => presses++;
        _panel.Alert(true);
        _panel.Alert(true); // another one changes nothing
        Assert.Equal([true, false, true], Watch(Alert, 3, TimeSpan.FromMilliseconds(250)));
        _panel.Alert(false);
        Assert.Equal([false, false], Watch(Alert, 2, TimeSpan.FromMilliseconds(250)));
        foreach (var level in (bool[])[false, false, true, true, false])
        {
            _rig.Chip.Pull(Button, level);
            _panel.Look();
        }
        Assert.Equal(2, presses);
    }

    [Fact]
    public void The_switch_has_three_positions_and_the_network_rules_in_two_of_them()
    {
        Turn(run: true, stop: false);
        Assert.True(_rig["SM0.7"]);
        Turn(run: false, stop: true);
        Assert.Equal(OperatingMode.Stop, _rig.Cpu.Mode);
        Assert.Equal(ModeAnswer.Refused, _rig.Cpu.Start(ModeReason.Network));
        Turn(run: false, stop: false);
        Assert.Equal(OperatingMode.Stop, _rig.Cpu.Mode);
        Assert.Equal(ModeAnswer.Done, _rig.Cpu.Start(ModeReason.Network));
        Assert.False(_rig["SM0.7"]);
        Assert.Equal(ModeAnswer.Done, _rig.Cpu.Stop(ModeReason.Network));
        Turn(run: true, stop: false);
        Assert.Equal(OperatingMode.Run, _rig.Cpu.Mode);
    }

    [Theory]
    [InlineData(true, null, SwitchPosition.Run)]
    [InlineData(false, null, SwitchPosition.Stop)]
    [InlineData(null, true, SwitchPosition.Stop)]
    [InlineData(null, false, SwitchPosition.Run)]
    [InlineData(true, true, SwitchPosition.Stop)]
    [InlineData(false, false, SwitchPosition.Term)]
    internal void One_contact_makes_two_positions_and_two_make_three(bool? run, bool? stop, SwitchPosition expected) => Assert.Equal(expected, FrontPanel.Position(run, stop));

    public void Dispose()
    {
        _panel.Dispose();
        _rig.Dispose();
    }

    private void Turn(bool run, bool stop)
    {
        _rig.Chip.Pull(SwitchRun, !run);
        _rig.Chip.Pull(SwitchStop, !stop);
        _panel.Look();
        _rig.Cpu.Scan();
    }

    private List<bool> Watch(int pin, int times, TimeSpan step)
    {
        var seen = new List<bool>();
        for (var i = 0; i < times; i++)
        {
            seen.Add(_rig.Chip.Level(pin));
            _rig.Time.Advance(step);
        }
        return seen;
    }
}
