using System.Buffers;
using System.Text;

namespace Conpot.Pi.Protocols.Http;

/// <summary>Cuts one request off the front of a stream (RFC 9112); the same for every split of the stream.</summary>
internal static class HttpParser
{
    public const int LongestLine = 4096, LongestHeaders = 16 * 1024;

    /// <summary>Less than the loop's receive buffer leaves beside line and headers. A form of this device has some hundred bytes.</summary>
    public const int LongestBody = 40 * 1024;

    /// <summary>Nothing longer is ever waited for.</summary>
    public const int LongestRequest = LongestBlank + LongestLine + LongestHeaders + LongestBody + 1024;

    /// <summary>Line ends before a request line: old clients send one behind a form (RFC 9112, 2.2).</summary>
    private const int LongestBlank = 4;

    private static readonly SearchValues<byte> Token = SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>What no line of a request holds: control characters but the tab.</summary>
    private static readonly SearchValues<byte> Control = SearchValues.Create([0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 127]);

    public static HttpRead Parse(ReadOnlySpan<byte> bytes, ref HttpRequest request)
    {
        request.Bytes = bytes;
        var at = 0;
        while (at < bytes.Length && at < LongestBlank && bytes[at] is (byte)'\r' or (byte)'\n') at++;
        if (at == bytes.Length) return HttpRead.Incomplete;
        if (!Token.Contains(bytes[at])) return Wrong(ref request, 0, bytes[at] is 0x16 or 0x80 ? "TLS on a port without it" : "no HTTP");
        var found = Line(bytes, ref at, LongestLine, out var line);
        if (found == HttpRead.Incomplete) return found;
        if (found == HttpRead.Malformed) return Wrong(ref request, 414, "request line too long");
        if (!RequestLine(line, ref request)) return HttpRead.Malformed;
        if (request.Version == 9)
        {
            request.Bytes = bytes[..at];
            return HttpRead.Complete;
        }
        found = Headers(bytes, ref at, ref request);
        return found == HttpRead.Complete ? Body(bytes, at, ref request) : found;
    }

    private static HttpRead Wrong(ref HttpRequest request, int status, string problem)
    {
        (request.Status, request.Problem) = (status, problem);
        return HttpRead.Malformed;
    }

    /// <summary>A line without its end, which may be a bare LF; malformed when it is longer than allowed.</summary>
    private static HttpRead Line(ReadOnlySpan<byte> bytes, scoped ref int at, int most, out ReadOnlySpan<byte> line)
    {
        line = [];
        var window = bytes[at..Math.Min(bytes.Length, at + most)];
        var end = window.IndexOf((byte)'\n');
        if (end < 0) return window.Length == most ? HttpRead.Malformed : HttpRead.Incomplete;
        line = window[..end];
        if (line.EndsWith("\r"u8)) line = line[..^1];
        at += end + 1;
        return HttpRead.Complete;
    }

    private static bool RequestLine(ReadOnlySpan<byte> line, ref HttpRequest request)
    {
        var first = line.IndexOf((byte)' ');
        var last = line.LastIndexOf((byte)' ');
        if (first < 1)
        {
            _ = Wrong(ref request, 400, "no request line");
            return false;
        }
        request.Method = line[..first];
        request.Target = first == last ? line[(first + 1)..] : line[(first + 1)..last];
        if (first == last) request.Version = 9;
        else if (!TryVersion(line[(last + 1)..], ref request)) return false;
        if (line.ContainsAny(Control) || request.Method.ContainsAnyExcept(Token) || request.Method.Length > 32) _ = Wrong(ref request, 400, "no request line");
        else if (request.Version == 9 && !request.IsGet) _ = Wrong(ref request, 400, "request line without a version");
        else if (request.Target.IsEmpty || request.Target.Contains((byte)' ')) _ = Wrong(ref request, 400, "blank in the request line");
        else SplitTarget(ref request);
        return request.Problem is null;
    }

    private static bool TryVersion(ReadOnlySpan<byte> text, ref HttpRequest request)
    {
        if (text.Length != 8 || !text.StartsWith("HTTP/"u8) || !char.IsAsciiDigit((char)text[5]) || text[6] != '.' || !char.IsAsciiDigit((char)text[7]))
            _ = Wrong(ref request, 400, "no HTTP version");
        else if (text[5] != '1') _ = Wrong(ref request, 505, "another HTTP version");
        else request.Version = text[7] == '0' ? 10 : 11;
        return request.Problem is null;
    }

