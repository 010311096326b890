using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events;

/// <summary>How an exchange ended, as ECS event.outcome; success goes without saying and is left out of the line.</summary>
internal enum Outcome { Success, Failure, Unknown }

/// <summary>
/// The sensor's memory: every event is one JSON line, appended to a buffer and handed to the kernel by <see cref="Commit"/>.
/// </summary>
/// <remarks>
/// Any thread may append (<see cref="Begin"/> .. <see cref="End"/>). One thread at a time commits: the network loop, which sends the replies of
/// a batch only after it; before the loop runs and after it has stopped, the host. A write that hangs (a card can stall for seconds) leaves
/// appending free: the other of the two buffers fills, then events are counted as lost, and <see cref="Abandon"/> lets a new thread go on.
/// </remarks>
internal sealed class Journal : IDisposable
{
    internal const int BufferSize = 256 * 1024;

    /// <summary>After an error the medium is left alone for this long: a dead card must not be tried at every packet.</summary>
    internal static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestProbePause = TimeSpan.FromMinutes(1);

    /// <summary>How often, at least, it is seen whether the clock has been set and the segment is still there; neither touches the medium.</summary>
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);

    private const int Idle = 0, Writing = 1, Stalled = 2;

    private readonly Lock _appending = new();
    private readonly JournalFile _file;
    private readonly TimeProvider _time;
    private readonly byte[] _observer;
    private readonly byte[] _idPrefix;
    private readonly byte[] _spill = new byte[Segments.LongestLine];
    private readonly ITimer _lookTimer;
    private readonly TimeSpan _syncDue;

    private readonly byte[] _second = new byte[20];
    private long _renderedSecond = -1;
    private byte[] _filling = new byte[BufferSize], _written = new byte[BufferSize];
    private int _filled, _filledEvents;
    private long _next, _filledFrom;
    private Losses _lost, _reported;
    private long _syncedAt, _lostTotal, _inFlight, _hanging;
    private bool _spilling;
    private EventKind? _kind;
    private Origin? _origin;
    private string? _fault;
    private int _committer;
    private int _state;
    private long _writeStarted;
    private long _retryAt, _probedAt;
    private TimeSpan _probePause;
    private bool _clockSynchronised = SystemClock.IsSynchronised();

    /// <param name="runId">Differs from run to run: event.id stays unique even when the journal is wiped and sequences begin again.</param>
    public Journal(JournalFile file, string sensorName, string runId, TimeProvider time)
    {
        _file = file;
        _time = time;
        _next = file.NextSequence;
        _idPrefix = Encoding.ASCII.GetBytes(runId + "-");
        var observer = new JsonLine(new byte[1024]);
        observer.Open("observer"u8);
        observer.Text("name"u8, sensorName, 64);
        observer.Close();
        _observer = observer.Bytes[1..].ToArray(); // without the brace of the line
        _syncedAt = time.GetTimestamp();
        var sync = file.Settings.SyncInterval;
        var look = sync > TimeSpan.Zero && sync < LookInterval ? sync : LookInterval;
        _syncDue = sync - look / 2; // at the look nearest to it
        _lookTimer = time.CreateTimer(_ => Look(), null, look, look);
    }

    /// <summary>Called after an append by a thread that does not commit itself; the network loop hangs its wake-up here.</summary>
    public Action? Appended { get; set; }

    /// <summary>Who hears of events as they happen; set before the first event.</summary>
    /// <remarks>An array of its own kind, as going through any other would allocate at every event.</remarks>
    public ImmutableArray<IJournalObserver> Observers { get; set; } = [];

    /// <summary>Who recognises techniques across a source's sessions, or null; set before the first event.</summary>
    public Sweeps? Sweeps { get; set; }

    /// <summary>Events that could not be kept since the start.</summary>
    public long LostTotal => _lostTotal + _hanging;

    /// <summary>Events kept since the start.</summary>
    public long KeptTotal { get; private set; }

    /// <summary>The number that the next event will have.</summary>
    public long NextSequence => Interlocked.Read(ref _next);

    /// <summary>What is wrong with the medium now, or null.</summary>
    public string? Fault { get => _fault ?? (_file.SyncFault is { } sync ? $"{sync} (at a sync)" : _file.Crowded); private set => _fault = value; }

    /// <summary>What event.id begins with in this run; the sequence follows.</summary>
    public ReadOnlySpan<byte> IdPrefix => _idPrefix;

    public string Directory => _file.Settings.Directory;

    /// <summary>Nothing waits for a commit.</summary>
    public bool IsEmpty => Volatile.Read(ref _filled) == 0;

    /// <summary>Time to commit before appending more: the network loop ends its batch here.</summary>
    public bool NearlyFull => BufferSize - Volatile.Read(ref _filled) < 4 * Segments.LongestLine;

    /// <summary>How long the write that is under way has taken; zero when none is.</summary>
    public TimeSpan WritingFor => Volatile.Read(ref _state) == Writing ? _time.GetElapsedTime(Volatile.Read(ref _writeStarted)) : TimeSpan.Zero;

    /// <summary>The last write went well; what is lost while this is false is lost again when it is repeated.</summary>
    public bool Takes => Volatile.Read(ref _fault) is null;

    /// <summary>A write hangs and has been given up for now.</summary>
    public bool IsStalled => Volatile.Read(ref _state) == Stalled;

    /// <summary>Begins one event and holds the journal until <see cref="End"/>; the caller adds the members of "conpot".</summary>
    /// <remarks>
    /// conpot.unsynchronised, seconds on the monotonic clock, stands in an event while the wall clock of its timestamp has not been set:
    /// the order and the distances of such events are right, their date is not.
    /// </remarks>
    public JsonLine Begin(EventKind kind, Origin? origin, Outcome outcome)
    {
        _appending.Enter();
        (_kind, _origin) = (kind, origin);
        // Full although the network loop minds NearlyFull: the medium hangs. The event is counted, not kept.
        _spilling = BufferSize - _filled < Segments.LongestLine;
        var line = new JsonLine(_spilling ? _spill : _filling.AsSpan(_filled, Segments.LongestLine));
        var now = _time.GetUtcNow();
        line.Time("@timestamp"u8, Second(now), (int)(now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond));
        line.Open("event"u8);
        line.Number("sequence"u8, _next);
        line.Numbered("id"u8, _idPrefix, _next);
        line.Members(kind.EventFields);
        if (outcome != Outcome.Success) line.Members(outcome == Outcome.Failure ? "\"outcome\":\"failure\""u8 : "\"outcome\":\"unknown\""u8);
        line.Close();
        if (origin is not null) line.Members(origin.Fields);
        line.Members(_observer);
        line.Raw(kind.ThreatField);
        line.Open("conpot"u8);
        if (origin is not null) line.Members(origin.SessionField);
        if (!_clockSynchronised) line.Seconds("unsynchronised"u8, Stopwatch.GetElapsedTime(0));
        return line;
    }

    public void End(ref JsonLine line)
    {
        var length = line.Finish();
        if (_spilling)
        {
            CountLost(new Losses(1, _next, _next));
            _spilling = false;
        }
        else
        {
            if (_filledEvents++ == 0) _filledFrom = _next;
            _filled += length;
        }
        foreach (var observer in Observers) observer.Recorded(_kind!, _origin, _next, line.Bytes);
        _next++;
        var foreign = _committer != Environment.CurrentManagedThreadId;
        _appending.Exit();
        if (foreign) Appended?.Invoke();
    }

    /// <summary>After an exception between <see cref="Begin"/> and <see cref="End"/>: the event is forgotten, and others may append again.</summary>
    public void Forget()
    {
        while (_appending.IsHeldByCurrentThread) _appending.Exit();
    }

    /// <summary>Hands all that was appended to the kernel; when it returns true, replies to what was appended may leave.</summary>
    /// <returns>False: this thread hung in the write, another has taken over, and it must do nothing more.</returns>
    public bool Commit()
    {
        int length;
        Losses batch, reported;
        foreach (var observer in Observers) observer.Committing(this);
        lock (_appending)
        {
            _committer = Environment.CurrentManagedThreadId;
            if (_filled == 0) return true;
            length = _filled;
            batch = new Losses(_filledEvents, _filledFrom, _filledFrom + _filledEvents - 1); // should it come to that
            reported = _reported;
            (_filled, _filledEvents, _reported) = (0, 0, default);
            if (_state == Stalled || _time.GetTimestamp() < _retryAt)
            {
                CountLost(batch);
                _lost += reported;
                return true;
            }
            (_filling, _written) = (_written, _filling);
            _inFlight = batch.Count;
            Volatile.Write(ref _writeStarted, _time.GetTimestamp());
            Volatile.Write(ref _state, Writing);
        }
        var fault = _file.Append(_written.AsSpan(0, length), batch.From);
        var inTime = Interlocked.CompareExchange(ref _state, Idle, Writing) == Writing;
        if (!inTime || fault is not null || _lost.Count > 0 || _fault is not null) Settle(fault, batch, reported);
        else KeptTotal += batch.Count;
        if (fault is null && _file.TakeDamage() is { } damage) TellDamage(damage);
        foreach (var observer in Observers) observer.Committed();
        return inTime;
    }

    /// <summary>Gives a hanging write up, so that a new thread can go on without the medium.</summary>
    /// <returns>False when the write has just returned after all.</returns>
    public bool Abandon()
    {
        lock (_appending) // so that a write that returns just now is settled after this, not under it
        {
            if (Interlocked.CompareExchange(ref _state, Stalled, Writing) != Writing) return false;
            Fault = "a write hangs";
            _hanging = _inFlight; // their replies leave now; whether they are kept shows when the write returns
            return true;
        }
    }

    /// <summary>The rare end of a commit: an error, a late return, or the first success after losses.</summary>
    private void Settle(string? fault, Losses batch, Losses reported)
    {
        lock (_appending)
        {
            Fault = fault;
            _hanging = 0;
            if (fault is null)
            {
                KeptTotal += batch.Count;
                _probedAt = 0;
            }
            else
            {
                CountLost(batch);
                _lost += reported; // the report is lost too, so it is made again
                _retryAt = _time.GetTimestamp() + (long)(RetryAfter.TotalSeconds * _time.TimestampFrequency);
            }
            Volatile.Write(ref _state, Idle);
            if (fault is null && _lost.Count > 0) ReportLost();
        }
        if (!IsEmpty) Appended?.Invoke(); // a report is in the buffer of the next commit
    }

    /// <summary>Tries whether the medium takes something again although nobody has come, for who waits for it: ever more seldom, as each try in vain is one more event lost.</summary>
    public void Probe()
    {
        lock (_appending)
        {
            var now = _time.GetTimestamp();
            if (_fault is null || _state != Idle || _filled > 0 || _lost.Count == 0 || now < _retryAt || (_probedAt != 0 && _time.GetElapsedTime(_probedAt, now) < _probePause)) return;
            _probePause = _probedAt == 0 ? RetryAfter : TimeSpan.FromTicks(Math.Min(2 * _probePause.Ticks, LongestProbePause.Ticks));
            _probedAt = now;
            ReportLost();
        }
        Appended?.Invoke();
    }

    private void ReportLost()
    {
        var line = Begin(EventCatalog.SensorLost, null, Outcome.Failure);
        line.Number("lost"u8, _lost.Count);
        line.Number("first"u8, _lost.From);
        line.Number("last"u8, _lost.To);
        if (!_spilling) (_reported, _lost) = (_lost, default);
        End(ref line);
    }

    /// <summary>Whoever removes his traces leaves this one.</summary>
    private void TellDamage(string damage)
    {
        var line = Begin(EventCatalog.SensorTampered, null, Outcome.Success);
        line.Text("damage"u8, damage);
        End(ref line);
        Appended?.Invoke(); // it is in the buffer of the next commit
    }

    /// <summary>"2026-11-22T19:44:36.": many events share a second, so it is rendered once.</summary>
    private ReadOnlySpan<byte> Second(DateTimeOffset now)
    {
        var second = now.Ticks / TimeSpan.TicksPerSecond;
        if (second != _renderedSecond)
        {
            now.UtcDateTime.TryFormat(_second, out _, "yyyy-MM-ddTHH:mm:ss.", CultureInfo.InvariantCulture);
            _renderedSecond = second;
        }
        return _second;
    }

    private void CountLost(Losses events)
    {
        _lost += events;
        _lostTotal += events.Count;
        foreach (var observer in Observers) observer.Lost(events);
    }

    private void Look()
    {
        _clockSynchronised = SystemClock.IsSynchronised();
        if (_syncDue < TimeSpan.Zero || _time.GetElapsedTime(_syncedAt) < _syncDue)
        {
            _file.Sync(flush: false);
            return;
        }
        _syncedAt = _time.GetTimestamp();
        _file.Sync();
    }

    public void Dispose()
    {
        _lookTimer.Dispose();
        _file.Dispose();
    }
}
