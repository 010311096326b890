namespace Conpot.Pi.Net;

/// <summary>Replies of one connection that wait for the device's latency, first in, first out.</summary>
/// <param name="capacity">The most that may wait; the caller minds it.</param>
internal sealed class ReplyQueue(int capacity)
{
    private readonly (int Length, long Due)[] _entries = new (int, long)[capacity];
    private byte[] _bytes = new byte[512];
    private int _first, _bytesStart, _bytesEnd;

    public int Count { get; private set; }

    /// <summary>When the first one may leave (clock ticks).</summary>
    public long FirstDue => _entries[_first].Due;

    /// <summary>When the last one added may leave; in the past when none waits.</summary>
    public long LastDue { get; private set; } = long.MinValue;

    public void Add(ReadOnlySpan<byte> reply, long due)
    {
        if (_bytes.Length - _bytesEnd < reply.Length)
        {
            var waiting = _bytes.AsSpan(_bytesStart, _bytesEnd - _bytesStart);
            var target = waiting.Length + reply.Length <= _bytes.Length ? _bytes : new byte[Math.Max(2 * _bytes.Length, waiting.Length + reply.Length)];
            waiting.CopyTo(target);
            (_bytes, _bytesStart, _bytesEnd) = (target, 0, waiting.Length);
        }
        reply.CopyTo(_bytes.AsSpan(_bytesEnd));
        _bytesEnd += reply.Length;
        _entries[(_first + Count) % _entries.Length] = (reply.Length, due);
        Count++;
        LastDue = due;
    }

    /// <summary>Takes the first reply if its time has come; the span is good until the next <see cref="Add"/>.</summary>
    public bool TryTake(long now, out ReadOnlySpan<byte> reply)
    {
        reply = default;
        if (Count == 0 || FirstDue > now) return false;
        var length = _entries[_first].Length;
        reply = _bytes.AsSpan(_bytesStart, length);
        _first = (_first + 1) % _entries.Length;
        _bytesStart += length;
        if (--Count == 0) (_bytesStart, _bytesEnd) = (0, 0);
        return true;
    }
}
