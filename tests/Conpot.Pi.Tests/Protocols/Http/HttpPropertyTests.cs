using System.Text;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Http;

/// <summary>Nothing a stranger sends raises an exception or grows, and no split of a stream changes an answer.</summary>
public class HttpPropertyTests
{
    private static readonly string[] Parts =
    [
        "GET / HTTP/1.1\r\n", "POST /setpoints.htm HTTP/1.1\r\n", "HEAD /x HTTP/1.0\r\n", "GET /\r\n", "Host: a\r\n", "Content-Length: 5\r\n", "Content-Length: 99999999999\r\n", "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n", "\r\n", "\n", "5\r\nabcde\r\n", "0\r\n\r\n", "s22=100&s23=%zz", "Authorization: Basic YWRtaW46YWRtaW4=\r\n", " folded\r\n", "Cookie: sid=0000000000000001\r\n", "\0", "\xff\xfe", "../../etc/passwd",
    ];

    private static readonly Gen<byte[]> Requests = Gen.OneOf(
        Gen.Byte.Array[0, 300],
        Gen.Int[0, Parts.Length - 1].Array[0, 14].Select(all => Encoding.Latin1.GetBytes(string.Concat(all.Select(i => Parts[i])))));

    [Theory]
    [InlineData("s7-200")]
    [InlineData("s7-300-cp343")]
    public void No_bytes_make_it_throw_or_answer_beyond_its_bound(string profile)
    {
        using var bench = new HttpBench(profile, "http.login=none");
        Requests.Sample(bytes => _ = bench.Send(bytes), iter: 5_000, threads: 1);
    }

    [Fact]
    public void Every_split_is_answered_alike()
    {
        using var bench = new HttpBench();
        Requests.Sample(bytes => Assert.Equal(bench.Send(bytes), bench.Send([.. bytes.Select(b => (byte[])[b])])), iter: 400, threads: 1);
    }

    [Fact]
    public void Nothing_is_waited_for_without_a_bound()
    {
        using var bench = new HttpBench();
        Assert.StartsWith("HTTP/1.1 414 ", bench.Ask("GET /" + new string('a', 5000)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", bench.Ask("GET / HTTP/1.1\r\n" + string.Concat(Enumerable.Repeat("A: b\r\n", 65))), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", bench.Ask("GET / HTTP/1.1\r\nA: " + new string('b', 17000)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 413 ", bench.Ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n"), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 400 ", bench.Ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + string.Concat(Enumerable.Repeat("1\r\na\r\n", 300))), StringComparison.Ordinal);
    }
}