    /// <summary>Origin form, absolute form as proxies get it, or an asterisk (RFC 9112, 3.2).</summary>
    private static void SplitTarget(ref HttpRequest request)
    {
        var path = request.Target;
        if (path.Length > 7 && Ascii.EqualsIgnoreCase(path[..7], "http://"u8))
        {
            var slash = path[7..].IndexOf((byte)'/');
            path = slash < 0 ? "/"u8 : path[(7 + slash)..];
        }
        var query = path.IndexOf((byte)'?');
        request.Path = query < 0 ? path : path[..query];
        request.Query = query < 0 ? [] : path[(query + 1)..];
        // CONNECT names a host: the method is refused anyway, and its event shows where to.
        if (!path.StartsWith("/"u8) && !path.SequenceEqual("*"u8) && !request.Method.SequenceEqual("CONNECT"u8)) _ = Wrong(ref request, 400, "no path");
    }

    private static HttpRead Headers(ReadOnlySpan<byte> bytes, scoped ref int at, ref HttpRequest request)
    {
        var from = at;
        while (true)
        {
            var start = at;
            var found = Line(bytes, ref at, LongestHeaders - (at - from), out var line);
            if (found == HttpRead.Incomplete) return found;
            if (found == HttpRead.Malformed) return Wrong(ref request, 400, "headers too long");
            if (line.IsEmpty) return HttpRead.Complete;
            var colon = line.IndexOf((byte)':');
            // A continued line or a blank before the colon is read differently by different servers (RFC 9112, 5.1 and 5.2).
            if (colon < 1 || line[..colon].ContainsAnyExcept(Token)) return Wrong(ref request, 400, "broken header line");
            if (line.ContainsAny(Control)) return Wrong(ref request, 400, "control character in a header");
            if (!request.AddHeader(start, colon, line.Length)) return Wrong(ref request, 400, "too many headers");
        }
    }

    private static HttpRead Body(ReadOnlySpan<byte> bytes, int at, ref HttpRequest request)
    {
        var connection = request.Header("connection"u8);
        request.KeepAlive = request.Version == 11 ? !Has(connection, "close"u8) : Has(connection, "keep-alive"u8);
        var hosts = request.CountOf("host"u8);
        if (hosts > 1 || (hosts == 0 && request.Version == 11)) return Wrong(ref request, 400, hosts > 1 ? "two hosts" : "no host"); // RFC 9112, 3.2
        var (codings, lengths) = (request.CountOf("transfer-encoding"u8), request.CountOf("content-length"u8));
        // Who reads the one and who reads the other see different requests: the ways of smuggling (RFC 9112, 6.1 and 11.2).
        if (codings + lengths > 1 || (codings > 0 && request.Version == 10)) return Wrong(ref request, 400, "conflicting lengths");
        var (used, length) = (0, 0);
        if (codings > 0)
        {
            if (!Ascii.EqualsIgnoreCase(request.Header("transfer-encoding"u8), "chunked"u8)) return Wrong(ref request, 501, "unknown transfer coding");
            request.Chunked = true;
            // Looked at through a window of the largest size, so that every split of the stream comes to the same verdict.
            var window = bytes[at..Math.Min(bytes.Length, at + LongestBody)];
            var found = ChunkedBody.Measure(window, LongestBody, out used, out length);
            if (found == HttpRead.Malformed) return Wrong(ref request, 400, "broken chunks");
            if (found == HttpRead.Incomplete) return window.Length == LongestBody ? Wrong(ref request, 413, "body too long") : found;
        }
        else if (lengths > 0)
        {
            if (!TryLength(request.Header("content-length"u8), out length)) return Wrong(ref request, 400, "broken length");
            if (length > LongestBody) return Wrong(ref request, 413, "body too long");
            if (bytes.Length - at < length) return HttpRead.Incomplete;
            used = length;
        }
        request.WireBody = bytes.Slice(at, used);
        request.BodyLength = length;
        request.Bytes = bytes[..(at + used)];
        return HttpRead.Complete;
    }

    /// <summary>Whether a list of words has this one, without case.</summary>
    private static bool Has(ReadOnlySpan<byte> list, ReadOnlySpan<byte> word)
    {
        foreach (var range in list.Split((byte)','))
            if (Ascii.EqualsIgnoreCase(list[range].Trim(" \t"u8), word)) return true;
        return false;
    }

    /// <summary>Digits alone; a number too long to hold is as good as the largest.</summary>
    private static bool TryLength(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        if (text.IsEmpty) return false;
        foreach (var b in text)
        {
            if (!char.IsAsciiDigit((char)b)) return false;
            length = Math.Min(length, LongestBody) * 10 + (b - '0');
        }
        return true;
    }
}
