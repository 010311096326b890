using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>What months and years do to the journal and to those who write on it; and a clock that is set.</summary>
public class YearsTests
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    [Fact]
    public void A_year_of_signs_of_life_and_visits_keeps_to_its_room_and_counts_right()
    {
        using var rig = new JournalRig(segmentSize: 64 << 10, totalSize: 512 << 10);
        // A time of its own for the journal: its look every five seconds is not what this is about.
        var time = new FakeTimeProvider(new DateTimeOffset(2027, 12, 30, 0, 0, 0, TimeSpan.Zero));
        using var alerts = new Alerts(rig.Journal, new AlertSettings(60, Quarter, Quarter, []), time);
        rig.Journal.Observers = [alerts];
        using var heartbeat = new Heartbeat(rig.Journal, time, Quarter, () => new Vitals("RUN", 0, alerts.RaisedTotal, 0, 0));
        const int quarters = 366 * 96; // 2028 is a leap year
        for (var quarter = 1; quarter <= quarters; quarter++)
        {
            time.Advance(Quarter);
            if (quarter % 24 == 0) Write(rig, 2); // two writes, four times a day
            Assert.True(rig.Journal.Commit());
        }
        Assert.Equal((quarters / 24, 0), (alerts.RaisedTotal, rig.Journal.LostTotal));
        // A sign of life each, two writes, an alert, and its count when its window is over; the last window is still open.
        Assert.Equal(quarters + quarters / 24 * 4 - 1, rig.Journal.NextSequence - 1);
        var sequences = rig.Sequences();
        Assert.Equal(rig.Journal.NextSequence - 1, sequences[^1]);
        for (var i = 1; i < sequences.Count; i++) Assert.Equal(sequences[i - 1] + 1, sequences[i]);
        Assert.InRange(Segments.List(rig.Directory).Sum(s => new FileInfo(s.Path).Length), 400 << 10, 512 << 10);
        var alive = rig.Lines("sensor.alive")[^1].GetProperty("conpot");
        Assert.Equal((quarters * 900, quarters / 24), (alive.GetProperty("uptime").GetInt64(), alive.GetProperty("alerts").GetInt32() + 1));
        Assert.Equal(2, rig.Lines("alert.repeated")[^1].GetProperty("conpot").GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData("1970-01-01T00:00:30Z")] // a Pi without a battery
    [InlineData("2026-11-21T00:00:00Z")]
    [InlineData("2038-01-19T03:14:08Z")] // 2^31 seconds
    [InlineData("2100-03-01T00:00:00Z")]
    public void A_clock_that_is_set_moves_dates_and_nothing_else(string date)
    {
        using var temp = new TempDirectory();
        var clock = new SteppedClock(new DateTimeOffset(2026, 11, 22, 19, 44, 36, TimeSpan.Zero));
        using var journal = new Journal(JournalFile.Open(new JournalSettings(temp.Path, 1 << 20, 1 << 24, TimeSpan.FromSeconds(5))), "rig", "run", clock);
        using var alerts = new Alerts(journal, new AlertSettings(60, Quarter, Quarter, []), clock);
        journal.Observers = [alerts];
        using var heartbeat = new Heartbeat(journal, clock, Quarter, () => new Vitals("RUN", 0, 0, 0, 0));
        Write(journal, 1);
        clock.Passing.Advance(TimeSpan.FromMinutes(5));
        clock.Set(DateTimeOffset.Parse(date, System.Globalization.CultureInfo.InvariantCulture));
        Write(journal, 1);
        Assert.Empty(Lines(temp, "alert.repeated"));
        clock.Passing.Advance(TimeSpan.FromMinutes(10));
        Assert.True(journal.Commit());
        Assert.Equal(2, Assert.Single(Lines(temp, "alert.repeated")).GetProperty("conpot").GetProperty("count").GetInt32());
        Assert.Equal(900, Assert.Single(Lines(temp, "sensor.alive")).GetProperty("conpot").GetProperty("uptime").GetInt32());
        Assert.Single(Lines(temp, "alert.raised"));
        Assert.Equal([$"2026-11-22T19:44:36.000000Z", date[..^1] + ".000000Z"], Lines(temp, "modbus.write").Select(l => l.GetProperty("@timestamp").GetString()));
    }

    private static void Write(JournalRig rig, int times) => Write(rig.Journal, times);

    private static void Write(Journal journal, int times)
    {
        for (var i = 0; i < times; i++)
        {
            var line = journal.Begin(EventCatalog.ModbusWrite, null, Outcome.Success);
            journal.End(ref line);
        }
        Assert.True(journal.Commit());
    }

    private static List<JsonElement> Lines(TempDirectory temp, string action) =>
        [.. Segments.List(temp.Path).SelectMany(s => File.ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement).Where(l => l.GetProperty("event").GetProperty("action").GetString() == action)];
}
