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

/// <summary>An S7 conversation on a test bench: a CPU without a process, a journal in a folder of its own, no sockets.</summary>
internal sealed class S7Bench : IDisposable
{
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "conpot-pi-" + Guid.NewGuid().ToString("N"));
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly JournalFile _file;
    private readonly Journal _journal;
    private readonly JournalReader _reader;
    private readonly SessionLog _log;
    private readonly S7Settings _settings;
    private readonly byte[] _reply = new byte[2048];
    private readonly CpuSettings _plc;
    private S7Server _server;
    private S7Conversation _conversation;

    public static readonly DeviceSeed Seed = DeviceSeed.From("bench");

    /// <summary>S7comm of a sensor: connect to rack 0, slot 2, and agree on 240 bytes.</summary>
    public static readonly byte[] Hello = Convert.FromHexString("0300001611E00000000400C1020100C2020102C0010A"), Setup = Convert.FromHexString("0300001902F08032010000000000080000F0000001000101E0");

    public S7Bench(string profile = "s7-200", params string[] overrides)
    {
        _file = JournalFile.Open(new JournalSettings(_directory, 1 << 30, 1L << 31, TimeSpan.FromSeconds(5)));
        _journal = new Journal(_file, "bench", "00000000", _time);
        _reader = new JournalReader(_directory);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 102), "tcp", "s7comm"));
        var errors = new ConfigErrors();
        var file = ConfigFile.Empty("bench", errors);
        foreach (var text in overrides) file.Set(text);
        var profileRoot = PlcProfile.Load(profile, errors).Root;
        _plc = CpuSettings.Read(file.Root.Section("plc").Over(profileRoot.Section("plc")));
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, _plc, _time);
        _settings = S7Settings.Read(
            file.Root.Section("s7comm").Over(profileRoot.Section("s7comm")), file.Root.Section("identity").Over(profileRoot.Section("identity")), cpu, Seed, lowPorts: true);
        file.ReportUnread();
        Assert.Empty(errors.InOrder);
        PowerOn();
    }

    public Cpu Cpu { get; private set; }

    public ProcessImage Image => Cpu.Image;

    /// <summary>A fresh process image and server, as after switching on.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(Cpu), nameof(_server), nameof(_conversation))]
    public void PowerOn()
    {
        Cpu?.Dispose();
        Cpu = new Cpu(new ProcessImage(), IoProgram.Empty, _plc, _time);
        Cpu.PowerUp();
        _server = new S7Server(_settings, Cpu, new S7Device(Cpu, Seed, _time, TimeSpan.FromHours(50)), new S7Memories(new S7Blocks(_settings.Memory, Seed), new DownloadStore(Path.Combine(_directory, "downloads")), new ReturnToRun(Cpu, _time)));
        _conversation = new S7Conversation(_server, _settings, Cpu);
    }

    /// <summary>A connection's worth of stream: pieces in, all replies out.</summary>
    public Stream Connect()
    {
        _conversation = new S7Conversation(_server, _settings, Cpu);
        return new Stream(this);
    }

    /// <summary>A connection over which PDUs may be sent.</summary>
    public Stream Talk()
    {
        var stream = Connect();
        Assert.Equal(22, stream.Send(Hello).Length);
        Assert.Equal(27, stream.Send(Setup).Length);
        return stream;
    }

    public FakeTimeProvider Time => _time;

    /// <summary>The events since the last call.</summary>
    public List<JsonElement> Events()
    {
        Assert.True(_journal.Commit());
        var events = new List<JsonElement>();
        while (_reader.TryRead(out var line)) events.Add(JsonDocument.Parse(Encoding.UTF8.GetString(line)).RootElement);
        return events;
    }

    /// <summary>Answers and commits whole requests over and over, without the buffers of a stream.</summary>
    public void Serve(byte[][] requests, int times)
    {
        for (var i = 0; i < times; i++)
        {
            foreach (var request in requests)
            {
                var step = _conversation.Next(request, _reply, _log);
                if (step.Consumed != request.Length) Assert.Fail("not one whole request");
            }
            if (_journal.NearlyFull) _ = _journal.Commit();
        }
    }

    public void Dispose()
    {
        Cpu.Dispose();
        _reader.Dispose();
        _journal.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>The bytes of one connection, buffered as a session buffers them.</summary>
    internal sealed class Stream(S7Bench bench)
    {
        private readonly byte[] _reply = new byte[2048];
        private byte[] _rest = [];

        public bool Closed { get; private set; }

        public byte[] Send(ReadOnlySpan<byte> piece)
        {
            var replies = new List<byte>();
            byte[] all = [.. _rest, .. piece];
            ReadOnlySpan<byte> bytes = all;
            while (!bytes.IsEmpty && !Closed)
            {
                if (bench._journal.NearlyFull) Assert.True(bench._journal.Commit());
                var step = bench._conversation.Next(bytes, _reply, bench._log);
                Assert.InRange(step.Consumed, 0, bytes.Length);
                Assert.InRange(step.Reply, 0, _reply.Length);
                replies.AddRange(_reply[..step.Reply]);
                Closed = step.Close is not null;
                if (step.Consumed == 0) break;
                bytes = bytes[step.Consumed..];
            }
            _rest = bytes.ToArray();
            // What is kept between pieces is bounded by one frame.
            if (!Closed) Assert.True(_rest.Length < 2048);
            return [.. replies];
        }
    }
}
