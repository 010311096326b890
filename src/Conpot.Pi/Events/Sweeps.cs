using System.Net;

namespace Conpot.Pi.Events;

/// <summary>Recognises techniques that show only across a source's requests and sessions: one event for a scan of 246 unit ids.</summary>
/// <remarks>
/// Everything runs on the committing thread: <see cref="Seen"/> as the network's, <see cref="Committing"/> as whoever commits. The timer only
/// raises a flag and wakes that thread. Bounded: <see cref="MostVisitors"/> sources, each with a fixed few hundred bytes.
/// </remarks>
internal sealed class Sweeps : IJournalObserver, IDisposable
{
    /// <summary>A forged source costs a datagram; the oldest of so many gives way.</summary>
    internal const int MostVisitors = 1024;

    /// <summary>One event of a kind and a source in this time; a slower scan than that is many visits.</summary>
    internal static readonly TimeSpan Window = TimeSpan.FromMinutes(10);

    /// <summary>A scan is over when it brought nothing new for this long, and its event then has the whole range.</summary>
    internal static readonly TimeSpan Quiet = TimeSpan.FromSeconds(5);

    /// <summary>A scan that does not end is told of nevertheless.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Brute Force I/O is a matter of pace: no operator writes so much in this time.</summary>
    internal static readonly TimeSpan WriteWindow = TimeSpan.FromSeconds(10);

    internal const int Units = 8, Registers = 16, Writes = 20, Communities = 3, Tsaps = 3;

    private readonly Journal _journal;
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private readonly Dictionary<IPAddress, Visitor> _visitors = [];
    private readonly Visitor?[] _byAge = new Visitor?[MostVisitors];
    private int _oldest, _looked;
    private bool _ticking;
    private volatile bool _due;

    public Sweeps(Journal journal, TimeProvider time)
    {
        (_journal, _time) = (journal, time);
        _timer = time.CreateTimer(_ => Wake(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>What is known of the origin's source.</summary>
    public Visitor VisitorAt(Origin origin)
    {
        if (_visitors.TryGetValue(origin.Source.Address, out var known)) return known;
        ref var slot = ref _byAge[_oldest];
        _oldest = (_oldest + 1) % MostVisitors;
        if (slot is { } oldest)
        {
            Look(oldest, leaving: true);
            oldest.IsGone = true;
            _visitors.Remove(oldest.Address);
        }
        return _visitors[origin.Source.Address] = slot = new Visitor(origin.Source.Address);
    }

    /// <summary>A request of this visitor carried the value.</summary>
    public void Seen(Visitor visitor, Sweep sweep, uint value, Origin origin)
    {
        ref var track = ref visitor.Tracks[(int)sweep];
        if (track.Add(value) || sweep == Sweep.Write) Follow(ref track, visitor, sweep, origin);
    }

    /// <summary>When the timer says so, tells of the scans that are over.</summary>
    /// <remarks>A thousand at once, as forged senders can have it, are told over several commits: the journal's buffer is for the visitors and their alerts too.</remarks>
    public void Committing(Journal journal)
    {
        if (!_due) return;
        if (_looked == 0) _ticking = false;
        do
        {
            if (_byAge[_looked] is { } visitor) Look(visitor, leaving: false);
            _looked = (_looked + 1) % MostVisitors;
        }
        while (_looked > 0 && !journal.NearlyFull); // at least one, however busy it is
        _due = _looked > 0;
        if (_due) journal.Appended?.Invoke();
        else if (_ticking) _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The sensor stops: tells of what is under way. For the thread that commits.</summary>
    public void Finish()
    {
        _due = false;
        foreach (var visitor in _byAge)
        {
            if (visitor is null) continue;
            if (_journal.NearlyFull) _ = _journal.Commit();
            Look(visitor, leaving: true);
        }
    }

    public void Dispose() => _timer.Dispose();

    private void Wake()
    {
        _due = true;
        _journal.Appended?.Invoke();
    }

    /// <summary>The rare part: the value was a new one, or a write, whose pace matters.</summary>
    private void Follow(ref Track track, Visitor visitor, Sweep sweep, Origin origin)
    {
        var now = _time.GetTimestamp();
        if (track.Requests == 1) track.Since = now;
        else if (sweep == Sweep.Write && !track.Told && _time.GetElapsedTime(track.Since, now) > WriteWindow) track = Track.Begun(now, track.Last);
        track.Changed = now;
        visitor.Origin = origin;
        if (sweep == Sweep.Write && !track.Told && track.Requests >= Writes) Tell(ref track, visitor, sweep);
        if (_ticking) return;
        _ticking = true;
        _timer.Change(Quiet, Timeout.InfiniteTimeSpan);
    }

    private void Look(Visitor visitor, bool leaving)
    {
        var now = _time.GetTimestamp();
        for (var sweep = Sweep.Unit; sweep <= Sweep.Tsap; sweep++)
        {
            ref var track = ref visitor.Tracks[(int)sweep];
            if (track.Requests == 0) continue;
            var age = _time.GetElapsedTime(track.Since, now);
            var over = leaving || age >= Patience || _time.GetElapsedTime(track.Changed, now) >= Quiet;
            if (!track.Told && over && sweep != Sweep.Write && track.Distinct >= Threshold(sweep)) Tell(ref track, visitor, sweep);
            if (leaving || age >= Window) track = default;
            else _ticking = true;
        }
    }

    private void Tell(ref Track track, Visitor visitor, Sweep sweep)
    {
        track.Told = true;
        var line = _journal.Begin(KindOf(sweep), visitor.Origin, Outcome.Success);
        line.Number("requests"u8, track.Requests);
        if (sweep != Sweep.Write) line.Number("distinct"u8, track.Distinct);
        if (sweep != Sweep.Community) // their numbers are hashes
        {
            line.Number("lowest"u8, track.Lowest);
            line.Number("highest"u8, track.Highest);
        }
        line.Seconds("seconds"u8, _time.GetElapsedTime(track.Since, track.Changed));
        _journal.End(ref line);
    }

    private static int Threshold(Sweep sweep) => sweep switch
    {
        Sweep.Unit => Units,
        Sweep.Register => Registers,
        Sweep.Community => Communities,
        _ => Tsaps,
    };

    private static EventKind KindOf(Sweep sweep) => sweep switch
    {
        Sweep.Unit => EventCatalog.SweepUnits,
        Sweep.Register => EventCatalog.SweepRegisters,
        Sweep.Write => EventCatalog.SweepWrites,
        Sweep.Community => EventCatalog.SweepCommunities,
        _ => EventCatalog.SweepTsaps,
    };
}
