using System.Buffers;
using System.Text.Json;
using MQTTnet;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The sensor as a device of Home Assistant: what it is (MQTT discovery), and its state, made of the events that pass.</summary>
/// <remarks>Counters begin at zero with the sensor, as total_increasing allows; only what a visitor did is counted.</remarks>
internal sealed class MqttHome
{
    /// <summary>Counters alone are published no oftener: Home Assistant writes each state into its database.</summary>
    internal static readonly TimeSpan CounterInterval = TimeSpan.FromSeconds(5);

    private readonly SinkSurroundings _surroundings;
    private readonly MqttTopics _topics;
    private readonly TimeProvider _time;
    private readonly string _discovery, _id;
    private readonly TimeSpan _alertLength;
    private long _events, _alerts, _published;
    private string? _source, _alert, _mode;
    private DateTimeOffset? _seen;
    private long? _alertSince;
    private bool _changed, _urgent;

    private MqttHome(SinkSurroundings surroundings, MqttTopics topics, string id, string discovery, TimeSpan alertLength) =>
        (_surroundings, _topics, _time, _id, _discovery, _alertLength) = (surroundings, topics, surroundings.Time, id, discovery, alertLength);

    /// <summary>Null when Home Assistant is not asked for.</summary>
    /// <param name="id">The sensor's name as an identifier.</param>
    public static MqttHome? Read(SinkSurroundings s, MqttTopics topics, string id)
    {
        var isWanted = s.Section.Flag("home_assistant", false);
        var prefix = s.Section.Text("discovery_prefix", "homeassistant");
        if (!MqttTopics.IsPrefix(prefix)) s.Section.Error("discovery_prefix", $"'discovery_prefix' in [{s.Section.Name}] is no topic; write Home Assistant's own, which is \"homeassistant\" where nobody changed it");
        var length = s.Section.Duration("alert_length", TimeSpan.FromMinutes(30), TimeSpan.Zero, TimeSpan.FromDays(30));
        foreach (var key in (string[])["discovery_prefix", "alert_length"])
            if (!isWanted && s.Section.Has(key)) s.Section.Error(key, $"'{key}' in [{s.Section.Name}] is for Home Assistant; set home_assistant = true, or remove '{key}'");
        return isWanted ? new MqttHome(s, topics, id, prefix, length) : null;
    }

    public void Saw(EventRecord e)
    {
        switch (e.Action)
        {
            case "plc.mode" when e.Text("conpot", "to") is "RUN" or "STOP":
                Change(ref _mode, e.Text("conpot", "to"));
                break;
            case "sensor.alive" or "sensor.start" when e.Text("conpot", "mode") is "RUN" or "STOP":
                Change(ref _mode, e.Text("conpot", "mode"));
                break;
            case "sensor.acknowledged":
                if (_alertSince is not null) (_alertSince, _changed, _urgent) = (null, true, true);
                break;
            case "alert.raised" or "sensor.test":
                _alerts++;
                (_alertSince, _changed, _urgent) = (_time.GetTimestamp(), true, true);
                _alert = e.Text("conpot", "what") is { Length: > 0 } what ? what : e.Action;
                break;
        }

        if (e.SourceIp.Length == 0 || e.IsAlert) return;
        _events++;
        (_source, _seen, _changed) = (e.SourceIp, e.Time, true);
    }

    /// <summary>The state, when it is time to publish it, or null.</summary>
    public MqttApplicationMessage? Due()
    {
        if (_alertSince is { } since && _alertLength > TimeSpan.Zero && _time.GetElapsedTime(since) >= _alertLength) (_alertSince, _changed, _urgent) = (null, true, true);
        if (!_changed || (!_urgent && _time.GetElapsedTime(_published) < CounterInterval)) return null;
        return State();
    }

    /// <summary>The state that was due has not got through.</summary>
    public void Missed() => (_changed, _urgent) = (true, true);

    /// <summary>All that Home Assistant is told on a new connection; retained, so that it may be away.</summary>
    public IEnumerable<MqttApplicationMessage> Introduction() =>
    [
        Entity("binary_sensor", "alert", "Alert", "{{ value_json.alert }}", json =>
        {
            json.WriteString("device_class", "safety"); // on means unsafe
            json.WriteString("payload_on", "ON");
            json.WriteString("payload_off", "OFF");
        }),
        Entity("sensor", "events", "Events", "{{ value_json.events }}", Counter),
        Entity("sensor", "alerts", "Alerts", "{{ value_json.alerts }}", Counter),
        Entity("sensor", "last_source", "Last source", "{{ value_json.last_source }}", json => json.WriteString("icon", "mdi:ip-network")),
        Entity("sensor", "last_alert", "Last alert", "{{ value_json.last_alert }}", json => json.WriteString("icon", "mdi:alert")),
        Entity("sensor", "mode", "PLC mode", "{{ value_json.mode }}", json =>
        {
            json.WriteString("device_class", "enum");
            json.WriteStartArray("options");
            json.WriteStringValue("RUN");
            json.WriteStringValue("STOP");
            json.WriteEndArray();
        }),
        State(),
    ];

    private static void Counter(Utf8JsonWriter json)
    {
        json.WriteString("state_class", "total_increasing");
        json.WriteString("icon", "mdi:counter");
    }

    private void Change(ref string? value, string to)
    {
        if (value == to) return;
        value = to;
        (_changed, _urgent) = (true, true);
    }

    private MqttApplicationMessage State()
    {
        (_published, _changed, _urgent) = (_time.GetTimestamp(), false, false);
        return Json(_topics.State, json =>
        {
            json.WriteString("alert", _alertSince is null ? "OFF" : "ON");
            json.WriteNumber("events", _events);
            json.WriteNumber("alerts", _alerts);
            json.WriteString("last_source", _source is null ? null : PrintableAscii.Of(_source, 64));
            json.WriteString("last_alert", _alert is null ? null : PrintableAscii.Of(_alert, 64));
            if (_seen is { } seen) json.WriteString("last_seen", seen.UtcDateTime);
            json.WriteString("mode", _mode); // null is "unknown" there
        });
    }

    private MqttApplicationMessage Entity(string component, string key, string name, string template, Action<Utf8JsonWriter> more) =>
        Json($"{_discovery}/{component}/conpot-pi-{_id}/{key}/config", json =>
        {
            json.WriteString("name", name);
            json.WriteString("unique_id", $"conpot-pi-{_id}-{key}");
            json.WriteString("state_topic", _topics.State);
            json.WriteString("value_template", template);
            json.WriteString("availability_topic", _topics.Status);
            json.WriteString("availability_template", "{{ value_json.state }}"); // online and offline are its own words
            more(json);
            json.WriteStartObject("device");
            json.WriteStartArray("identifiers");
            json.WriteStringValue($"conpot-pi-{_id}");
            json.WriteEndArray();
            json.WriteString("name", PrintableAscii.Of(_surroundings.Sensor, 64));
            json.WriteString("manufacturer", SinkProduct.Name);
            json.WriteString("model", $"Decoy of {_surroundings.Device}");
            json.WriteString("sw_version", SinkProduct.Version);
            json.WriteEndObject();
            json.WriteStartObject("origin");
            json.WriteString("name", SinkProduct.Name);
            json.WriteString("sw_version", SinkProduct.Version);
            json.WriteEndObject();
        });

    private static MqttApplicationMessage Json(string topic, Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return MqttSink.Message(topic, buffer.WrittenMemory, retain: true);
    }
}
