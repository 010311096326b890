using System.Globalization;
using System.Net;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Events;

/// <summary>Makes alerts of events: one for each source and action in a window, as an event of its own in the same commit, and a count at the window's end.</summary>
/// <remarks>
/// Bounded: <see cref="MostWindows"/> windows; what comes when all are taken is one alert of many sources for each action, so that forged
/// senders can neither fill the memory nor wear out the person who is told.
/// </remarks>
internal sealed class Alerts : IJournalObserver, IDisposable
{
    internal const int MostWindows = 4096;

    /// <summary>As many alerts of one commit surely fit behind the events that raised them: two longest lines are left then, and an alert has 1.5 KB at most.</summary>
    internal const int MostPending = 20;

    /// <summary>Characters of what the first event said: address and values of a write, a user's name.</summary>
    private const int LongestDetails = 160;

    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<(IPAddress? Source, string Action), AlertWindow> _windows = [];
    private readonly Queue<AlertWindow> _byEnd = [];
    private readonly List<AlertWindow> _pending = new(MostPending), _raising = new(MostPending);

    /// <summary>Windows whose last word is not yet with the kernel, and those whose last word was lost.</summary>
    private readonly List<AlertWindow> _closed = [], _unheard = [];
    private readonly Dictionary<EventKind, (EventKind Raised, EventKind Repeated)> _kinds;
    private readonly ITimer _timer;
    private volatile AlertSettings _settings;
    private volatile int _pendingCount, _lostCount;
    private volatile bool _held, _anyClosed;
    private long _raised, _ignored, _newestAlert;

