using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>What a forwarder makes of a crash, a cursor that is damaged, a journal that was too small or wiped, and another configuration.</summary>
public class ForwarderRestartTests
{
    [Fact]
    public void After_a_crash_between_sending_and_writing_the_cursor_events_come_twice_and_none_is_missing()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Run(sink);
        rig.Log.Record(10);
        rig.Until(() => sink.Count == 10);
        rig.Until(() => File.ReadAllText(rig.CursorOf(sink)) == "10 run-10\n", Forwarders.LookInterval);
        rig.Log.Record(5);
        rig.Until(() => sink.Count == 15, TimeSpan.FromTicks(1));
        rig.Kill(); // the cursor says 10
        var second = new RecordingSink();
        rig.Run(second);
        rig.Log.Record();
        rig.Until(() => second.Count >= 6);
        Assert.Equal([11, 12, 13, 14, 15, 16], second.Sequences);
        Assert.Equal(sink.Received[10].Id, second.Received[0].Id);
    }

    [Fact]
    public void Killed_at_any_point_every_event_arrives_in_order() =>
        Gen.Int[0, 5].Array[5, 30].Sample(steps =>
        {
            using var rig = new ForwarderRig(segmentSize: 4000);
            var life = new RecordingSink(batchSize: 3);
            List<RecordingSink> lives = [life];
            rig.Run(life);
            foreach (var step in steps)
            {
                switch (step)
                {
                    case 0:
                        var dead = life;
                        dead.Receiving = (_, _) => new TaskCompletionSource().Task; // whatever it is in the middle of, it does not come back
                        rig.Kill();
                        lives.Add(life = new RecordingSink(batchSize: 3));
                        rig.Run(life);
                        break;
                    case 1:
                        rig.Log.Time.Advance(Forwarders.LookInterval);
                        break;
                    default:
                        rig.Log.Record(step * 2);
                        rig.Log.Time.Advance(Forwarder.Linger);
                        break;
                }
            }
            rig.Log.Record();
            var last = rig.Log.Sequences()[^1];
            rig.Until(() => life.Sequences is [.., var newest] && newest == last);
            foreach (var each in lives) Assert.Equal(each.Sequences.Order().Distinct(), each.Sequences);
            Assert.Equal(rig.Log.Sequences(), lives.SelectMany(l => l.Sequences).Distinct().Order());
        }, iter: 30, threads: 1);

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("5 run-5")]
    [InlineData("5 run-6\n")]
    [InlineData("-5 run--5\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0")]
    [InlineData("99999999999999999999 run-99999999999999999999\n")]
    public void A_cursor_that_makes_no_sense_means_the_beginning(string text)
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Log.Record(10);
        Directory.CreateDirectory(Path.GetDirectoryName(rig.CursorOf(sink))!);
        File.WriteAllText(rig.CursorOf(sink), text);
        rig.Run(sink);
        rig.Until(() => sink.Count == 10);
        Assert.Equal(rig.Log.Sequences(), sink.Sequences);
    }

    [Fact]
    public void What_the_journal_had_no_room_for_is_counted_and_told()
    {
        using var rig = new ForwarderRig(segmentSize: 2000, totalSize: 8000);
        var down = true;
        var sink = new RecordingSink(batchSize: 5) { Receiving = (_, _) => Volatile.Read(ref down) ? throw new SinkException("down") : Task.CompletedTask };
        rig.Run(sink);
        rig.Log.Record(5);
        rig.Until(() => sink.Attempts > 0);
        rig.Log.Record(200);
        Volatile.Write(ref down, false);
        rig.Until(() => sink.Sequences.Contains(205), TimeSpan.FromSeconds(1));
        rig.Until(() => rig.Log.Journal.Commit() && rig.Log.Lines("sink.gap").Count > 0);
        var gap = Assert.Single(rig.Log.Lines("sink.gap")).GetProperty("conpot");
        var missing = Enumerable.Range(1, 205).Select(n => (long)n).Except(sink.Sequences).ToList();
        Assert.NotEmpty(missing);
        Assert.Equal((missing.Count, missing[0], missing[^1]), (gap.GetProperty("count").GetInt64(), gap.GetProperty("first").GetInt64(), gap.GetProperty("last").GetInt64()));
        Assert.Equal(missing.Count, rig.Forwarders.All[0].Status.Dropped);
        rig.Until(() => sink.Received.Any(e => e.Action == "sink.gap")); // told of like any other event, and once
        Assert.Equal(sink.Sequences.Order().Distinct(), sink.Sequences);
    }

    [Fact]
    public void Behind_a_segment_that_stays_unreadable_the_others_arrive_and_what_is_missing_is_told()
    {
        using var rig = new ForwarderRig(segmentSize: 1000);
        rig.Log.Record(20);
        var lost = Segments.List(rig.Log.Directory)[1];
        var behind = Segments.List(rig.Log.Directory)[2].First;
        File.Delete(lost.Path);
        File.CreateSymbolicLink(lost.Path, lost.Path); // an open ends with ELOOP, now and always
        var sink = new RecordingSink();
        rig.Forwarders.Change([ForwarderRig.Planned(sink, fromBeginning: true)], rig.Log.Journal.NextSequence);
        rig.Until(() => sink.Sequences.Contains(20), TimeSpan.FromSeconds(1));
        Assert.Equal(Enumerable.Range(1, 20).Select(n => (long)n).Where(n => n < lost.First || n >= behind), sink.Sequences.Where(n => n <= 20));
        rig.Until(() => rig.Log.Journal.Commit() && rig.Forwarders.All[0].Status.Dropped > 0);
        Assert.Equal(behind - lost.First, rig.Forwarders.All[0].Status.Dropped);
    }

    [Fact]
    public void Events_that_were_never_kept_are_no_gap()
    {
        using var rig = new ForwarderRig(segmentSize: 1000);
        var sink = new RecordingSink();
        rig.Run(sink);
        rig.Log.Record(3);
        rig.Log.Break();
        rig.Log.Record(4);
        rig.Log.Repair();
        rig.Log.Record(2);
        rig.Log.Journal.Commit();
        rig.Until(() => sink.Sequences.Contains(10));
        Assert.Equal(rig.Log.Sequences(), sink.Sequences);
        Assert.Empty(rig.Log.Lines("sink.gap"));
        Assert.Equal(0, rig.Forwarders.All[0].Status.Dropped);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(10)]
    [InlineData(25)]
    public void A_wiped_journal_is_read_from_its_beginning_however_far_it_has_grown(int grown)
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Run(sink);
        rig.Log.Record(10);
        rig.Until(() => sink.Count == 10);
        rig.Forwarders.Stop();
        rig.Wipe("other");
        rig.Log.Record(grown);
        var second = new RecordingSink();
        rig.Run(second);
        rig.Until(() => second.Count >= grown);
        Assert.Equal(Enumerable.Range(1, grown).Select(n => $"other-{n}"), second.Received.Select(e => e.Id));
    }

    [Fact]
    public void A_journal_that_lost_its_tail_in_a_power_cut_is_not_sent_again()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Run(sink);
        rig.Log.Record(10);
        rig.Until(() => sink.Count == 10);
        rig.Forwarders.Stop();
        var (path, _) = Segments.List(rig.Log.Directory)[0];
        File.WriteAllLines(path, [.. File.ReadAllLines(path).Take(6)]);
        rig.Restart("second");
        var after = new RecordingSink();
        rig.Run(after);
        rig.Log.Record(2);
        rig.Until(() => after.Count == 2);
        Assert.Equal(["second-7", "second-8"], after.Received.Select(e => e.Id));
    }

    [Theory]
    [InlineData(1, 1 << 20)]
    [InlineData(2, 1 << 20)]
    [InlineData(9, 1 << 20)]
    [InlineData(1, 1000)]
    [InlineData(2, 1000)]
    public void A_start_after_such_a_power_cut_sends_what_is_new_and_nothing_else(int taken, int segmentSize)
    {
        using var rig = new ForwarderRig(segmentSize);
        var (sink, other) = (new RecordingSink(), new RecordingSink("other"));
        rig.Run(sink, other);
        rig.Log.Record(10);
        rig.Until(() => sink.Count == 10 && other.Count == 10);
        rig.Forwarders.Stop();
        rig.Log.CutOff(taken);
        rig.Restart("second");
        var first = rig.Log.Journal.NextSequence;
        rig.Log.Record(); // as a sensor does: its start is in the journal before the sinks begin
        var after = new RecordingSink();
        rig.Forwarders.Change([ForwarderRig.Planned(after)], first);
        rig.Log.Record(11);
        rig.Until(() => after.Count == 12);
        string[] all = [.. Enumerable.Range((int)first, 12).Select(n => $"second-{n}")];
        Assert.Equal(all, after.Received.Select(e => e.Id));
        // One that comes back by a reload only, when the numbers have gone past its place.
        var late = new RecordingSink("other");
        rig.Forwarders.Change([ForwarderRig.Planned(late)], rig.Log.Journal.NextSequence);
        rig.Until(() => late.Count == 12);
        Assert.Equal(all, late.Received.Select(e => e.Id));
        Assert.Empty(rig.Log.Lines("sink.gap"));
    }

    [Fact]
    public void A_segment_that_cannot_be_read_at_a_start_ends_nothing_and_repeats_nothing()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Run(sink);
        rig.Log.Record(10);
        rig.Until(() => sink.Count == 10);
        rig.Forwarders.Stop();
        rig.Kill();
        var (path, _) = Segments.List(rig.Log.Directory)[0];
        File.Move(path, path + ".away");
        File.CreateSymbolicLink(path, path); // an open ends with ELOOP
        var after = new RecordingSink();
        rig.Run(after);
        rig.Until(() => rig.Forwarders.All[0].Status.LastError is not null);
        File.Delete(path);
        File.Move(path + ".away", path);
        rig.Log.Record();
        rig.Until(() => after.Count >= 1, TimeSpan.FromSeconds(1));
        Assert.Equal([11], after.Sequences);
    }

    [Theory]
    [InlineData(false, 6)]
    [InlineData(true, 1)]
    public void A_new_sink_begins_with_this_run_unless_it_wants_all(bool fromBeginning, long first)
    {
        using var rig = new ForwarderRig();
        rig.Log.Record(5);
        var sink = new RecordingSink();
        rig.Forwarders.Change([ForwarderRig.Planned(sink, fromBeginning: fromBeginning)], now: 6);
        rig.Log.Record(2);
        rig.Until(() => sink.Sequences.Contains(7));
        Assert.Equal(first, sink.Sequences[0]);
        Assert.Empty(rig.Log.Lines("sink.gap"));
    }

    [Fact]
    public void A_reload_exchanges_only_what_has_changed()
    {
        using var rig = new ForwarderRig();
        var (stays, goes) = (new RecordingSink("stays"), new RecordingSink("goes"));
        rig.Run(stays, goes);
        rig.Log.Record(4);
        rig.Until(() => stays.Count == 4 && goes.Count == 4);
        var (unused, changed, added) = (new RecordingSink("stays"), new RecordingSink("goes"), new RecordingSink("added"));
        var staying = rig.Forwarders.All[0];
        rig.Forwarders.Change([ForwarderRig.Planned(unused), ForwarderRig.Planned(changed, "other text"), ForwarderRig.Planned(added)], rig.Log.Journal.NextSequence);
        Assert.Same(staying, rig.Forwarders.All[0]);
        Assert.Equal((true, false, true, false), (unused.IsDisposed, stays.IsDisposed, goes.IsDisposed, changed.IsDisposed));
        rig.Log.Record(2);
        rig.Until(() => stays.Count == 6 && changed.Count == 2 && added.Count == 2);
        Assert.Equal([5, 6], changed.Sequences); // from where the old one was
        Assert.Equal((4, 0), (goes.Count, unused.Count));
    }

    [Fact]
    public void That_the_sensor_is_alive_costs_the_card_no_cursor()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        rig.Run(sink);
        var line = rig.Log.Journal.Begin(EventCatalog.SensorAlive, null, Outcome.Success);
        rig.Log.Journal.End(ref line);
        rig.Log.Journal.Commit();
        rig.Until(() => rig.Forwarders.All[0].Status is { Delivered: 1, Lag: 0 });
        for (var i = 0; i < 5; i++) rig.Log.Time.Advance(Forwarders.LookInterval);
        Assert.Equal("0 -\n", File.ReadAllText(rig.CursorOf(sink)));
        rig.Forwarders.Stop();
        Assert.Equal("1 run-1\n", File.ReadAllText(rig.CursorOf(sink)));
    }

    [Fact]
    public void A_name_of_a_sink_makes_a_name_of_a_file_and_no_two_the_same()
    {
        string[] names = ["mqtt", "webhook ntfy", "webhook a b", "webhook a-b", "webhook ../x", "webhook é"];
        Assert.Equal(names.Length, names.Select(Forwarders.FileNameOf).Distinct().Count());
        Assert.All(names, n => Assert.Matches("^[A-Za-z0-9_%-]+$", Forwarders.FileNameOf(n)));
        Assert.Equal("webhook-ntfy", Forwarders.FileNameOf("webhook ntfy"));
    }
}
