using Conpot.Pi.Plc.Stl;
using Xunit;

namespace Conpot.Pi.Tests.Plc.Stl;

/// <summary>Timers and counters, to the scan.</summary>
public class StlTimerTests
{
    [Theory] // scans of 10 ms: in which scan after the first the bit comes
    [InlineData("TON T32, 25", 3)]
    [InlineData("TON T33, 3", 3)]
    [InlineData("TON T100, 7", 7)]
    [InlineData("TON T37, 2", 20)]
    [InlineData("TON T255, 1", 10)]
    [InlineData("TONR T0, 50", 5)]
    [InlineData("TONR T68, 4", 4)]
    [InlineData("TONR T5, 3", 30)]
    public void On_delay_counts_in_the_base_of_its_number(string timer, int scans)
    {
        var address = timer.Split(' ', ',')[1];
        var bench = new StlBench($"LD I0.0; {timer}; NETWORK; LD {address}; = Q0.0");
        bench.Scan();
        bench.Scan(0.09); // the clock is at 100 ms, a beginning of all intervals
        bench.Set("I0.0", 1);
        bench.Scan(0);
        for (var scan = 1; scan < scans; scan++)
        {
            bench.Scan();
            Assert.False(bench.Bit("Q0.0"), $"on in scan {scan}");
        }
        bench.Scan();
        Assert.True(bench.Bit("Q0.0"));
        bench.Scan(2);
        Assert.True(bench.Word(address) > 10, "it goes on beyond the preset");
        bench.Set("I0.0", 0);
        bench.Scan();
        Assert.Equal(timer.StartsWith("TONR", StringComparison.Ordinal), bench.Bit("Q0.0"));
        Assert.Equal(timer.StartsWith("TONR", StringComparison.Ordinal), bench.Word(address) != 0);
    }

    [Fact]
    public void Odd_scan_times_lose_nothing_and_the_end_is_32767()
    {
        var bench = new StlBench("LD SM0.0; TON T37, 100; TON T33, 100; TON T32, 100; = Q0.0");
        bench.Scan(0);
        for (var i = 0; i < 1000; i++) bench.Scan(0.0137);
        bench.Expect("T37=137 T33=1370 T32=13700");
        for (var i = 0; i < 2000; i++) bench.Scan(2);
        bench.Expect("T37=32767 T37b T33=32767 T33b T32=32767 T32b");
    }

    [Fact]
    public void Off_delay_begins_when_the_input_goes_off_and_stays_at_its_preset()
    {
        var bench = new StlBench("LD I0.0; TOF T37, 5");
        bench.Scan(0);
        bench.Scan(2);
        bench.Expect("T37=0 T37b=0", "never on, nothing to time");
        bench.Set("I0.0", 1);
        bench.Scan(1);
        bench.Expect("T37=0 T37b=1");
        bench.Set("I0.0", 0);
        bench.Scan(0.1);
        bench.Expect("T37=0 T37b=1");
        bench.Scan(0.4);
        bench.Expect("T37=4 T37b=1");
        bench.Set("I0.0", 1);
        bench.Scan(0.1);
        bench.Expect("T37=0 T37b=1", "too short to show");
        bench.Set("I0.0", 0);
        bench.Scan(0);
        bench.Scan(2);
        bench.Expect("T37=5 T37b=0");
        bench.Scan(2);
        bench.Expect("T37=5 T37b=0");
    }

    [Fact]
    public void A_timer_of_100_ms_counts_where_its_instruction_stands_and_one_of_10_ms_by_itself()
    {
        var bench = new StlBench("LD SM0.0; TON T37, 1000; TON T37, 1000; NETWORK; LD I0.0; JMP 1; NETWORK; LD SM0.0; TON T38, 100; TON T33, 1000; NETWORK; LBL 1");
        bench.Scan(0);
        bench.Scan(1);
        bench.Expect("T37=20 T38=10 T33=100", "twice in a scan is twice the time");
        bench.Set("I0.0", 1);
        bench.Scan(1);
        bench.Expect("T38=10 T33=200");
    }

