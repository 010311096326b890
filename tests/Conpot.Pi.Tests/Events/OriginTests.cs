using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

public class OriginTests
{
    /// <summary>From the baseline files of corelight/community-id-spec, seed 0.</summary>
    [Theory]
    [InlineData("tcp", "128.232.110.120:34855", "66.35.250.204:80", "1:LQU9qZlK+B5F3KDmev6m5PMibrg=")]
    [InlineData("udp", "192.168.1.52:54585", "8.8.8.8:53", "1:d/FP5EW3wiY1vCndhwleRRKHowQ=")]
    public void The_flow_hash_is_that_of_the_specification_in_both_directions(string transport, string a, string b, string expected)
    {
        Assert.Equal(expected, Origin.CommunityId(IPEndPoint.Parse(a), IPEndPoint.Parse(b), transport));
        Assert.Equal(expected, Origin.CommunityId(IPEndPoint.Parse(b), IPEndPoint.Parse(a), transport));
    }

    [Fact]
    public void The_flow_hash_orders_equal_addresses_by_port_and_takes_IPv6()
    {
        foreach (var (a, b) in new[] { ("127.0.0.1:2", "127.0.0.1:300"), ("[fe80::1]:502", "[fe80::2]:1"), ("[::1]:1", "[::1]:1") })
        {
            var (x, y) = (IPEndPoint.Parse(a), IPEndPoint.Parse(b));
            Assert.Equal(Origin.CommunityId(x, y, "tcp"), Origin.CommunityId(y, x, "tcp"));
            Assert.NotEqual(Origin.CommunityId(x, y, "tcp"), Origin.CommunityId(x, y, "udp"));
        }
    }

    [Theory]
    [InlineData("192.0.2.7:40000", "192.0.2.1:502")]
    [InlineData("[2001:db8::7]:40000", "[2001:db8::1]:502")]
    public void Its_fields_are_JSON_in_the_names_of_ECS(string source, string destination)
    {
        var (from, to) = (IPEndPoint.Parse(source), IPEndPoint.Parse(destination));
        var origin = new Origin("abcdefghijkl", from, to, "tcp", "modbus");
        var root = JsonDocument.Parse("{" + Encoding.UTF8.GetString(origin.Fields) + "," + Encoding.UTF8.GetString(origin.SessionField) + "}").RootElement;
        Assert.Equal((from.Address.ToString(), from.Port), (root.GetProperty("source").GetProperty("ip").GetString(), root.GetProperty("source").GetProperty("port").GetInt32()));
        Assert.Equal((to.Address.ToString(), to.Port), (root.GetProperty("destination").GetProperty("ip").GetString(), root.GetProperty("destination").GetProperty("port").GetInt32()));
        var network = root.GetProperty("network");
        Assert.Equal(("tcp", "modbus"), (network.GetProperty("transport").GetString(), network.GetProperty("protocol").GetString()));
        Assert.StartsWith("1:", network.GetProperty("community_id").GetString(), StringComparison.Ordinal);
        Assert.Equal("abcdefghijkl", root.GetProperty("session").GetString());
    }
}
