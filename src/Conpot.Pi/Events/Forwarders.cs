using System.Collections.Immutable;
using System.Text;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Events;

/// <summary>All forwarders of a sensor: started, rung at every commit, exchanged at a reload, stopped together.</summary>
internal sealed class Forwarders : IJournalObserver, IDisposable
{
    /// <summary>How often cursors are written down and faults looked for: what a crash may make come twice.</summary>
    internal static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    /// <summary>A stop or an exchange takes no longer, and a little more where a sink minds no cancellation.</summary>
    internal static readonly TimeSpan FlushTime = TimeSpan.FromMilliseconds(500);

    private readonly Journal _journal;
    private readonly string _stateDirectory;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly ITimer _timer;
    private ImmutableArray<(string Text, Forwarder Forwarder)> _running = [];
    private Forwarder[] _rung = [];

    /// <param name="random">0 up to but not 1; from any thread.</param>
    public Forwarders(Journal journal, string stateDirectory, TimeProvider time, Func<double> random)
    {
        (_journal, _stateDirectory, _time, _random) = (journal, stateDirectory, time, random);
        _timer = time.CreateTimer(_ => Look(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public IReadOnlyList<Forwarder> All => Volatile.Read(ref _rung);

    /// <summary>One of them has not got rid of its events for a while.</summary>
    public bool AnyFaulted => All.Any(f => f.Faulted);

    /// <summary>Goes over to these: those whose text is the same go on, the others end and begin. One thread at a time.</summary>
    /// <param name="now">The first event for a sink that was never here before: at a start the run's first, at a reload the next.</param>
    public void Change(IReadOnlyList<PlannedSink> sinks, long now)
    {
        var staying = _running.Where(r => sinks.Any(s => s.Text == r.Text)).ToImmutableArray();
        var leaving = _running.Except(staying).Select(r => r.Forwarder).ToList();
        Volatile.Write(ref _rung, [.. staying.Select(r => r.Forwarder)]);
        End(leaving, FlushTime);
        var added = sinks.Where(s => !staying.Any(r => r.Text == s.Text)).Select(s => (s.Text, Open(s, now))).ToList();
        foreach (var unused in sinks.Where(s => staying.Any(r => r.Text == s.Text))) Discard(unused);
        _running = [.. staying, .. added];
        Volatile.Write(ref _rung, [.. _running.Select(r => r.Forwarder)]);
        foreach (var (_, forwarder) in added) forwarder.Start();
        _timer.Change(_running.Length > 0 ? LookInterval : Timeout.InfiniteTimeSpan, LookInterval);
    }

    /// <summary>Gives up a sink that was built and is not wanted after all.</summary>
    public static void Discard(PlannedSink sink) => _ = sink.Sink.DisposeAsync().AsTask(); // it has done nothing yet

    public void Committed()
    {
        foreach (var forwarder in _rung) forwarder.Ring();
    }

    /// <summary>Sends what can be sent in the time, and ends them all.</summary>
    public void Stop()
    {
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        var leaving = All;
        (_running, _rung) = ([], []);
        End(leaving, FlushTime);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>A sink's name as the name of its file: "webhook ntfy" is webhook-ntfy.</summary>
    internal static string FileNameOf(string sink)
    {
        var name = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(sink))
        {
            if (b == ' ' && !name.ToString().Contains('-', StringComparison.Ordinal)) name.Append('-'); // no section's name has one
            else if (char.IsAsciiLetterOrDigit((char)b) || b == '_') name.Append((char)b);
            else name.Append('%').Append(Convert.ToHexString([b]));
        }
        return name.ToString();
    }

    private Forwarder Open(PlannedSink planned, long now)
    {
        var file = FileNameOf(planned.Sink.Name);
        var cursor = JournalCursor.Open(_journal.Directory, Path.Combine(_stateDirectory, "cursors", file), now, planned.FromBeginning ? 0 : now);
        return new Forwarder(planned.Sink, cursor, new DeadLetters(Path.Combine(_stateDirectory, "dead-letters", file + ".jsonl")), _journal, _time, _random);
    }

    private void Look()
    {
        foreach (var forwarder in All) forwarder.Look();
    }

    private static void End(IReadOnlyList<Forwarder> forwarders, TimeSpan patience)
    {
        // On threads of the pool's own: a sink that blocks in its disposal blocks none of us.
        Task.WhenAll(forwarders.Select(f => Task.Run(() => f.Stop(patience)))).Wait(patience * 2);
        foreach (var forwarder in forwarders) forwarder.Dispose();
    }
}