    [Fact]
    public void R_resets_a_timer_with_its_current_value()
    {
        var bench = new StlBench("LD I0.0; TONR T5, 10; NETWORK; LD I0.1; R T5, 1");
        bench.Set("I0.0", 1);
        bench.Scan(0);
        bench.Scan(1);
        bench.Set("I0.0", 0);
        bench.Scan(1);
        bench.Expect("T5=10 T5b");
        bench.Set("I0.1", 1);
        bench.Scan(1);
        bench.Expect("T5=0 T5b=0");
    }

    [Fact]
    public void From_STOP_to_RUN_retentive_values_stay_and_bits_do_not()
    {
        var bench = new StlBench("LD I0.0; TON T37, 1; TONR T5, 100; NETWORK; LD I0.1; LD I0.2; CTU C1, 1");
        bench.Set("I0.0", 1);
        bench.Scan(0);
        bench.Scan(1);
        bench.Set("I0.1", 1);
        bench.Scan(1);
        bench.Expect("T37=20 T37b T5=20 C1=1 C1b");
        bench.EnterRun();
        bench.Expect("T37=0 T37b=0 T5=20 T5b=0 C1=1 C1b=0");
        bench.Set("I0.0", 0);
        bench.Scan(1);
        bench.Expect("T5=20 C1=1 C1b=1", "an input that is on in the first scan has not come on");
    }

    [Fact]
    public void Count_up_counts_edges_resets_and_ends_at_32767()
    {
        var bench = new StlBench("LD I0.0; LD I0.1; CTU C20, 3");
        Pulse(bench, "I0.0", 2);
        bench.Expect("C20=2 C20b=0");
        Pulse(bench, "I0.0", 1);
        bench.Expect("C20=3 C20b=1");
        bench.SetAll("C20=32767");
        Pulse(bench, "I0.0", 1);
        bench.Expect("C20=32767 C20b=1");
        Pulse(bench, "I0.1", 1);
        bench.Expect("C20=0 C20b=0");
        bench.Set("I0.1", 1);
        Pulse(bench, "I0.0", 1);
        bench.Expect("C20=0");
    }

    [Fact]
    public void Count_down_loads_and_stops_at_zero()
    {
        var bench = new StlBench("LD I0.0; LD I0.1; CTD C20, 2");
        Pulse(bench, "I0.1", 1);
        bench.Expect("C20=2 C20b=0");
        Pulse(bench, "I0.0", 1);
        bench.Expect("C20=1 C20b=0");
        Pulse(bench, "I0.0", 3);
        bench.Expect("C20=0 C20b=1");
    }

    [Fact]
    public void Count_up_and_down_takes_its_inputs_in_the_manuals_order_and_goes_round()
    {
        var bench = new StlBench("LD I0.0; LD I0.1; LD I0.2; CTUD C48, 4");
        Pulse(bench, "I0.0", 5);
        bench.Expect("C48=5 C48b=1");
        Pulse(bench, "I0.1", 2);
        bench.Expect("C48=3 C48b=0");
        Pulse(bench, "I0.2", 1);
        bench.Expect("C48=0");
        bench.SetAll("C48=-32768");
        Pulse(bench, "I0.1", 1);
        bench.Expect("C48=32767 C48b=1");
        Pulse(bench, "I0.0", 1);
        bench.Expect("C48=-32768 C48b=0");
    }

    [Fact]
    public void The_table_of_the_manual()
    {
        string Runs(Func<int, bool> of) => string.Join(' ', Enumerable.Range(0, 256).Where(of)
            .Where(n => n == 0 || !of(n - 1)).Select(n => $"{n}-{Enumerable.Range(n, 257 - n).First(m => m == 256 || !of(m)) - 1}"));
        Assert.Equal("0-31 64-95", Runs(TimerTable.IsRetentive));
        Assert.Equal("0-0 32-32 64-64 96-96", Runs(n => TimerTable.Resolution(n) == 1));
        Assert.Equal("1-4 33-36 65-68 97-100", Runs(n => TimerTable.Resolution(n) == 10));
        Assert.Equal("5-31 37-63 69-95 101-255", Runs(n => TimerTable.Resolution(n) == 100));
    }

    private static void Pulse(StlBench bench, string input, int times)
    {
        bench.Scan();
        for (var i = 0; i < times; i++)
        {
            bench.Set(input, 1);
            bench.Scan();
            bench.Set(input, 0);
            bench.Scan();
        }
    }
}
