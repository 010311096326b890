using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Protocols.Snmp;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>An SNMP conversation on a test bench: a small table, a journal in a folder of its own, no sockets.</summary>
internal sealed class SnmpBench : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "conpot-pi-" + Guid.NewGuid().ToString("N"));
    private readonly Journal _journal;
    private readonly JournalReader _reader;
    private readonly SessionLog _log;
    private readonly SnmpConversation _conversation;
    private readonly byte[] _reply;

    public SnmpBench(SnmpSettings? settings = null, Func<SnmpCounters, Mib>? mib = null)
    {
        Settings = settings ?? new SnmpSettings();
        _journal = new Journal(JournalFile.Open(new JournalSettings(_directory, 1 << 30, 1L << 31, TimeSpan.FromSeconds(5))), "bench", "00000000", new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero)));
        _reader = new JournalReader(_directory);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 161), "udp", "snmp"));
        Mib = mib is null ? TestMib.Device(Counters) : mib(Counters);
        _conversation = new SnmpConversation(new SnmpEngine(Settings, Mib, Counters, new UsmReports(() => Settings.EngineId, () => (3, 1000))), Settings);
        _reply = new byte[_conversation.LargestReply];
    }

    public SnmpSettings Settings { get; }

    public SnmpCounters Counters { get; } = new();

    public Mib Mib { get; }

    /// <summary>The reply, empty for silence; there is exactly one event for it.</summary>
    public byte[] Send(ReadOnlySpan<byte> datagram)
    {
        if (_journal.NearlyFull) Assert.True(_journal.Commit());
        Array.Fill(_reply, (byte)0xEE);
        var length = _conversation.Answer(datagram, _reply, _log);
        Assert.InRange(length, 0, Settings.LargestMessage);
        return _reply[..length];
    }

    public byte[] Send(string hex) => Send(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

    /// <summary>The reply taken apart by the strict reader of these tests.</summary>
    public Reply Ask(ReadOnlySpan<byte> datagram) => Reply.Read(Send(datagram));

    /// <summary>The events since the last call.</summary>
    public List<JsonElement> Events()
    {
        Assert.True(_journal.Commit());
        var events = new List<JsonElement>();
        while (_reader.TryRead(out var line)) events.Add(JsonDocument.Parse(Encoding.UTF8.GetString(line)).RootElement);
        return events;
    }

    /// <summary>Sends one datagram and returns its event.</summary>
    public JsonElement EventOf(ReadOnlySpan<byte> datagram)
    {
        _ = Events();
        _ = Send(datagram);
        return Assert.Single(Events());
    }

    /// <summary>Answers and commits datagrams over and over.</summary>
    public void Serve(byte[][] datagrams, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var datagram in datagrams)
                if (_conversation.Answer(datagram, _reply, _log) == 0) Assert.Fail("silence");
            if (_journal.NearlyFull) _ = _journal.Commit();
        }
    }

    public void Dispose()
    {
        _reader.Dispose();
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
