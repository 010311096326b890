using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Every event reaches every sink, in order and at least once, whatever the sinks do; and none of them touches another.</summary>
public class ForwarderTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void The_first_event_is_sent_at_once_and_the_rest_in_order_and_in_batches()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink(batchSize: 100);
        rig.Run(sink);
        rig.Log.Record();
        ForwarderRig.AtOnce(() => sink.Count == 1);
        rig.Log.Append(300);
        Assert.True(rig.Log.Journal.Commit());
        rig.Until(() => sink.Count == 301);
        Assert.Equal(Enumerable.Range(1, 301).Select(n => (long)n), sink.Sequences);
        Assert.InRange(sink.Attempts, 4, 5);
        Assert.False(sink.Overlapped);
        ForwarderRig.AtOnce(() => Assert.Single(rig.Forwarders.All).Status is { Lag: 0, Delivered: 301, Dropped: 0, LastError: null, LastDelivery: not null, Faulted: false });
    }

    [Fact]
    public void A_sink_gets_what_it_wants_to_have()
    {
        using var rig = new ForwarderRig();
        var all = new RecordingSink("all");
        var alerts = new RecordingSink("alerts", filter: new SinkFilter(AlertsOnly: true, Minimum: 70));
        var grave = new RecordingSink("grave", filter: new SinkFilter(AlertsOnly: false, Minimum: 60));
        rig.Run(all, alerts, grave);
        EventKind[] kinds = [EventCatalog.ModbusRead, EventCatalog.ModbusWrite, EventCatalog.AlertRaised, EventCatalog.AlertRaised.About(EventCatalog.PlcMode), EventCatalog.SensorLost];
        foreach (var kind in kinds)
        {
            var line = rig.Log.Journal.Begin(kind, null, Outcome.Success);
            line.Text("text"u8, "\"kind\":\"alert\"");
            rig.Log.Journal.End(ref line);
        }
        rig.Log.Journal.Commit();
        rig.Until(() => all.Count == 5 && grave.Count == 3 && alerts.Count == 1);
        Assert.Equal([2, 3, 4], grave.Sequences);
        Assert.Equal([4], alerts.Sequences);
        rig.Until(() => rig.Forwarders.All.All(f => f.Status.Lag == 0));
    }

    [Fact]
    public void An_outage_of_ten_thousand_events_costs_none_of_them()
    {
        using var rig = new ForwarderRig();
        var attempts = new List<DateTimeOffset>();
        var down = true;
        var sink = new RecordingSink(batchSize: 500)
        {
            Receiving = (_, _) =>
            {
                lock (attempts) attempts.Add(rig.Log.Time.GetUtcNow());
                return Volatile.Read(ref down) ? throw new SinkException("broker:1883: connection refused") : Task.CompletedTask;
            },
        };
        rig.Run(sink);
        for (var i = 0; i < 100; i++)
        {
            rig.Log.Append(100);
            Assert.True(rig.Log.Journal.Commit());
        }
        rig.Until(() => Attempts() >= 10, Second / 4); // not the sink's own count, which is ahead of the list
        Assert.True(rig.Forwarders.AnyFaulted);
        Assert.Equal("broker:1883: connection refused", rig.Forwarders.All[0].Status.LastError);
        // 1 s, 2 s, 4 s ... 60 s, each between half and all of it, and up to a step of the clock.
        foreach (var (pause, nth) in attempts.Zip(attempts.Skip(1), (a, b) => b - a).Select((p, i) => (p, i)).Take(8))
        {
            var longest = Math.Min(60, Math.Pow(2, nth));
            Assert.InRange(pause.TotalSeconds, longest / 2, longest + 30);
        }
        Assert.True(rig.Log.Journal.Commit());
        var fault = Assert.Single(rig.Log.Lines("sink.fault")).GetProperty("conpot");
        Assert.Equal(("recording", "broker:1883: connection refused"), (fault.GetProperty("sink").GetString(), fault.GetProperty("error").GetString()));
        Volatile.Write(ref down, false);
        rig.Until(() => sink.Count == 10_001, Second / 4);
        rig.Until(() => !rig.Forwarders.AnyFaulted);
        Assert.Equal(Enumerable.Range(1, 10_001).Select(n => (long)n), sink.Sequences);
        ForwarderRig.AtOnce(() => !rig.Log.Journal.IsEmpty);
        Assert.True(rig.Log.Journal.Commit());
        Assert.Single(rig.Log.Lines("sink.recovered"));

        int Attempts()
        {
            lock (attempts) return attempts.Count;
        }
    }

    [Fact]
    public void A_sink_that_asks_for_peace_is_left_in_peace()
    {
        using var rig = new ForwarderRig();
        var at = new List<DateTimeOffset>();
        var sink = new RecordingSink
        {
            Receiving = (_, _) =>
            {
                at.Add(rig.Log.Time.GetUtcNow());
                return at.Count == 1 ? throw new SinkException("429") { RetryAfter = TimeSpan.FromSeconds(90) } : Task.CompletedTask;
            },
        };
        rig.Run(sink);
        rig.Log.Record();
        rig.Until(() => sink.Count == 1, Second);
        Assert.InRange((at[1] - at[0]).TotalSeconds, 90, 150);
    }

    [Fact]
    public void One_event_that_is_refused_goes_to_the_dead_letters_and_the_others_go_on()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink { Receiving = (batch, _) => batch.Any(e => e.Sequence == 5) ? throw new SinkException("400 \"bad\"\n") { IsRefusal = true } : Task.CompletedTask };
        rig.Run(sink);
        rig.Log.Append(10);
        rig.Log.Journal.Commit();
        rig.Until(() => sink.Count == 4);
        Assert.False(File.Exists(rig.DeadLettersOf(sink))); // tried again for a while
        rig.Until(() => sink.Count >= 9, Second);
        Assert.Equal([1, 2, 3, 4, 6, 7, 8, 9, 10], sink.Sequences.Take(9));
        var letter = JsonDocument.Parse(Assert.Single(File.ReadAllLines(rig.DeadLettersOf(sink)))).RootElement;
        Assert.Equal("400 \"bad\"\n", letter.GetProperty("refused").GetString());
        Assert.Equal(5, JournalRig.Sequence(letter.GetProperty("event")));
        Assert.Equal(1, rig.Forwarders.All[0].Status.Dropped);
    }

    [Fact]
    public void A_refusal_that_is_mended_in_time_costs_nothing()
    {
        using var rig = new ForwarderRig();
        var start = rig.Log.Time.GetUtcNow();
        var sink = new RecordingSink { Receiving = (_, _) => rig.Log.Time.GetUtcNow() - start < TimeSpan.FromMinutes(3) ? throw new SinkException("404") { IsRefusal = true } : Task.CompletedTask };
        rig.Run(sink);
        rig.Log.Record(3);
        rig.Until(() => sink.Count >= 3, Second);
        Assert.Equal([1, 2, 3], sink.Sequences.Take(3));
        Assert.False(File.Exists(rig.DeadLettersOf(sink)));
    }

    [Fact]
    public void Dead_letters_are_bounded()
    {
        using var temp = new TempDirectory();
        var letters = new DeadLetters(temp["d/sink.jsonl"]);
        var e = EventRecord.Parse(JournalRig.Line(7, padding: 15_000).AsSpan()[..^1])!;
        for (var i = 0; i < 300; i++) Assert.Null(letters.Add(e, "no"));
        Assert.Equal(2, Directory.GetFiles(temp["d"]).Length);
        Assert.All(Directory.GetFiles(temp["d"]), f => Assert.InRange(new FileInfo(f).Length, 1, DeadLetters.MostBytes));
    }

    [Fact]
    public void One_that_hangs_for_ever_touches_no_other_and_no_stop()
    {
        using var rig = new ForwarderRig();
        var never = new TaskCompletionSource();
        var hanging = new RecordingSink("hanging") { Receiving = (_, _) => never.Task };
        var well = new RecordingSink("well");
        rig.Run(hanging, well);
        rig.Log.Record(200);
        rig.Until(() => well.Count >= 200 && hanging.Attempts >= 1); // each has a task of its own, and neither waits for the other
        Assert.Equal(1, hanging.Attempts);
        rig.Until(() => rig.Forwarders.AnyFaulted, Second);
        Assert.False(rig.Forwarders.All[1].Faulted);
        rig.Log.Record(3);
        rig.Until(() => well.Count >= 203);
        rig.Forwarders.Stop();
        Assert.Equal(1, hanging.Attempts);
        Assert.True(well.IsDisposed);
        Assert.StartsWith("0 ", File.ReadAllText(rig.CursorOf(hanging)), StringComparison.Ordinal);
        never.SetResult(); // late: nothing is written any more
        Assert.StartsWith("0 ", File.ReadAllText(rig.CursorOf(hanging)), StringComparison.Ordinal);
    }

    [Fact]
    public void An_attempt_without_an_answer_is_given_up_and_made_again()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        sink.Receiving = (_, cancel) => sink.Attempts == 1 ? Task.Delay(Timeout.Infinite, cancel) : Task.CompletedTask;
        rig.Run(sink);
        rig.Log.Record();
        rig.Until(() => sink.Count >= 1, Second);
        Assert.Equal(2, sink.Attempts - (sink.Count - 1));
    }

    [Fact]
    public void A_mistake_in_a_sink_is_an_outage_of_that_sink()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink();
        sink.Receiving = (_, _) => sink.Attempts == 1 ? throw new InvalidOperationException("oops") : Task.CompletedTask;
        rig.Run(sink);
        rig.Log.Record();
        ForwarderRig.AtOnce(() => rig.Forwarders.All[0].Status.LastError == "oops");
        rig.Until(() => sink.Count == 1, Second);
    }

    [Fact]
    public async Task A_test_event_goes_past_the_queue_and_says_what_it_is()
    {
        using var rig = new ForwarderRig();
        var sink = new RecordingSink(filter: new SinkFilter(true, 100));
        rig.Run(sink);
        Assert.Equal("1 accepted", await rig.Forwarders.All[0].Test(TestEvent.Make("pump\"3", rig.Log.Time), CancellationToken.None));
        var e = Assert.Single(sink.Received);
        Assert.Equal(("sensor.test", true, 60, "pump\"3"), (e.Action, e.IsAlert, e.Severity, e.Sensor));
        Assert.StartsWith("test-", e.Id, StringComparison.Ordinal);
        Assert.Empty(rig.Log.Lines());
        sink.Receiving = (_, cancel) => Task.Delay(Timeout.Infinite, cancel);
        using var soon = new CancellationTokenSource();
        var before = sink.Attempts;
        var answer = rig.Forwarders.All[0].Test(e, soon.Token);
        ForwarderRig.AtOnce(() => sink.Attempts > before); // not while the forwarder opens the sink, which has another text
        await soon.CancelAsync();
        Assert.Contains("no answer in time", (await Assert.ThrowsAsync<SinkException>(() => answer)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_networks_thread_pays_nothing()
    {
        using var rig = new ForwarderRig();
        var never = new TaskCompletionSource();
        var sink = new RecordingSink { Receiving = (_, _) => never.Task };
        rig.Run(sink);
        rig.Log.Record();
        ForwarderRig.AtOnce(() => sink.Attempts == 1);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) rig.Forwarders.Committed();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        never.SetResult();
    }
}
