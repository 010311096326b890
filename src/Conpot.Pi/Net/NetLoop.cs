using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Conpot.Pi.Events;

namespace Conpot.Pi.Net;

/// <summary>
/// The one thread that serves every connection: it takes what is ready, has it answered, commits the journal once for the whole batch,
/// and only then lets the replies go.
/// </summary>
/// <remarks>
/// That order is the sensor's second promise (nothing answered goes unrecorded), and the batch is why it costs little: fifty busy connections
/// share one write. When that write hangs, <see cref="Watch"/> gives it up and a new thread goes on from the replies; the old one finds that
/// out when its write returns, and ends.
/// </remarks>
internal sealed unsafe class NetLoop : IDisposable
{
    /// <summary>Longer than a slow card's usual pause, shorter than a scanner's patience.</summary>
    private static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    private const int EventsPerTurn = 256;

    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly int _epoll = Libc.NewEpoll();
    private readonly WakeSource _wake;
    private readonly TimerSource _timer;
    private readonly List<LoopSource?> _sources = [];
    private readonly Stack<int> _freeSlots = new();
    private readonly ConcurrentQueue<Action> _posted = new();
    private readonly PriorityQueue<IReplyTarget, long> _delayed = new();
    private readonly List<(IReplyTarget Target, int Offset, int Length)> _batch = [];
    private readonly byte[] _replies = new byte[128 * 1024];
    private readonly byte[] _events = new byte[EventsPerTurn * 16];
    private readonly Action _sendBatch, _sendDue, _tick; // made once: a delegate per turn would be garbage
    private List<TcpSession> _again = [], _nowAgain = [];
    private int _repliesLength;
    private uint _nextGeneration;
    private long _lastTick;
    private volatile int _owner;
    private volatile bool _stopping;
    private Thread? _thread;

    public NetLoop(Journal journal, TimeProvider time, OpenConnections connections)
    {
        (_journal, _time, Connections) = (journal, time, connections);
        (_sendBatch, _sendDue, _tick) = (SendBatch, SendDue, () => Tick?.Invoke(_lastTick));
        _wake = new WakeSource(Libc.NewEventFd());
        _timer = new TimerSource(Libc.NewTimerFd());
        _ = Add(_wake, Libc.EpollIn);
        _ = Add(_timer, Libc.EpollIn);
        _lastTick = time.GetTimestamp();
        journal.Appended = Wake;
    }

    public Journal Journal => _journal;

    public TimeProvider Time => _time;

    /// <summary>Bytes of a request as it is received; shared by all connections because the loop handles one at a time.</summary>
    public byte[] ReceiveBuffer { get; } = new byte[64 * 1024];

    /// <summary>Bytes that all connections together hold back because their clients do not read; see <see cref="TcpSession"/>.</summary>
    public long Backlog { get; set; }

    /// <summary>Called once a second on the loop's thread while anything is registered that could time out.</summary>
    public event Action<long>? Tick;

    /// <summary>The TCP connections open now.</summary>
    public OpenConnections Connections { get; }

