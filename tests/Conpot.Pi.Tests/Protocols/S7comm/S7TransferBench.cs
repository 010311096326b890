using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>S7 with a CPU, its blocks and a directory for downloads: PDUs in, PDUs out, no sockets.</summary>
internal sealed class S7TransferBench : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly Journal _journal;
    private readonly JournalReader _reader;
    private readonly SessionLog _log;
    private readonly S7Settings _settings;
    private readonly S7Server _server;
    private readonly byte[] _reply;
    private S7Conversation _conversation = null!;

    public S7TransferBench(params string[] overrides) : this(DownloadStoreDefaults, overrides)
    {
    }

    public S7TransferBench(Func<string, DownloadStore> downloads, params string[] overrides)
    {
        var directory = _temp["journal"];
        _journal = new Journal(JournalFile.Open(new JournalSettings(directory, 1 << 30, 1L << 31, TimeSpan.FromSeconds(5))), "bench", "00000000", Time);
        _reader = new JournalReader(directory);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 102), "tcp", "s7comm"));
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("bench", errors);
        foreach (var text in overrides) file.Set(text);
        var profile = PlcProfile.Load("s7-300-cp343", errors).Root;
        Cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, Time);
        Cpu.PowerUp();
        _settings = S7Settings.Read(file.Root.Section("s7comm").Over(profile.Section("s7comm")), profile.Section("identity"), Cpu, DeviceSeed.From("bench"), lowPorts: true);
        file.ReportUnread();
        Assert.Empty(errors.InOrder);
        Downloads = downloads(_temp["downloads"]);
        Blocks = new S7Blocks(_settings.Memory, DeviceSeed.From("bench"));
        _server = new S7Server(_settings, Cpu, new S7Device(Cpu, DeviceSeed.From("bench"), Time, TimeSpan.FromHours(50)), new S7Memories(Blocks, Downloads, new ReturnToRun(Cpu, Time)));
        _reply = new byte[new S7Conversation(_server, _settings, Cpu).LargestReply];
        Connect();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    public Cpu Cpu { get; }

    public S7Blocks Blocks { get; }

    public DownloadStore Downloads { get; }

    public string DownloadDirectory => _temp["downloads"];

    /// <summary>How much longer than usual the last answer takes.</summary>
    public TimeSpan Delay { get; private set; }

    /// <summary>A new connection with the PDU agreed upon.</summary>
    public void Connect()
    {
        _conversation = new S7Conversation(_server, _settings, Cpu);
        Raw("0300001611e00000000400c1020100c2020102c0010a");
        Assert.Single(Send("320100000001 0008 0000 f0000001000103c0"));
        _ = Events();
    }

    /// <summary>One PDU; the PDUs that come back.</summary>
    public List<byte[]> Send(ReadOnlySpan<byte> pdu)
    {
        if (_journal.NearlyFull) Assert.True(_journal.Commit());
        byte[] packet = [3, 0, (byte)((pdu.Length + 7) >> 8), (byte)(pdu.Length + 7), 2, 0xF0, 0x80, .. pdu];
        var step = _conversation.Next(packet, _reply, _log);
        Assert.Equal(packet.Length, step.Consumed);
        Delay = step.Delay;
        var pdus = new List<byte[]>();
        for (var rest = _reply.AsSpan(0, step.Reply); !rest.IsEmpty;)
        {
            var length = rest[2] << 8 | rest[3];
            pdus.Add(rest[7..length].ToArray());
            rest = rest[length..];
        }
        return pdus;
    }

    public List<byte[]> Send(string hex) => Send(Bytes(hex));

    /// <summary>One PDU in hexadecimal; the answer, which is one, in hexadecimal.</summary>
    public string Ask(string hex) => Convert.ToHexStringLower(Assert.Single(Send(hex)));

    /// <summary>The connection ends.</summary>
    public void Hang() => _conversation.Ended(_log);

    public JsonElement LastEvent() => Events()[^1];

    public List<JsonElement> Events()
    {
        Assert.True(_journal.Commit());
        var events = new List<JsonElement>();
        while (_reader.TryRead(out var line)) events.Add(JsonDocument.Parse(Encoding.UTF8.GetString(line)).RootElement);
        return events;
    }

    /// <summary>A whole download as a client does it; the bytes of the last PDU of the device.</summary>
    public byte[] Download(string file, ReadOnlySpan<byte> block)
    {
        var name = Encoding.ASCII.GetBytes(file);
        var pdus = Send(Job([0x1A, 0, 1, 0, 0, 0, 0, 0, 9, .. name, 13, .. Encoding.ASCII.GetBytes($"1{block.Length:D6}{Math.Max(0, block.Length - 72):D6}")]));
        var at = 0;
        while (pdus.Count > 0 && pdus[^1][1] == 1)
        {
            var asked = pdus[^1];
            if (asked[10] == 0x1C)
            {
                pdus = Send(Ack(asked, [0x1C], []));
                Assert.Empty(pdus);
                return asked;
            }
            Assert.Equal(0x1B, asked[10]);
            var part = block[at..Math.Min(block.Length, at + 200)];
            at += part.Length;
            pdus = Send(Ack(asked, [0x1B, at < block.Length ? (byte)1 : (byte)0], [(byte)(part.Length >> 8), (byte)part.Length, 0, 0xFB, .. part]));
        }
        return pdus[^1];
    }

    public byte[] Upload(string file)
    {
        var begin = Assert.Single(Send(Job([0x1D, 0, 0, 0, 0, 0, 0, 0, 9, .. Encoding.ASCII.GetBytes(file)])));
        Assert.Equal(3, begin[1]);
        byte[] id = begin[16..20];
        var length = int.Parse(Encoding.ASCII.GetString(begin, 21, begin[20]), System.Globalization.CultureInfo.InvariantCulture);
        var bytes = new List<byte>();
        while (true)
        {
            var part = Assert.Single(Send(Job([0x1E, 0, 0, 0, .. id])));
            Assert.InRange(part.Length, 18, 240);
            Assert.Equal(part.Length - 18, part[14] << 8 | part[15]);
            bytes.AddRange(part[18..]);
            if (part[13] == 0) break;
        }
        Assert.Equal(length, bytes.Count);
        Assert.Equal("320300000007000100000000" + "1f", Convert.ToHexStringLower(Assert.Single(Send(Job([0x1F, 0, 0, 0, .. id])))));
        return [.. bytes];
    }

    public static byte[] Job(byte[] parameter) => [0x32, 1, 0, 0, 0, 7, (byte)(parameter.Length >> 8), (byte)parameter.Length, 0, 0, .. parameter];

    public static byte[] Ack(byte[] job, byte[] parameter, byte[] data) =>
        [0x32, 3, 0, 0, job[4], job[5], 0, (byte)parameter.Length, (byte)(data.Length >> 8), (byte)data.Length, 0, 0, .. parameter, .. data];

    public static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static DownloadStore DownloadStoreDefaults(string directory) => new(directory, write => write());

    private void Raw(string hex)
    {
        var packet = Bytes(hex);
        Assert.Equal(packet.Length, _conversation.Next(packet, _reply, _log).Consumed);
    }

    public void Dispose()
    {
        Cpu.Dispose();
        _reader.Dispose();
        _journal.Dispose();
        _temp.Dispose();
    }
}
