namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Keeps what visitors download, each content once, in files named by its SHA-256. Nothing in them is ever run, and none is overwritten.</summary>
/// <remarks>
/// The disk is written from the thread pool: a slow card must not hold up the network loop. What waits is bounded, and so is the directory; what does
/// not fit is not kept as a file (its bytes are in the journal all the same), and the event says so.
/// </remarks>
/// <param name="directory">Made with the first file.</param>
/// <param name="elsewhere">Runs the writer; the thread pool when missing.</param>
internal sealed class DownloadStore(string directory, Action<Action>? elsewhere = null)
{
    /// <summary>Of what waits for the disk.</summary>
    public const int MostWaiting = 64, MostWaitingBytes = 1 << 20;

    private readonly Action<Action> _elsewhere = elsewhere ?? (write => ThreadPool.QueueUserWorkItem(static w => ((Action)w!)(), write));
    private readonly Lock _lock = new();
    private readonly Queue<(string Path, ReadOnlyMemory<byte> Bytes)> _waiting = [];
    private int _waitingBytes;
    private bool _writing;
    private bool _full;
    private string? _fault;

    public int MostFiles { get; init; } = 1000;

    /// <summary>Of all files together; a reload may change it.</summary>
    public long MostBytes { get; set; } = 16 << 20;

    /// <summary>How many were not kept.</summary>
    public long Lost { get; private set; }

    public string PathOf(string hash, bool whole = true) => Path.Combine(directory, hash + (whole ? ".mc7" : ".part"));

    /// <summary>Takes a block.</summary>
    /// <param name="hash">Its SHA-256 in hexadecimal.</param>
    /// <param name="whole">False for the part of one that broke off.</param>
    /// <returns>Null, or why it is not kept as a file, as far as that is known already.</returns>
    public string? Keep(string hash, ReadOnlyMemory<byte> bytes, bool whole = true)
    {
        lock (_lock)
        {
            if (_waiting.Count >= MostWaiting || _waitingBytes + bytes.Length > MostWaitingBytes)
            {
                Lost++;
                return "no file: the disk is too slow";
            }
            _waiting.Enqueue((PathOf(hash, whole), bytes));
            _waitingBytes += bytes.Length;
            if (!_writing)
            {
                _writing = true;
                _elsewhere(Write);
            }
            return _full ? $"no file: {directory} is full; move its files away" : _fault is { } fault ? $"no file: {fault}" : null;
        }
    }

    /// <summary>Waits until all is written, but not for a disk that does not answer.</summary>
    public void Finish(TimeSpan patience)
    {
        lock (_lock)
            if (!_writing) return;
        SpinWait.SpinUntil(() => !Volatile.Read(ref _writing), patience);
    }

    private void Write()
    {
        while (true)
        {
            (string Path, ReadOnlyMemory<byte> Bytes) next;
            lock (_lock)
            {
                if (!_waiting.TryDequeue(out next))
                {
                    _writing = false;
                    return;
                }
                _waitingBytes -= next.Bytes.Length;
            }
            var (full, fault) = (false, (string?)null);
            try
            {
                full = !TryWrite(next.Path, next.Bytes.Span);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                fault = e.Message;
            }
            lock (_lock)
            {
                (_full, _fault) = (full, fault);
                if (full || fault is not null) Lost++;
            }
        }
    }

    /// <returns>False when there is no room for it. Counted anew each time: a person may have moved files away, and a visitor needs a while for each.</returns>
    private bool TryWrite(string path, ReadOnlySpan<byte> bytes)
    {
        // As the journal: what attackers sent is for its owner and group only.
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        if (File.Exists(path)) return true;
        var (files, total) = (0, 0L);
        foreach (var file in new DirectoryInfo(directory).EnumerateFiles()) (files, total) = (files + 1, total + file.Length);
        if (files >= MostFiles || total + bytes.Length > MostBytes) return false;
        // Under its name only when whole: a power cut leaves ".new" behind, which the next one of this content replaces.
        var begun = path + ".new";
        using (var file = new FileStream(begun, FileMode.Create, FileAccess.Write, FileShare.None, 0)) file.Write(bytes);
        File.Move(begun, path, overwrite: true);
        return true;
    }
}
