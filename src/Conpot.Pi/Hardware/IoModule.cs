using System.Collections.Concurrent;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>The fake CPU's I/O module at work: all families of lines behind one image, and the thread that scans when the world outside changes.</summary>
internal sealed class IoModule : IIoModule, IDisposable
{
    /// <summary>Fine enough for a lamp that blinks with SM0.5; what it costs is in the benchmarks' RESULTS.</summary>
    public static readonly TimeSpan OutputCadence = TimeSpan.FromMilliseconds(50);

    private readonly Cpu _cpu;
    private readonly TimeProvider _time;
    private readonly IIoSource[] _sources;
    private readonly bool _hasOutputs;
    private readonly ScanSchedule _schedule;
    private readonly ConcurrentQueue<(string Device, string? Problem)> _news = new();
    private readonly Action<string, string?> _tell;
    private readonly AutoResetEvent _signal = new(false);
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Opens the families; the CPU does not know them before <see cref="Start"/>.</summary>
    /// <param name="host">What it tells arrives on the module's own thread, with no lock held.</param>
    public IoModule(Cpu cpu, IEnumerable<ILineFamily> families, HardwareHost host)
    {
        (_cpu, _time, _tell) = (cpu, host.Time, host.Tell);
        var used = families.Where(f => f.Points.Any()).ToArray();
        _hasOutputs = used.SelectMany(f => f.Points).Any(p => p.Address.Area is Area.Q or Area.AQ);
        _schedule = new ScanSchedule(Cpu.ScanPeriod, _hasOutputs ? OutputCadence : null);
        var own = host with { Wake = Wake, Tell = Told };
        _sources = [.. used.Select(f => Open(f, own)).OfType<IIoSource>()];
        _thread = new Thread(Run, 256 * 1024) { IsBackground = true, Name = "io" };
    }

    /// <summary>Real inputs and outputs from now on, with a scan at once.</summary>
    public void Start()
    {
        if (_sources.Length > 0) _cpu.Attach(this, _hasOutputs ? Wake : null);
        Wake();
        _thread.Start();
    }

    /// <summary>A scan is wanted soon.</summary>
    public void Wake()
    {
        if (_schedule.Want()) _signal.Set();
    }

    /// <summary>Queues what a device has to say: whoever says it may hold locks, and who hears it takes some.</summary>
    public void Told(string device, string? problem)
    {
        _news.Enqueue((device, problem));
        _signal.Set();
    }

    public void ReadInputs(ProcessImage image)
    {
        foreach (var source in _sources) source.ReadInputs(image);
    }

    public void WriteOutputs(ProcessImage image, OperatingMode mode, Address? forced = null)
    {
        foreach (var source in _sources) source.WriteOutputs(image, mode, forced);
    }

    /// <summary>Takes the hardware away from the CPU, puts the outputs into their safe states, and closes it.</summary>
    public void Dispose()
    {
        if (_stopping) return;
        _stopping = true;
        _cpu.Attach(null, null);
        _signal.Set();
        if (_thread.IsAlive) _thread.Join();
        foreach (var source in _sources)
        {
            source.MakeSafe();
            source.Dispose();
        }
        // The signal stays: a bus thread that hangs in the kernel, or the board's, may still ring it.
    }

    private static IIoSource? Open(ILineFamily family, HardwareHost host)
    {
        try
        {
            return family.Open(host);
        }
        catch (IOException e)
        {
            host.Tell(family.Words[0], e.Message);
            return null; // a decoy without its lamps is still a decoy
        }
    }

    private void Run()
    {
        while (!_stopping)
        {
            while (_news.TryDequeue(out var news)) _tell(news.Device, news.Problem);
            var due = _sources.Length == 0 ? null : _schedule.Due(Since(_cpu.LastScan));
            if (due == TimeSpan.Zero)
            {
                _cpu.Refresh();
                if (Since(_cpu.LastScan) < Cpu.ScanPeriod || _stopping) continue;
                due = Cpu.ScanPeriod; // a CPU that is off does not scan, and is not asked without end
            }
            _signal.WaitOne(due is { } wait ? (int)Math.Ceiling(wait.TotalMilliseconds) : Timeout.Infinite);
        }
        while (_news.TryDequeue(out var news)) _tell(news.Device, news.Problem);
    }

    private TimeSpan Since(long timestamp) => _time.GetElapsedTime(timestamp);
}
