using System.Net;
using System.Text.Json;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>What was answered is in the file, what could not be kept is counted, and both whatever the medium does.</summary>
public class JournalTests
{
    [Fact]
    public void An_event_says_when_what_who_and_where()
    {
        using var rig = new JournalRig();
        var origin = new Origin("abcdefghijkl", IPEndPoint.Parse("192.0.2.7:40000"), IPEndPoint.Parse("192.0.2.1:502"), "tcp", "modbus");
        rig.Time.Advance(TimeSpan.FromTicks(1_234_567));
        var line = rig.Journal.Begin(EventCatalog.ModbusWrite, origin, Outcome.Failure);
        line.Number("function"u8, 6);
        rig.Journal.End(ref line);
        Assert.Empty(rig.Lines());
        Assert.False(rig.Journal.IsEmpty);
        Assert.True(rig.Journal.Commit());
        Assert.True(rig.Journal.IsEmpty);
        var e = Assert.Single(rig.Lines());
        Assert.Equal("2026-11-22T19:44:36.123456Z", e.GetProperty("@timestamp").GetString());
        var fields = e.GetProperty("event");
        Assert.Equal((1, "run-1", "modbus.write", "failure"), (fields.GetProperty("sequence").GetInt64(), fields.GetProperty("id").GetString(), fields.GetProperty("action").GetString(), fields.GetProperty("outcome").GetString()));
        Assert.Equal("192.0.2.7", e.GetProperty("source").GetProperty("ip").GetString());
        Assert.Equal("rig", e.GetProperty("observer").GetProperty("name").GetString());
        Assert.Equal("T0836", e.GetProperty("threat").GetProperty("technique").GetProperty("id")[0].GetString());
        Assert.Equal("abcdefghijkl", e.GetProperty("conpot").GetProperty("session").GetString());
        Assert.Equal(6, e.GetProperty("conpot").GetProperty("function").GetInt32());
    }

    [Fact]
    public void Success_goes_without_saying_and_the_unknown_does_not()
    {
        using var rig = new JournalRig();
        foreach (var outcome in Enum.GetValues<Outcome>())
        {
            var line = rig.Journal.Begin(EventCatalog.SensorConfig, null, outcome);
            rig.Journal.End(ref line);
        }
        rig.Journal.Commit();
        Assert.Equal([null, "failure", "unknown"], rig.Lines().Select(l => l.GetProperty("event").TryGetProperty("outcome", out var o) ? o.GetString() : null));
    }

    [Fact]
    public void A_hostile_sensor_name_does_no_harm()
    {
        using var rig = new JournalRig();
        using var temp = new TempDirectory();
        using var journal = new Journal(JournalFile.Open(rig.Settings with { Directory = temp.Path }), "pump\"\n\e[0m\uD83D" + new string('\u2028', 500), "r", rig.Time);
        var line = journal.Begin(EventCatalog.SensorStart, null, Outcome.Success);
        journal.End(ref line);
        journal.Commit();
        var name = JsonDocument.Parse(File.ReadAllText(Segments.PathOf(temp.Path, 1))).RootElement.GetProperty("observer").GetProperty("name").GetString()!;
        Assert.StartsWith("pump\"\n\e[0m\uFFFD\u2028", name, StringComparison.Ordinal);
    }

    [Fact]
    public void Concurrent_appenders_keep_every_line_whole_and_in_order()
    {
        const int Each = 1000, Appenders = 4;
        using var rig = new JournalRig(segmentSize: 64 << 10, totalSize: 1 << 30);
        var busy = Appenders;
        var threads = Enumerable.Range(0, Appenders).Select(who => new Thread(() =>
        {
            for (var i = 0; i < Each; i++)
            {
                while (rig.Journal.NearlyFull) Thread.Yield();
                var line = rig.Journal.Begin(EventCatalog.ModbusRead, null, Outcome.Success);
                line.Number("who"u8, who);
                line.Number("nth"u8, i);
                line.Text("text"u8, new string('\n', i % 100));
                rig.Journal.End(ref line);
            }
            Interlocked.Decrement(ref busy);
        })).ToList();
        foreach (var thread in threads) thread.Start();
        while (Volatile.Read(ref busy) > 0) Assert.True(rig.Journal.Commit());
        foreach (var thread in threads) thread.Join();
        Assert.True(rig.Journal.Commit());

        var lines = rig.Lines();
        Assert.Equal(Enumerable.Range(1, Each * Appenders).Select(n => (long)n), lines.Select(JournalRig.Sequence));
        Assert.Equal((Each * Appenders, 0), (rig.Journal.KeptTotal, rig.Journal.LostTotal));
        for (var who = 0; who < Appenders; who++)
            Assert.Equal(Enumerable.Range(0, Each), lines.Where(l => l.GetProperty("conpot").GetProperty("who").GetInt32() == who).Select(l => l.GetProperty("conpot").GetProperty("nth").GetInt32()));
    }

