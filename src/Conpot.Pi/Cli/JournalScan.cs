using System.Runtime.InteropServices;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli;

/// <summary>One pass over a journal from a time on, as 'events', 'report' and 'capture' make it; Ctrl-C ends it early.</summary>
internal sealed class JournalScan : IDisposable
{
    private readonly JournalReader _reader;
    private readonly List<(string Path, long First)> _segments;
    private readonly ManualResetEventSlim _stop = new();
    private readonly List<PosixSignalRegistration> _signals = [];
    private readonly Progress _progress;
    private readonly DateTimeOffset _since;

    private JournalScan(string directory, DateTimeOffset since, Progress progress)
    {
        (Directory, _since, _progress) = (directory, since, progress);
        _segments = Segments.List(directory);
        _reader = new JournalReader(directory);
        if (since != default) SkipOlder();
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM])
        {
            _signals.Add(PosixSignalRegistration.Create(signal, c =>
            {
                c.Cancel = true;
                _stop.Set();
            }));
        }
    }

    public string Directory { get; }

    /// <summary>There is no file of a journal at all.</summary>
    public bool IsEmpty => _segments.Count == 0;

    /// <summary>Somebody pressed Ctrl-C.</summary>
    public bool IsStopped => _stop.IsSet;

    /// <summary>Lines that are no events: torn, or written by another hand.</summary>
    public long Unreadable { get; private set; }

    /// <summary>Whether a journal can be told from the command line; if not, the person has been told why.</summary>
    /// <param name="since">The time behind --since, or <paramref name="back"/> from now; default for everything.</param>
    public static bool TryAsk(CommandLine line, TimeProvider time, TimeSpan? back, out string directory, out DateTimeOffset since, out ExitCode code)
    {
        (directory, since, code) = ("", back is { } span ? time.GetUtcNow() - span : default, ExitCode.Ok);
        if (line.Value("--since") is { } text && !Since.TryParse(text, time.GetUtcNow(), out since))
        {
            Console.Error.WriteLine($"conpot-pi: '{text}' is no time; write {Since.Examples} behind --since");
            code = ExitCode.Usage;
            return false;
        }
        if (line.Value("--journal") is { } named)
        {
            directory = named;
            return true;
        }
        if (Settings.Read(line, create: false, out _) is not { } plan)
        {
            code = ExitCode.BadConfig;
            return false;
        }
        plan.Cpu.Dispose();
        directory = plan.Journal.Directory;
        return true;
    }

    /// <exception cref="UnauthorizedAccessException">The journal is not this user's to read.</exception>
    public static JournalScan Open(CommandLine line, string directory, DateTimeOffset since, bool progress) => new(directory, since, new Progress(progress && !line.Quiet));

    /// <summary>The next event in time; false when there is none now or the person has had enough.</summary>
    public bool TryRead(out EventRecord e)
    {
        while (!_stop.IsSet && _reader.TryRead(out var json))
        {
            _progress.Step(Part);
            if (EventRecord.Parse(json) is not { } parsed) Unreadable++;
            else if (parsed.Time >= _since)
            {
                e = parsed;
                return true;
            }
        }
        _progress.Clear();
        e = null!;
        return false;
    }

    /// <summary>Waits for more; false when the person has had enough.</summary>
    public bool Wait(TimeSpan interval) => !_stop.Wait(interval);

    public static ExitCode Unreachable(string directory, string verb)
    {
        Console.Error.WriteLine($"conpot-pi: the journal {directory} cannot be read by this user; try 'sudo conpot-pi {verb}' or join the group conpot-pi");
        return ExitCode.Failed;
    }

    public void Dispose()
    {
        _progress.Clear();
        foreach (var signal in _signals) signal.Dispose();
        _reader.Dispose();
        _stop.Dispose();
    }

    private string Part() => $"file {Math.Max(1, _segments.FindLastIndex(s => s.First <= _reader.Segment) + 1)} of {_segments.Count}";

    /// <summary>Leaves out the oldest segments, as long as the next one begins before the time: behind one that does not, a clock may have been set back.</summary>
    private void SkipOlder()
    {
        var last = 0;
        for (var i = 0; i < _segments.Count; i++)
        {
            using var first = new JournalReader(Directory);
            first.SkipTo(_segments[i].First);
            if (!first.TryRead(out var json) || EventRecord.Parse(json) is not { } e) continue;
            if (e.Time > _since) break;
            last = i;
        }
        if (last > 0) _reader.SkipTo(_segments[last].First);
    }
}
