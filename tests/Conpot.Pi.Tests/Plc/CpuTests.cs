using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Plc;

public class CpuTests
{
    [Fact]
    public void Nothing_runs_before_power_up()
    {
        var bench = new Bench(("Q0.0", "on"));
        using var demand = bench.Cpu.Demand(TimeSpan.FromMilliseconds(10));
        bench.After(5);
        Assert.Equal(0, bench.Cpu.Scans);
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
        bench.Cpu.PowerUp();
        Assert.True(bench.Bit("Q0.0"));
        Assert.Equal(OperatingMode.Run, bench.Cpu.Mode);
    }

    [Fact]
    public void Refresh_scans_when_the_last_scan_is_ten_milliseconds_old()
    {
        var bench = On();
        bench.After(0.010);
        bench.Time.Advance(TimeSpan.FromMilliseconds(200));
        var scans = bench.Cpu.Scans;
        bench.Cpu.Refresh();
        Assert.Equal(scans + 1, bench.Cpu.Scans);
        bench.Cpu.Refresh();
        bench.Time.Advance(TimeSpan.FromMilliseconds(9));
        bench.Cpu.Refresh();
        Assert.Equal(scans + 1, bench.Cpu.Scans);
        bench.Time.Advance(TimeSpan.FromMilliseconds(1));
        bench.Cpu.Refresh();
        Assert.Equal(scans + 2, bench.Cpu.Scans);
    }

    [Fact]
    public void One_scan_a_second_when_nobody_looks()
    {
        var bench = On();
        bench.Time.Advance(TimeSpan.FromSeconds(60));
        Assert.InRange(bench.Cpu.Scans, 60, 62);
    }

    [Fact]
    public void A_demand_sets_the_pace_until_it_is_given_back()
    {
        var bench = On();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        var start = bench.Cpu.Scans;
        var slow = bench.Cpu.Demand(TimeSpan.FromMilliseconds(100));
        var fast = bench.Cpu.Demand(TimeSpan.FromMilliseconds(1));
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(start + 100, bench.Cpu.Scans);
        fast.Dispose();
        fast.Dispose();
        bench.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(start + 110, bench.Cpu.Scans);
        slow.Dispose();
        bench.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(start + 115, bench.Cpu.Scans);
    }

    [Fact]
    public void The_first_scan_bit_lasts_one_scan_even_when_nobody_looks()
    {
        var bench = On();
        Assert.True(bench.Bit("SM0.1"));
        Assert.True(bench.Bit("SM0.3"));
        bench.Time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.False(bench.Bit("SM0.1"));
        Assert.False(bench.Bit("SM0.3"));
    }

    [Fact]
    public void The_clocks_of_special_memory()
    {
        var bench = On();
        for (var ms = 0; ms < 120_000; ms += 130)
        {
            Assert.True(bench.Bit("SM0.0"));
            Assert.Equal(ms % 60_000 < 30_000, bench.Bit("SM0.4"));
            Assert.Equal(ms % 1000 < 500, bench.Bit("SM0.5"));
            Assert.True(bench.Bit("SM0.7"));
            var scanClock = bench.Bit("SM0.6");
            var scans = bench.Cpu.Scans;
            bench.After(0.130);
            Assert.Equal((bench.Cpu.Scans - scans) % 2 == 1, scanClock != bench.Bit("SM0.6"));
        }
        Assert.InRange(bench.Word("SMW22"), 3, 4);
        Assert.Equal(3, bench.Word("SMW24"));
        Assert.Equal(6, bench.Word("SMW26"));
        Assert.Equal(0x20, bench.Image.ReadByte(Area.SM, 6));
    }

    [Fact]
    public void Stop_switches_the_outputs_off_at_once_and_halts_the_program_but_not_the_inputs()
    {
        var bench = On(("Q0.0", "on"), ("AQW0", "32000"), ("VW0", "scale AIW0 0..32000 to 0..1000"), ("AIW0", "ramp 0..32000 period 100s"), ("M0.0", "on"));
        bench.After(10);
        var level = bench.Word("AIW0");
        var scaled = bench.Word("VW0");
        Assert.Equal(ModeAnswer.Done, bench.Cpu.Stop(ModeReason.Network));
        Assert.False(bench.Bit("Q0.0"));
        Assert.Equal(0, bench.Word("AQW0"));
        bench.Set("Q0.5", 1);
        bench.After(10);
        Assert.False(bench.Bit("Q0.5"));
        Assert.True(bench.Bit("M0.0"));
        Assert.Equal(scaled, bench.Word("VW0"));
        Assert.True(bench.Word("AIW0") > level);
        Assert.Equal(ModeAnswer.AlreadyThere, bench.Cpu.Stop(ModeReason.Network));
        Assert.Equal(new ModeChange(OperatingMode.Run, OperatingMode.Stop, false, ModeReason.Network), bench.Told[^1]);
    }

