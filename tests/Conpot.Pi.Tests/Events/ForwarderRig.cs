using System.Diagnostics;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>A journal with forwarders on it and a clock turned by hand. What runs on the thread pool is waited for, never slept for.</summary>
internal sealed class ForwarderRig : IDisposable
{
    private readonly TempDirectory _state = new();
    private readonly Random _random = new(1);

    public ForwarderRig(long segmentSize = 1 << 20, long totalSize = 1 << 24)
    {
        Log = new JournalRig(segmentSize, totalSize);
        Forwarders = Make();
    }

    public JournalRig Log { get; }

    public Forwarders Forwarders { get; private set; }

    public string CursorOf(ISink sink) => Path.Combine(_state.Path, "cursors", Forwarders.FileNameOf(sink.Name));

    public string DeadLettersOf(ISink sink) => Path.Combine(_state.Path, "dead-letters", Forwarders.FileNameOf(sink.Name) + ".jsonl");

    public void Run(params ISink[] sinks) => Forwarders.Change([.. sinks.Select(s => Planned(s))], Log.Journal.NextSequence);

    public static PlannedSink Planned(ISink sink, string? text = null, bool fromBeginning = false) => new(sink, text ?? sink.Name, fromBeginning);

    /// <summary>Another process on the same files: nothing of the old one is told of its end.</summary>
    public void Kill()
    {
        Forwarders.Dispose();
        Forwarders = Make();
    }

    /// <summary>The journal is gone, and another begins in its place.</summary>
    public void Wipe(string run)
    {
        foreach (var (path, _) in Segments.List(Log.Directory)) File.Delete(path);
        Restart(run);
    }

    public void Restart(string run)
    {
        Log.Reopen(run);
        Kill();
    }

    /// <summary>Turns the clock in small steps until it is so.</summary>
    public void Until(Func<bool> so, TimeSpan? step = null)
    {
        var patience = Stopwatch.StartNew();
        while (!so())
        {
            Assert.True(patience.Elapsed < TimeSpan.FromSeconds(20), "it does not come");
            Log.Time.Advance(step ?? TimeSpan.FromMilliseconds(10));
            LetOthersRun();
        }
    }

    /// <summary>What the clock has set off on the thread pool comes before this, so that the clock does not run away from it.</summary>
    private static void LetOthersRun()
    {
        var reached = new CountdownEvent(2);
        ThreadPool.QueueUserWorkItem(_ =>
        {
            ThreadPool.QueueUserWorkItem(_ => reached.Signal());
            reached.Signal();
        });
        reached.Wait(TimeSpan.FromSeconds(1));
    }

    /// <summary>Waits without turning the clock.</summary>
    public static void AtOnce(Func<bool> so) => Assert.True(SpinWait.SpinUntil(so, TimeSpan.FromSeconds(20)), "it does not come");

    private Forwarders Make()
    {
        var forwarders = new Forwarders(Log.Journal, _state.Path, Log.Time, () => { lock (_random) return _random.NextDouble(); });
        Log.Journal.Observers = [forwarders];
        return forwarders;
    }

    public void Dispose()
    {
        Forwarders.Stop();
        Forwarders.Dispose();
        Log.Dispose();
        _state.Dispose();
    }
}
