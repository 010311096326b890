using System.Text;
using Conpot.Pi.Appliance;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Appliance;

/// <summary>[stack] of the profiles and of a person, and the rules that it becomes; what they do to packets is for tests/blackbox/stack.py.</summary>
public class StackTests
{
    private static readonly ServedPorts Ports = new([502, 102], [161]);

    [Theory]
    [InlineData("s7-200")]
    [InlineData("s7-300-cp343")]
    public void A_communications_processor_has_what_nmap_knows_of_it(string profile) => Assert.Equal(
        new StackSettings
        {
            Enabled = true, TtlOpen = 30, TtlClosed = 60, Window = 0x800, SmallSegment = 0x200, LargestSegment = 0x5B4, DontFragment = false,
            CountsPackets = true, EchoCodeZero = true, QuotedTtl = 1, QuotedChecksum = 0x1B88,
        }, Of(profile));

    [Fact]
    public void The_Conpot_of_2013_is_Linux()
    {
        var stack = Of("conpot-2013");
        Assert.False(stack.Enabled);
        Assert.Equal($"table ip {StackRules.Table}\ndelete table ip {StackRules.Table}\n", StackRules.Nftables(stack, Ports, "eth0"));
        Assert.Contains(("net/ipv4/ip_default_ttl", "64"), StackRules.Sysctls(stack, "eth0"));
        Assert.Contains(("net/ipv4/tcp_timestamps", "1"), StackRules.Sysctls(stack, "eth0"));
        Assert.Contains(("net/ipv4/ip_no_pmtu_disc", "0"), StackRules.Sysctls(stack, "eth0"));
    }

    [Fact]
    public void The_users_lines_take_the_place_of_the_profiles()
    {
        var stack = Of("s7-200", "ttl_open = 60\nquoted_checksum = -1");
        Assert.Equal((60, 60, null), (stack.TtlOpen, stack.TtlClosed, stack.QuotedChecksum));
    }

    [Fact]
    public void Mistakes_have_a_place_and_a_remedy()
    {
        var errors = new ConfigErrors();
        var file = ConfigFile.Parse("test.toml", Encoding.UTF8.GetBytes("[stack]\nttl_open = 300\necho_code = \"nought\"\nwindows = 2048\n"), errors);
        _ = StackSettings.Read(file.Root.Section("stack"));
        file.ReportUnread();
        var told = errors.InOrder.Select(e => e.ToString()).ToArray();
        Assert.Equal(3, told.Length);
        Assert.Contains("ttl_open", told[0], StringComparison.Ordinal);
        Assert.Contains("1 to 255", told[0].Replace("..", " to ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("\"zero\", \"same\"", told[1], StringComparison.Ordinal);
        Assert.Contains("did you mean 'window'", told[2], StringComparison.Ordinal);
    }

    [Fact]
    public void The_rules_touch_the_plant_interface_alone()
    {
        var rules = Rules(Of("s7-200"));
        // Every base chain has one rule, and that one looks at the interface.
        Assert.Equal(2, rules.Count(r => r.Contains(" hook ", StringComparison.Ordinal)));
        Assert.Equal(2, rules.Count(r => r.Contains("name \"eth7\" jump ", StringComparison.Ordinal)));
        Assert.DoesNotContain(rules, r => r.Contains("eth0", StringComparison.Ordinal));
        Assert.All(StackRules.Sysctls(Of("s7-200"), "eth7").Where(s => s.Path.Contains("/conf/", StringComparison.Ordinal)), s => Assert.Contains("/conf/eth7/", s.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void The_rules_hold_what_is_set()
    {
        var rules = Rules(Of("s7-200"));
        Assert.Contains("tcp sport { 502, 102 } ip ttl set 30", rules);
        Assert.Contains("tcp window > 2048 tcp window set 2048", rules);
        Assert.Contains("ip frag-off set 0", rules);
        Assert.Contains("icmp type echo-request icmp code set 0", rules);
        Assert.Contains(("net/ipv4/ip_default_ttl", "60"), StackRules.Sysctls(Of("s7-200"), "eth7"));

        var other = Rules(Of("s7-200", "window = 4096\ndont_fragment = true\necho_code = \"same\"\npacket_id = \"linux\"\nttl_open = 60"));
        Assert.Contains("tcp window > 4096 tcp window set 4096", other);
        Assert.Contains("tcp sport { 502, 102 } ip ttl set 60", other);
        Assert.DoesNotContain(other, r => r.Contains("frag-off", StringComparison.Ordinal) || r.Contains("icmp code", StringComparison.Ordinal) || r.Contains("ip id", StringComparison.Ordinal));
    }

    [Fact]
    public void What_peers_offered_is_remembered_for_so_many_and_so_long() =>
        Assert.Subset(Rules(Of("s7-200")).ToHashSet(), (HashSet<string>)["size 4096", "flags dynamic,timeout", "timeout 10s"]);

    [Fact]
    public void Without_a_TCP_port_there_is_no_empty_set()
    {
        var rules = StackRules.Nftables(Of("s7-200"), new ServedPorts([], [161]), "eth7");
        Assert.DoesNotContain("{  }", rules, StringComparison.Ordinal);
        Assert.DoesNotContain("sport", rules.Replace("ip saddr . tcp sport : tcp option maxseg size", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("tcp window > 2048", rules, StringComparison.Ordinal);
    }

    internal static StackSettings Of(string profile, string settings = "")
    {
        var errors = new ConfigErrors();
        var own = ConfigFile.Parse("test.toml", Encoding.UTF8.GetBytes($"[stack]\n{settings}\n"), errors);
        var stack = StackSettings.Read(own.Root.Section("stack").Over(PlcProfile.Load(profile, errors).Root.Section("stack")));
        own.ReportUnread();
        Assert.Empty(errors.InOrder);
        return stack;
    }

    private static string[] Rules(StackSettings stack) => StackRules.Nftables(stack, Ports, "eth7").Split('\n', StringSplitOptions.TrimEntries);
}
