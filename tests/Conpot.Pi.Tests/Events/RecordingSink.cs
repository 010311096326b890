using System.Collections.Concurrent;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Tests.Events;

/// <summary>A sink that keeps what it is sent, and does with it what a test wants.</summary>
internal sealed class RecordingSink(string name = "recording", int batchSize = 100, SinkFilter? filter = null) : ISink
{
    private readonly ConcurrentQueue<EventRecord> _received = new();
    private int _attempts, _inside;

    public string Name => name;

    public SinkFilter Filter => filter ?? SinkFilter.Everything;

    public int BatchSize => batchSize;

    /// <summary>Called with each batch before it is taken; what it throws is what the sink throws.</summary>
    public Func<IReadOnlyList<EventRecord>, CancellationToken, Task>? Receiving { get; set; }

    public int Attempts => Volatile.Read(ref _attempts);

    public bool IsDisposed { get; private set; }

    /// <summary>Was it ever called while a call was under way.</summary>
    public bool Overlapped { get; private set; }

    public List<EventRecord> Received => [.. _received];

    public List<long> Sequences => [.. _received.Select(e => e.Sequence)];

    public int Count => _received.Count;

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _inside) != 1) Overlapped = true;
        try
        {
            Interlocked.Increment(ref _attempts);
            if (batch.Count == 0 || batch.Count > batchSize) throw new InvalidOperationException($"a batch of {batch.Count}");
            if (Receiving is { } receiving) await receiving(batch, cancel);
            foreach (var e in batch) _received.Enqueue(e);
            return $"{batch.Count} accepted";
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
