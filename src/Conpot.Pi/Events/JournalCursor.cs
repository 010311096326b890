using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events;

/// <summary>A reader's place in the journal that outlives the process: what stands up to it has been delivered.</summary>
/// <remarks>
/// The file holds the sequence and the event.id of the last event delivered: "5000 1a2b3c4d-5000". The id tells a journal that was wiped and has
/// grown again from the one that the sequence was of. A file that makes no sense means the beginning of the journal: twice is better than never.
/// </remarks>
internal sealed class JournalCursor : IDisposable
{
    /// <summary>An id nobody has: the place is known, and not what stood there.</summary>
    private const string NoId = "-";

    private readonly string _directory, _path;
    private readonly JournalReader _reader;
    private readonly byte[] _readId = new byte[64];
    private readonly Lock _saving = new();
    private int _readIdLength;
    private long _read;
    private volatile Place _place = new(0, NoId);
    private Place? _saved;
    private bool _retired;

    private JournalCursor(string directory, string path)
    {
        (_directory, _path) = (directory, path);
        _reader = new JournalReader(directory);
    }

    /// <summary>The last event that was delivered, or passed over because nobody wanted it.</summary>
    public long Position => _place.Sequence;

    /// <summary>Events passed since the place was last written down.</summary>
    public long Unsaved => Position - (_saved?.Sequence ?? 0);

    /// <summary>What the last read found missing before its event, because the journal had no room to keep it for us, or cannot be read there.</summary>
    public Losses Gap { get; private set; }

    /// <summary>Goes on where the file says; a new one begins at <paramref name="start"/>, and is written at once so that a restart knows.</summary>
    /// <param name="next">The sequence of the first event that was written, or will be, after what the place can be of.</param>
    /// <param name="start">The first event for somebody new; 0 for all there are.</param>
    public static JournalCursor Open(string directory, string path, long next, long start)
    {
        var cursor = new JournalCursor(directory, path);
        var segments = Segments.List(directory);
        var beginning = segments.Count > 0 ? segments[0].First - 1 : 0;
        switch (Read(path))
        {
            case null:
                cursor._place = new Place(Math.Max(beginning, start - 1), NoId);
                cursor.Save(toMedium: true);
                break;
            case { Id: "" }:
                cursor._place = new Place(beginning, NoId);
                break;
            case { } kept:
                cursor._place = cursor.Find(segments, kept, next) ?? new Place(beginning, NoId);
                cursor._saved = kept;
                break;
        }
        cursor._read = cursor.Position;
        if (segments.FindLast(s => s.First <= cursor.Position + 1) is { Path: not null } segment) cursor.SkipTo(segment.First);
        return cursor;
    }

    /// <summary>The next event's line; false when there is none now. The span is good until the next call.</summary>
    public bool TryRead(out ReadOnlySpan<byte> line, out long sequence)
    {
        Gap = default;
        while (_reader.TryRead(out line))
        {
            sequence = Segments.SequenceOf(line);
            if (sequence <= _read) continue; // passed before, or no line of ours
            if (sequence > _read + 1 && (_reader.HasPassedOver || IsOverrun(sequence))) Gap = new Losses(sequence - _read - 1, _read + 1, sequence - 1);
            _reader.HasPassedOver = false;
            _read = sequence;
            var id = IdOf(line);
            _readIdLength = Math.Min(id.Length, _readId.Length);
            id[.._readIdLength].CopyTo(_readId);
            return true;
        }
        sequence = -1;
        return false;
    }

    /// <summary>All up to this event is delivered.</summary>
    public void Passed(EventRecord e) => _place = new Place(e.Sequence, Known(e.Id));

    /// <summary>All that was read is delivered or was not wanted.</summary>
    public void PassedAll()
    {
        if (Position != _read) _place = new Place(_read, Known(Encoding.ASCII.GetString(_readId, 0, _readIdLength)));
    }

    /// <summary>Writes the place down, so that a crash finds either the old one or the new one whole; nothing when it has not moved.</summary>
    /// <param name="toMedium">Whether a power cut may not undo it; it costs a card a few blocks.</param>
    public void Save(bool toMedium = false)
    {
        lock (_saving)
        {
            var place = _place;
            if (_retired || _saved == place) return;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                var fresh = _path + ".new";
                using (var file = File.OpenHandle(fresh, FileMode.Create, FileAccess.Write))
                {
                    RandomAccess.Write(file, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{place.Sequence} {place.Id}\n")), 0);
                    if (toMedium) RandomAccess.FlushToDisk(file);
                }
                File.Move(fresh, _path, overwrite: true);
                _saved = place;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The journal is on the same medium and says so; what was delivered since comes twice after a restart.
            }
        }
    }

