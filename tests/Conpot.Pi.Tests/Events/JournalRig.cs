using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Tests.Events;

/// <summary>A journal in a directory of its own, with a clock turned by hand.</summary>
internal sealed class JournalRig : IDisposable
{
    private readonly TempDirectory _temp = new();

    public JournalRig(long segmentSize = 1 << 20, long totalSize = 1 << 24)
    {
        Settings = new JournalSettings(_temp["journal"], segmentSize, totalSize, TimeSpan.FromSeconds(5));
        Open();
    }

    public JournalSettings Settings { get; set; }

    public string Directory => Settings.Directory;

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 22, 19, 44, 36, TimeSpan.Zero));

    public JournalFile File { get; private set; } = null!;

    public Journal Journal { get; private set; } = null!;

    public void Open(string run = "run")
    {
        File = JournalFile.Open(Settings);
        Journal = new Journal(File, "rig", run, Time);
    }

    public void Reopen(string run = "run")
    {
        Journal.Dispose();
        Open(run);
    }

    public void Append(int count = 1, int padding = 0)
    {
        for (var i = 0; i < count; i++)
        {
            var line = Journal.Begin(EventCatalog.ModbusRead, null, Outcome.Success);
            if (padding > 0) line.Word("padding"u8, Enumerable.Repeat((byte)'x', padding).ToArray());
            Journal.End(ref line);
        }
    }

    public void Record(int count = 1)
    {
        for (var i = 0; i < count; i++)
        {
            Append();
            Xunit.Assert.True(Journal.Commit());
        }
    }

    /// <summary>Puts a file where the directory was, and has the journal notice: from now on nothing can be kept.</summary>
    public void Break()
    {
        if (System.IO.Directory.Exists(Directory)) System.IO.Directory.Move(Directory, Directory + ".away");
        System.IO.File.WriteAllText(Directory, "");
        Time.Advance(TimeSpan.FromSeconds(5));
    }

    /// <summary>Puts the directory back and waits, as a rule until the journal tries again.</summary>
    public void Repair(TimeSpan? wait = null)
    {
        System.IO.File.Delete(Directory);
        System.IO.Directory.Move(Directory + ".away", Directory);
        Time.Advance(wait ?? Journal.RetryAfter);
    }

    /// <summary>Takes the last lines away, as a power cut does.</summary>
    public void CutOff(int lines)
    {
        foreach (var (path, _) in Enumerable.Reverse(Segments.List(Directory)))
        {
            var left = System.IO.File.ReadAllLines(path);
            if (left.Length <= lines) System.IO.File.Delete(path);
            else System.IO.File.WriteAllLines(path, left[..^lines]);
            lines -= Math.Min(lines, left.Length);
        }
    }

    /// <summary>All whole lines of all segments, in the order of the files.</summary>
    public List<JsonElement> Lines() => [.. Segments.List(Directory).SelectMany(s => System.IO.File.ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement)];

    public List<long> Sequences() => [.. Lines().Select(Sequence)];

    public List<JsonElement> Lines(string action) => [.. Lines().Where(l => l.GetProperty("event").GetProperty("action").GetString() == action)];

    public static long Sequence(JsonElement line) => line.GetProperty("event").GetProperty("sequence").GetInt64();

    /// <summary>A line as the journal writes it, of any length.</summary>
    public static byte[] Line(long sequence, int padding = 0) =>
        Encoding.ASCII.GetBytes($"{{\"@timestamp\":\"2026-11-22T19:44:36.000000Z\",\"event\":{{\"sequence\":{sequence}}},\"padding\":\"{new string('x', padding)}\"}}\n");

    public void Dispose()
    {
        Journal.Dispose();
        _temp.Dispose();
    }
}
