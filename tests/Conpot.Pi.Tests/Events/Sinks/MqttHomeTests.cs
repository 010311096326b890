using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Tests.Config;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using MQTTnet;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>What Home Assistant is told of the sensor, and when.</summary>
public sealed class MqttHomeTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Every_entity_has_what_discovery_requires()
    {
        var entities = Home().Introduction().SkipLast(1).ToList();
        var ids = new HashSet<string>();
        foreach (var message in entities)
        {
            Assert.True(message.Retain);
            Assert.Matches("^homeassistant/(binary_sensor|sensor)/conpot-pi-pump-house/[a-z_]+/config$", message.Topic);
            var entity = Payload(message);
            foreach (var key in (string[])["name", "unique_id", "state_topic", "value_template", "availability_topic", "availability_template"])
                Assert.False(string.IsNullOrEmpty(entity.GetProperty(key).GetString()));
            Assert.Equal("conpot/pump-house/state", entity.GetProperty("state_topic").GetString());
            Assert.Equal("conpot/pump-house/status", entity.GetProperty("availability_topic").GetString());
            Assert.Equal("conpot-pi-pump-house", Assert.Single(entity.GetProperty("device").GetProperty("identifiers").EnumerateArray()).GetString());
            Assert.True(ids.Add(entity.GetProperty("unique_id").GetString()!));
        }

        Assert.Equal(["alert", "events", "alerts", "last_source", "last_alert", "mode"], entities.Select(e => e.Topic.Split('/')[^2]));
    }

    [Fact]
    public void An_alert_is_on_until_somebody_acknowledges_it()
    {
        var home = Started();
        home.Saw(MqttSinkTests.Alert);
        Assert.Equal(("ON", "modbus.write"), Alert(home));
        Assert.Null(home.Due());
        home.Saw(Of("sensor.acknowledged", "\"by\":\"button\""));
        Assert.Equal(("OFF", "modbus.write"), Alert(home));
    }

    [Fact]
    public void An_alert_that_nobody_acknowledges_ends_after_its_time_and_counts_from_the_last()
    {
        var home = Started("alert_length = \"10m\"");
        home.Saw(MqttSinkTests.Alert);
        Assert.Equal("ON", Alert(home).Item1);
        _time.Advance(TimeSpan.FromMinutes(9));
        home.Saw(MqttSinkTests.Alert);
        Assert.Equal("ON", Alert(home).Item1);
        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.Null(home.Due());
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("OFF", Alert(home).Item1);
    }

    [Fact]
    public void Counters_are_told_every_few_seconds_and_the_mode_at_once()
    {
        var home = Started();
        for (var n = 0; n < 100; n++)
        {
            home.Saw(SyslogEvents.Read);
            Assert.Null(home.Due());
        }

        _time.Advance(MqttHome.CounterInterval);
        Assert.Equal(100, State(home).GetProperty("events").GetInt32());
        home.Saw(Of("plc.mode", "\"from\":\"RUN\",\"to\":\"STOP\""));
        Assert.Equal("STOP", State(home).GetProperty("mode").GetString());
        home.Saw(Of("sensor.alive", "\"mode\":\"STOP\""));
        Assert.Null(home.Due());
        home.Saw(Of("sensor.start", "\"mode\":\"RUN\""));
        Assert.Equal("RUN", State(home).GetProperty("mode").GetString());
        home.Saw(Of("plc.mode", "\"to\":\"<script>\""));
        Assert.Null(home.Due());
    }

    [Fact]
    public void What_did_not_get_through_is_due_again()
    {
        var home = Started();
        home.Saw(MqttSinkTests.Alert);
        Assert.NotNull(home.Due());
        home.Missed();
        Assert.Equal("ON", Alert(home).Item1);
    }

    [Fact]
    public void Hostile_events_make_a_short_valid_state()
    {
        SyslogEvents.Any.Sample(e =>
        {
            var home = Home();
            home.Saw(e);
            var state = home.Introduction().Last();
            Assert.InRange(state.Payload.Length, 1, 1024);
            Assert.DoesNotContain(Encoding.UTF8.GetString(state.Payload.FirstSpan), c => c is < ' ' or > '~');
            Assert.True(Payload(state).TryGetProperty("last_source", out _));
        });
    }

    [Fact]
    public void A_hostile_name_breaks_neither_topic_nor_JSON()
    {
        SyslogEvents.Text.Sample(name =>
        {
            foreach (var message in Home("", name).Introduction())
            {
                Assert.Equal(message.Topic.StartsWith("homeassistant", StringComparison.Ordinal) ? 5 : 3, message.Topic.Split('/').Length);
                Assert.Equal(JsonValueKind.Object, Payload(message).ValueKind);
            }
        });
    }

    private MqttHome Started(string settings = "")
    {
        var home = Home(settings);
        _ = home.Introduction().ToList();
        Assert.Null(home.Due());
        return home;
    }

    private MqttHome Home(string settings = "", string sensor = "pump-house")
    {
        var sheet = new Sheet($"[mqtt]\nhome_assistant = true\n{settings}\n");
        var surroundings = new SinkSurroundings { Section = sheet.Root.Section("mqtt"), Sensor = sensor, Device = "CPU \"224XP\"", Time = _time, StateDirectory = "/", ConfigDirectory = "/" };
        var home = MqttHome.Read(surroundings, MqttTopics.Read(surroundings.Section, sensor), MqttTopics.Id(sensor));
        Assert.Empty(sheet.Messages);
        Assert.NotNull(home);
        return home;
    }

    private static JsonElement State(MqttHome home)
    {
        var message = home.Due();
        Assert.NotNull(message);
        Assert.Equal(("conpot/pump-house/state", true), (message.Topic, message.Retain));
        return Payload(message);
    }

    private static (string?, string?) Alert(MqttHome home)
    {
        var state = State(home);
        return (state.GetProperty("alert").GetString(), state.GetProperty("last_alert").GetString());
    }

    private static JsonElement Payload(MqttApplicationMessage message) => JsonElement.Parse(message.Payload.FirstSpan);

    private static EventRecord Of(string action, string details) =>
        SyslogEvents.Line("""{"@timestamp":"2026-11-22T22:03:32.000001Z","event":{"sequence":6,"id":"x-6","kind":"event","action":"ACTION","severity":0},"conpot":{DETAILS}}""".Replace("ACTION", action).Replace("DETAILS", details));
}
