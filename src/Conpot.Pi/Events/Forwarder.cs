using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Events;

/// <summary>Carries the journal's events to one sink: in order, at least once, with a bounded memory, however long the sink is away.</summary>
/// <remarks>
/// One task on the thread pool; what hangs here hangs alone. It sleeps until <see cref="Ring"/>, takes a batch from the journal, offers it until
/// the sink has it, and moves its cursor. What a crash undoes is the cursor's last few seconds: those events come again, with the same ids.
/// </remarks>
internal sealed partial class Forwarder : IDisposable
{
    /// <summary>An attempt that has brought no answer by then is given up.</summary>
    internal static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(30);

    /// <summary>A sink that has been failing for this long is a fault to be told; shorter ones are a collector's restart.</summary>
    internal static readonly TimeSpan FaultAfter = TimeSpan.FromSeconds(30);

    /// <summary>A refusal is repeated for this long, as the mistake may be in the other side's settings and be mended.</summary>
    internal static readonly TimeSpan RefusalPatience = TimeSpan.FromMinutes(5);

    internal static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(1), LongestBackOff = TimeSpan.FromMinutes(1), LongestRetryAfter = TimeSpan.FromHours(1);

    /// <summary>After a delivery more is waited for this long, so that a busy network wakes a forwarder fifty times a second at most.</summary>
    internal static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(20);

    /// <summary>A batch is no longer than this, whatever the sink would take: the forwarder's bound on memory.</summary>
    internal const int MostBatchBytes = 256 * 1024;

    /// <summary>So many events at most come twice after a crash, should they come faster than the cursor's timer.</summary>
    internal const int MostUnsaved = 1000;

    private readonly ISink _sink;
    private readonly JournalCursor _cursor;
    private readonly DeadLetters _letters;
    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly SemaphoreSlim _bell = new(0), _sending = new(1, 1);
    private readonly CancellationTokenSource _ending = new(), _cancelled = new();
    private readonly List<EventRecord> _batch = [];
    private int _asleep;
    private bool _full;
    private volatile bool _worthSaving;
    private Task _running = Task.CompletedTask;

    /// <param name="random">0 up to but not 1, for the jitter.</param>
    public Forwarder(ISink sink, JournalCursor cursor, DeadLetters letters, Journal journal, TimeProvider time, Func<double> random) =>
        (_sink, _cursor, _letters, _journal, _time, _random) = (sink, cursor, letters, journal, time, random);

    public string Name => _sink.Name;

    public void Start() => _running = Task.Run(Run);

    /// <summary>There may be something new. Called on the network's thread at every commit, so all but the first call after a sleep is one read.</summary>
    public void Ring()
    {
        if (Volatile.Read(ref _asleep) == 1 && Interlocked.Exchange(ref _asleep, 0) == 1) _bell.Release();
    }

    /// <summary>Every few seconds: writes the cursor down if that is due, tells of a fault, and rings should a ring have been missed.</summary>
    public void Look()
    {
        if (_worthSaving)
        {
            _worthSaving = false;
            _cursor.Save();
        }
        TellFault();
        Ring();
    }

    /// <summary>Sends one event past the queue.</summary>
    /// <returns>What the other side said.</returns>
    /// <exception cref="SinkException">It did not take it; the message is for a person.</exception>
    public async Task<string> Test(EventRecord e, CancellationToken cancel)
    {
        try
        {
            await _sending.WaitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            throw new SinkException($"{Name}: another delivery is under way and gets no answer{(Status.LastError is { } error ? $" ({error})" : "")}");
        }
        try
        {
            return await _sink.Send([e], cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            throw new SinkException($"{Name}: no answer in time; see whether the other side is up and reachable");
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends what is in the journal as far as it goes within the time, without trying anything twice, and writes the cursor down.</summary>
    public async Task Stop(TimeSpan patience)
    {
        await _ending.CancelAsync();
        Ring();
        try
        {
            await _running.WaitAsync(patience);
        }
        catch (TimeoutException)
        {
            _ = _cancelled.CancelAsync(); // not awaited: what hangs in it is not to hang here
            try
            {
                await _running.WaitAsync(Grace);
            }
            catch (TimeoutException)
            {
                // It minds neither time nor cancellation; the process, or the next one, goes on without it.
            }
        }
        _cursor.Retire();
        if (!_running.IsCompleted) return;
        try
        {
            await _sink.DisposeAsync().AsTask().WaitAsync(Grace);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // It is of no use any more, however it ends.
        }
        _cursor.Dispose();
    }

    /// <summary>For a sink that minds its token, to end in order.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(200);

    public void Dispose()
    {
        _ending.Dispose();
        _cancelled.Dispose();
        _bell.Dispose();
        _sending.Dispose();
    }

    private async Task Run()
    {
        try
        {
            while (true)
            {
                try
                {
                    if (!await Step()) return;
                }
                catch (Exception e) when (e is not (OutOfMemoryException or OperationCanceledException))
                {
                    // The journal cannot be read: a failing card, or a mistake here that is to cost nobody else anything.
                    Failed(e.Message);
                    if (_ending.IsCancellationRequested) return;
                    await Wait(LongestBackOff);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Stopped.
        }
        finally
        {
            _cursor.Save(toMedium: true);
        }
    }

    /// <summary>One batch, or one sleep.</summary>
    /// <returns>False: the sensor stops, and there is nothing left or no time for it.</returns>
    private async Task<bool> Step()
    {
        if (!Collect())
        {
            if (_ending.IsCancellationRequested) return false;
            Interlocked.Exchange(ref _asleep, 1);
            // What was committed before that rang for nobody.
            if (!Collect())
            {
                await _bell.WaitAsync(_cancelled.Token);
                return true;
            }
            Volatile.Write(ref _asleep, 0);
        }
        var full = _full;
        _single = false;
        for (var sent = 0; sent < _batch.Count;)
        {
            var taken = await Deliver(sent);
            if (taken == 0) return false;
            sent += taken;
        }
        Passed();
        if (!full && !_ending.IsCancellationRequested) await Wait(Linger);
        return true;
    }

    /// <summary>Fills the batch from the journal, passing over what the sink does not want.</summary>
    private bool Collect()
    {
        _full = false; // the batch is empty, unless reading it was interrupted by an error
        var bytes = 0;
        while (_cursor.TryRead(out var line, out _))
        {
            if (_cursor.Gap.Count > 0) TellGap(_cursor.Gap);
            if (_sink.Filter.AlertsOnly && line.IndexOf("\"kind\":\"alert\""u8) < 0) continue; // most lines need not be parsed
            if (EventRecord.Parse(line) is not { } e || !_sink.Filter.Wants(e)) continue;
            _batch.Add(e);
            bytes += line.Length;
            if (_batch.Count < _sink.BatchSize && bytes < MostBatchBytes) continue;
            _full = true;
            return true;
        }
        if (_batch.Count > 0) return true;
        Passed();
        return false;
    }

    /// <summary>All that was read is done with; now and then that is written down.</summary>
    private void Passed()
    {
        // That the sensor is alive is not worth a write to the card: should a crash send it twice, nobody minds.
        foreach (var e in _batch) _worthSaving |= e.Severity > 0;
        _batch.Clear();
        _cursor.PassedAll();
        if (_cursor.Unsaved < MostUnsaved) return;
        _worthSaving = false;
        _cursor.Save();
    }

    private async Task Wait(TimeSpan time)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(_ending.Token, _cancelled.Token);
        await Task.Delay(time, _time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _cancelled.Token.ThrowIfCancellationRequested();
    }
}
