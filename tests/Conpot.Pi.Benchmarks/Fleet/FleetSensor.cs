using System.Globalization;
using System.Net;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>One sensor as far as its events go: the product's journal, forwarder and MQTT sink; no PLC and no port.</summary>
internal sealed class FleetSensor : IDisposable
{
    /// <summary>The member of an event that says when it was handed to the journal, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public static readonly byte[] Sent = [.. "sent"u8];

    private static readonly byte[] s_request = [0, 1, 0, 0, 0, 6, 1, 3, 0x03, 0xE8, 0, 10], s_response = new byte[29];
    private readonly Journal _journal;
    private readonly Forwarders _forwarders;
    private readonly SessionLog _log;
    private readonly ISink _sink;

    /// <param name="random">For the jitter of its retries; from any thread.</param>
    public FleetSensor(string root, int number, string broker, Func<double> random)
    {
        var name = NameOf(number);
        var state = Path.Combine(root, name);
        // Nothing is forced onto the medium: a thousand sensors have a card each, and here they share a disk.
        var settings = new JournalSettings(Path.Combine(state, "journal"), 1 << 20, 16 << 20, TimeSpan.Zero);
        _journal = new Journal(JournalFile.Open(settings), name, number.ToString("x8", CultureInfo.InvariantCulture), TimeProvider.System);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 502), "tcp", "modbus"));
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("fleet", errors);
        file.Set($"mqtt.server={broker}");
        _sink = MqttSink.Create(new SinkSurroundings
        {
            Section = file.Root.Section("mqtt"),
            Sensor = name,
            Device = "SIMATIC S7-200, CPU 224XP, VPA0000000",
            Time = TimeProvider.System,
            StateDirectory = state,
            ConfigDirectory = state,
        })!;
        _forwarders = new Forwarders(_journal, state, TimeProvider.System, random);
        _journal.Observers = [_forwarders];
    }

    /// <summary>Events so far; their sequences are 1 to this.</summary>
    public long Events => _journal.NextSequence - 1;

    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"sensor-{number:D4}");

    public void Start() => _forwarders.Change([new PlannedSink(_sink, "mqtt", FromBeginning: true)], _journal.NextSequence);

    /// <summary>Somebody reads ten registers: one event, handed to the kernel. From one thread at a time.</summary>
    public void Touch(long now)
    {
        var line = _log.Begin(EventCatalog.ModbusRead, Outcome.Success);
        line.Number("unit"u8, 1);
        line.Number("function"u8, 3);
        line.Word("range"u8, "VW2000..VW2018"u8);
        line.Hex("request"u8, s_request);
        line.Hex("response"u8, s_response);
        line.Number(Sent, now);
        _log.End(ref line);
        _journal.Commit();
    }

    public void Dispose()
    {
        _forwarders.Stop();
        _forwarders.Dispose();
        _journal.Dispose();
    }
}
