namespace Conpot.Pi.Hardware;

/// <summary>One of the header's lines on a board; it can be read and written whether the chip is there or not.</summary>
internal sealed class BoardLine(LineBoard board, int pin, LineOptions options, string user)
{
    public int Pin => pin;

    public LineOptions Options => options;

    /// <summary>What it is used for, as in the settings.</summary>
    public string User => user;

    /// <summary>The last value known of an input, or the one wanted of an output.</summary>
    internal bool Last { get; set; }

    internal bool IsOpen { get; set; }

    public bool Read() => board.Read(this);

    public void Write(bool value) => board.Write(this, value);
}

/// <summary>All lines of the header that are in use: taken, watched by one thread, and taken again when the chip was away.</summary>
/// <remarks>
/// Reading and writing a line is one ioctl on the processor's registers, a microsecond or two and no bus: the scan does it itself, so nothing
/// can be stale. The thread sleeps until an edge; then it takes all events that wait, wakes the scan and looks away for a few milliseconds:
/// 10 kHz on an input cost 200 rounds a second, and the value read by the scan is always that of now.
/// </remarks>
internal sealed class LineBoard : IDisposable
{
    /// <summary>Half a scan: the next one finds every edge before it.</summary>
    internal static readonly TimeSpan LookAway = TimeSpan.FromMilliseconds(5);

    internal static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(60);

    private const string Device = "gpio";

    private readonly Func<LineDriver> _open;
    private readonly TimeProvider _time;
    private readonly Action<string, string?> _tell;
    private readonly List<BoardLine> _lines = [];
    private readonly Lock _gate = new();
    private readonly ManualResetEventSlim _stopping = new();
    private LineDriver? _driver;
    private Thread? _thread;
    private TimeSpan _retry = FirstRetry;
    private long _retryAt;
    private string? _failure, _told;

    /// <param name="open">Opens the chip; tried again when it fails.</param>
    /// <param name="tell">As <see cref="HardwareHost.Tell"/>.</param>
    public LineBoard(Func<LineDriver> open, TimeProvider time, Action<string, string?> tell) => (_open, _time, _tell) = (open, time, tell);

    /// <summary>Told after inputs changed, on the board's thread. Set before <see cref="Start"/>.</summary>
    public event Action? Changed;

    public BoardLine Add(int pin, in LineOptions options, string user, bool value = false)
    {
        var line = new BoardLine(this, pin, options, user) { Last = value };
        _lines.Add(line);
        return line;
    }

    /// <summary>Takes the lines and begins to watch them. A chip that is not there is told and tried again.</summary>
    public void Start()
    {
        if (_lines.Count == 0) return;
        TakeLines();
        _thread = new Thread(Run, 128 * 1024) { IsBackground = true, Name = "gpio" };
        _thread.Start();
    }

    public void Dispose()
    {
        _stopping.Set();
        lock (_gate) _driver?.Interrupt();
        _thread?.Join();
        Drop();
        _stopping.Dispose();
    }

    internal bool Read(BoardLine line)
    {
        lock (_gate)
        {
            if (_driver is null || !line.IsOpen || _failure is not null) return line.Last;
            try
            {
                return line.Last = _driver.ReadLine(line.Pin);
            }
            catch (IOException e)
            {
                Fail(e);
                return line.Last;
            }
        }
    }

    internal void Write(BoardLine line, bool value)
    {
        lock (_gate)
        {
            if (line.Last == value) return;
            line.Last = value;
            if (_driver is null || !line.IsOpen || _failure is not null) return;
            try
            {
                _driver.WriteLine(line.Pin, value);
            }
            catch (IOException e)
            {
                Fail(e);
            }
        }
    }

    /// <summary>One round of the thread: takes what is missing, then waits for edges.</summary>
    /// <returns>How long to look away before the next.</returns>
    internal TimeSpan Turn()
    {
        if (TakeLines()) return _stopping.IsSet ? TimeSpan.Zero : Wait(Timeout.InfiniteTimeSpan); // the end may have come while the chip was opened
        var rest = _time.GetElapsedTime(_time.GetTimestamp(), _retryAt);
        if (rest < TimeSpan.Zero) rest = TimeSpan.Zero;
        return _driver is null ? rest : Wait(rest);
    }

    private void Run()
    {
        while (!_stopping.IsSet)
        {
            var rest = Turn();
            if (rest > TimeSpan.Zero) _stopping.Wait(rest);
        }
    }

    private TimeSpan Wait(TimeSpan time)
    {
        try
        {
            if (_driver!.WaitForEdges(time) == 0) return TimeSpan.Zero;
            Changed?.Invoke();
            return LookAway;
        }
        catch (IOException e)
        {
            lock (_gate) Fail(e);
            return TimeSpan.Zero;
        }
    }

    /// <summary>True when every line is ours.</summary>
    internal bool TakeLines()
    {
        if (_failure is not null)
        {
            Tell(_failure);
            Drop();
            Backoff();
            return false;
        }
        if (_told is not null && _time.GetTimestamp() < _retryAt) return false;
        var problem = "";
        try
        {
            if (_driver is null)
            {
                var driver = _open(); // outside the lock: it may take its time
                lock (_gate) _driver = driver;
            }
            foreach (var line in _lines.Where(l => !l.IsOpen)) Take(line, ref problem);
        }
        catch (IOException e)
        {
            problem = e.Message;
        }
        Tell(problem.Length > 0 ? problem : null);
        if (problem.Length == 0) _retry = FirstRetry;
        else Backoff();
        return problem.Length == 0;
    }

    /// <summary>One line that somebody else has must not cost the others.</summary>
    private void Take(BoardLine line, ref string problem)
    {
        lock (_gate)
        {
            try
            {
                _driver!.Request(line.Pin, line.Options, line.Last);
                line.IsOpen = true;
            }
            catch (IOException e)
            {
                problem += (problem.Length > 0 ? "; " : "") + $"{line.User}: {e.Message}";
            }
        }
    }

    private void Backoff()
    {
        _retryAt = _time.GetTimestamp() + (long)(_retry.TotalSeconds * _time.TimestampFrequency);
        _retry = _retry * 2 < LongestRetry ? _retry * 2 : LongestRetry;
    }

    private void Tell(string? problem)
    {
        if (problem == _told) return;
        var recovered = problem is null;
        _told = problem;
        _tell(Device, problem);
        if (recovered) Changed?.Invoke(); // inputs may have changed meanwhile
    }

    /// <summary>Under the lock: the thread cleans up.</summary>
    private void Fail(IOException e)
    {
        if (_failure is not null) return;
        _failure = e.Message;
        _driver?.Interrupt();
    }

    private void Drop()
    {
        LineDriver? driver;
        lock (_gate)
        {
            (driver, _driver) = (_driver, null);
            _failure = null;
            foreach (var line in _lines) line.IsOpen = false;
        }
        // Not under the lock: giving lines back to a chip that is just being removed may take the kernel long, and a scan must not wait for it.
        driver?.Dispose();
    }
}
