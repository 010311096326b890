using System.Buffers;
using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Conpot.Pi.Events.Sinks;

/// <summary>[mqtt]: events to a broker, MQTT 5 or 3.1.1, QoS 1; its last will says when the sensor is gone.</summary>
internal sealed class MqttSink : ISink
{
    /// <summary>An orderly farewell within the time that a stop allows.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromMilliseconds(150);

    private readonly SinkAddress _address;
    private readonly SinkFilter _published;
    private readonly MqttTopics _topics;
    private readonly MqttHome? _home;
    private readonly MqttSession _session;
    private readonly TimeProvider _time;
    private readonly string _sensor, _device, _warning;

    private MqttSink(SinkSettings common, SinkSurroundings s, MqttTopics topics, MqttHome? home, MqttAccount account)
    {
        (Name, _published, _address, _topics, _home, _time, _sensor, _device) = (common.Name, common.Filter, account.Address, topics, home, s.Time, s.Sensor, s.Device);
        _warning = account.Address.Scheme == "mqtts" ? account.Tls.Warning : account.Password is null ? "" : "; WARNING: the password crosses the network in clear text: write mqtts://";
        _session = new MqttSession(account, s.Time, Greeting);
        Target = new SinkTarget(account.Address, account.Tls);
    }

    public string Name { get; }

    /// <summary>Home Assistant's counters and mode come from events that the others need not see.</summary>
    public SinkFilter Filter => _home is null ? _published : SinkFilter.Everything;

    public int BatchSize => 128;

    public SinkTarget Target { get; }

    public static ISink? Create(SinkSurroundings s)
    {
        var common = SinkSettings.Read(s.Section, "mqtt", alertsOnly: false);
        var address = common.Enabled || s.Section.Has("server") ? SinkAddress.Read(s.Section, "server", mayHavePath: false, ("mqtt", 1883), ("mqtts", 8883)) : null;
        var version = s.Section.Choice("version", "5", "5", "3.1.1");
        var tls = SinkTls.Read(s.Section, s.ConfigDirectory, inUse: address is null || address.Scheme == "mqtts");
        var user = s.Section.Text("user", "");
        var password = Secret.Read(s.Section, "password", s.ConfigDirectory);
        if (password is not null && user.Length == 0) s.Section.Error("user", $"[{s.Section.Name}] has a password and no 'user'; write whose it is");
        var id = MqttTopics.Id(s.Sensor);
        // Two sinks of one sensor are two clients.
        var client = s.Section.Text("client_id", $"conpot-pi-{id}{(common.Name == "mqtt" ? "" : "-" + MqttTopics.Id(common.Name["mqtt ".Length..]))}");
        if (client.Length is 0 or > 128 || client.AsSpan().ContainsAnyExceptInRange('!', '~')) s.Section.Error("client_id", $"'client_id' in [{s.Section.Name}] is no identifier; write 1 to 128 letters, digits and hyphens");
        var topics = MqttTopics.Read(s.Section, s.Sensor);
        var home = MqttHome.Read(s, topics, id);
        if (!common.Enabled || address is null) return null;
        return new MqttSink(common, s, topics, home, new MqttAccount(
            address, tls, version == "5" ? MqttProtocolVersion.V500 : MqttProtocolVersion.V311, client, user, password, topics.Status, MqttStatus.Offline(s.Sensor, s.Device, "lost")));
    }

    public async Task Open(CancellationToken cancel)
    {
        await _session.Connect(cancel);
        if (_home?.Due() is { } state) await _session.Publish([state], cancel);
    }

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        await _session.Connect(cancel);
        var messages = new List<MqttApplicationMessage>(batch.Count);
        foreach (var e in batch.Where(_published.Wants))
        {
            messages.Add(Message(_topics.Events, e.Line));
            if (e.IsAlert || e.Action == EventCatalog.SensorTest.Action) messages.Add(Message(_topics.Alerts, e.Line));
        }

        await _session.Publish(messages, cancel);
        await TellHome(batch, cancel);
        return $"PUBACK for {messages.Count} on {_topics.Prefix}/{PrintableAscii.Of(_topics.Name, 64)} from {_address}{_warning}";
    }

    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(Farewell);
        try
        {
            await _session.Farewell(Message(_topics.Status, MqttStatus.Offline(_sensor, _device, "stopped"), retain: true), patience.Token);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Then the broker says it, with the will.
        }

        await _session.DisposeAsync();
    }

    /// <summary>QoS 1: it counts when the broker has acknowledged it.</summary>
    internal static MqttApplicationMessage Message(string topic, ReadOnlyMemory<byte> payload, bool retain = false) => new()
    {
        Topic = topic,
        Payload = new ReadOnlySequence<byte>(payload),
        QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        Retain = retain,
    };

    private List<MqttApplicationMessage> Greeting() =>
        [Message(_topics.Status, MqttStatus.Online(_sensor, _device, _time.GetUtcNow()), retain: true), .. _home?.Introduction() ?? []];

    /// <summary>The events are delivered, whatever becomes of this: what fails now comes with the next connection.</summary>
    private async Task TellHome(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        if (_home is null) return;
        foreach (var e in batch) _home.Saw(e);
        if (_home.Due() is not { } state) return;
        try
        {
            await _session.Publish([state], cancel);
        }
        catch (Exception e) when (e is SinkException or OperationCanceledException)
        {
            _home.Missed();
        }
    }
}