    /// <summary>A duration in the clock's ticks.</summary>
    public long Ticks(TimeSpan duration) => (long)(duration.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Connections and datagram sessions open now.</summary>
    public int Sessions { get; set; }

    /// <summary>Something beside open connections waits for the next tick; asked for again at every tick.</summary>
    public bool TickWanted { get; set; }

    public void Start() => StartThread(_owner);

    /// <summary>Runs an action on the loop's thread.</summary>
    public void Post(Action action)
    {
        _posted.Enqueue(action);
        Wake();
    }

    public void Wake() => _wake.Set();

    /// <summary>Stops the thread after what is posted and ready has been handled; the host commits what is left.</summary>
    /// <returns>False: the thread hangs, and the journal is still its own.</returns>
    public bool Stop(TimeSpan patience)
    {
        _stopping = true;
        Wake();
        if (_thread?.Join(patience) == false) return false;
        _journal.Appended = null;
        return true;
    }

    /// <summary>To be called every second from outside: has the loop's thread hung in a write for too long, a new one goes on.</summary>
    public void Watch()
    {
        if (_journal.WritingFor < StallLimit || !_journal.Abandon()) return;
        StartThread(++_owner);
    }

    /// <returns>False when the kernel has no room for it: the source will hear nothing.</returns>
    public bool Add(LoopSource source, int events)
    {
        if (!_freeSlots.TryPop(out var slot))
        {
            slot = _sources.Count;
            _sources.Add(null);
        }
        source.Slot = slot;
        source.Generation = ++_nextGeneration;
        _sources[slot] = source;
        if (Libc.Control(_epoll, Libc.EpollAdd, source.Fd, events, Key(source)) == 0) return true;
        Forget(source);
        return false;
    }

    public void Change(LoopSource source, int events) => _ = Libc.Control(_epoll, Libc.EpollModify, source.Fd, events, Key(source));

    public void Remove(LoopSource source)
    {
        _ = Libc.Control(_epoll, Libc.EpollDelete, source.Fd, 0, 0);
        Forget(source);
    }

    /// <summary>Once: a source that could not be added is removed at its end as any other, and its slot may have another owner by then.</summary>
    private void Forget(LoopSource source)
    {
        if (_sources[source.Slot] != source) return;
        _sources[source.Slot] = null;
        _freeSlots.Push(source.Slot);
    }

    /// <summary>Room for one reply of at most <paramref name="size"/> bytes in this turn's batch; empty when the batch is full.</summary>
    public Span<byte> ReplyRoom(int size) =>
        _replies.Length - _repliesLength < size ? [] : _replies.AsSpan(_repliesLength);

    /// <summary>Keeps <paramref name="length"/> bytes written into <see cref="ReplyRoom"/> for sending after the commit.</summary>
    /// <returns>False when it joined the target's reply before it: pipelined requests that came in one segment are answered in one.</returns>
    public bool Reply(IReplyTarget target, int length)
    {
        var batch = CollectionsMarshal.AsSpan(_batch);
        var joins = target.JoinsReplies && !batch.IsEmpty && batch[^1].Target == target;
        if (joins) batch[^1].Length += length;
        else _batch.Add((target, _repliesLength, length));
        _repliesLength += length;
        return !joins;
    }

    /// <summary>The session has bytes left that this turn had no room for.</summary>
    public void Again(TcpSession session) => _again.Add(session);

    /// <summary>The target's first waiting reply is due at <paramref name="due"/> (in the clock's ticks).</summary>
    public void Delay(IReplyTarget target, long due)
    {
        _delayed.Enqueue(target, due);
        if (_delayed.Peek() == target) ArmTimer();
    }

    private void StartThread(int owner)
    {
        _thread = new Thread(() => Run(owner)) { IsBackground = true, Name = "net" };
        _thread.Start();
    }

    private void Run(int owner)
    {
        Guarded(_sendBatch); // of the thread whose commit hung, if this one replaces it
        while (!_stopping || !_posted.IsEmpty)
        {
            if (!Turn() || _owner != owner) return; // either way another thread has taken over
        }
        _ = _journal.Commit();
    }

    private bool Turn()
    {
        fixed (byte* events = _events)
        {
            var ready = Libc.EpollWait(_epoll, events, EventsPerTurn, WaitMilliseconds());
            for (var i = 0; i < ready && !_journal.NearlyFull; i++)
            {
                var entry = events + i * Libc.EventSize;
                var key = *(ulong*)(entry + Libc.EventSize - 8);
                // A source closed earlier in this turn is gone, or its place has a new owner.
                if (_sources[(int)(uint)key] is { } source && source.Generation == (uint)(key >> 32)) Guarded(source, *(int*)entry);
            }
        }
        if (_again.Count > 0)
        {
            (_again, _nowAgain) = (_nowAgain, _again);
            foreach (var session in _nowAgain) Guarded(session, 0);
            _nowAgain.Clear();
        }
        // Those that are posted by these come after the commit.
        for (var i = _posted.Count; i > 0 && _posted.TryDequeue(out var action); i--) Guarded(action);
        if (_time.GetElapsedTime(_lastTick) >= TickInterval)
        {
            _lastTick = _time.GetTimestamp();
            TickWanted = false;
            Guarded(_tick);
        }
        if (!_journal.Commit()) return false;
        Guarded(_sendBatch);
        if (_timer.Fired) Guarded(_sendDue);
        return true;
    }

    /// <summary>No exception is known to come out of a source; should one, it costs that visitor his connection and not the plant its sensor.</summary>
    private void Guarded(LoopSource source, int events)
    {
        try
        {
            source.Ready(events);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            var session = source as TcpSession;
            Record(e, session?.Log.Origin);
            session?.End("error in the sensor", reset: true);
        }
    }

    private void Guarded(Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Record(e, null);
        }
    }

    private void Record(Exception e, Origin? origin)
    {
        _journal.Forget();
        var line = _journal.Begin(EventCatalog.SensorError, origin, Outcome.Failure);
        line.Text("error"u8, e.ToString(), 4096);
        _journal.End(ref line);
    }

    private int WaitMilliseconds()
    {
        if (_again.Count > 0 || !_journal.IsEmpty || !_posted.IsEmpty) return 0;
        // Nothing is open that could time out: sleep until something comes.
        return Sessions == 0 && !TickWanted ? -1 : (int)TickInterval.TotalMilliseconds;
    }

    private void SendBatch()
    {
        try
        {
            foreach (var (target, offset, length) in _batch) target.SendBatched(_replies.AsSpan(offset, length));
        }
        finally
        {
            _batch.Clear();
            _repliesLength = 0;
        }
    }

    private void SendDue()
    {
        _timer.Fired = false;
        var now = _time.GetTimestamp();
        while (!_journal.NearlyFull && _delayed.TryPeek(out var target, out var due) && due <= now)
        {
            _delayed.Dequeue();
            target.SendDue(now);
        }
        ArmTimer();
    }

    private void ArmTimer()
    {
        if (_delayed.TryPeek(out _, out var due)) Libc.Arm(_timer.Fd, _time.GetElapsedTime(_time.GetTimestamp(), due));
    }

    private static ulong Key(LoopSource source) => (ulong)source.Generation << 32 | (uint)source.Slot;

    public void Dispose()
    {
        foreach (var fd in (int[])[_wake.Fd, _timer.Fd, _epoll]) _ = Libc.Close(fd);
    }
}
