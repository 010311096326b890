using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols;

/// <summary>A conversation over a stream on a test bench: a CPU without a process, a journal in a folder of its own, no sockets.</summary>
internal abstract class StreamBench : IDisposable
{
    private readonly Journal _journal;
    private readonly JournalReader _reader;
    private readonly SessionLog _log;
    private readonly int _longest;
    private readonly byte[] _reply;
    private Cpu? _cpu;
    private IConversation? _conversation;

    /// <param name="longest">Bytes of the longest request and of the longest reply.</param>
    protected StreamBench(string protocol, int port, int longest)
    {
        (_longest, _reply) = (longest, new byte[longest]);
        var file = JournalFile.Open(new JournalSettings(Folder, 1 << 30, 1L << 31, TimeSpan.FromSeconds(5)));
        _journal = new Journal(file, "bench", "00000000", Time);
        _reader = new JournalReader(Folder);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, port), "tcp", protocol));
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));

    public Cpu Cpu => _cpu!;

    public ProcessImage Image => Cpu.Image;

    /// <summary>The journal's, and room for what a protocol keeps.</summary>
    protected string Folder { get; } = Path.Combine(Path.GetTempPath(), "conpot-pi-" + Guid.NewGuid().ToString("N"));

    protected virtual CpuSettings Plc => CpuSettings.Default;

    /// <summary>A fresh process image and server, as after switching on.</summary>
    public void PowerOn()
    {
        _cpu?.Dispose();
        _cpu = new Cpu(new ProcessImage(), IoProgram.Empty, Plc, Time);
        _cpu.PowerUp();
        SwitchedOn();
        _conversation = Converse();
    }

    /// <summary>A connection's worth of stream: pieces in, all replies out.</summary>
    public Stream Connect()
    {
        _conversation = Converse();
        return new Stream(this);
    }

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
                var step = _conversation!.Next(request, _reply, _log);
                if (step.Consumed != request.Length) Assert.Fail("not one whole request");
            }
            if (_journal.NearlyFull) _ = _journal.Commit();
        }
    }

    /// <summary>What the latest connection is told unasked by now; empty when nothing is due.</summary>
    public byte[] Push() => _conversation!.Due > Time.GetTimestamp() ? [] : _reply[.._conversation.Push(_reply, _log).Reply];

    /// <summary>The latest connection ends.</summary>
    public void Hang() => _conversation!.Ended(_log);

    public void Dispose()
    {
        Cpu.Dispose();
        _reader.Dispose();
        _journal.Dispose();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The CPU is another: so is what serves it.</summary>
    protected abstract void SwitchedOn();

    /// <summary>One connection's conversation.</summary>
    protected abstract IConversation Converse();

    /// <summary>The bytes of one connection, buffered as a session buffers them.</summary>
    internal sealed class Stream(StreamBench bench)
    {
        private readonly byte[] _reply = new byte[bench._longest];
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
                var step = bench._conversation!.Next(bytes, _reply, bench._log);
                Assert.InRange(step.Consumed, 0, bytes.Length);
                Assert.InRange(step.Reply, 0, _reply.Length);
                replies.AddRange(_reply[..step.Reply]);
                Closed = step.Close is not null;
                if (step.Consumed == 0) break;
                bytes = bytes[step.Consumed..];
            }
            _rest = bytes.ToArray();
            // What is kept between pieces is bounded by one frame.
            if (!Closed) Assert.True(_rest.Length < bench._longest);
            return [.. replies];
        }
    }
}
