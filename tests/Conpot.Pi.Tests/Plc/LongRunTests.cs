using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Plc.Stl;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

/// <summary>Midnights, new years and years without a pause: timers and signals do not notice; nor a clock that is set.</summary>
public class LongRunTests
{
    [Fact]
    public void Timers_count_every_interval_after_ten_years()
    {
        var bench = new StlBench("LD I0.0; TON T37, 100; TON T33, 100; TON T32, 100");
        bench.Scan(0);
        for (var day = 0; day < 3653; day++) bench.Scan(86_400);
        bench.Set("I0.0", 1);
        bench.Scan(0);
        for (var i = 0; i < 1000; i++) bench.Scan(0.0137);
        bench.Expect("T37=137 T33=1370 T32=13700");
    }

    [Theory]
    [InlineData("2026-12-31T22:00:00Z")]
    [InlineData("2028-02-28T22:00:00Z")]
    [InlineData("2038-01-19T01:14:07Z")]
    public void A_schedule_switches_at_its_times_over_midnight(string start)
    {
        var clock = new SteppedClock(DateTimeOffset.Parse(start, System.Globalization.CultureInfo.InvariantCulture));
        using var cpu = Cpu(clock, ("Q0.0", "schedule period 15m duty 40%"));
        var (on, switches, last) = (0, 0, cpu.Image[AddressTests.At("Q0.0")]);
        for (var second = 0; second < 4 * 3600; second++)
        {
            clock.Passing.Advance(TimeSpan.FromSeconds(1));
            cpu.Refresh();
            var now = cpu.Image[AddressTests.At("Q0.0")];
            if (now) on++;
            if (now != last) switches++;
            last = now;
        }
        Assert.Equal(32, switches);
        Assert.InRange(on, 5744, 5776); // 40 % of four hours, within a second at each of 16 times
    }

    [Fact]
    public void A_clock_that_is_set_moves_no_signal()
    {
        var start = new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero);
        var (set, left) = (new SteppedClock(start), new SteppedClock(start));
        (string, string)[] lines = [("AIW0", "sine 0..32000 period 60s"), ("AIW2", "ramp 0..32000 period 7m"), ("Q0.0", "schedule period 1m duty 50%"), ("Q0.1", "sometimes every 20s for 5s")];
        using var one = Cpu(set, lines);
        using var other = Cpu(left, lines);
        foreach (var days in (double[])[1, -3, 400, -20_000, 0])
        {
            set.Set(start.AddDays(days));
            for (var i = 0; i < 200; i++)
            {
                set.Passing.Advance(TimeSpan.FromSeconds(0.37));
                left.Passing.Advance(TimeSpan.FromSeconds(0.37));
                one.Refresh();
                other.Refresh();
                foreach (var address in (string[])["AIW0", "AIW2", "QB0", "SMB0"])
                    Assert.Equal(other.Image.Read(AddressTests.At(address)), one.Image.Read(AddressTests.At(address)));
            }
        }
    }

    private static Cpu Cpu(TimeProvider time, params (string Target, string Source)[] lines)
    {
        var cpu = new Cpu(new ProcessImage(CpuSettings.Default.VMemory), new IoProgram(lines.Select(line => Bench.Line(line.Target, line.Source))), CpuSettings.Default, time);
        cpu.PowerUp();
        return cpu;
    }
}