    [Fact]
    public void Outputs_can_be_held_in_stop()
    {
        var bench = new Bench(CpuSettings.Default with { StopOutputs = StopOutputs.Hold }, ("Q0.0", "on"));
        bench.Cpu.PowerUp();
        bench.Cpu.Stop(ModeReason.Network);
        bench.After(5);
        Assert.True(bench.Bit("Q0.0"));
    }

    [Fact]
    public void Start_begins_with_a_first_scan_that_is_no_power_up()
    {
        var bench = On(("Q0.0", "on"));
        bench.Cpu.Stop(ModeReason.Network);
        bench.After(5);
        Assert.False(bench.Bit("SM0.1"));
        Assert.Equal(ModeAnswer.Done, bench.Cpu.Start(ModeReason.Network));
        Assert.True(bench.Bit("Q0.0"));
        Assert.True(bench.Bit("SM0.1"));
        Assert.False(bench.Bit("SM0.3"));
        bench.Time.Advance(TimeSpan.FromMilliseconds(10));
        Assert.False(bench.Bit("SM0.1"));
        Assert.Equal(ModeAnswer.AlreadyThere, bench.Cpu.Start(ModeReason.Network));
    }

    [Fact]
    public void The_switch_in_stop_forbids_a_start_over_the_network()
    {
        var bench = On();
        bench.Cpu.Stop(ModeReason.Switch);
        Assert.False(bench.Bit("SM0.7"));
        Assert.Equal(ModeAnswer.Refused, bench.Cpu.Start(ModeReason.Network));
        Assert.Equal(ModeAnswer.Done, bench.Cpu.Start(ModeReason.Switch));
        Assert.True(bench.Bit("SM0.7"));
    }

    [Fact]
    public void A_fault_stops_the_CPU_until_it_is_cleared()
    {
        var bench = On();
        bench.Cpu.SetFault();
        bench.Cpu.SetFault();
        Assert.True(bench.Cpu.SystemFault);
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
        Assert.Equal(ModeAnswer.Refused, bench.Cpu.Start(ModeReason.Network));
        bench.Cpu.ClearFault();
        Assert.Equal(OperatingMode.Stop, bench.Cpu.Mode);
        Assert.Equal(ModeAnswer.Done, bench.Cpu.Start(ModeReason.Network));
        Assert.Equal(
            [ModeReason.PowerUp, ModeReason.Fault, ModeReason.FaultCleared, ModeReason.Network],
            bench.Told.Select(change => change.Reason));
    }

    [Fact]
    public void After_a_long_gap_the_process_goes_on_where_it_stood()
    {
        var bench = new Bench(("AIW0", "tank 0..32000 fill Q0.0 100s drain Q0.1 100s start 0%"));
        bench.Cpu.PowerUp();
        bench.Set("Q0.0", 1);
        bench.Cpu.Dispose(); // The timer is silent, as in a suspended machine.
        bench.After(3600);
        Assert.Equal(640, bench.Word("AIW0"));
    }

    [Fact]
    public void A_scan_allocates_nothing()
    {
        var bench = On(
            ("AIW0", "tank 0..32000 fill Q0.0 180s drain Q0.1 420s noise 8"), ("AIW2", "sine 0..32000 period 60s"), ("AIW4", "walk 0..32000 step 3s"),
            ("AIW6", "lag Q0.0 0..32000 tau 3s"), ("I0.0", "follow Q0.0 on 1s off 1s"), ("I0.1", "above AIW0 VW0"), ("Q0.2", "any I0.0 I0.1"),
            ("Q0.0", "two-point AIW0 on-below 9600 off-above 25600"), ("Q0.1", "schedule period 10s"), ("VW20", "count I0.0"), ("VD24", "runtime I0.0 per 1s"),
            ("VW30", "scale AIW0 0..32000 to 0..100"), ("I0.7", "sometimes every 10s for 1s"), ("I0.6", "square period 2s"));
        bench.After(1);
        bench.After(1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 50; i++)
            bench.Cpu.Scan();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void The_network_and_the_timer_may_scan_at_once()
    {
        var bench = On(("VW0", "count SM0.0"), ("AIW0", "sine 0..32000 period 60s"));
        var scans = bench.Cpu.Scans;
        void Work()
        {
            for (var i = 0; i < 5000; i++)
            {
                bench.Cpu.Scan();
                bench.Cpu.Refresh();
                bench.Image.ReadWord(Area.AI, 0);
            }
        }
        var other = new Thread(Work);
        other.Start();
        Work();
        other.Join();
        Assert.Equal(scans + 10_000, bench.Cpu.Scans);
    }

    private static Bench On(params (string, string)[] lines)
    {
        var bench = new Bench(lines);
        bench.Cpu.PowerUp();
        return bench;
    }
}
