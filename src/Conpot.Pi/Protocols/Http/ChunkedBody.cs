namespace Conpot.Pi.Protocols.Http;

/// <summary>How much of something is there.</summary>
internal enum HttpRead
{
    Incomplete,
    Complete,
    Malformed,
}

/// <summary>The chunked transfer coding (RFC 9112, 7.1), read only as strictly as keeps its end unambiguous.</summary>
internal static class ChunkedBody
{
    /// <summary>More pieces than that in one form are nobody's browser; and each look at an unfinished body goes through all of them.</summary>
    private const int MostChunks = 256;

    private const int LongestLine = 256;

    /// <param name="used">Bytes of the coding, trailers included.</param>
    /// <param name="length">Bytes of the body in it.</param>
    public static HttpRead Measure(ReadOnlySpan<byte> bytes, int most, out int used, out int length) => Walk(bytes, most, [], out used, out length);

    /// <summary>Takes the body out of a complete coding, as much as there is room for.</summary>
    public static int Copy(ReadOnlySpan<byte> bytes, Span<byte> destination)
    {
        _ = Walk(bytes, int.MaxValue, destination, out _, out var length);
        return Math.Min(length, destination.Length);
    }

    private static HttpRead Walk(ReadOnlySpan<byte> bytes, int most, Span<byte> destination, out int used, out int length)
    {
        (used, length) = (0, 0);
        for (var chunk = 0; chunk < MostChunks; chunk++)
        {
            var found = Line(bytes, ref used, out var line);
            if (found != HttpRead.Complete) return found;
            if (!TrySize(line, out var size) || size > most - used) return HttpRead.Malformed;
            if (size == 0) return Trailers(bytes, ref used);
            if (bytes.Length - used < size) return HttpRead.Incomplete;
            var kept = Math.Min(size, Math.Max(0, destination.Length - length));
            bytes.Slice(used, kept).CopyTo(destination[Math.Min(length, destination.Length)..]);
            (used, length) = (used + size, length + size);
            found = Line(bytes, ref used, out line);
            if (found != HttpRead.Complete) return found;
            if (!line.IsEmpty) return HttpRead.Malformed;
        }
        return HttpRead.Malformed;
    }

    private static HttpRead Trailers(ReadOnlySpan<byte> bytes, ref int used)
    {
        for (var i = 0; i < 16; i++)
        {
            var found = Line(bytes, ref used, out var line);
            if (found != HttpRead.Complete || line.IsEmpty) return found;
        }
        return HttpRead.Malformed;
    }

    private static HttpRead Line(ReadOnlySpan<byte> bytes, scoped ref int at, out ReadOnlySpan<byte> line)
    {
        line = [];
        var window = bytes[at..Math.Min(bytes.Length, at + LongestLine)];
        var end = window.IndexOf((byte)'\n');
        if (end < 0) return window.Length == LongestLine ? HttpRead.Malformed : HttpRead.Incomplete;
        line = window[..end];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        at += end + 1;
        return HttpRead.Complete;
    }

    /// <summary>Hexadecimal digits, then perhaps an extension.</summary>
    private static bool TrySize(ReadOnlySpan<byte> line, out int size)
    {
        size = 0;
        var end = line.IndexOfAny((byte)';', (byte)' ');
        var digits = end < 0 ? line : line[..end];
        if (digits.Length is 0 or > 7) return false;
        foreach (var b in digits)
        {
            if (!char.IsAsciiHexDigit((char)b)) return false;
            size = size << 4 | (b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10);
        }
        return true;
    }
}
