using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Tests.Config;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>One alert for each source, kind and window, with a count; and none for those who are ignored.</summary>
public class AlertTests
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(15);

    [Fact]
    public void The_first_write_is_an_alert_in_the_same_commit_and_the_others_are_counted()
    {
        using var rig = new AlertRig();
        var session = rig.Session("192.0.2.7");
        rig.Record(EventCatalog.ModbusWrite, session);
        Assert.True(rig.Log.Journal.Commit());
        var alert = Assert.Single(rig.Log.Lines("alert.raised"));
        Assert.Equal(("alert", 60), (alert.GetProperty("event").GetProperty("kind").GetString(), alert.GetProperty("event").GetProperty("severity").GetInt32()));
        Assert.Equal("192.0.2.7", alert.GetProperty("source").GetProperty("ip").GetString());
        Assert.Equal("T0836", alert.GetProperty("threat").GetProperty("technique").GetProperty("id")[0].GetString());
        Assert.Equal(("modbus.write", "run-1", "session1"), (Text(alert, "what"), Text(alert, "event"), Text(alert, "session")));
        Assert.Equal("event", rig.Log.Lines("modbus.write")[0].GetProperty("event").GetProperty("kind").GetString());

        rig.Log.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 9; i++) rig.Record(EventCatalog.ModbusWriteMany, rig.Session("192.0.2.7"));
        Assert.Single(rig.Lines("alert.raised"));
        Assert.Empty(rig.Lines("alert.repeated"));
        rig.Log.Time.Advance(Window - TimeSpan.FromMinutes(1));
        var repeated = Assert.Single(rig.Lines("alert.repeated"));
        Assert.Equal(10, repeated.GetProperty("conpot").GetProperty("count").GetInt32());
        Assert.Equal(("2026-11-22T19:44:36.000000Z", "2026-11-22T19:45:36.000000Z"), (Text(repeated, "first"), Text(repeated, "last")));
        Assert.Equal(900, repeated.GetProperty("conpot").GetProperty("window").GetInt32());
        Assert.Equal("alert", repeated.GetProperty("event").GetProperty("kind").GetString());

        rig.Record(EventCatalog.ModbusWrite); // after the window it is news again
        Assert.Equal(2, rig.Lines("alert.raised").Count);
        rig.Log.Time.Advance(Window);
        Assert.Single(rig.Lines("alert.repeated")); // one alone says nothing more
        Assert.Equal(2, rig.Alerts.RaisedTotal);
    }

    [Fact]
    public void Every_source_and_every_kind_is_an_alert_of_its_own()
    {
        using var rig = new AlertRig();
        foreach (var source in (string[])["192.0.2.7", "192.0.2.8", "2001:db8::1"])
        {
            rig.Record(EventCatalog.ModbusWrite, source);
            rig.Record(EventCatalog.SnmpSet, source);
            rig.Record(EventCatalog.ModbusRead, source);
        }
        Assert.Equal(6, rig.Lines("alert.raised").Count);
    }

    [Fact]
    public void The_sensors_own_affairs_raise_alerts_without_a_source()
    {
        using var rig = new AlertRig();
        var line = rig.Log.Journal.Begin(EventCatalog.PlcMode, null, Outcome.Success);
        rig.Log.Journal.End(ref line);
        var alert = Assert.Single(rig.Lines("alert.raised"));
        Assert.False(alert.TryGetProperty("source", out _));
        Assert.Equal(80, alert.GetProperty("event").GetProperty("severity").GetInt32());
    }

    [Fact]
    public void A_scan_of_246_unit_ids_is_one_alert()
    {
        using var rig = new AlertRig(new AlertSettings(30, Window, TimeSpan.Zero, []));
        for (uint unit = 1; unit <= 246; unit++)
        {
            var session = rig.Session("192.0.2.7"); // nmap's modbus-discover: a connection for each
            rig.Record(EventCatalog.SessionStart, session);
            rig.Record(EventCatalog.ModbusIdentify, session);
            session.Seen(Sweep.Unit, unit);
            rig.Log.Time.Advance(TimeSpan.FromMilliseconds(20));
        }
        rig.Log.Time.Advance(Sweeps.Quiet);
        rig.Lines("sweep.units");
        rig.Log.Time.Advance(Sweeps.Quiet);
        var sweep = Assert.Single(rig.Lines("sweep.units")).GetProperty("conpot");
        Assert.Equal((246, 246, 1, 246), (Number(sweep, "requests"), Number(sweep, "distinct"), Number(sweep, "lowest"), Number(sweep, "highest")));
        Assert.Equal(["modbus.identify", "sweep.units"], rig.Lines("alert.raised").Select(a => Text(a, "what")));
        rig.Log.Time.Advance(Window);
        Assert.Equal(246, Number(Assert.Single(rig.Lines("alert.repeated")).GetProperty("conpot"), "count"));
    }

    [Fact]
    public void A_stop_tells_what_open_windows_have_counted()
    {
        using var rig = new AlertRig();
        for (var i = 0; i < 5; i++) rig.Record(EventCatalog.SnmpSet);
        rig.Record(EventCatalog.ModbusWrite);
        rig.Log.Journal.Commit();
        rig.Alerts.Finish();
        Assert.Equal(5, Number(Assert.Single(rig.Lines("alert.repeated")).GetProperty("conpot"), "count"));
    }

    [Fact]
    public void A_flood_of_forged_sources_is_bounded_and_folded()
    {
        using var rig = new AlertRig();
        const int Sources = Alerts.MostWindows + 500;
        for (var i = 0; i < Sources; i++)
        {
            rig.Record(EventCatalog.SnmpSet, $"10.{i >> 16}.{i >> 8 & 255}.{i & 255}");
            rig.Log.Journal.Commit();
        }
        var raised = rig.Lines("alert.raised");
        Assert.Equal(Alerts.MostWindows + 1, raised.Count);
        var many = Assert.Single(raised, a => a.GetProperty("conpot").TryGetProperty("many_sources", out _));
        Assert.False(many.TryGetProperty("source", out _));
        Assert.Equal(0, rig.Log.Journal.LostTotal);
        rig.Log.Time.Advance(Window);
        Assert.Equal(500, Number(Assert.Single(rig.Lines("alert.repeated")).GetProperty("conpot"), "count"));
    }

    [Fact]
    public void An_alert_says_what_its_event_said()
    {
        using var rig = new AlertRig();
        var session = rig.Session("192.0.2.7");
        var line = session.Begin(EventCatalog.ModbusWrite, Outcome.Failure);
        line.Word("range"u8, "VW0"u8);
        line.Words("before"u8, [0, 146]);
        line.Text("note"u8, "\"\n\u202E");
        line.Hex("request"u8, [1, 2, 3]);
        session.End(ref line);
        Assert.Equal("failure, range VW0, before [146], note \"<U+000A><U+202E>", Assert.Single(rig.Lines("alert.raised")).GetProperty("conpot").GetProperty("details").GetString());
        line = session.Begin(EventCatalog.SnmpSet, Outcome.Success);
        line.Text("community"u8, new string('"', 1000));
        session.End(ref line);
        Assert.Equal(160, rig.Lines("alert.raised")[^1].GetProperty("conpot").GetProperty("details").GetString()!.Length);
    }

    [Fact]
    public void As_many_at_once_as_one_commit_can_hold()
    {
        using var rig = new AlertRig();
        for (var i = 0; i < 300; i++) rig.Record(EventCatalog.SnmpSet, $"10.0.{i >> 8}.{i & 255}");
        var raised = rig.Lines("alert.raised");
        Assert.InRange(raised.Count, Alerts.MostPending, 300);
        Assert.Contains(raised, a => a.GetProperty("conpot").TryGetProperty("many_sources", out _));
        Assert.Equal(0, rig.Log.Journal.LostTotal);
    }

    [Fact]
    public void What_is_ignored_is_recorded_and_counted_and_raises_nothing()
    {
        using var rig = new AlertRig(Read("""
            [[ignore]]
            sources = ["10.0.0.5", "10.1.2.3/16", "2001:db8::/32"]
            [[ignore]]
            sources = "192.0.2.7"
            protocols = "snmp"
            [[ignore]]
            actions = ["plc.mode"]
            """));
        rig.Record(EventCatalog.ModbusWrite, "10.0.0.5");
        rig.Record(EventCatalog.ModbusWrite, "10.1.255.9");
        rig.Record(EventCatalog.ModbusWrite, "2001:db8:1::7");
        rig.Record(EventCatalog.SnmpSet, rig.Session("192.0.2.7", "snmp"));
        rig.Record(EventCatalog.PlcMode, "203.0.113.1");
        Assert.Empty(rig.Lines("alert.raised"));
        Assert.Equal((5, 0), (rig.Alerts.IgnoredTotal, rig.Alerts.RaisedTotal));
        Assert.False(rig.Alerts.Concerns(EventCatalog.SnmpSet, rig.Session("192.0.2.7", "snmp").Origin));
        Assert.True(rig.Alerts.Concerns(EventCatalog.ModbusWrite, rig.Session("192.0.2.7", "modbus").Origin));
        Assert.Equal(5, rig.Log.Lines().Count);
        rig.Record(EventCatalog.ModbusWrite, "10.0.0.6");
        rig.Record(EventCatalog.ModbusWrite, "10.2.0.1");
        rig.Record(EventCatalog.ModbusWrite, "192.0.2.7");
        Assert.Equal(3, rig.Lines("alert.raised").Count);
    }

    [Theory]
    [InlineData("[ignore]\nsources = \"10.0.0\\u0030/8x\"", "is no network; write an address")]
    [InlineData("[ignore]\nsources = \"10.0.0.0/33\"", "is no network; write an address")]
    [InlineData("[ignore]\nsources = \"host\"", "is no network; write an address")]
    [InlineData("[ignore]\nactions = \"modbus.wirte\"", "did you mean \"modbus.write\"")]
    [InlineData("[ignore]\n", "would ignore everything")]
    [InlineData("[ignore]\nsource = \"10.0.0.1\"\nprotocols = \"snmp\"", "did you mean 'sources'")]
    [InlineData("[alerts]\nminimum = 101", "allowed: 0 to 100")]
    [InlineData("[alerts]\nwindow = \"0\"", "allowed: 1s to 1d")]
    public void A_mistake_in_the_settings_has_a_remedy(string toml, string message)
    {
        var sheet = new Sheet(toml);
        _ = AlertSettings.Read(sheet.Root.Section("alerts"), sheet.Root.OneOrMore("ignore"));
        sheet.File.ReportUnread();
        Assert.Contains(message, sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_allocated_for_an_event_that_is_none_of_theirs()
    {
        using var rig = new AlertRig();
        var session = rig.Session("192.0.2.7");
        for (var i = 0; i < 2; i++)
        {
            rig.Record(EventCatalog.ModbusRead, session);
            session.Seen(Sweep.Unit, 1);
            session.Seen(Sweep.Register, 100);
        }
        rig.Log.Journal.Commit();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            rig.Record(EventCatalog.ModbusRead, session);
            session.Seen(Sweep.Unit, 1);
            session.Seen(Sweep.Register, 100);
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static AlertSettings Read(string toml)
    {
        var sheet = new Sheet(toml);
        var settings = AlertSettings.Read(sheet.Root.Section("alerts"), sheet.Root.OneOrMore("ignore"));
        Assert.Empty(sheet.Messages);
        return settings;
    }

    private static string? Text(JsonElement e, string name) => e.GetProperty("conpot").GetProperty(name).GetString();

    private static int Number(JsonElement conpot, string name) => conpot.GetProperty(name).GetInt32();

    [Fact]
    public void An_alert_that_the_journal_could_not_keep_comes_when_it_can()
    {
        using var rig = new AlertRig();
        rig.Log.Record();
        rig.Log.Break();
        rig.Record(EventCatalog.ModbusWrite);
        for (var i = 0; i < 5; i++)
        {
            rig.Log.Time.Advance(Journal.RetryAfter);
            rig.Record(EventCatalog.ModbusRead);
            Assert.True(rig.Log.Journal.Commit());
        }
        Assert.Equal((7, 0), (rig.Log.Journal.LostTotal, rig.Alerts.RaisedTotal)); // two and five: it is not tried in vain
        rig.Log.Repair();
        rig.Record(EventCatalog.ModbusRead);
        var alert = Assert.Single(rig.Lines("alert.raised"));
        Assert.Equal(("modbus.write", "run-2"), (Text(alert, "what"), Text(alert, "event")));
        Assert.Equal(1, rig.Alerts.RaisedTotal);
        rig.Record(EventCatalog.ModbusWrite); // it is known now
        Assert.Single(rig.Lines("alert.raised"));
        rig.Log.Time.Advance(Window);
        Assert.Equal(2, Assert.Single(rig.Lines("alert.repeated")).GetProperty("conpot").GetProperty("count").GetInt32());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_lost_alert_waits_for_nobody_to_come(bool windowOver)
    {
        using var rig = new AlertRig();
        rig.Log.Record();
        rig.Log.Break();
        rig.Record(EventCatalog.ModbusWrite);
        rig.Record(EventCatalog.ModbusWrite);
        Assert.True(rig.Log.Journal.Commit());
        if (windowOver) rig.Log.Time.Advance(Window);
        for (var i = 0; i < 600; i++) Second(rig);
        Assert.InRange(rig.Log.Journal.LostTotal, 4, 3 + 17); // of ten minutes' tries: after 1, 2, 4 ... 32 s and then each minute
        rig.Log.Repair();
        for (var i = 0; i < 62; i++) Second(rig);
        Assert.Equal(windowOver ? 0 : 1, rig.Log.Lines("alert.raised").Count);
        Assert.Equal(windowOver ? 1 : 0, rig.Log.Lines("alert.repeated").Count);
        Assert.Equal(1, rig.Alerts.RaisedTotal);

        // As the sensor's watch and its loop do.
        static void Second(AlertRig rig)
        {
            rig.Log.Time.Advance(TimeSpan.FromSeconds(1));
            rig.Alerts.Look();
            Assert.True(rig.Log.Journal.Commit());
        }
    }

    [Fact]
    public void The_count_at_a_windows_end_is_written_again_as_well()
    {
        using var rig = new AlertRig();
        for (var i = 0; i < 3; i++) rig.Record(EventCatalog.ModbusWrite);
        Assert.True(rig.Log.Journal.Commit());
        rig.Log.Time.Advance(Window - TimeSpan.FromSeconds(5));
        rig.Log.Break(); // noticed with the commit of the count
        Assert.True(rig.Log.Journal.Commit());
        Assert.True(rig.Log.Journal.LostTotal > 0);
        rig.Log.Repair();
        for (var i = 0; i < 3; i++)
        {
            rig.Alerts.Look();
            Assert.True(rig.Log.Journal.Commit());
        }
        Assert.Equal(3, Assert.Single(rig.Log.Lines("alert.repeated")).GetProperty("conpot").GetProperty("count").GetInt32());
        Assert.Equal(1, rig.Alerts.RaisedTotal);
    }

    [Fact]
    public void A_window_does_not_end_while_nothing_can_be_kept()
    {
        using var rig = new AlertRig();
        rig.Log.Record();
        rig.Log.Break();
        rig.Record(EventCatalog.ModbusWrite);
        Assert.True(rig.Log.Journal.Commit());
        rig.Log.Time.Advance(2 * Window);
        rig.Log.Repair();
        rig.Record(EventCatalog.ModbusRead);
        Assert.True(rig.Log.Journal.Commit());
        rig.Log.Time.Advance(Window);
        Assert.Single(rig.Lines("alert.raised"));
        Assert.Empty(rig.Lines("alert.repeated"));
    }
}
