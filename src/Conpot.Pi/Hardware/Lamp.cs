namespace Conpot.Pi.Hardware;

/// <summary>A lamp that is on, off, or blinks; one that is not wired does nothing.</summary>
internal sealed class Lamp : IDisposable
{
    private readonly BoardLine? _line;
    private readonly ITimer? _timer;
    private readonly Lock _gate = new();
    private TimeSpan _half;
    private bool _on, _disposed;

    public Lamp(BoardLine? line, TimeProvider time)
    {
        _line = line;
        _timer = line is null ? null : time.CreateTimer(_ => Turn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Steady(bool on)
    {
        lock (_gate)
        {
            if (_disposed) return;
            _half = TimeSpan.Zero;
            _timer?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Set(on);
        }
    }

    /// <param name="half">How long on, and how long off.</param>
    public void Blink(TimeSpan half)
    {
        lock (_gate)
        {
            if (_disposed || _half == half) return; // a lamp that blinks keeps its beat
            _half = half;
            Set(true);
            _timer?.Change(half, half);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            _timer?.Dispose();
        }
    }

    private void Turn()
    {
        lock (_gate)
            if (!_disposed && _half > TimeSpan.Zero) Set(!_on);
    }

    private void Set(bool on)
    {
        _on = on;
        _line?.Write(on);
    }
}

/// <summary>A lamp that flashes when something happens, ten times a second at most, and costs one look at a flag when it happens more often.</summary>
internal sealed class ActivityLamp : IDisposable
{
    internal static readonly TimeSpan On = TimeSpan.FromMilliseconds(30), Off = TimeSpan.FromMilliseconds(70);

    private readonly BoardLine? _line;
    private readonly ITimer? _timer;
    private volatile int _state; // 0 dark and ready, 1 asked for, 2 lit, 3 dark and resting

    public ActivityLamp(BoardLine? line, TimeProvider time)
    {
        _line = line;
        _timer = line is null ? null : time.CreateTimer(_ => Turn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Flash()
    {
        if (_timer is null || _state != 0 || Interlocked.Exchange(ref _state, 1) != 0) return;
        _timer.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    public void Dispose()
    {
        _timer?.Dispose();
        _line?.Write(false);
    }

    private void Turn()
    {
        _state = _state == 3 ? 0 : _state + 1;
        if (_state == 0) return;
        _line!.Write(_state == 2);
        _timer!.Change(_state == 2 ? On : Off, Timeout.InfiniteTimeSpan);
    }
}
