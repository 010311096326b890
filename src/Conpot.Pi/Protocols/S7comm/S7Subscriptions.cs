namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The cyclic jobs of one connection.</summary>
internal sealed class S7Subscriptions
{
    /// <summary>Of the whole CPU: SZL 0131 index 3 of a CPU 315-2 PN/DP says "0010" cyclic reads.</summary>
    public const int Most = 16;

    private readonly List<S7Subscription> _jobs = [];
    private byte _last;

    public int Count => _jobs.Count;

    /// <summary>How often values have left for them.</summary>
    public long Sent { get; private set; }

    /// <summary>When the next one is due, in the clock's ticks; never without any.</summary>
    public long Due
    {
        get
        {
            var due = long.MaxValue;
            foreach (var job in _jobs) due = Math.Min(due, job.Due);
            return due;
        }
    }

    public S7Subscription? Find(byte job) => _jobs.Find(j => j.Job == job);

    /// <summary>A number for another job of this connection, from 1 on.</summary>
    public byte NextJob()
    {
        do _last = (byte)(_last % 255 + 1);
        while (Find(_last) is not null);
        return _last;
    }

    public void Add(S7Subscription job) => _jobs.Add(job);

    public bool Remove(byte job) => _jobs.RemoveAll(j => j.Job == job) > 0;

    public void Clear() => _jobs.Clear();

    /// <summary>The one that has waited longest of those that are due.</summary>
    public S7Subscription? FirstDue(long now)
    {
        S7Subscription? first = null;
        foreach (var job in _jobs)
            if (job.Due <= now && (first is null || job.Due < first.Due))
                first = job;
        return first;
    }

    public void CountSent(S7Subscription job)
    {
        Sent++;
        job.Sent++;
    }
}

/// <summary>Values that a client wants again and again.</summary>
/// <param name="job">Its number: the sequence byte of the answer and of everything that is sent for it.</param>
/// <param name="items">Their specifications, as asked.</param>
/// <param name="changesOnly">Nothing is sent while the values stay what they are.</param>
internal sealed class S7Subscription(byte job, byte[] items, int count, long period, bool changesOnly)
{
    private byte[] _values = [];

    public byte Job => job;

    public ReadOnlySpan<byte> Items => items;

    public int Count => count;

    /// <summary>When values are to be sent next (clock ticks).</summary>
    public long Due { get; set; }

    /// <summary>How often they were.</summary>
    public long Sent { get; set; }

    /// <summary>How often they had been when it was last recorded, and when that was.</summary>
    public (long Sent, long At) Recorded { get; set; }

    public bool ChangesOnly => changesOnly;

    /// <summary>Missed ones are left out: a CPU that was held up does not catch up.</summary>
    public void Advance(long now)
    {
        Due += period;
        if (Due <= now) Due = now + period;
    }

    /// <summary>Remembers the values.</summary>
    /// <returns>Whether they differ from those before.</returns>
    public bool Changed(ReadOnlySpan<byte> values)
    {
        if (values.SequenceEqual(_values)) return false;
        if (_values.Length == values.Length) values.CopyTo(_values);
        else _values = values.ToArray();
        return true;
    }
}
