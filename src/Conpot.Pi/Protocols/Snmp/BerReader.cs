namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Takes tag-length-value elements off a span, with the tolerance that scanners need (long and padded lengths) and no exceptions.</summary>
/// <param name="bytes">The elements, one behind the other.</param>
/// <param name="origin">Where they stand in the datagram, so that a problem can be pointed at.</param>
internal ref struct BerReader(ReadOnlySpan<byte> bytes, int origin = 0)
{
    /// <summary>A length has at most so many bytes after its first: no datagram needs more.</summary>
    private const int MostLengthBytes = 4;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private readonly int _origin = origin;
    private int _at;

    public readonly bool AtEnd => _at >= _bytes.Length;

    /// <summary>Of the next element, in the datagram.</summary>
    public readonly int Offset => _origin + _at;

    /// <summary>Where the contents taken last stand in the datagram.</summary>
    public int ContentsOffset { get; private set; } = origin;

    /// <summary>What was wrong first, or null.</summary>
    public string? Problem { get; private set; }

    public int ProblemAt { get; private set; }

    /// <summary>The next element; false with a <see cref="Problem"/> when there is no whole one.</summary>
    public bool TryTake(out byte tag, out ReadOnlySpan<byte> contents)
    {
        tag = 0;
        contents = default;
        if (Problem is not null) return false;
        if (_bytes.Length - _at < 2) return Fail("ends within an element", _at);
        tag = _bytes[_at];
        if ((tag & 0x1F) == 0x1F) return Fail("tag of several bytes", _at);
        var at = _at + 1;
        int length = _bytes[at++];
        if (length == 0x80) return Fail("indefinite length", at - 1); // RFC 3417, 8: definite form only
        if (length > 0x80)
        {
            var count = length - 0x80;
            if (count > MostLengthBytes) return Fail("length of too many bytes", at - 1);
            if (_bytes.Length - at < count) return Fail("ends within a length", at - 1);
            var wide = 0u;
            while (count-- > 0) wide = wide << 8 | _bytes[at++];
            length = (int)Math.Min(wide, int.MaxValue);
        }
        if (length > _bytes.Length - at) return Fail("length runs past the end", _at + 1);
        contents = _bytes.Slice(at, length);
        ContentsOffset = _origin + at;
        _at = at + length;
        return true;
    }

    /// <summary>The next element, which must have this tag.</summary>
    public bool TryTake(byte expected, string missing, out ReadOnlySpan<byte> contents)
    {
        contents = default;
        return !AtEnd && _bytes[_at] == expected ? TryTake(out _, out contents) : Fail(missing, _at);
    }

    /// <summary>The next element, which must be an INTEGER of at most 64 bits.</summary>
    public bool TryTakeInteger(string missing, out ReadOnlySpan<byte> contents, out long value)
    {
        value = 0;
        var start = _at;
        return TryTake(SnmpType.Integer, missing, out contents) && (TryInteger(contents, out value) || Fail("integer of no or too many bytes", start));
    }

    /// <summary>Two's complement, padded as much as one likes (X.690 8.3.2 forbids it, onesixtyone does it); at most 64 bits that say something.</summary>
    public static bool TryInteger(ReadOnlySpan<byte> contents, out long value)
    {
        value = 0;
        if (contents.IsEmpty) return false;
        while (contents.Length > 1 && (contents[0] == 0 && contents[1] < 0x80 || contents[0] == 0xFF && contents[1] >= 0x80)) contents = contents[1..];
        if (contents.Length > sizeof(long)) return false;
        value = (sbyte)contents[0];
        for (var i = 1; i < contents.Length; i++) value = value << 8 | contents[i];
        return true;
    }

    /// <summary>Makes the problem of a reader of parts of this one's contents its own; whether there is one.</summary>
    public bool Adopt(scoped in BerReader part)
    {
        if (Problem is null) (Problem, ProblemAt) = (part.Problem, part.ProblemAt);
        return Problem is not null;
    }

    /// <summary>Remembers the first problem, and takes nothing more.</summary>
    private bool Fail(string problem, int at)
    {
        if (Problem is null) (Problem, ProblemAt) = (problem, _origin + at);
        return false;
    }
}