    public Alerts(Journal journal, AlertSettings settings, TimeProvider time)
    {
        (_journal, _settings, _time) = (journal, settings, time);
        // All of them now, and none in the network's thread.
        _kinds = EventCatalog.All.ToDictionary(k => k, k => (EventCatalog.AlertRaised.About(k), EventCatalog.AlertRepeated.About(k)));
        _timer = time.CreateTimer(_ => CloseWindows(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Alerts raised since the start, each once, and without those that are to be written again.</summary>
    public long RaisedTotal => Interlocked.Read(ref _raised);

    /// <summary>Events that would have raised one or been counted in one, but for [ignore].</summary>
    public long IgnoredTotal => Interlocked.Read(ref _ignored);

    /// <summary>A reload: open windows end as they were meant to.</summary>
    public void Change(AlertSettings settings) => _settings = settings;

    public void Recorded(EventKind kind, Origin? origin, long sequence, ReadOnlySpan<byte> line)
    {
        if (!Weighs(kind)) return;
        if (_settings.Ignores(kind, origin))
        {
            Interlocked.Increment(ref _ignored);
            return;
        }
        lock (_lock) Count(kind, origin, sequence, line);
    }

    /// <summary>An event that somebody should hear of, whether or not its alert was raised already in this window.</summary>
    public bool Concerns(EventKind kind, Origin? origin) => Weighs(kind) && !_settings.Ignores(kind, origin);

    /// <summary>An alert that was not kept would not come again before its window ends; it is written again when the journal takes it.</summary>
    public void Lost(Losses events)
    {
        if (events.From > _newestAlert) return;
        lock (_lock)
        {
            foreach (var window in _byEnd.Concat(_closed))
            {
                if (window.Alert < events.From || window.Alert > events.To) continue;
                window.Alert = AlertWindow.Lost;
                _lostCount++;
                Interlocked.Decrement(ref _raised);
            }
            _unheard.AddRange(_closed.Where(w => w.Alert == AlertWindow.Lost));
            _closed.RemoveAll(w => w.Alert == AlertWindow.Lost);
        }
    }

    public void Committed()
    {
        if (!_anyClosed || !_journal.Takes) return; // a read, as nearly always: every commit of the network's comes by here
        lock (_lock)
        {
            _closed.Clear();
            _anyClosed = false;
        }
    }

    /// <summary>Appends what waits, so that the alert is as safe as the event that raised it.</summary>
    public void Committing(Journal journal)
    {
        var again = _lostCount > 0 && journal.Takes;
        if (_pendingCount == 0 && !again) return;
        lock (_lock)
        {
            _raising.AddRange(_pending);
            _pending.Clear();
            _pendingCount = 0;
            if (again) TakeLost();
        }
        foreach (var window in _raising)
        {
            Append(window);
            Interlocked.Increment(ref _raised);
        }
        _raising.Clear();
        if (again && _lostCount > 0) journal.Appended?.Invoke(); // the others with the next commit
    }

    /// <summary>Every second: what the journal could not take is not to wait for the next visitor.</summary>
    public void Look()
    {
        if (_lostCount == 0 && !_held) return;
        if (_journal.Takes) _journal.Appended?.Invoke(); // a commit, with what waits in it
        else _journal.Probe();
    }

    /// <summary>The sensor stops: tells of what its windows counted. For the thread that commits.</summary>
    public void Finish()
    {
        while (TakeEnded(_ => true) is { } window)
        {
            if (_journal.NearlyFull) _ = _journal.Commit();
            Close(window);
        }
    }

    public void Dispose() => _timer.Dispose();

    private bool Weighs(EventKind kind) => kind.Severity >= _settings.Minimum && !kind.IsAlert;

    private void Count(EventKind kind, Origin? origin, long sequence, ReadOnlySpan<byte> line)
    {
        var now = _time.GetUtcNow();
        var key = (Source: origin?.Source.Address, kind.Action);
        if (!_windows.TryGetValue(key, out var window))
        {
            var many = _windows.Count >= MostWindows || _pending.Count >= MostPending - 1;
            if (many) key.Source = IPAddress.None;
            if (!many || !_windows.TryGetValue(key, out window)) window = Open(key, kind, many ? null : origin, sequence, many ? "" : DetailsOf(line), now, many);
        }
        window.Count++;
        window.Last = now;
    }

    private AlertWindow Open((IPAddress? Source, string Action) key, EventKind kind, Origin? origin, long sequence, string details, DateTimeOffset now, bool many)
    {
        var window = new AlertWindow(key, kind, origin, sequence, details, now, _time.GetTimestamp(), _settings.Window, many);
        _windows[key] = window;
        _byEnd.Enqueue(window);
        if (_byEnd.Count == 1) _timer.Change(window.Length, Timeout.InfiniteTimeSpan);
        // The windows for many are few: one for each action that weighs enough.
        _pending.Add(window);
        _pendingCount = _pending.Count;
        return window;
    }

    private void CloseWindows()
    {
        while (_journal.Takes && !_journal.NearlyFull && TakeEnded(w => _time.GetElapsedTime(w.Opened) >= w.Length) is { } window) Close(window);
        lock (_lock)
        {
            _held = false;
            if (!_byEnd.TryPeek(out var next)) return;
            var left = next.Length - _time.GetElapsedTime(next.Opened);
            _held = left <= TimeSpan.Zero && !_journal.Takes;
            var soonest = _journal.Takes ? Soon : Journal.RetryAfter;
            _timer.Change(left > soonest ? left : soonest, Timeout.InfiniteTimeSpan);
        }
    }

    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(50); // the journal is full for the moment

    /// <summary>Tells of what a window counted, or of its one event should nobody have heard of that yet.</summary>
    private void Close(AlertWindow window)
    {
        if (window.Alert == AlertWindow.Lost) Interlocked.Increment(ref _raised);
        else if (window.Count == 1) return;
        lock (_lock)
        {
            _closed.Add(window);
            _anyClosed = true;
        }
        Append(window);
    }

    private void TakeLost()
    {
        for (; _unheard.Count > 0 && _raising.Count < MostPending; _unheard.RemoveAt(_unheard.Count - 1))
        {
            _lostCount--;
            _raising.Add(_unheard[^1]);
            _closed.Add(_unheard[^1]);
            _anyClosed = true;
        }
        foreach (var window in _byEnd)
        {
            if (_raising.Count >= MostPending) return;
            if (window.Alert != AlertWindow.Lost) continue;
            window.Alert = 0;
            _lostCount--;
            _raising.Add(window);
        }
    }

    private AlertWindow? TakeEnded(Func<AlertWindow, bool> ended)
    {
        lock (_lock)
        {
            if (!_byEnd.TryPeek(out var window) || !ended(window)) return null;
            _windows.Remove(window.Key);
            if (window.Alert == AlertWindow.Lost) _lostCount--;
            window.IsOver = true;
            return _byEnd.Dequeue();
        }
    }

    /// <summary>Not under the lock: the journal calls <see cref="Recorded"/> under its own.</summary>
    private void Append(AlertWindow window)
    {
        var repeated = window.IsOver && window.Count > 1;
        var (raisedKind, repeatedKind) = _kinds[window.Kind];
        var line = _journal.Begin(repeated ? repeatedKind : raisedKind, window.Origin, Outcome.Success);
        window.Alert = _newestAlert = _journal.NextSequence;
        line.Text("what"u8, window.Kind.Action);
        line.Numbered("event"u8, _journal.IdPrefix, window.Sequence);
        if (window.Details.Length > 0) line.Text("details"u8, window.Details);
        if (window.Many) line.Flag("many_sources"u8, true);
        if (repeated)
        {
            line.Number("count"u8, window.Count);
            line.Text("first"u8, Rfc3339(window.First));
            line.Text("last"u8, Rfc3339(window.Last));
        }
        line.Number("window"u8, (long)window.Length.TotalSeconds);
        _journal.End(ref line);
    }

    /// <summary>Once for each window; who is told of an alert alone is to know what was written where.</summary>
    private static string DetailsOf(ReadOnlySpan<byte> line) =>
        !line.IsEmpty && EventRecord.Parse(line[..^1]) is { } e ? EventSummary.Told(e, LongestDetails) : "";

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>The time after an alert in which more of the same is only counted.</summary>
internal sealed class AlertWindow(
    (IPAddress? Source, string Action) key, EventKind kind, Origin? origin, long sequence, string details, DateTimeOffset first, long opened, TimeSpan length, bool many)
{
    public (IPAddress? Source, string Action) Key => key;

    public EventKind Kind => kind;

    /// <summary>Of the first event; null for the sensor's own, and for many sources.</summary>
    public Origin? Origin => origin;

    public long Sequence => sequence;

    /// <summary>What the first event said beside its kind; empty for many sources.</summary>
    public string Details => details;

    /// <summary>In <see cref="Alert"/>: it is not in the journal, and is to be written again.</summary>
    public const long Lost = -1;

    /// <summary>The sequence of the alert itself, or of the count at the end; 0 before it is appended.</summary>
    public long Alert { get; set; }

    /// <summary>Its time is up: what is written of it now is the count.</summary>
    public bool IsOver { get; set; }

    public DateTimeOffset First { get; } = first;

    public DateTimeOffset Last { get; set; } = first;

    public long Opened => opened;

    public TimeSpan Length => length;

    public long Count { get; set; }

    public bool Many => many;
}