    /// <summary>Another takes over: a late return of whoever held this one writes nothing more.</summary>
    public void Retire()
    {
        Save();
        lock (_saving) _retired = true;
    }

    public void Dispose() => _reader.Dispose();

    /// <summary>Null when there is no file; an empty id when it makes no sense.</summary>
    private static Place? Read(string path)
    {
        try
        {
            if (!File.Exists(path)) return null;
            using var file = File.OpenHandle(path);
            Span<byte> bytes = stackalloc byte[128];
            var text = Encoding.ASCII.GetString(bytes[..RandomAccess.Read(file, bytes, 0)]);
            var space = text.IndexOf(' ');
            if (space < 0 || !text.EndsWith('\n') || !long.TryParse(text.AsSpan(0, space), NumberStyles.None, CultureInfo.InvariantCulture, out var sequence)) return new Place(0, "");
            var id = text[(space + 1)..^1];
            return id == NoId || id.EndsWith(string.Create(CultureInfo.InvariantCulture, $"-{sequence}"), StringComparison.Ordinal) ? new Place(sequence, id) : new Place(0, "");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Place(0, "");
        }
    }

    /// <summary>Where the kept place is in this journal; null when it is of another one, that was wiped.</summary>
    private Place? Find(List<(string Path, long First)> segments, Place kept, long next)
    {
        var (ahead, another) = (kept.Sequence >= next, false);
        if (kept.Id == NoId) return ahead ? null : kept;
        var at = segments.FindLastIndex(s => s.First <= kept.Sequence);
        try
        {
            // Where a power cut took the journal's last lines, the place is behind the last that is left of its run. That may stand at the end of the segment before.
            for (var segment = at; segment >= Math.Max(0, at - 1); segment--)
            {
                if (LastOfRun(segments[segment].First, kept, ref another) is { } found) return found;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A bad block: whoever reads on will tell of it. The place is taken at its word.
            return another ? null : new Place(Math.Min(kept.Sequence, next - 1), ahead ? NoId : kept.Id);
        }
        return ahead || another ? null : kept;
    }

    /// <param name="another">Set when this number is another run's event: the journal is not the one that the place was of.</param>
    private Place? LastOfRun(long segment, Place kept, ref bool another)
    {
        using var reader = new JournalReader(_directory);
        reader.SkipTo(segment);
        var run = Encoding.ASCII.GetBytes(RunOf(kept.Id));
        long last = -1;
        while (reader.TryRead(out var line) && Segments.SequenceOf(line) is var sequence && sequence <= kept.Sequence)
        {
            var id = IdOf(line);
            if (sequence >= 0 && id.LastIndexOf((byte)'-') is var dash and > 0 && id[..dash].SequenceEqual(run)) last = sequence;
            else another |= sequence == kept.Sequence;
        }
        return last < 0 ? null : new Place(last, string.Create(CultureInfo.InvariantCulture, $"{RunOf(kept.Id)}-{last}"));
    }

    private void SkipTo(long segment)
    {
        try
        {
            _reader.SkipTo(segment);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Then all segments are read, and what was passed is passed over again.
        }
    }

    /// <summary>An id that can stand in the file and be checked there.</summary>
    private static string Known(string id) => id.Length is > 0 and < 64 && !id.Any(c => c is <= ' ' or > '~') ? id : NoId;

    private static string RunOf(string id) => id.LastIndexOf('-') is var dash and >= 0 ? id[..dash] : id;

    private static ReadOnlySpan<byte> IdOf(ReadOnlySpan<byte> line)
    {
        var mark = ",\"id\":\""u8;
        var at = line.IndexOf(mark);
        if (at < 0) return [];
        var rest = line[(at + mark.Length)..];
        return rest.IndexOf((byte)'"') is var end and >= 0 ? rest[..end] : [];
    }

    /// <summary>Numbers are missing at the head of the oldest segment that is left; missing ones elsewhere were never kept, and sensor.lost tells of them.</summary>
    private bool IsOverrun(long sequence) => sequence == _reader.Segment && Segments.List(_directory) is var segments && (segments.Count == 0 || segments[0].First >= sequence);

    private sealed record Place(long Sequence, string Id);
}
