using System.Text.Json;
using Conpot.Pi.Tests.Net;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Http;

/// <summary>Polls of an open page are counted, nothing else is, and the count misses none.</summary>
public class CountedPollsTests
{
    [Fact]
    public void The_first_is_recorded_whole_the_others_once_a_minute_and_at_the_end()
    {
        using var bench = new HttpBench();
        for (var i = 0; i < 76; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK", Poll(bench, i), StringComparison.Ordinal);
            bench.Time.Advance(TimeSpan.FromSeconds(2));
        }
        bench.Ended();
        bench.Ended();
        var events = bench.Events();
        Assert.Equal(["http.request", "http.polled", "http.polled", "http.polled"], events.Select(NetRig.Action));
        Assert.Equal("counted", events[0].GetProperty("conpot").GetProperty("repeats").GetString());
        Assert.Equal([30, 30, 15], events.Skip(1).Select(Count));
        Assert.True(events[1].GetProperty("conpot").GetProperty("response_bytes").GetInt64() > 30 * 300);
    }

    [Theory]
    [InlineData("?x", "")] // no digits
    [InlineData("?123456789012345678901", "")] // more than a time
    [InlineData("?1", "X: y\r\n")] // another header
    [InlineData("?1", "Authorization: Basic YTpi\r\n")]
    [InlineData("?1", "Cookie: ${jndi:ldap://a}\r\n")]
    public void What_says_something_new_is_recorded_whole(string query, string header)
    {
        using var bench = new HttpBench();
        _ = Poll(bench, 1);
        _ = Poll(bench, 2);
        _ = bench.Get("/" + bench.Look.Data + query, header);
        bench.Ended();
        var events = bench.Events();
        Assert.Equal(3, events.Count);
        Assert.Single(events, e => NetRig.Action(e) == "http.polled" && Count(e) == 1);
        Assert.All(events.Where(e => NetRig.Action(e) != "http.polled"), e => Assert.True(e.GetProperty("conpot").TryGetProperty("request", out _)));
    }

    [Fact]
    public void Other_pages_are_never_counted()
    {
        using var bench = new HttpBench();
        for (var i = 0; i < 5; i++) _ = bench.Get("/?1");
        Assert.Equal(5, bench.Events().Count(e => NetRig.Action(e) == "http.request"));
    }

    [Fact]
    public void Every_exchange_is_an_event_or_in_a_count() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 40]).Array[0, 60].Sample(steps =>
        {
            using var bench = new HttpBench();
            foreach (var (what, seconds) in steps)
            {
                _ = what switch
                {
                    0 => bench.Get("/"),
                    1 => bench.Get("/" + bench.Look.Data, "A: b\r\n"),
                    2 => bench.Get("/" + bench.Look.Data),
                    _ => Poll(bench, seconds),
                };
                bench.Time.Advance(TimeSpan.FromSeconds(seconds));
            }
            bench.Ended();
            Assert.Equal(steps.Length, bench.Events().Sum(e => NetRig.Action(e) == "http.polled" ? Count(e) : 1));
        }, iter: 50);

    private static string Poll(HttpBench bench, int at) => bench.Get($"/{bench.Look.Data}?17639{at:00000000}");

    private static int Count(JsonElement e) => e.GetProperty("conpot").GetProperty("count").GetInt32();
}
