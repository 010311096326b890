using System.Reflection;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

public class EventCatalogTests
{
    private static readonly string[] EcsTypes = ["access", "allowed", "connection", "denied", "end", "error", "info", "protocol", "start"];

    [Fact]
    public void Every_kind_there_is_stands_in_the_list_once()
    {
        var kinds = ((Type[])[typeof(EventCatalog), typeof(HttpEvents), typeof(S7commEvents)]).SelectMany(t => t.GetFields(BindingFlags.Static | BindingFlags.Public)).Where(f => f.FieldType == typeof(EventKind)).Select(f => (EventKind)f.GetValue(null)!).ToList();
        Assert.True(kinds.Count > 10);
        Assert.Equal(kinds.Count, EventCatalog.All.Distinct().Count());
        Assert.Empty(kinds.Except(EventCatalog.All));
        Assert.Equal(kinds.Count, EventCatalog.All.Count);
    }

    [Fact]
    public void Every_kind_is_well_formed() => Assert.All(EventCatalog.All, kind =>
    {
        Assert.Matches("^[a-z][a-z0-9]*\\.[a-z]+(-[a-z]+)*$", kind.Action);
        Assert.InRange(kind.Severity, 0, 100);
        Assert.Matches("^[A-Z].*[.]$", kind.Meaning);
        Assert.DoesNotContain(kind.Meaning, char.IsControl);
        Assert.Equal(kind.Techniques.Count, kind.Techniques.Select(t => t.Id).Distinct().Count());
        Assert.All(kind.Techniques, t =>
        {
            Assert.Matches("^T\\d{4}$", t.Id);
            Assert.Matches("^TA\\d{4}$", t.Tactic);
            if (t.Successor is not null) Assert.Matches("^T\\d{4}\\.\\d{3}$", t.Successor);
        });
    });

    [Fact]
    public void What_is_rendered_beforehand_is_JSON() => Assert.All(EventCatalog.All, kind =>
    {
        var root = JsonDocument.Parse("{\"event\":{" + Encoding.UTF8.GetString(kind.EventFields) + "}" + Encoding.UTF8.GetString(kind.ThreatField) + "}").RootElement;
        var fields = root.GetProperty("event");
        Assert.Equal(kind.Action, fields.GetProperty("action").GetString());
        Assert.Equal(kind.Severity, fields.GetProperty("severity").GetInt32());
        Assert.Equal(kind.IsAlert ? "alert" : "event", fields.GetProperty("kind").GetString());
        Assert.Contains(Assert.Single(fields.GetProperty("category").EnumerateArray().Select(c => c.GetString())), (string?[])[.. kind.IsAlert ? (string[])["intrusion_detection"] : ["host", "network"]]);
        Assert.All(fields.GetProperty("type").EnumerateArray(), t => Assert.Contains(t.GetString(), EcsTypes));
        if (kind.Techniques.Count == 0)
        {
            Assert.False(root.TryGetProperty("threat", out _));
            return;
        }
        var threat = root.GetProperty("threat");
        Assert.Equal(Attack.Framework, threat.GetProperty("framework").GetString());
        Assert.Equal(kind.Techniques.Select(t => t.Tactic).Distinct(), threat.GetProperty("tactic").GetProperty("id").EnumerateArray().Select(i => i.GetString()));
        Assert.Equal(kind.Techniques.Select(t => t.Id), threat.GetProperty("technique").GetProperty("id").EnumerateArray().Select(i => i.GetString()));
    });

    [Fact]
    public void Who_goes_further_weighs_more()
    {
        int[] severities =
        [
            EventCatalog.SensorStart.Severity, EventCatalog.SessionStart.Severity, EventCatalog.ModbusRead.Severity, EventCatalog.ModbusIdentify.Severity,
            EventCatalog.ModbusMalformed.Severity, EventCatalog.SensorLost.Severity, EventCatalog.ModbusWrite.Severity, EventCatalog.PlcMode.Severity,
        ];
        Assert.Equal(severities.Order(), severities);
        Assert.Equal(severities.Length, severities.Distinct().Count());
        Assert.All((EventKind[])[EventCatalog.ModbusWrite, EventCatalog.ModbusWriteMany, EventCatalog.PlcMode, EventCatalog.SweepWrites], k => Assert.True(k.Severity >= EventKind.AlertSeverity));
        Assert.All((EventKind[])[EventCatalog.ModbusRead, EventCatalog.SensorLost, EventCatalog.SweepUnits, EventCatalog.SinkFault], k => Assert.True(k.Severity < EventKind.AlertSeverity));
    }

    [Fact]
    public void Only_what_was_made_for_a_person_is_an_alert() =>
        Assert.Equal((string[])["sensor.test", "alert.raised", "alert.repeated"], EventCatalog.All.Where(k => k.IsAlert).Select(k => k.Action));

    [Fact]
    public void An_alert_has_the_weight_and_the_techniques_of_what_it_tells_of()
    {
        var alert = EventCatalog.AlertRaised.About(EventCatalog.SweepWrites);
        Assert.True(alert.IsAlert);
        Assert.Equal(("alert.raised", 70), (alert.Action, alert.Severity));
        Assert.Equal(EventCatalog.SweepWrites.ThreatField, alert.ThreatField);
        Assert.Equal("\"kind\":\"alert\",\"category\":[\"intrusion_detection\"],\"type\":[\"info\"],\"action\":\"alert.raised\",\"severity\":70", Encoding.UTF8.GetString(alert.EventFields));
    }

    [Fact]
    public void The_table_of_techniques_is_whole()
    {
        var fields = typeof(Attack).GetFields(BindingFlags.Static | BindingFlags.Public).Where(f => f.FieldType == typeof(Technique)).Select(f => (Technique)f.GetValue(null)!).ToList();
        Assert.Equal(fields.OrderBy(t => t.Id, StringComparer.Ordinal), Attack.All.OrderBy(t => t.Id, StringComparer.Ordinal));
        Assert.Equal(Attack.All.Count, Attack.All.Select(t => t.Id).Distinct().Count());
        Assert.All(Attack.All, t => Assert.Single(Attack.Tactics, tactic => tactic.Id == t.Tactic));
        Assert.Equal(Attack.Tactics.Count, Attack.Tactics.Select(t => t.Id).Distinct().Count());
        Assert.Same(Attack.UnauthorizedCommand, Attack.Find("T0855"));
        Assert.Same(Attack.UnauthorizedCommand, Attack.Find("T1692.001"));
        Assert.Null(Attack.Find("T9999"));
    }
}
