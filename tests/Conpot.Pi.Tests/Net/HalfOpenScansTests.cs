using Conpot.Pi.Net;
using Conpot.Pi.Tests.Events;
using Xunit;

namespace Conpot.Pi.Tests.Net;

/// <summary>The kernel's counters of handshakes without an end, and what becomes events.</summary>
public sealed class HalfOpenScansTests : IDisposable
{
    private readonly TempDirectory _temp = new();

    public void Dispose() => _temp.Dispose();

    [Fact]
    public void What_came_since_the_last_look_is_told()
    {
        using var rig = new JournalRig();
        var scans = new HalfOpenScans(rig.Journal, Netstat(resets: 5000, cookies: 70, drops: 7));
        scans.Look();
        Netstat(resets: 5003, cookies: 70, drops: 7);
        scans.Look();
        scans.Look();
        Netstat(resets: 5003, cookies: 170, drops: 12);
        scans.Look();
        Assert.Equal([("network.half-open", 3), ("network.syn-flood", 105)], Told(rig));
    }

    [Fact]
    public void A_look_that_fails_makes_no_event_of_what_the_kernel_has_ever_counted()
    {
        // Out of file handles for a second: the difference afterwards is that of the whole time, not the counter.
        using var rig = new JournalRig();
        var path = Netstat(resets: 5000, cookies: 70, drops: 7);
        var scans = new HalfOpenScans(rig.Journal, path);
        File.Delete(path);
        scans.Look();
        Netstat(resets: 5002, cookies: 70, drops: 7);
        scans.Look();
        Assert.Equal([("network.half-open", 2)], Told(rig));
    }

    [Theory]
    [InlineData("")]
    [InlineData("TcpExt: EmbryonicRsts\n")]
    [InlineData("TcpExt: EmbryonicRsts\nTcpExt: many\n")]
    [InlineData("TcpExt: Other EmbryonicRsts\nTcpExt: 1\n")]
    public void A_kernel_that_counts_otherwise_is_none_that_floods(string text)
    {
        using var rig = new JournalRig();
        File.WriteAllText(_temp["netstat"], text);
        var scans = new HalfOpenScans(rig.Journal, _temp["netstat"]);
        scans.Look();
        Assert.Empty(Told(rig));
    }

    private string Netstat(int resets, int cookies, int drops)
    {
        File.WriteAllText(_temp["netstat"], $"TcpExt: SyncookiesSent EmbryonicRsts TCPReqQFullDoCookies TCPReqQFullDrop\nTcpExt: 9 {resets} {cookies} {drops}\nIpExt: InNoRoutes\nIpExt: 1\n");
        return _temp["netstat"];
    }

    private static List<(string?, int)> Told(JournalRig rig)
    {
        rig.Journal.Commit();
        return [.. rig.Lines().Select(l => (l.GetProperty("event").GetProperty("action").GetString(), l.GetProperty("conpot").GetProperty("count").GetInt32()))];
    }
}