    [Fact]
    public void Only_who_does_not_commit_wakes_the_one_who_does()
    {
        using var rig = new JournalRig();
        var woken = 0;
        rig.Journal.Appended = () => woken++;
        rig.Append();
        Assert.Equal(1, woken);
        rig.Journal.Commit();
        rig.Append();
        Assert.Equal(1, woken);
        var other = new Thread(() => rig.Append());
        other.Start();
        other.Join();
        Assert.Equal(2, woken);
    }

    [Fact]
    public void Losses_are_counted_while_the_medium_is_away_and_reported_when_it_is_back()
    {
        using var rig = new JournalRig();
        rig.Record(3);
        rig.Break();
        rig.Record(4); // 4 to 7; the first finds out, the others are not even tried
        Assert.Equal((3, 4), (rig.Journal.KeptTotal, rig.Journal.LostTotal));
        Assert.NotNull(rig.Journal.Fault);
        rig.Repair();
        rig.Record(2); // 8 and, after the report 9, 10
        Assert.Null(rig.Journal.Fault);
        Assert.Equal([1, 2, 3, 8, 9, 10], rig.Sequences());
        AssertLost(rig, (4, 4, 7));
    }

    [Fact]
    public void The_medium_is_left_alone_for_a_second_after_an_error()
    {
        using var rig = new JournalRig();
        rig.Record();
        rig.Break();
        rig.Record();
        rig.Repair(wait: Journal.RetryAfter - TimeSpan.FromTicks(1));
        rig.Record();
        Assert.Equal(2, rig.Journal.LostTotal);
        rig.Time.Advance(TimeSpan.FromTicks(1));
        rig.Record();
        Assert.Equal(2, rig.Journal.LostTotal);
    }

    [Fact]
    public void A_report_of_losses_that_is_lost_itself_is_made_again_with_all_of_them()
    {
        using var rig = new JournalRig();
        rig.Record(2);
        rig.Break();
        rig.Record(3); // 3 to 5
        rig.Repair();
        rig.Record(); // 6 is kept, the report 7 waits
        rig.Break();
        Assert.True(rig.Journal.Commit()); // 7 is lost
        rig.Record(); // 8 too
        rig.Repair();
        rig.Record(2); // 9, the report 10, 11
        Assert.Equal([1, 2, 6, 9, 10, 11], rig.Sequences());
        AssertLost(rig, (5, 3, 8));
        Assert.Equal(5, rig.Journal.LostTotal);
    }

    [Fact]
    public void A_buffer_that_overflows_loses_the_latest_and_names_the_segment_by_its_first()
    {
        using var rig = new JournalRig(segmentSize: 1000);
        rig.Record();
        var appended = 1;
        while (rig.Journal.LostTotal < 5)
        {
            rig.Append(padding: 5000);
            appended++;
        }
        var lastKept = appended - 5;
        Assert.True(rig.Journal.Commit());
        Assert.True(rig.Journal.Commit()); // the report
        Assert.Equal([1, 2, appended + 1], Segments.List(rig.Directory).Select(s => s.First));
        Assert.Equal([.. Enumerable.Range(1, lastKept), appended + 1], rig.Sequences());
        AssertLost(rig, (5, lastKept + 1, appended));
    }

    [Fact]
    public void Any_order_of_events_breakdowns_and_restarts_loses_nothing_uncounted() =>
        Gen.Int[0, 9].Array[1, 40].Sample(steps =>
        {
            using var rig = new JournalRig(segmentSize: 2000);
            var broken = false;
            foreach (var step in steps)
            {
                if (step == 0 && !broken) rig.Break();
                else if (step == 1 && broken) rig.Repair();
                else if (step == 2) rig.Append(3);
                else if (step == 3 && !broken && rig.Journal.LostTotal == 0) rig.Reopen();
                else rig.Record();
                broken = step switch { 0 => true, 1 => false, _ => broken };
            }
            if (broken) rig.Repair();
            rig.Time.Advance(Journal.RetryAfter);
            rig.Record(3);
            var sequences = rig.Sequences();
            Assert.Equal(sequences.Order().Distinct(), sequences);
            var reported = rig.Lines("sensor.lost").Sum(l => l.GetProperty("conpot").GetProperty("lost").GetInt64());
            if (rig.Journal.LostTotal == 0) return; // a restart forgets what it had not reported, and this run never broke
            Assert.Equal(sequences[^1] - sequences.Count, reported);
            Assert.Equal(rig.Journal.LostTotal, reported);
        }, iter: 60, threads: 1);

