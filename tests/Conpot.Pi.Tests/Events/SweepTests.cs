using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Techniques that show only over many requests, and those who do no such thing.</summary>
public class SweepTests
{
    [Theory]
    [InlineData(Sweep.Unit, Sweeps.Units, "sweep.units", "T0846")]
    [InlineData(Sweep.Register, Sweeps.Registers, "sweep.registers", "T0861")]
    [InlineData(Sweep.Community, Sweeps.Communities, "sweep.communities", "T0812")]
    [InlineData(Sweep.Tsap, Sweeps.Tsaps, "sweep.tsaps", "T0846")]
    public void Many_values_are_a_sweep_and_fewer_are_none(object sweep, int threshold, string action, string technique)
    {
        using var rig = new AlertRig();
        var (few, many) = (rig.Session("192.0.2.8"), rig.Session("192.0.2.7"));
        for (uint round = 0; round < 3; round++)
            for (uint value = 0; value < threshold - 1; value++) few.Seen((Sweep)sweep, value * 10);
        for (uint value = 0; value < threshold; value++) many.Seen((Sweep)sweep, value * 10);
        rig.Log.Time.Advance(Sweeps.Quiet);
        var e = Assert.Single(rig.Lines(action));
        Assert.Equal("192.0.2.7", e.GetProperty("source").GetProperty("ip").GetString());
        Assert.Equal(technique, e.GetProperty("threat").GetProperty("technique").GetProperty("id")[0].GetString());
        Assert.Equal(threshold, e.GetProperty("conpot").GetProperty("distinct").GetInt32());
        Assert.Equal((Sweep)sweep != Sweep.Community, e.GetProperty("conpot").TryGetProperty("highest", out _));
    }

    [Fact]
    public void A_sweep_is_told_once_in_a_window_and_again_in_the_next()
    {
        using var rig = new AlertRig();
        for (var visit = 1; visit <= 3; visit++)
        {
            for (uint unit = 0; unit < 20; unit++) rig.Session("192.0.2.7").Seen(Sweep.Unit, unit);
            for (var i = 0; i < 4; i++)
            {
                rig.Log.Time.Advance(Sweeps.Quiet);
                rig.Log.Journal.Commit();
            }
            Assert.Equal(visit < 3 ? 1 : 2, rig.Lines("sweep.units").Count);
            if (visit != 2) continue;
            for (var i = 0; i < 120; i++)
            {
                rig.Log.Time.Advance(Sweeps.Quiet);
                rig.Log.Journal.Commit();
            }
        }
    }

    [Fact]
    public void A_slow_scan_that_does_not_end_is_told_of_all_the_same()
    {
        using var rig = new AlertRig();
        var session = rig.Session("192.0.2.7");
        for (uint unit = 0; unit < 40; unit++)
        {
            session.Seen(Sweep.Unit, unit);
            rig.Log.Time.Advance(TimeSpan.FromSeconds(2));
            rig.Log.Journal.Commit();
        }
        Assert.InRange(Assert.Single(rig.Lines("sweep.units")).GetProperty("conpot").GetProperty("distinct").GetInt32(), 29, 33);
    }

    [Fact]
    public void Writes_are_a_loop_by_their_pace_and_told_at_once()
    {
        using var rig = new AlertRig();
        var (operatorsPlace, attacker) = (rig.Session("192.0.2.8"), rig.Session("192.0.2.7"));
        for (var i = 0; i < 100; i++)
        {
            operatorsPlace.Seen(Sweep.Write, 4);
            rig.Log.Time.Advance(TimeSpan.FromSeconds(1));
        }
        Assert.Empty(rig.Lines("sweep.writes"));
        for (uint i = 0; i < 100; i++) attacker.Seen(Sweep.Write, i);
        var e = Assert.Single(rig.Lines("sweep.writes"));
        Assert.Equal((Sweeps.Writes, 0, Sweeps.Writes - 1), (e.GetProperty("conpot").GetProperty("requests").GetInt32(), e.GetProperty("conpot").GetProperty("lowest").GetInt32(), e.GetProperty("conpot").GetProperty("highest").GetInt32()));
        Assert.Single(rig.Lines("alert.raised"));
    }

    [Fact]
    public void Forged_sources_take_bounded_memory_and_the_oldest_is_told_of_before_it_goes()
    {
        using var rig = new AlertRig();
        var early = rig.Session("192.0.2.7");
        for (uint unit = 0; unit < 10; unit++) early.Seen(Sweep.Unit, unit);
        for (var i = 0; i < 5000; i++) rig.Session($"10.0.{i >> 8}.{i & 255}").Seen(Sweep.Unit, 1);
        Assert.Single(rig.Lines("sweep.units"));
        for (uint unit = 0; unit < 10; unit++) early.Seen(Sweep.Unit, unit); // the session outlived its place in the table
        rig.Sweeps.Finish();
        Assert.Equal(2, rig.Lines("sweep.units").Count);
    }

    [Fact]
    public void A_thousand_that_end_at_once_cost_no_event_and_no_alert()
    {
        using var rig = new AlertRig();
        for (var source = 0; source < Sweeps.MostVisitors; source++)
        {
            var session = rig.Session($"198.18.{source / 256}.{source % 256}");
            for (uint value = 0; value < Sweeps.Registers; value++)
            {
                session.Seen(Sweep.Unit, value);
                session.Seen(Sweep.Register, value);
                session.Seen(Sweep.Community, value);
            }
        }
        rig.Log.Time.Advance(Sweeps.Quiet);
        rig.Record(EventCatalog.ModbusWrite, "192.0.2.7");
        Assert.True(rig.Log.Journal.Commit());
        Assert.Single(rig.Log.Lines("alert.raised")); // in the same commit, whatever else is told
        for (var i = 0; i < 20; i++) Assert.True(rig.Log.Journal.Commit());
        foreach (var action in (string[])["sweep.units", "sweep.registers", "sweep.communities"]) Assert.Equal(Sweeps.MostVisitors, rig.Log.Lines(action).Count);
        Assert.Equal(0, rig.Log.Journal.LostTotal);
    }

    [Fact]
    public void At_a_stop_all_that_is_under_way_is_told()
    {
        using var rig = new AlertRig();
        for (var source = 0; source < Sweeps.MostVisitors; source++)
            for (uint value = 0; value < Sweeps.Units; value++) rig.Session($"198.18.{source / 256}.{source % 256}").Seen(Sweep.Unit, value);
        rig.Sweeps.Finish();
        Assert.Equal(Sweeps.MostVisitors, rig.Lines("sweep.units").Count);
        Assert.Equal(0, rig.Log.Journal.LostTotal);
    }
}
