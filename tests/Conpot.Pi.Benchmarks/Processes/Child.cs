using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>One process of the rig: its output is collected, every wait for it is bounded, and it ends with its scope.</summary>
internal sealed partial class Child : IDisposable
{
    private const int KeptLines = 12;
    private readonly Lock _gate = new();
    private readonly Process _process;
    private readonly Action<Child> _forget;
    private readonly string _name;
    private readonly Queue<string> _talk = new();
    private readonly ManualResetEventSlim _ready = new();
    private readonly ManualResetEventSlim _printed = new();
    private readonly StringBuilder _output = new();
    private bool _disposed;

    public Child(IReadOnlyList<string> command, string directory, Action<Child> forget)
    {
        _forget = forget;
        // "taskset -c 0 PROGRAM ...": it is the program that a person wants to read about.
        _name = Path.GetFileName(command[0] == "taskset" ? command[3] : command[0]);
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory,
        };
        try
        {
            _process = Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new RigException($"cannot start {command[0]}: {e.Message}; scripts/bench.sh installs what is needed");
        }
        Pid = _process.Id;
        _process.ErrorDataReceived += (_, e) => Hear(e.Data);
        _process.BeginErrorReadLine();
        _process.OutputDataReceived += (_, e) => Collect(e.Data);
        _process.BeginOutputReadLine();
    }

    /// <summary>taskset replaces itself by the program, so this is the program's own id.</summary>
    public int Pid { get; }

    /// <summary>The last lines on stderr: what the process had to say about its own end.</summary>
    public string Talk
    {
        get
        {
            lock (_talk)
                return string.Join("\n  ", _talk.Prepend($"{_name} said:"));
        }
    }

    /// <param name="answers">How it is seen that a program is ready that does not say so.</param>
    public void WaitUntilReady(TimeSpan limit, Func<bool>? answers = null)
    {
        var watch = Stopwatch.StartNew();
        while (!_ready.Wait(20) && answers?.Invoke() != true)
            if (_process.HasExited)
            {
                _process.WaitForExit(); // until its last words are read
                throw new RigException($"{_name} ended (exit code {_process.ExitCode}) before it was ready. {Talk}");
            }
            else if (watch.Elapsed > limit)
                throw new RigException($"{_name} was not ready within {limit.TotalSeconds:0} s. {Talk}");
    }

    /// <summary>Waits for the first line on stdout of a program that goes on afterwards.</summary>
    public void WaitForLine(TimeSpan limit)
    {
        if (!_printed.Wait(limit))
            throw new RigException($"{_name} printed nothing within {limit.TotalSeconds:0} s. {Talk}");
    }

    /// <summary>Waits for the end of a program that ends by itself, and returns what it printed.</summary>
    public string WaitForOutput(TimeSpan limit)
    {
        if (!_process.WaitForExit(limit))
            throw new RigException($"{_name} did not end within {limit.TotalSeconds:0} s. {Talk}");
        // Once more without a limit: only this form waits until both pipes have been read to their ends.
        _process.WaitForExit();
        return _process.ExitCode == 0 ? _output.ToString() : throw new RigException($"{_name} failed. {Talk}");
    }

    public void EndInput() => _process.StandardInput.Close();

    /// <summary>SIGTERM, then SIGKILL: true when the process ended by itself in time.</summary>
    public bool Stop()
    {
        ProcessFacts.Terminate(Pid);
        var willing = _process.WaitForExit(TimeSpan.FromSeconds(5));
        Kill();
        return willing;
    }

    public void Kill()
    {
        // Ctrl-C comes on another thread, at any time.
        lock (_gate)
        {
            if (_disposed)
                return;
            if (!_process.HasExited)
                _process.Kill();
            _process.WaitForExit(TimeSpan.FromSeconds(5));
        }
    }

    public void Dispose()
    {
        Kill();
        _forget(this);
        lock (_gate)
        {
            _disposed = true;
            _process.Dispose();
        }
    }

    // A whole word: "address already in use" is no good news.
    [GeneratedRegex(@"\bready\b")]
    private static partial Regex ReadyWord();

    private void Collect(string? line)
    {
        if (line is null)
            return;
        _output.AppendLine(line);
        _printed.Set();
    }

    private void Hear(string? line)
    {
        if (line is null)
            return;
        lock (_talk)
        {
            if (_talk.Count == KeptLines)
                _talk.Dequeue();
            _talk.Enqueue(line);
        }
        if (ReadyWord().IsMatch(line))
            _ready.Set();
    }
}
