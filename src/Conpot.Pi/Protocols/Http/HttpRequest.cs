using System.Runtime.CompilerServices;
using System.Text;

namespace Conpot.Pi.Protocols.Http;

/// <summary>One request as it lies in the received bytes, or what was wrong with it.</summary>
internal ref struct HttpRequest
{
    public const int MostHeaders = 64;

    private HeaderFields _headers;

    /// <summary>The whole request, leading empty lines and body included; when malformed all that there was.</summary>
    public ReadOnlySpan<byte> Bytes { get; set; }

    public ReadOnlySpan<byte> Method { get; set; }

    /// <summary>As in the request line.</summary>
    public ReadOnlySpan<byte> Target { get; set; }

    /// <summary>The target without scheme, host and query; still percent-encoded.</summary>
    public ReadOnlySpan<byte> Path { get; set; }

    public ReadOnlySpan<byte> Query { get; set; }

    /// <summary>9 for HTTP/0.9, 10 for 1.0, 11 for 1.1 and what follows it.</summary>
    public int Version { get; set; }

    public int HeaderCount { get; private set; }

    /// <summary>The body as it came, chunk by chunk if it is chunked.</summary>
    public ReadOnlySpan<byte> WireBody { get; set; }

    /// <summary>Bytes of the body without the framing of chunks.</summary>
    public int BodyLength { get; set; }

    public bool Chunked { get; set; }

    public bool KeepAlive { get; set; }

    /// <summary>What is wrong with it, or null.</summary>
    public string? Problem { get; set; }

    /// <summary>The status of a malformed one; 0 when it deserves no answer.</summary>
    public int Status { get; set; }

    public readonly bool IsHead => Method.SequenceEqual("HEAD"u8);

    public readonly bool IsGet => Method.SequenceEqual("GET"u8);

    public readonly bool IsPost => Method.SequenceEqual("POST"u8);

    /// <summary>The field's value without the blanks around it; empty when it is missing. Names are compared without case.</summary>
    public readonly ReadOnlySpan<byte> Header(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < HeaderCount; i++)
            if (Ascii.EqualsIgnoreCase(HeaderName(i), name)) return HeaderValue(i);
        return [];
    }

    public readonly int CountOf(ReadOnlySpan<byte> name)
    {
        var count = 0;
        for (var i = 0; i < HeaderCount; i++)
            if (Ascii.EqualsIgnoreCase(HeaderName(i), name)) count++;
        return count;
    }

    public readonly ReadOnlySpan<byte> HeaderName(int index) => Bytes.Slice(_headers[index].Start, _headers[index].Name);

    public readonly ReadOnlySpan<byte> HeaderValue(int index) => HeaderLine(index)[(_headers[index].Name + 1)..].Trim(" \t"u8);

    /// <summary>Name, colon and value, without the line's end.</summary>
    public readonly ReadOnlySpan<byte> HeaderLine(int index) => Bytes.Slice(_headers[index].Start, _headers[index].Line);

    /// <returns>False when there are too many.</returns>
    public bool AddHeader(int start, int name, int line)
    {
        if (HeaderCount >= MostHeaders) return false;
        _headers[HeaderCount++] = new HeaderField(start, name, line);
        return true;
    }

    /// <summary>The body's first bytes without the framing of chunks.</summary>
    public readonly ReadOnlySpan<byte> Body(Span<byte> scratch)
    {
        if (!Chunked) return WireBody[..Math.Min(WireBody.Length, scratch.Length)];
        return scratch[..ChunkedBody.Copy(WireBody, scratch)];
    }

    private readonly record struct HeaderField(int Start, int Name, int Line);

    [InlineArray(MostHeaders)]
    private struct HeaderFields
    {
        private HeaderField _first;
    }
}
