using Conpot.Pi.Hosting;
using Conpot.Pi.Tests.Events;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

public class HeartbeatTests
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    [Fact]
    public void The_sensor_says_that_it_is_alive_as_often_as_it_was_told()
    {
        using var rig = new JournalRig();
        using var heartbeat = new Heartbeat(rig.Journal, rig.Time, Quarter, () => new Vitals("RUN", 3, 2, 1, 0));
        rig.Time.Advance(Quarter);
        rig.Time.Advance(Quarter);
        rig.Journal.Commit();
        var alive = rig.Lines("sensor.alive");
        Assert.Equal([900, 1800], alive.Select(l => l.GetProperty("conpot").GetProperty("uptime").GetInt32()));
        var e = alive[0].GetProperty("conpot");
        Assert.Equal(("RUN", 3, 2, 1), (e.GetProperty("mode").GetString(), e.GetProperty("sessions").GetInt32(), e.GetProperty("alerts").GetInt32(), e.GetProperty("ignored").GetInt32()));
        heartbeat.Change(TimeSpan.FromMinutes(1));
        for (var minute = 0; minute < 5; minute++) rig.Time.Advance(TimeSpan.FromMinutes(1));
        heartbeat.Change(TimeSpan.Zero);
        rig.Time.Advance(Quarter);
        rig.Journal.Commit();
        Assert.Equal(7, rig.Lines("sensor.alive").Count);
    }
}
