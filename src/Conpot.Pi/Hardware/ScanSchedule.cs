namespace Conpot.Pi.Hardware;

/// <summary>When the I/O module wants the next scan: soon after something happened, now and then while outputs are shown, else never.</summary>
/// <param name="cadence">For outputs that change by themselves (a blinking lamp, a timer); null when there are none to show.</param>
internal sealed class ScanSchedule(TimeSpan scanPeriod, TimeSpan? cadence)
{
    private int _wanted;

    /// <summary>Something happened; from any thread, as often as it likes.</summary>
    /// <returns>Whether the waiting thread has to be woken: the first call since the last scan.</returns>
    public bool Want() => Volatile.Read(ref _wanted) == 0 && Interlocked.Exchange(ref _wanted, 1) == 0;

    /// <summary>How long until the next scan; zero for now (and then the wish is fulfilled), null for not before somebody wants one.</summary>
    /// <remarks>At once when the last scan is a scan period old, else when it will be: so whatever happens makes at most 100 scans a second.</remarks>
    public TimeSpan? Due(TimeSpan sinceLastScan)
    {
        var after = Volatile.Read(ref _wanted) != 0 ? scanPeriod : cadence;
        if (after is null || sinceLastScan < after) return after - sinceLastScan;
        // Before the scan: what happens during it may have been missed by it, and asks again.
        Interlocked.Exchange(ref _wanted, 0);
        return TimeSpan.Zero;
    }
}
