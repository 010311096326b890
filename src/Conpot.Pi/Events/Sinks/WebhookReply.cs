using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>What a web server answered to a POST: its status, the headers that matter to us, and the beginning of its text.</summary>
/// <param name="RetryAfter">The header as it came; empty for none. So are Location and Text: whoever shows them escapes them.</param>
/// <param name="IsWhole">Nothing of it is still to come, and the connection may carry another request.</param>
internal sealed record WebhookReply(int Status, string Reason, string RetryAfter, string Location, string Text, bool IsWhole)
{
    /// <summary>More of an answer is not read; what it says begins it.</summary>
    public const int LongestText = 4 * 1024;

    /// <summary>Of status and headers together.</summary>
    private const int LongestHead = 16 * 1024;

    /// <summary>Reads one answer, after those that are provisional (RFC 9110, 15.2).</summary>
    /// <exception cref="InvalidDataException">It is no HTTP.</exception>
    /// <exception cref="IOException">The connection ended before the headers did.</exception>
    public static async Task<WebhookReply> Read(Stream stream, CancellationToken cancel)
    {
        var lines = new Lines(stream, LongestHead);
        while (true)
        {
            var (status, reason, isOld) = StatusLine(await lines.Next(cancel));
            string retryAfter = "", location = "", length = "", encoding = "", connection = "";
            while (await lines.Next(cancel) is { Length: > 0 } line)
            {
                var colon = line.IndexOf(':', StringComparison.Ordinal);
                var value = colon < 0 ? "" : line[(colon + 1)..].Trim(' ', '\t');
                switch (colon < 0 ? "" : line[..colon].ToLowerInvariant())
                {
                    case "retry-after": retryAfter = value; break;
                    case "location": location = value; break;
                    case "content-length": length = value; break;
                    case "transfer-encoding": encoding = value; break;
                    case "connection": connection = value; break;
                }
            }

            if (status < 200) continue;
            var (text, isWhole) = status is 204 or 304 ? ("", true) : await Body(lines, length, encoding, cancel);
            var mayStay = isWhole && !isOld && !connection.Contains("close", StringComparison.OrdinalIgnoreCase);
            return new WebhookReply(status, reason, retryAfter, location, text.Trim(), mayStay);
        }
    }

    /// <summary>How long it asks to be left alone: seconds or a date (RFC 9110, 10.2.3), an hour at most; null when it does not say.</summary>
    public TimeSpan? Pause(DateTimeOffset now)
    {
        TimeSpan pause;
        if (RetryAfter.Length > 0 && RetryAfter.All(char.IsAsciiDigit))
            pause = long.TryParse(RetryAfter, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < 3600 ? TimeSpan.FromSeconds(seconds) : Forwarder.LongestRetryAfter;
        else if (DateTimeOffset.TryParseExact(RetryAfter, "r", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            pause = at - now;
        else
            return null;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause < Forwarder.LongestRetryAfter ? pause : Forwarder.LongestRetryAfter;
    }

    private static (int Status, string Reason, bool IsOld) StatusLine(string line)
    {
        var isHttp = line.StartsWith("HTTP/1.", StringComparison.Ordinal) && line.Length >= 12 && line[8] == ' ';
        if (!isHttp || !int.TryParse(line.AsSpan(9, 3), NumberStyles.None, CultureInfo.InvariantCulture, out var status) || status is < 100 or > 599 || (line.Length > 12 && line[12] != ' '))
            throw new InvalidDataException($"\"{PrintableAscii.Of(line, 60)}\", which is no answer of a web server; correct the address");
        return (status, line.Length > 13 ? line[13..] : "", line[7] == '0');
    }

    /// <summary>The status has been said: whatever goes wrong behind it costs the connection alone.</summary>
    private static async Task<(string Text, bool IsWhole)> Body(Lines lines, string length, string encoding, CancellationToken cancel)
    {
        var text = new MemoryStream();
        try
        {
            if (encoding.Length > 0)
            {
                var isEnded = encoding.Equals("chunked", StringComparison.OrdinalIgnoreCase) && await Chunks(lines, text, cancel);
                return (Shown(), isEnded);
            }

            var isCounted = length.Length > 0 && length.All(char.IsAsciiDigit);
            var count = isCounted && int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var some) ? Math.Min(some, LongestText + 1L) : LongestText + 1L;
            var isWhole = await lines.Copy(text, (int)Math.Min(count, LongestText), cancel) && isCounted && count <= LongestText;
            return (Shown(), isWhole);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OperationCanceledException)
        {
            return (Shown(), false);
        }

        string Shown() => Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length);
    }

    private static async Task<bool> Chunks(Lines lines, MemoryStream text, CancellationToken cancel)
    {
        while (true)
        {
            var size = (await lines.Next(cancel)).Split(';')[0].Trim();
            if (!int.TryParse(size, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var count) || count < 0) return false;
            if (count == 0) break;
            if (count > LongestText - text.Length)
            {
                await lines.Copy(text, LongestText - (int)text.Length, cancel);
                return false;
            }

            if (!await lines.Copy(text, count, cancel) || (await lines.Next(cancel)).Length > 0) return false;
        }

        while ((await lines.Next(cancel)).Length > 0)
        {
            // Trailers.
        }

        return true;
    }

    /// <summary>A stream as lines of Latin-1, with a bound on all of them together.</summary>
    private sealed class Lines(Stream stream, int left)
    {
        private readonly byte[] _buffer = new byte[2048];
        private int _at, _end, _left = left;

        /// <summary>Without its end, which may be a line feed alone (RFC 9112, 2.2).</summary>
        public async Task<string> Next(CancellationToken cancel)
        {
            var line = new StringBuilder();
            while (true)
            {
                if (_at == _end && !await Fill(cancel)) throw new IOException("it ended the connection without an answer");
                if (--_left < 0) throw new InvalidDataException($"more than {LongestHead} bytes of headers; correct the address");
                var c = (char)_buffer[_at++];
                if (c == '\n') return line.Length > 0 && line[^1] == '\r' ? line.ToString(0, line.Length - 1) : line.ToString();
                line.Append(c);
            }
        }

        /// <returns>False: the stream ended before.</returns>
        public async Task<bool> Copy(MemoryStream to, int count, CancellationToken cancel)
        {
            while (count > 0)
            {
                if (_at == _end && !await Fill(cancel)) return false;
                var some = Math.Min(count, _end - _at);
                to.Write(_buffer, _at, some);
                _at += some;
                count -= some;
            }

            return true;
        }

        private async Task<bool> Fill(CancellationToken cancel)
        {
            _end = await stream.ReadAsync(_buffer, cancel);
            _at = 0;
            return _end > 0;
        }
    }
}
