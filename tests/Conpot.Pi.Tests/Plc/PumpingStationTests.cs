using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

/// <summary>The process of the default profile over hours: bounded, alive, coherent, and answering to what an attacker writes.</summary>
public class PumpingStationTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly Cpu _cpu;

    public PumpingStationTests()
    {
        var errors = new ConfigErrors();
        _cpu = Cpu.Read(PlcProfileTests.File("", errors), PlcProfile.Load("s7-200", errors), new DeviceSeed(42), _time);
        _cpu.PowerUp();
    }

    [Fact]
    public void Runs_for_a_day_by_itself()
    {
        var (starts, alarms, doors, sumps) = (0, 0, 0, 0);
        var temperatures = new HashSet<int>();
        var (pumpFor, restFor, levelThen) = (0, 0, Word("AIW0"));
        var startsAtPowerUp = Word("VW20");
        var hours = Word("VW22");
        for (var second = 0; second < 24 * 3600; second++)
        {
            var pump = Bit("Q0.0");
            Pass(1);
            var level = Word("AIW0");
            Assert.InRange(level, 8000, 27000);
            Assert.InRange(Word("AIW2"), 8900, 9980);
            Assert.InRange(Word("AIW4"), 0, 13700);
            Assert.InRange(Word("AIW6"), 0, 19400);
            Assert.Equal(level / 80, Word("VW0"), 1.0);
            for (var word = 0; word < 64; word += 2)
                Assert.Equal(0, Word($"AIW{word}") % 8);

            (pumpFor, restFor) = Bit("Q0.0") ? (pumpFor + 1, 0) : (0, restFor + 1);
            if (pumpFor > 3)
                Assert.True(Bit("I0.0"), "the contactor follows the coil");
            if (restFor > 3)
                Assert.False(Bit("I0.0"));
            if (pumpFor > 30)
                Assert.True(Bit("I0.3") && Word("AIW4") > 13000 && level >= levelThen - 40, "a running pump moves water into the tank");
            if (restFor > 30)
                Assert.True(!Bit("I0.3") && Word("AIW4") < 200 && level <= levelThen + 40, "and the tank does not fill without it");

            starts += !pump && Bit("Q0.0") ? 1 : 0;
            alarms += Bit("Q0.2") ? 1 : 0;
            doors += Bit("I0.7") ? 1 : 0;
            sumps += Bit("Q0.3") ? 1 : 0;
            temperatures.Add(Word("AIW2"));
            levelThen = level;
        }
        Assert.InRange(starts, 100, 250);
        Assert.Equal(0, alarms);
        Assert.InRange(doors, 300, 1200);
        Assert.InRange(sumps, 3000, 7000);
        Assert.True(temperatures.Count > 50);
        Assert.Equal(starts, Word("VW20") - startsAtPowerUp, 1.0);
        Assert.InRange(Word("VW22") - hours, 5, 8);
    }

    [Fact]
    public void A_pump_switched_off_between_the_thresholds_stays_off_and_the_level_falls()
    {
        PassUntil(() => Bit("Q0.0") && Bit("Q0.1") && Word("AIW0") is > 11200 and < 12000);
        var level = Word("AIW0");
        Set("Q0.0", 0);
        Pass(15);
        Assert.False(Bit("Q0.0"));
        Assert.True(Word("AIW0") < level - 500);
    }

    [Fact]
    public void A_raised_setpoint_overfills_the_tank_and_raises_the_alarm()
    {
        Set("VW12", 32000);
        Set("Q0.0", 1);
        PassUntil(() => Word("AIW0") >= 31900);
        Pass(2);
        Assert.True(Bit("Q0.0") && Bit("I0.1") && Bit("M0.0") && Bit("Q0.2"));
        Pass(600);
        Assert.InRange(Word("AIW0"), 31900, 32000);
    }

    [Fact]
    public void An_alarm_flashes_until_it_is_acknowledged_and_is_steady_while_it_lasts()
    {
        PassUntil(() => Word("AIW0") is > 9000 and < 24000);
        Set("VW14", 8000); // the alarm level below the level
        Pass(1);
        Assert.Equal(2, Lamp());
        Set("M0.5", 1);
        Pass(1);
        Assert.False(Bit("M0.5") || Bit("M0.4"));
        Assert.Equal(1, Lamp());
        Set("VW14", 32000);
        Pass(1);
        Assert.Equal(0, Lamp());
    }

    /// <summary>How many states it has within a second, or 0 while it is off.</summary>
    private int Lamp()
    {
        var states = new HashSet<bool>();
        for (var i = 0; i < 10; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            _cpu.Refresh();
            states.Add(Bit("Q0.2"));
        }
        return states.Contains(true) ? states.Count : 0;
    }

    [Fact]
    public void A_low_tank_closes_the_consumers_valve()
    {
        Set("VW10", 0);
        PassUntil(() => Bit("Q0.1") && !Bit("Q0.0"));
        PassUntil(() => Bit("I0.2"));
        var level = Word("AIW0");
        Pass(12);
        Assert.True(Bit("Q0.2") && !Bit("Q0.1"));
        Set("Q0.1", 1);
        Pass(1);
        Assert.False(Bit("Q0.1"));
        Assert.InRange(Word("AIW0"), level - 1200, level);
    }

    [Fact]
    public void The_motors_fan_and_the_sump_pump_run_on()
    {
        PassUntil(() => Bit("I0.0"));
        Assert.True(Bit("Q0.4"));
        PassUntil(() => !Bit("I0.0"));
        Pass(57);
        Assert.True(Bit("Q0.4"));
        Pass(6);
        Assert.False(Bit("Q0.4"));
        PassUntil(() => Bit("I1.1"));
        Pass(6);
        Assert.True(Bit("Q0.3"));
        PassUntil(() => !Bit("I1.1"));
        Pass(13);
        Assert.True(Bit("Q0.3"));
        Pass(5);
        Assert.False(Bit("Q0.3"));
    }

    [Fact]
    public void Stop_lets_the_plant_run_down()
    {
        PassUntil(() => Bit("Q0.0") && Bit("I0.3"));
        _cpu.Stop(ModeReason.Network);
        Pass(60);
        var level = Word("AIW0");
        Assert.False(Bit("Q0.0") || Bit("Q0.1") || Bit("I0.0") || Bit("I0.3"));
        Pass(600);
        Assert.Equal(level, Word("AIW0"), 24.0);
        _cpu.Start(ModeReason.Network);
        Pass(3600);
        Assert.NotEqual(level, Word("AIW0"), 24.0);
    }

    [Fact]
    public void A_visitor_at_full_speed_sees_the_same_physics()
    {
        PassUntil(() => Bit("Q0.0") && Word("AIW0") < 12000);
        var level = Word("AIW0");
        for (var i = 0; i < 1500; i++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            _cpu.Refresh();
        }
        var inFast = Word("AIW0") - level;
        level = Word("AIW0");
        Pass(15);
        Assert.Equal(inFast, Word("AIW0") - level, 100.0);
    }

    private void Pass(int seconds)
    {
        for (var i = 0; i < seconds; i++)
            _time.Advance(TimeSpan.FromSeconds(1));
    }

    private void PassUntil(Func<bool> reached)
    {
        for (var i = 0; !reached(); i++)
        {
            Assert.True(i < 3600, "not reached within an hour");
            Pass(1);
        }
    }

    private bool Bit(string address) => _cpu.Image[AddressTests.At(address)];

    private int Word(string address) => (short)_cpu.Image.Read(AddressTests.At(address));

    private void Set(string address, uint value) => _cpu.Image.Write(AddressTests.At(address), value);
}
