namespace Conpot.Pi.Hardware.Chips;

/// <summary>The thread that turns a <see cref="Bus"/>: it sleeps until something is due or an output has changed.</summary>
internal sealed class BusThread : IDisposable
{
    private static readonly TimeSpan s_longestSleep = TimeSpan.FromMinutes(1);

    private readonly AutoResetEvent _wanted = new(initialState: false);
    private readonly ManualResetEventSlim _safe = new();
    private readonly Bus _bus;
    private readonly Thread _thread;
    private volatile bool _makeSafe;
    private volatile bool _over;

    public BusThread(BusId id, Bus bus)
    {
        _bus = bus;
        // In the background: a transfer that hangs must not keep the process alive.
        _thread = new Thread(Run) { IsBackground = true, Name = id.ToString() };
        _thread.Start();
    }

    /// <summary>Outputs have changed.</summary>
    public void Signal()
    {
        if (!_over)
            _wanted.Set();
    }

    public void BeginSafe()
    {
        _bus.MakeSafe();
        _makeSafe = true;
        _wanted.Set();
    }

    /// <summary>False when the bus hangs; the safe states then go out when it lets go, if ever.</summary>
    public bool AwaitSafe(TimeSpan longest) => _safe.Wait(longest);

    public void Dispose()
    {
        _over = true;
        _wanted.Set();
        // A thread that hangs in the kernel keeps its devices; they end with the process.
        if (_thread.Join(TimeSpan.FromMilliseconds(200)))
        {
            _wanted.Dispose();
            _safe.Dispose();
        }
    }

    private void Run()
    {
        while (!_over)
        {
            var safe = _makeSafe;
            var wait = _bus.Turn();
            if (safe)
                _safe.Set();
            // Whole milliseconds, rounded up: a rest of one would make it spin.
            var sleep = wait < s_longestSleep ? wait : s_longestSleep;
            if (!_over)
                _wanted.WaitOne((int)Math.Ceiling(sleep.TotalMilliseconds));
        }
        _bus.Dispose();
    }
}
