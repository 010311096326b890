using System.Globalization;
using Conpot.Pi.Cli.Report;
using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Report;

/// <summary>From events to what a person is told.</summary>
public class TallyTests
{
    private readonly Tally _tally = new(EventLines.Noon.AddDays(-7), EventLines.Noon.AddHours(1));

    [Fact]
    public void The_summary_says_who_did_what_to_which_sensor()
    {
        foreach (var e in (EventRecord[])[EventLines.Read(source: "192.0.2.8:1"), EventLines.Make(EventCatalog.ModbusIdentify, source: "192.0.2.9:1"), EventLines.Read(), EventLines.Write(60)]) _tally.Take(e);
        Assert.Equal(
        [
            "In the last 7 days 3 visitors touched pump-3.",
            "One of them wrote to the PLC: 192.0.2.7 (1 write, the first on 2026-11-22 12:01: VW0 from 146 to 77).",
            "One of them asked what it is or tried passwords, and changed nothing: 192.0.2.9.",
            "One of them only connected or read values: 192.0.2.8.",
        ], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
        Assert.Equal("Somebody wrote to the decoy PLC", ReportWords.Verdict(_tally));
    }

    [Fact]
    public void A_write_that_was_refused_is_an_attempt()
    {
        _tally.Take(EventLines.Write(failed: true));
        var source = Assert.Single(_tally.Sources);
        Assert.Equal((0, 1), (source.Changes, source.Attempts));
        Assert.Equal(["tried to write VW0"], source.Deeds.Select(d => d.Deed));
        Assert.Equal("Somebody attacked the decoy PLC", ReportWords.Verdict(_tally));
    }

    [Fact]
    public void Stopping_and_reprogramming_are_told_before_writes()
    {
        _tally.Take(S7(S7commEvents.Stop, "PLC stop"));
        _tally.Take(EventLines.Make(EventCatalog.PlcMode, (ref JsonLine line) =>
        {
            line.Text("from"u8, "RUN");
            line.Text("to"u8, "STOP");
            line.Text("reason"u8, "Network");
        }));
        foreach (var (operation, hash) in (ReadOnlySpan<(string, string)>)[("request download", ""), ("download block", ""), ("download ended", "ab")]) _tally.Take(S7(S7commEvents.Download, operation, hash));
        _tally.Take(EventLines.Write(60, source: "192.0.2.7:1"));
        Assert.Equal("Somebody reprogrammed, stopped and wrote to the decoy PLC", ReportWords.Verdict(_tally));
        Assert.Equal(
        [
            "In the last 7 days 1 visitor touched pump-3.",
            "It reprogrammed the PLC: 192.0.2.7 (1 change of the program, the first on 2026-11-22 12:00: block DB7, 300 bytes sent).",
            "It stopped the PLC: 192.0.2.7 (1 command, the first on 2026-11-22 12:00: CPU from RUN to STOP).",
            "It wrote to the PLC: 192.0.2.7 (1 write, the first on 2026-11-22 12:01: VW0 from 146 to 77).",
        ], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
        Assert.Equal(["sent it the program block DB7", "stopped the CPU", "wrote VW0 146 → 77"], Assert.Single(_tally.Sources).Deeds.Select(d => d.Deed));
        Assert.Equal(3, _tally.ChangesTotal);
        _tally.Take(EventLines.Read(source: "192.0.2.8:1"));
        Assert.Equal(["One of them", "The same", "The same", "One of them"], ReportWords.Summary(_tally, TimeZoneInfo.Utc).Skip(1).Select(s => s[..(s.StartsWith('T') ? 8 : 11)]));
    }

    [Fact]
    public void What_was_refused_over_S7_is_an_attempt()
    {
        _tally.Take(S7(S7commEvents.Stop, "PLC stop", failed: true));
        _tally.Take(S7(S7commEvents.Control, "delete block", failed: true));
        _tally.Take(S7(S7commEvents.Download, "download given up", "ab", failed: true));
        Assert.Equal("Somebody attacked the decoy PLC", ReportWords.Verdict(_tally));
        Assert.Equal(["sent it a part of the program block DB7", "tried to stop the CPU", "tried to delete block DB7"], Assert.Single(_tally.Sources).Deeds.Select(d => d.Deed));
        Assert.All(_tally.Changes, c => Assert.False(c.Done));
    }

    [Fact]
    public void A_download_that_is_begun_and_broken_off_is_an_attempt()
    {
        _tally.Take(S7(S7commEvents.Download, "request download"));
        _tally.Take(S7(S7commEvents.Download, "download given up"));
        Assert.Equal("It tried to change it and failed: 192.0.2.7.", ReportWords.Summary(_tally, TimeZoneInfo.Utc).Last());
        Assert.Equal(["tried to send it the program block DB7"], Assert.Single(_tally.Sources).Deeds.Select(d => d.Deed));
        Assert.Equal(("block DB7", false), Assert.Single(_tally.Changes) is var c ? (c.Target, c.Done) : default);
    }

    [Fact]
    public void Compressing_and_copying_change_no_program()
    {
        _tally.Take(S7(S7commEvents.Control, "compress memory", block: ""));
        _tally.Take(S7(S7commEvents.Control, "copy RAM to ROM", block: ""));
        Assert.Equal("Somebody tidied the memory of the decoy PLC", ReportWords.Verdict(_tally));
        Assert.Equal("It tidied the memory of the PLC: 192.0.2.7 (2 commands, the first on 2026-11-22 12:00: memory, compressed).", ReportWords.Summary(_tally, TimeZoneInfo.Utc).Last());
        Assert.Equal([("memory", "compressed"), ("memory", "RAM copied to ROM")], _tally.Changes.Select(c => (c.Target, c.After)));
        _tally.Take(S7(S7commEvents.Control, "delete block"));
        Assert.Equal("Somebody reprogrammed and tidied the memory of the decoy PLC", ReportWords.Verdict(_tally));
    }

    [Theory]
    [InlineData("cyclic data", false, "had values sent to it again and again")]
    [InlineData("changed data", true, "tried to have values sent to it again and again")]
    [InlineData("message service", false, "asked for the CPU's messages")]
    [InlineData("message sent", false, null)]
    [InlineData("cyclic data sent", false, null)]
    [InlineData("end cyclic data", false, null)]
    public void A_subscription_is_told_once(string operation, bool failed, string? deed) => Assert.Equal(deed, Deed.Of(S7(S7commEvents.Subscribe, operation, failed: failed)));

    [Fact]
    public void Variables_of_S7_have_their_addresses()
    {
        _tally.Take(EventLines.Make(S7commEvents.Write, (ref JsonLine line) =>
        {
            line.OpenList("ranges"u8);
            line.WordItem("M2.4"u8);
            line.WordItem("VW0..VW4"u8);
            line.CloseList();
            line.Hex("before"u8, [0]);
            line.Hex("after"u8, [1]);
        }, protocol: "s7comm"));
        var change = Assert.Single(_tally.Changes);
        Assert.Equal(("M2.4, VW0..VW4", "00", "01", true), (change.Target, change.Before, change.After, change.Done));
    }

    [Fact]
    public void A_login_that_failed_is_no_write()
    {
        _tally.Take(EventLines.Make(HttpEvents.Login, (ref JsonLine line) => line.Text("user"u8, "admin"), protocol: "http", failed: true));
        Assert.Equal("It tried to log in, sent a known attack or a flood, and changed nothing: 192.0.2.7.", ReportWords.Summary(_tally, TimeZoneInfo.Utc).Last());
        Assert.Equal(["tried to log in to the web page as “admin”"], Assert.Single(_tally.Sources).Deeds.Select(d => d.Deed));
    }

    [Fact]
    public void A_STOP_that_found_the_CPU_in_STOP_is_a_command_and_no_attempt()
    {
        _tally.Take(S7(S7commEvents.Stop, "PLC stop"));
        _tally.Take(S7(S7commEvents.Stop, "PLC stop", failed: true, note: "was in STOP"));
        _tally.Take(S7(S7commEvents.Stop, "PLC stop", failed: true, note: "was in STOP", source: "192.0.2.8:1"));
        _tally.Take(S7(S7commEvents.Start, "warm start", failed: true, note: "was in RUN", source: "192.0.2.9:1"));
        Assert.Equal("Somebody stopped the decoy PLC", ReportWords.Verdict(_tally));
        Assert.Equal(
        [
            "In the last 7 days 3 visitors touched pump-3.",
            "One of them stopped the PLC: 192.0.2.7 (2 commands, the first on 2026-11-22 12:00: CPU from RUN to STOP).",
            "2 of them told the PLC to stop or start, which it had already: 192.0.2.8; 192.0.2.9.",
        ], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
        Assert.Equal([("stopped the CPU", 1L), ("told the CPU to stop, which it had already", 1L)], _tally.Sources.First().Deeds);
        Assert.Equal([("told the CPU to start, which it had already", 1L)], _tally.Sources.Last().Deeds);
        Assert.Equal([("RUN", "STOP"), ("STOP", "STOP"), ("STOP", "STOP"), ("RUN", "RUN")], _tally.Changes.Select(c => (c.Before, c.After)));
        Assert.DoesNotContain("refused</em>", Page(_tally), StringComparison.Ordinal);
    }

    private static EventRecord S7(EventKind kind, string operation, string hash = "", bool failed = false, string note = "", string source = "192.0.2.7:40000", string block = "DB7") => EventLines.Make(kind, (ref JsonLine line) =>
    {
        if (note.Length > 0) line.Text("note"u8, note);
        line.Text("operation"u8, operation);
        if (block.Length > 0) line.Text("block"u8, block);
        if (hash.Length > 0) line.Text("sha256"u8, hash);
        line.Number("bytes"u8, 300);
    }, source, protocol: "s7comm", failed: failed);

    [Fact]
    public void Deeds_are_told_in_the_PLCs_terms_the_gravest_first()
    {
        foreach (var e in (EventRecord[])[EventLines.Read(), EventLines.Read(1), EventLines.Make(EventCatalog.ModbusIdentify), EventLines.Write()]) _tally.Take(e);
        Assert.Equal([("wrote VW0 146 → 77", 1L), ("asked who it is", 1L), ("read VW0..VW18", 2L)], Assert.Single(_tally.Sources).Deeds);
    }

    [Fact]
    public void A_kind_that_has_no_phrase_is_told_by_its_meaning()
    {
        foreach (var kind in EventCatalog.All) Assert.NotEqual("", Deed.Of(EventLines.Make(kind)));
        Assert.Equal("half-open connections were reset by their makers, as a SYN scan does", Deed.Of(EventLines.Make(EventCatalog.HalfOpen)));
    }

    [Fact]
    public void The_sensors_own_affairs_are_nobodys_visit()
    {
        _tally.Take(EventLines.Make(EventCatalog.SensorStart, (ref JsonLine line) => line.Text("version"u8, "1.2.3")));
        _tally.Take(EventLines.Make(EventCatalog.SensorLost, (ref JsonLine line) => line.Number("lost"u8, 12)));
        Assert.Empty(_tally.Sources);
        Assert.Equal(("1.2.3", 1, 12), (_tally.Sensor.Version, _tally.Sensor.Starts, _tally.Sensor.Lost));
        Assert.Equal("Nobody touched it", ReportWords.Verdict(_tally));
        Assert.Equal(["In the last 7 days nobody touched pump-3.", "12 events could not be kept; this report knows nothing of them."], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
    }

    [Fact]
    public void A_journal_under_another_hand_is_told_first()
    {
        _tally.Take(EventLines.Make(EventCatalog.SensorTampered));
        Assert.Equal("Nobody touched it; a part of the journal was deleted", ReportWords.Verdict(_tally));
        Assert.Equal(["In the last 7 days nobody touched pump-3.", "Another hand deleted, replaced or cut short the journal once; this report knows nothing of what was in there."], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
        var page = Page(_tally);
        Assert.Contains("deleted, replaced or cut short the newest file of the journal", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Nothing was lost", page, StringComparison.Ordinal);
        Assert.DoesNotContain("summary calm", page, StringComparison.Ordinal);
    }

    [Fact]
    public void A_SYN_flood_is_no_scan()
    {
        _tally.Take(EventLines.Make(EventCatalog.HalfOpen, (ref JsonLine line) => line.Number("count"u8, 3), source: ""));
        Assert.Equal("Nobody touched it", ReportWords.Verdict(_tally));
        _tally.Take(EventLines.Make(EventCatalog.SynFlood, (ref JsonLine line) => line.Number("count"u8, 1500), source: ""));
        Assert.Equal((3L, 1500L), (_tally.Sensor.HalfOpen, _tally.Sensor.Flood));
        Assert.Equal("Somebody flooded the decoy PLC", ReportWords.Verdict(_tally));
        Assert.Equal(["In the last 7 days nobody touched pump-3.", "The device was flooded with 1,500 half-open connections; nobody can tell from where."], ReportWords.Summary(_tally, TimeZoneInfo.Utc));
        Assert.Contains("half-open connections of a SYN flood", Page(_tally), StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_ignored_is_said_once_for_each_run_and_not_for_the_time_before()
    {
        foreach (var ignored in (long[])[100, 103]) _tally.Take(Alive(ignored)); // the run began before the report's time
        _tally.Take(EventLines.Make(EventCatalog.SensorStart));
        foreach (var ignored in (long[])[2, 2, 9]) _tally.Take(Alive(ignored));
        Assert.Equal(12, _tally.Sensor.Ignored);
        Assert.Equal(["In the last 7 days nobody touched pump-3.", "12 events raised no alert, because [ignore] in the settings says so."], ReportWords.Summary(_tally, TimeZoneInfo.Utc));

        static EventRecord Alive(long ignored) => EventLines.Make(EventCatalog.SensorAlive, (ref JsonLine line) => line.Number("ignored"u8, ignored));
    }

    [Fact]
    public void An_alert_is_not_told_beside_the_event_that_it_tells_of()
    {
        _tally.Take(EventLines.Write());
        _tally.Take(EventLines.Make(EventCatalog.AlertRaised.About(EventCatalog.ModbusWrite)));
        Assert.Equal((1L, 1L, 1L), (_tally.Touches, _tally.ChangesTotal, _tally.Timeline.Total(Intent.Change)));
        Assert.Equal(1, _tally.Techniques["T0836"].Events);
    }

    [Fact]
    public void An_empty_journal_makes_a_page_that_says_so()
    {
        Assert.Equal("Nothing was recorded", ReportWords.Verdict(_tally));
        Assert.Contains("no events at all", Assert.Single(ReportWords.Summary(_tally, TimeZoneInfo.Utc)), StringComparison.Ordinal);
        Assert.Contains("Nobody changed anything", Page(_tally), StringComparison.Ordinal);
    }

    [Fact]
    public void A_flood_from_everywhere_is_counted_and_not_kept()
    {
        for (var i = 0; i < 3000; i++) _tally.Take(EventLines.Read(source: $"10.0.{i >> 8}.{i & 255}:1", session: $"s{i}"));
        for (var i = 0; i < 300; i++) _tally.Take(EventLines.Write(source: "10.0.0.1:1"));
        Assert.Equal(1000, _tally.Sources.Count);
        Assert.Equal(2000, _tally.UncountedTouches);
        Assert.Equal(3001, _tally.Shelf.Total);
        Assert.Equal(100, _tally.Shelf.Shown.Count);
        Assert.Equal(Intent.Change, _tally.Shelf.Shown[0].Worst);
        Assert.Equal((200, 300L), (_tally.Changes.Count, _tally.ChangesTotal));
        Assert.InRange(Page(_tally).Length, 10_000, 400_000);
    }

    [Fact]
    public void One_visitors_many_different_deeds_are_bounded()
    {
        for (var i = 0; i < 100; i++) _tally.Take(EventLines.Make(EventCatalog.SnmpBadCommunity, (ref JsonLine line) => line.Text("community"u8, $"word{i}")));
        var source = Assert.Single(_tally.Sources);
        Assert.Equal((40, 60L), (source.Deeds.Count(), source.OtherDeeds));
    }

    [Fact]
    public void The_same_journal_at_the_same_time_makes_the_same_page()
    {
        var other = new Tally(_tally.From, _tally.To);
        foreach (var tally in (Tally[])[_tally, other])
            foreach (var e in (EventRecord[])[EventLines.Read(), EventLines.Write(5), EventLines.Read(source: "192.0.2.8:9", session: "b")]) tally.Take(e);
        Assert.Equal(Page(_tally), Page(other));
    }

    [Fact]
    public void A_technique_has_its_tactic_and_its_later_name()
    {
        _tally.Take(EventLines.Write());
        var page = Page(_tally);
        Assert.Contains("Impair Process Control (TA0106)", page, StringComparison.Ordinal);
        Assert.Contains("(T1692.001 from v19 on)", page, StringComparison.Ordinal);
        Assert.All(EventCatalog.All.SelectMany(k => k.Techniques), t => Assert.Contains(Attack.Tactics, i => i.Id == t.Tactic));
    }

    [Theory]
    [InlineData(1, 60, "minute")]
    [InlineData(24, 24, "hour")]
    [InlineData(7 * 24, 56, "3 hours")]
    [InlineData(30 * 24, 30, "day")]
    [InlineData(400 * 24, 58, "7 days")]
    public void Time_is_cut_into_steps_that_a_person_thinks_in(int hours, int steps, string name)
    {
        var line = new Timeline(EventLines.Noon.AddHours(-hours), EventLines.Noon);
        Assert.Equal((steps, name), (line.Count, line.StepName));
        line.Add(EventLines.Noon, Intent.Look);
        line.Add(EventLines.Noon.AddYears(50), Intent.Look);
        line.Add(default, Intent.Change);
        Assert.Equal((2L, 1L), (line[steps - 1, Intent.Look], line[0, Intent.Change]));
    }

    [Fact]
    public void A_files_name_has_nothing_of_a_strangers_path()
    {
        _tally.Take(EventLines.Make(EventCatalog.ModbusRead, sensor: "../../etc/x y"));
        Assert.Equal("conpot-pi-report-------etc-x-y-2026-11-22.html", ReportVerb.DefaultPath(_tally, TimeZoneInfo.Utc));
    }

    private static string Page(Tally tally)
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        new ReportPage(tally, TimeZoneInfo.Utc, new HtmlText(output)).Write();
        return output.ToString();
    }
}
