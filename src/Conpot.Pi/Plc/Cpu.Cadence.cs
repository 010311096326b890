namespace Conpot.Pi.Plc;

/// <content>How often it scans by itself.</content>
internal sealed partial class Cpu
{
    private readonly List<TimeSpan> _demands = [];

    /// <summary>Asks for scans at least this often until the returned object is disposed.</summary>
    public IDisposable Demand(TimeSpan period)
    {
        var wanted = period < ScanPeriod ? ScanPeriod : period;
        using (Image.Hold())
        {
            _demands.Add(wanted);
            SetTimer(Period);
        }
        return new Demanded(this, wanted);
    }

    private TimeSpan Period
    {
        get
        {
            var period = IdlePeriod;
            foreach (var demand in _demands)
                period = demand < period ? demand : period;
            return period;
        }
    }

    private void SetTimer(TimeSpan due)
    {
        if (_on)
            _timer.Change(due, Period);
    }

    private void Release(TimeSpan demand)
    {
        using (Image.Hold())
        {
            _demands.Remove(demand);
            SetTimer(Period);
        }
    }

    /// <summary>One outstanding wish for a cadence.</summary>
    private sealed class Demanded(Cpu cpu, TimeSpan period) : IDisposable
    {
        private int _over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
                cpu.Release(period);
        }
    }
}
