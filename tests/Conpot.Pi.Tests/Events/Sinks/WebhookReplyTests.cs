using System.Text;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

public sealed class WebhookReplyTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 22, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "OK", "ok", true)]
    [InlineData("HTTP/1.1 200 OK\ncontent-length:2\n\nok", 200, "OK", "ok", true)]
    [InlineData("HTTP/1.1 204\r\n\r\n", 204, "", "", true)]
    [InlineData("HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n", 204, "No Content", "", true)]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n", 200, "OK", "", false)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "OK", "", false)]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\nwhat is that", 400, "Bad Request", "what is that", false)]
    [InlineData("HTTP/1.1 400 Bad Request\r\nContent-Length: 99\r\n\r\nends early", 400, "Bad Request", "ends early", false)]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 202 Accepted\r\nContent-Length: 1\r\n\r\n1", 202, "Accepted", "1", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n", 200, "OK", "abc0123456789", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, "OK", "abc", true)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab", 200, "OK", "ab", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", 200, "OK", "", false)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz", 200, "OK", "", false)]
    public async Task Answers_are_understood_however_they_are_cut(string bytes, int status, string reason, string text, bool isWhole)
    {
        for (var piece = 1; piece <= bytes.Length; piece++)
        {
            var reply = await Read(Encoding.Latin1.GetBytes(bytes), piece);
            Assert.Equal((status, reason, text, isWhole), (reply.Status, reply.Reason, reply.Text, reply.IsWhole));
        }
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 099 x\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 x\r\n\r\n")]
    [InlineData("HTTP/1.1 -12 x\r\n\r\n")]
    public async Task What_is_no_HTTP_is_told(string bytes)
    {
        var e = await Assert.ThrowsAsync<InvalidDataException>(() => Read(Encoding.Latin1.GetBytes(bytes), 5));
        Assert.Contains("no answer of a web server", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n")]
    public async Task An_end_before_the_headers_end_is_no_answer(string bytes) =>
        await Assert.ThrowsAsync<IOException>(() => Read(Encoding.Latin1.GetBytes(bytes), 5));

    [Fact]
    public async Task Headers_and_text_without_end_are_not_read_to_the_end()
    {
        await Assert.ThrowsAsync<InvalidDataException>(() => Read([.. "HTTP/1.1 200 OK\r\n"u8, .. Enumerable.Repeat((byte)'a', 1 << 20)], 4096));
        foreach (var head in new[] { "", "Content-Length: 1048576\r\n", "Content-Length: 99999999999999999999\r\n", "Transfer-Encoding: chunked\r\n" })
        {
            var stream = new Pieces([.. Encoding.ASCII.GetBytes($"HTTP/1.1 400 x\r\n{head}\r\n{(head.Contains("chunked", StringComparison.Ordinal) ? "100000\r\n" : "")}"), .. Enumerable.Repeat((byte)'a', 1 << 20)], 512);
            var reply = await WebhookReply.Read(stream, CancellationToken.None);
            Assert.Equal(WebhookReply.LongestText, reply.Text.Length);
            Assert.False(reply.IsWhole);
            Assert.True(stream.Taken < 16 * 1024, $"{stream.Taken} bytes were read");
        }
    }

    [Fact]
    public async Task Whatever_comes_is_an_answer_or_none()
    {
        byte[][] parts = ["HTTP/1.1 "u8.ToArray(), "200"u8.ToArray(), " OK"u8.ToArray(), "\r\n"u8.ToArray(), "\r\n\r\n"u8.ToArray(), "Content-Length: 3"u8.ToArray(), "Transfer-Encoding: chunked"u8.ToArray(), "ffffffff"u8.ToArray(), "0\r\n"u8.ToArray(), ":"u8.ToArray(), [0], [0xFF]];
        await Gen.OneOf(Gen.Int[0, parts.Length - 1].Select(i => parts[i]), Gen.Byte.Array[0, 9]).Array[0, 20].Select(p => p.SelectMany(b => b).ToArray()).SampleAsync(async bytes =>
        {
            try
            {
                var reply = await Read([.. "HTTP/1.1 200 OK\r\n"u8, .. bytes], 7);
                Assert.InRange(reply.Status, 200, 599);
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                // No answer, and said so.
            }
        });
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("soon", null)]
    [InlineData("-1", null)]
    [InlineData("1.5", null)]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData("3601", 3600)]
    [InlineData("99999999999999999999999", 3600)]
    [InlineData("Sun, 22 Nov 2026 22:01:30 GMT", 90)]
    [InlineData("Sun, 22 Nov 2026 21:00:00 GMT", 0)]
    [InlineData("Wed, 22 Nov 2028 22:00:00 GMT", 3600)]
    [InlineData("Mon, 22 Nov 2026 22:01:30 GMT", null)]
    public async Task How_long_it_asks_for_is_seconds_or_a_date_and_an_hour_at_most(string header, int? seconds)
    {
        var reply = await Read(Encoding.ASCII.GetBytes($"HTTP/1.1 503 x\r\nRetry-After:  {header} \r\nContent-Length: 0\r\n\r\n"), 100);
        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, reply.Pause(Now));
    }

    private static Task<WebhookReply> Read(byte[] bytes, int piece) => WebhookReply.Read(new Pieces(bytes, piece), CancellationToken.None);

    /// <summary>Gives a few bytes at a time, as a network does.</summary>
    private sealed class Pieces(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public long Taken => Position;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer.Length > piece ? buffer[..piece] : buffer, cancellationToken);
    }
}
