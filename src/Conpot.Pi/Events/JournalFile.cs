using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Events;

/// <summary>The segments of a journal as a writer sees them: repaired at opening, appended to whole lines at a time, bounded in total.</summary>
internal sealed class JournalFile : IDisposable
{
    private readonly SafeFileHandle _lock;
    private SafeFileHandle _segment;
    private OpenedFile _opened;
    private long _position;
    private bool _beginNew;
    private bool _dirty;
    private int _syncing;
    private string? _damage;

    private JournalFile(JournalSettings settings, SafeFileHandle lockFile, SafeFileHandle segment, string path)
    {
        (Settings, _lock, _segment, _opened) = (settings, lockFile, segment, new OpenedFile(path, segment));
    }

    public JournalSettings Settings { get; }

    /// <summary>The number of the next event: the last one's, of whatever run, plus one; 1 in a new journal.</summary>
    public long NextSequence { get; private set; } = 1;

    /// <summary>Bytes of a torn last line that were cut off at opening.</summary>
    public long RepairedBytes { get; private set; }

    /// <summary>Opens the last segment, cutting a torn line off its end, or begins the first.</summary>
    /// <exception cref="IOException">The directory cannot be written, or another sensor holds it; the message says so in full.</exception>
    public static JournalFile Open(JournalSettings settings)
    {
        SafeFileHandle? held = null;
        try
        {
            CreateDirectory(settings.Directory);
            if (MediumOf(settings.Directory) is { } medium) settings = settings.Within(medium.TotalSize);
            var lockPath = Path.Combine(settings.Directory, "lock");
            try
            {
                held = File.OpenHandle(lockPath, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e.HResult == WouldBlock)
            {
                throw new IOException($"the journal {settings.Directory} is in use by another conpot-pi; stop it, or set [journal] directory", e);
            }
            var segments = Segments.List(settings.Directory);
            var (path, first) = segments.Count > 0 ? segments[^1] : (Segments.PathOf(settings.Directory, 1), 1);
            var journal = new JournalFile(settings, held, OpenSegment(path), path);
            var size = RandomAccess.GetLength(journal._segment);
            var (length, last) = Segments.WholeLines(journal._segment);
            if (length < size) RandomAccess.SetLength(journal._segment, length);
            journal.RepairedBytes = size - length;
            journal._position = length;
            journal.NextSequence = last >= 0 ? last + 1 : first;
            return journal;
        }
        catch (UnauthorizedAccessException e)
        {
            held?.Dispose();
            throw new IOException($"the journal {settings.Directory} cannot be written by this user; give it to the user, or set [journal] directory", e);
        }
        catch (IOException e)
        {
            held?.Dispose();
            if (e.InnerException is IOException { HResult: WouldBlock }) throw;
            throw new IOException($"the journal {settings.Directory} cannot be opened ({e.Message}); make room or repair the medium, or set [journal] directory", e);
        }
    }

    private const int WouldBlock = 11; // EWOULDBLOCK: somebody holds the lock

    private const int NoSpace = 28; // ENOSPC

    private const int NoHandle = 24, NoHandleAtAll = 23; // EMFILE, of the process; ENFILE, of the system

    /// <summary>Appends whole lines; all of them, or none. On a full medium the oldest segments make way, as many as it takes: what happens now is worth more.</summary>
    /// <param name="firstSequence">The sequence of the first line, should a new segment begin with it.</param>
    /// <returns>Null, or why they could not be kept.</returns>
    public string? Append(ReadOnlySpan<byte> lines, long firstSequence)
    {
        while (true)
        {
            var fault = TryAppend(lines, firstSequence, out var full);
            if (fault is null || !full || !MakeWay()) return fault;
        }
    }

    private string? TryAppend(ReadOnlySpan<byte> lines, long firstSequence, out bool full)
    {
        full = false;
        try
        {
            // Writing on where the end was would leave a hole of zeros, and the reader would find no line behind it.
            if (!_beginNew && RandomAccess.GetLength(_segment) is var length && length < _position) Damaged(_opened, $"cut short from {_position} to {length} bytes");
            if (_beginNew) BeginSegment(firstSequence);
            else if (_position > 0 && _position + lines.Length > Settings.SegmentSize) TryBeginSegment(firstSequence);
            RandomAccess.Write(_segment, lines, _position);
            _position += lines.Length;
            Volatile.Write(ref _dirty, true);
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException) // .NET has other exceptions for some errors of the kernel (EFBIG), and all mean the same here
        {
            full = e is IOException { HResult: NoSpace };
            // No other hand, but the medium; that is told by what is lost. Want of room or of a handle makes no segment vanish.
            if (e is not IOException { HResult: NoSpace or NoHandle or NoHandleAtAll }) _damage = null;
            CutTornLine();
            return e.Message;
        }
    }

    /// <summary>Old events have made way for new ones, before their time: others have filled the medium. Null when there is room again.</summary>
    public string? Crowded { get; private set; }

    /// <summary>What the medium said to the last sync, or null: the kernel may have dropped what it could not write back, and a later sync does not know.</summary>
    public string? SyncFault { get; private set; }

    /// <summary>What another hand did to the segment that was written to, told once when a new one has begun in its place; null when nothing.</summary>
    public string? TakeDamage() => Interlocked.Exchange(ref _damage, null);

    /// <summary>Notices a segment that was deleted or replaced underneath, and forces what was written onto the medium. Runs apart from the network; a second call while one hangs does nothing.</summary>
    /// <param name="flush">False: only look.</param>
    public void Sync(bool flush = true)
    {
        if (Interlocked.Exchange(ref _syncing, 1) == 1) return;
        try
        {
            // What would be written to it would be seen by nobody. The second look: it may have been rotated away meanwhile.
            if (!_beginNew && _opened is var opened && opened.Fate() is { } fate && opened == _opened) Damaged(opened, fate);
            // More than the one segment that made way leaves: else it would be over as soon as it began.
            if (Crowded is not null && MediumOf(Settings.Directory) is { } medium && medium.AvailableFreeSpace >= 2 * Settings.SegmentSize) Crowded = null;
            if (!flush || !Volatile.Read(ref _dirty)) return;
            Volatile.Write(ref _dirty, false);
            RandomAccess.FlushToDisk(_segment);
            SyncFault = null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Volatile.Write(ref _dirty, true);
            SyncFault = e.Message;
        }
        finally
        {
            Volatile.Write(ref _syncing, 0);
        }
    }

    public void Dispose()
    {
        if (_dirty) Sync();
        _segment.Dispose();
        _lock.Dispose();
    }

    private void Damaged(OpenedFile segment, string how)
    {
        _damage = $"{Path.GetFileName(segment.Path)} was {how}";
        _beginNew = true;
    }

    /// <summary>Without a file handle to spare, or room for a name, a segment that grows beyond its size is better than lost events.</summary>
    private void TryBeginSegment(long firstSequence)
    {
        try
        {
            BeginSegment(firstSequence);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The write tells what is wrong, if it is more than that.
        }
    }

    private void BeginSegment(long firstSequence)
    {
        CreateDirectory(Settings.Directory);
        var path = Segments.PathOf(Settings.Directory, firstSequence);
        var next = OpenSegment(path);
        var old = _segment;
        (_segment, _opened, _position, _beginNew) = (next, new OpenedFile(path, next), RandomAccess.GetLength(next), false);
        ThreadPool.QueueUserWorkItem(static handle =>
        {
            try
            {
                RandomAccess.FlushToDisk(handle);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The medium is failing; the next sync of the new segment says so.
            }
            handle.Dispose();
        }, old, preferLocal: false);
        DropOldest();
    }

    /// <summary>Keeps all segments below the total, counting the one that has just begun as full.</summary>
    private void DropOldest()
    {
        try
        {
            var segments = Segments.List(Settings.Directory);
            var total = Settings.SegmentSize;
            for (var i = segments.Count - 2; i >= 0; i--)
            {
                total += new FileInfo(segments[i].Path).Length;
                if (total > Settings.TotalSize) File.Delete(segments[i].Path);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody else tidied up, or protected a file: no reason to lose events; the next segment tries again.
        }
    }

    /// <summary>Deletes the oldest segment, if it is not the last one too.</summary>
    private bool MakeWay()
    {
        try
        {
            if (Segments.List(Settings.Directory) is not [var oldest, _, ..] || oldest.Path == _opened.Path) return false;
            File.Delete(oldest.Path);
            Crowded = "the medium is full, and the oldest events made way for new ones";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>The file system with the directory; null when it says nothing of its size.</summary>
    private static DriveInfo? MediumOf(string directory)
    {
        try
        {
            return new DriveInfo(directory) is { TotalSize: > 0 } medium ? medium : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>A failed write may have left part of a line; if it cannot be cut off, the next write begins a new segment and readers skip the rest.</summary>
    private void CutTornLine()
    {
        try
        {
            if (RandomAccess.GetLength(_segment) >= _position) RandomAccess.SetLength(_segment, _position); // what another hand cut short is not filled with zeros
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            _beginNew = true;
        }
    }

    private static void CreateDirectory(string directory)
    {
        // The journal holds what attackers sent: for its owner and group only.
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
    }

    private static SafeFileHandle OpenSegment(string path) =>
        // FileShare.ReadWrite: readers follow the file while it grows; the lock file keeps a second writer out.
        File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
}
