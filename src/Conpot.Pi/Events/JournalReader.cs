using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Events;

/// <summary>Reads a journal's whole lines in order, while it may grow, rotate and lose its oldest segments underneath.</summary>
internal sealed class JournalReader(string directory) : IDisposable
{
    private readonly byte[] _window = new byte[4 * Segments.LongestLine];
    private SafeFileHandle? _segment;
    private long _first = -1, _troubled = -1;
    private long _position;
    private int _start, _end, _tries;

    /// <summary>As often a segment that cannot be read is tried again before its rest is passed over: behind a bad block stand events that can be read.</summary>
    internal const int MostTries = 5;

    private const int NoHandleInSystem = 23, NoHandle = 24; // ENFILE, EMFILE

    /// <summary>The sequence of the segment that is read now, -1 before the first.</summary>
    public long Segment => _first;

    /// <summary>The rest of a segment was passed over; whoever counts what is missing sets it back.</summary>
    public bool HasPassedOver { get; set; }

    /// <summary>Leaves out segments that begin before the one with this first sequence.</summary>
    public void SkipTo(long firstSequence) => Open(firstSequence);

    /// <summary>The next whole line without its newline; false when there is none now. The span is good until the next call.</summary>
    /// <exception cref="IOException">A segment cannot be read; the next call tries it again, <see cref="MostTries"/> times.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            var rest = _window.AsSpan(_start, _end - _start);
            var newline = rest.IndexOf((byte)'\n');
            if (newline >= 0)
            {
                line = rest[..newline];
                _start += newline + 1;
                return true;
            }
            if (Fill()) continue;
            if (!NextSegment())
            {
                line = default;
                return false;
            }
        }
    }

    public void Dispose() => _segment?.Dispose();

    /// <summary>The next lines of the current segment; false at its end, which may be a line that is not yet whole.</summary>
    /// <remarks>Half a line is read again from its beginning: a writer that died over it, or met a full disk, has cut it off and written another.</remarks>
    private bool Fill()
    {
        if (_segment is null) return false;
        if (_start == 0 && _end == _window.Length) _start = _end; // no line is this long: the tail of a torn one, skipped
        // Lines that were read and then cut off again with the rest of a failed write: what follows begins where the file now ends.
        try
        {
            _position = Math.Min(_position - (_end - _start), RandomAccess.GetLength(_segment));
            (_start, _end) = (0, 0);
            _end = RandomAccess.Read(_segment, _window, _position);
        }
        catch (Exception e) when (IsHopeless(_first, e))
        {
            _segment.Dispose();
            _segment = null;
            return false;
        }
        _position += _end;
        if (_end > 0) _troubled = -1;
        return _end == _window.Length || _window.AsSpan(0, _end).Contains((byte)'\n');
    }

    private bool NextSegment()
    {
        foreach (var (_, first) in Segments.List(directory))
        {
            if (first <= _first) continue;
            // What was written between the last read and the rotation still belongs to the old segment.
            if (_segment is not null && Fill()) return true;
            Open(first);
            return true;
        }
        return false;
    }

    private void Open(long first)
    {
        var before = _first;
        _segment?.Dispose();
        _segment = null;
        (_first, _position, _start, _end) = (first, 0, 0, 0);
        try
        {
            _segment = File.OpenHandle(Segments.PathOf(directory, first), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (FileNotFoundException)
        {
            // Dropped for room meanwhile; the next one is tried.
        }
        catch (DirectoryNotFoundException)
        {
            _first = before; // a medium that was taken out; should it come back, nothing of it is passed over
        }
        catch (Exception e) when (IsHopeless(first, e))
        {
            // Passed over: the next one is tried.
        }
        catch
        {
            _first = before; // a bad block, no file handle left: it is there, and the next try is for it
            throw;
        }
    }

    /// <summary>Counts the tries of a segment in a row; a lack of file handles is none of its faults, and behind the newest nothing stands that could be read instead.</summary>
    private bool IsHopeless(long segment, Exception e)
    {
        if (e is not (IOException or UnauthorizedAccessException) || e.HResult is NoHandle or NoHandleInSystem) return false;
        if (_troubled != segment) (_troubled, _tries) = (segment, 0);
        if (++_tries < MostTries || !Segments.List(directory).Exists(s => s.First > segment)) return false;
        return HasPassedOver = true;
    }
}
