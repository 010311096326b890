using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Http;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Http;

/// <summary>An HTTP conversation on a test bench: a CPU without a process, a journal in a folder of its own, no sockets.</summary>
internal sealed class HttpBench : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
    private readonly Journal _journal;
    private readonly JournalReader _reader;
    private readonly SessionLog _log;
    private readonly HttpConversation _conversation;
    private readonly byte[] _reply = new byte[HttpServer.LongestReply];

    public HttpBench(string profile = "s7-200", params string[] overrides) : this(profile, "", overrides) { }

    private HttpBench(string profile, string toml, string[] overrides)
    {
        var directory = _temp["journal"];
        _journal = new Journal(JournalFile.Open(new JournalSettings(directory, 1 << 30, 1L << 31, TimeSpan.FromSeconds(5))), "bench", "00000000", _time);
        _reader = new JournalReader(directory);
        _log = new SessionLog(_journal, new Origin("aaaaaaaaaaaa", new IPEndPoint(IPAddress.Loopback, 40000), new IPEndPoint(IPAddress.Loopback, 80), "tcp", "http"));
        var errors = new ConfigErrors();
        var file = ConfigFile.Parse("bench", Encoding.UTF8.GetBytes(toml), errors);
        foreach (var text in overrides) file.Set(text);
        var root = PlcProfile.Load(profile, errors).Root;
        Cpu = new Cpu(new ProcessImage(), IoProgram.Empty, CpuSettings.Default, _time);
        Cpu.PowerUp();
        var seed = DeviceSeed.From("bench");
        var settings = HttpSettings.Read(file.Root.Section("http").Over(root.Section("http")), Cpu, seed, lowPorts: true, "");
        var facts = DeviceFacts.Read(root.Section("identity"), seed, Cpu, () => seed.MacText);
        file.ReportUnread();
        Assert.Empty(errors.InOrder);
        Look = settings.Look;
        IHttpSite site = settings.ItCp ? new ItCpSite(settings, facts, Cpu, _time) : new StationSite(settings, facts, Cpu, seed, _time);
        _conversation = new HttpConversation(new HttpServer(site, Cpu), new HttpBuffers(), _time);
    }

    /// <summary>A panel with values of its own.</summary>
    public static HttpBench With(string toml) => new("s7-200", toml, []);

    public FakeTimeProvider Time => _time;

    public Cpu Cpu { get; }

    public PanelLook Look { get; }

    /// <summary>One connection: pieces in, all replies out, and whether it was closed.</summary>
    public (string Replies, bool Closed) Send(params byte[][] pieces)
    {
        var replies = new StringBuilder();
        byte[] rest = [];
        foreach (var piece in pieces)
        {
            rest = [.. rest, .. piece];
            while (rest.Length > 0)
            {
                if (_journal.NearlyFull) Assert.True(_journal.Commit());
                var step = _conversation.Next(rest, _reply, _log);
                Assert.InRange(step.Consumed, 0, rest.Length);
                Assert.InRange(step.Reply, 0, _reply.Length);
                replies.Append(Encoding.Latin1.GetString(_reply, 0, step.Reply));
                if (step.Close is not null) return (replies.ToString(), true);
                if (step.Consumed == 0) break;
                rest = rest[step.Consumed..];
            }
            Assert.True(rest.Length < _conversation.LargestRequest); // nothing grows beyond it
        }
        return (replies.ToString(), false);
    }

    public string Get(string path, string headers = "") => Ask($"GET {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n");

    public string Ask(string text) => Send(Encoding.Latin1.GetBytes(text)).Replies;

    public string Post(string path, string form, string headers = "") => Ask($"POST {path} HTTP/1.1\r\nHost: a\r\n{headers}Content-Length: {form.Length}\r\n\r\n{form}");

    /// <summary>Answers and commits one whole request over and over, without the buffers of a connection.</summary>
    public void Serve(byte[] request, int times)
    {
        for (var i = 0; i < times; i++)
        {
            if (_conversation.Next(request, _reply, _log).Consumed != request.Length) Assert.Fail("not one whole request");
            if (_journal.NearlyFull) _ = _journal.Commit();
        }
    }

    /// <summary>The connection ends.</summary>
    public void Ended() => _conversation.Ended(_log);

    /// <summary>The events since the last call.</summary>
    public List<JsonElement> Events()
    {
        Assert.True(_journal.Commit());
        var events = new List<JsonElement>();
        while (_reader.TryRead(out var line)) events.Add(JsonDocument.Parse(Encoding.UTF8.GetString(line)).RootElement);
        return events;
    }

    public void Dispose()
    {
        Cpu.Dispose();
        _reader.Dispose();
        _journal.Dispose();
        _temp.Dispose();
    }
}
