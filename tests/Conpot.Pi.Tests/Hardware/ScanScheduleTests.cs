using Conpot.Pi.Hardware;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>When the I/O module scans, without a clock or a thread.</summary>
public class ScanScheduleTests
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(10), Cadence = TimeSpan.FromMilliseconds(50);

    [Fact]
    public void With_inputs_alone_nothing_is_due_until_something_happens()
    {
        var schedule = new ScanSchedule(Period, null);
        Assert.Null(schedule.Due(TimeSpan.FromHours(1)));
        Assert.True(schedule.Want());
        Assert.False(schedule.Want()); // the thread is awake already
        Assert.Equal(TimeSpan.Zero, schedule.Due(TimeSpan.FromHours(1)));
        Assert.Null(schedule.Due(TimeSpan.Zero));
    }

    [Fact]
    public void Outputs_are_shown_at_a_slow_cadence_and_a_change_does_not_wait_for_it()
    {
        var schedule = new ScanSchedule(Period, Cadence);
        Assert.Equal(Cadence, schedule.Due(TimeSpan.Zero));
        Assert.Equal(TimeSpan.FromMilliseconds(20), schedule.Due(TimeSpan.FromMilliseconds(30)));
        Assert.Equal(TimeSpan.Zero, schedule.Due(Cadence));
        schedule.Want();
        Assert.Equal(TimeSpan.FromMilliseconds(7), schedule.Due(TimeSpan.FromMilliseconds(3)));
        Assert.Equal(TimeSpan.Zero, schedule.Due(Period));
    }

    /// <summary>Any storm: no two scans closer than 10 ms, and none later than 10 ms after what asked for it.</summary>
    [Fact]
    public void A_storm_of_edges_makes_a_hundred_scans_a_second_and_the_last_edge_is_seen() =>
        Gen.Int[1, 2000].Array[1, 300].Sample(gaps =>
        {
            var schedule = new ScanSchedule(Period, null);
            var lastScan = -Period;
            var scans = 0;
            var now = TimeSpan.Zero;
            var pending = TimeSpan.MaxValue;
            foreach (var gap in gaps)
            {
                Advance(now + TimeSpan.FromMicroseconds(gap * 10));
                if (pending == TimeSpan.MaxValue) pending = now;
                schedule.Want();
                Advance(now);
            }
            Advance(now + Period);
            Assert.Equal(TimeSpan.MaxValue, pending);
            Assert.True(scans <= now / Period + 1);

            void Advance(TimeSpan until)
            {
                while (schedule.Due(now - lastScan) is { } due && now + due <= until)
                {
                    now += due;
                    if (due > TimeSpan.Zero) continue;
                    Assert.True(now - lastScan >= Period);
                    Assert.True(now - pending <= Period);
                    (lastScan, pending) = (now, TimeSpan.MaxValue);
                    scans++;
                }
                now = until;
            }
        });
}