    [Fact]
    public void Losses_add_up_in_whatever_order_they_are_found()
    {
        Assert.Equal(new Losses(5, 2, 9), new Losses(2, 8, 9) + new Losses(3, 2, 4));
        Assert.Equal(new Losses(5, 2, 9), new Losses(3, 2, 4) + new Losses(2, 8, 9));
        Assert.Equal(new Losses(3, 2, 4), default(Losses) + new Losses(3, 2, 4));
        Assert.Equal(new Losses(3, 2, 4), new Losses(3, 2, 4) + default(Losses));
    }

    [Fact]
    public void A_write_that_hangs_is_given_up_and_taken_back_when_it_returns()
    {
        using var rig = new JournalRig(segmentSize: 1);
        rig.Record();
        using var held = new HeldFile(Segments.PathOf(rig.Directory, 2));
        rig.Append(); // 2
        bool? goesOn = null;
        var hung = new Thread(() => goesOn = rig.Journal.Commit());
        hung.Start();
        held.AwaitVictim();
        Assert.Equal(TimeSpan.Zero, rig.Journal.WritingFor);
        rig.Time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(TimeSpan.FromSeconds(3), rig.Journal.WritingFor);

        rig.Append(); // 3: appending goes on while the write hangs
        Assert.True(rig.Journal.Abandon());
        Assert.False(rig.Journal.Abandon());
        Assert.True(rig.Journal.IsStalled);
        Assert.NotNull(rig.Journal.Fault);
        Assert.True(rig.Journal.Commit());
        rig.Record(3); // 4 to 6
        Assert.Equal((1, 5), (rig.Journal.KeptTotal, rig.Journal.LostTotal)); // 2 as well, until its write returns

        held.LetGo();
        hung.Join();
        Assert.False(goesOn);
        Assert.False(rig.Journal.IsStalled);
        Assert.Null(rig.Journal.Fault);
        Assert.Equal((2, 4), (rig.Journal.KeptTotal, rig.Journal.LostTotal));
        rig.Record(); // the report 7, and 8
        Assert.Equal([1, 2, 7, 8], rig.Sequences());
        AssertLost(rig, (4, 3, 6));
    }

    [Fact]
    public void A_write_that_returns_in_time_is_not_given_up()
    {
        using var rig = new JournalRig();
        Assert.False(rig.Journal.Abandon());
        rig.Record();
        Assert.False(rig.Journal.Abandon());
        Assert.Equal((TimeSpan.Zero, false, null), (rig.Journal.WritingFor, rig.Journal.IsStalled, rig.Journal.Fault));
    }

    [Fact]
    public void Giving_up_races_with_returning_and_one_of_them_wins()
    {
        using var rig = new JournalRig(segmentSize: 1 << 30);
        var stop = false;
        var abandoned = 0;
        var watcher = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
                if (rig.Journal.Abandon()) Interlocked.Increment(ref abandoned);
        });
        watcher.Start();
        var givenUp = 0;
        for (var i = 0; i < 3000; i++)
        {
            rig.Append();
            if (!rig.Journal.Commit()) givenUp++;
        }
        Volatile.Write(ref stop, true);
        watcher.Join();
        Assert.True(rig.Journal.Commit());
        Assert.Equal(givenUp, abandoned);
        Assert.False(rig.Journal.IsStalled);
        Assert.Null(rig.Journal.Fault);
        Assert.Equal(Enumerable.Range(1, 3000).Select(n => (long)n), rig.Sequences());
        Assert.Equal((3000, 0), (rig.Journal.KeptTotal, rig.Journal.LostTotal));
    }

    [Fact]
    public void An_event_begun_by_a_mistake_and_forgotten_holds_up_nobody()
    {
        using var rig = new JournalRig();
        _ = rig.Journal.Begin(EventCatalog.ModbusRead, null, Outcome.Success);
        rig.Journal.Forget();
        rig.Journal.Forget();
        var other = new Thread(() => rig.Append());
        other.Start();
        Assert.True(other.Join(TimeSpan.FromSeconds(10)));
        rig.Journal.Commit();
        Assert.Equal([1], rig.Sequences());
    }

    private static void AssertLost(JournalRig rig, params (long Lost, long From, long To)[] expected) =>
        Assert.Equal(expected, rig.Lines("sensor.lost").Select(l => l.GetProperty("conpot")).Select(c => (c.GetProperty("lost").GetInt64(), c.GetProperty("first").GetInt64(), c.GetProperty("last").GetInt64())));
}
