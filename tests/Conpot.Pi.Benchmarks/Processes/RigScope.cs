using System.Runtime.InteropServices;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>Why the rig cannot go on, in words for the person who started it.</summary>
internal sealed class RigException(string message) : Exception(message);

/// <summary>Everything a run leaves behind, child processes and temporary files, and its removal however the run ends.</summary>
internal sealed class RigScope : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<int, Child> _children = [];
    private readonly List<PosixSignalRegistration> _signals = [];
    private volatile bool _interrupted;
    private bool _closed;
    private int _journals;

    public RigScope()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Conpot.Pi.sln")))
            root = root.Parent;
        RepositoryDirectory = root?.FullName ?? throw new RigException("Conpot.Pi.sln is in no directory above the program; run it from a clone");
        ProjectDirectory = Path.Combine(RepositoryDirectory, "tests", "Conpot.Pi.Benchmarks");
        Temporary = Directory.CreateTempSubdirectory("conpot-pi-bench-").FullName;
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            _signals.Add(PosixSignalRegistration.Create(signal, _ =>
            {
                _interrupted = true;
                Close();
                Environment.Exit(130);
            }));
    }

    public string RepositoryDirectory { get; }

    public string ProjectDirectory { get; }

    public string Temporary { get; }

    /// <summary>What others were doing on this machine: at the end it would be our own load.</summary>
    public string LoadAtStart { get; } = string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ').Take(3));

    public long FreeBytes => new DriveInfo(Temporary).AvailableFreeSpace;

    public string JournalFileSystem => new DriveInfo(Temporary).DriveFormat;

    /// <summary>After Ctrl-C: whatever fails from then on fails because its process or file was taken away.</summary>
    public bool Interrupted => _interrupted;

    public string NewJournalDirectory()
    {
        lock (_gate)
            return _closed
                ? throw new RigException("interrupted")
                : Directory.CreateDirectory(Path.Combine(Temporary, $"journal-{++_journals}")).FullName;
    }

    /// <summary>Starts a process that will not outlive this scope.</summary>
    public Child Start(IReadOnlyList<string> command)
    {
        // Under the lock, so that nothing is started after (or missed by) a Ctrl-C.
        lock (_gate)
        {
            if (_closed)
                throw new RigException("interrupted");
            var child = new Child(command, Temporary, Forget);
            _children.Add(child.Pid, child);
            return child;
        }
    }

    public void Dispose()
    {
        Close();
        foreach (var signal in _signals)
            signal.Dispose();
    }

    private void Forget(Child child)
    {
        lock (_gate)
            _children.Remove(child.Pid);
    }

    private void Close()
    {
        lock (_gate)
        {
            _closed = true;
            foreach (var child in _children.Values)
                child.Kill();
            _children.Clear();
            if (Directory.Exists(Temporary))
                Directory.Delete(Temporary, recursive: true);
        }
    }
}
