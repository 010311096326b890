using Conpot.Pi.Hardware;

namespace Conpot.Pi.Tests.Hardware;

/// <summary>A header whose pins a test pulls and looks at: raw levels, as a meter would show them.</summary>
internal sealed class FakeLines : LineDriver
{
    private readonly Dictionary<int, LineOptions> _requested = [];
    private readonly Dictionary<int, bool> _levels = [];
    private readonly HashSet<int> _driven = [];
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _signal = new(0);
    private ulong _changed;

    /// <summary>The message of every call, once the cable is out.</summary>
    public string? Gone { get; set; }

    /// <summary>Pins that somebody else has, and what the kernel says then.</summary>
    public Dictionary<int, string> Taken { get; } = [];

    public IReadOnlyDictionary<int, LineOptions> Requested => _requested;

    public int Writes { get; private set; }

    public bool Closed { get; private set; }

    /// <summary>What giving the chip back takes so long for.</summary>
    public Action? Closing { get; set; }

    public bool Level(int pin)
    {
        lock (_gate) return _levels[pin];
    }

    /// <summary>Somebody outside changes the level of an input.</summary>
    public void Pull(int pin, bool high)
    {
        lock (_gate)
        {
            _levels[pin] = high;
            _driven.Add(pin);
            if (!_requested.TryGetValue(pin, out var options) || !options.Edges) return;
            _changed |= 1UL << pin;
        }
        _signal.Release();
    }

    public override void Request(int pin, in LineOptions options, bool value)
    {
        Look();
        if (Taken.TryGetValue(pin, out var why)) throw new IOException(why);
        lock (_gate) Take(pin, options, value);
    }

    private void Take(int pin, in LineOptions options, bool value)
    {
        if (!_requested.TryAdd(pin, options)) throw new InvalidOperationException($"GPIO{pin} is requested twice");
        if (options.IsOutput) _levels[pin] = value ^ options.ActiveLow;
        else if (!_driven.Contains(pin)) _levels[pin] = options.Mode == System.Device.Gpio.PinMode.InputPullUp;
    }

    public override void Release(int pin) => _requested.Remove(pin);

    public override bool ReadLine(int pin)
    {
        Look();
        lock (_gate) return _levels[pin] ^ _requested[pin].ActiveLow;
    }

    public override void WriteLine(int pin, bool value)
    {
        Look();
        Writes++;
        lock (_gate) _levels[pin] = value ^ _requested[pin].ActiveLow;
    }

    public override ulong WaitForEdges(TimeSpan timeout)
    {
        Look();
        if (!_signal.Wait(timeout)) return 0;
        while (_signal.Wait(0))
        {
            // All that waits is taken in one go.
        }
        Look();
        return Interlocked.Exchange(ref _changed, 0);
    }

    public override void Interrupt() => _signal.Release();

    protected override void Dispose(bool disposing)
    {
        Closing?.Invoke();
        Closed = true;
        base.Dispose(disposing);
    }

    private void Look()
    {
        if (Gone is not null) throw new IOException(Gone);
    }
}
