using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.Http;

/// <summary>The requests with which an open page asks for its values every two seconds: the first is recorded whole, those that equal it are counted.</summary>
/// <remarks>One event for each would be 40,000 a day for one open page, and the card would wear out for them. Counted are only requests that say nothing new:
/// byte by byte the first one's, but for digits in the query (the page sends the time there, against caches).</remarks>
internal sealed class CountedPolls(TimeProvider time)
{
    /// <summary>A browser's request for values has some 500 bytes; a longer one is not a page's.</summary>
    private const int LongestKept = 1536;

    /// <summary>Digits of a time in milliseconds, and some to spare.</summary>
    private const int LongestQuery = 20;

    /// <summary>A power cut loses at most the count of this long, never the fact: the first one says that the others are counted.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private byte[]? _first;
    private int _front;
    private byte[] _path = [];
    private int _count;
    private long _since, _requestBytes, _responseBytes;

    /// <summary>Remembers a request for values that is recorded whole; the others like it are counted from here on.</summary>
    /// <returns>False when it is none that can be counted.</returns>
    public bool Begin(in HttpRequest request, SessionLog log)
    {
        Report(log);
        _first = null;
        if (!IsCountable(request)) return false;
        _first = Without(request, out _front);
        _path = request.Path.ToArray();
        _since = time.GetTimestamp();
        return true;
    }

    /// <summary>Whether this one is the first one again; it is counted then.</summary>
    public bool TryCount(in HttpRequest request, int responseBytes, SessionLog log)
    {
        if (_first is null || !IsCountable(request) || !Equal(request)) return false;
        _count++;
        _requestBytes += request.Bytes.Length;
        _responseBytes += responseBytes;
        if (time.GetElapsedTime(_since) >= Interval) Report(log);
        return true;
    }

    /// <summary>Records what was counted since the last time.</summary>
    public void Report(SessionLog log)
    {
        if (_count == 0) return;
        var line = log.Begin(HttpEvents.Polled, Outcome.Success);
        line.Number("count"u8, _count);
        line.Seconds("duration"u8, time.GetElapsedTime(_since));
        line.Word("page"u8, "values"u8);
        line.Text("path"u8, _path, 64);
        line.Number("request_bytes"u8, _requestBytes);
        line.Number("response_bytes"u8, _responseBytes);
        log.End(ref line);
        (_count, _requestBytes, _responseBytes, _since) = (0, 0, 0, time.GetTimestamp());
    }

    private static bool IsCountable(in HttpRequest request) =>
        request.Problem is null && request.Bytes.Length <= LongestKept && request.Query.Length <= LongestQuery && !request.Query.ContainsAnyExceptInRange((byte)'0', (byte)'9');

    private bool Equal(in HttpRequest request)
    {
        var bytes = request.Bytes;
        var front = Front(request);
        return front == _front && bytes.Length - request.Query.Length == _first!.Length
            && bytes[..front].SequenceEqual(_first.AsSpan(0, front)) && bytes[(front + request.Query.Length)..].SequenceEqual(_first.AsSpan(front));
    }

    private static byte[] Without(in HttpRequest request, out int front)
    {
        front = Front(request);
        return [.. request.Bytes[..front], .. request.Bytes[(front + request.Query.Length)..]];
    }

    /// <summary>Bytes before the query: no method has a question mark, so the first one is the target's.</summary>
    private static int Front(in HttpRequest request) => request.Query.IsEmpty ? request.Bytes.Length : request.Bytes.IndexOf((byte)'?') + 1;
}
