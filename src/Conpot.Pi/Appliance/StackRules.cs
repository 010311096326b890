using System.Globalization;
using System.Text;

namespace Conpot.Pi.Appliance;

/// <summary>The ports of the plant interface behind which the device answers.</summary>
internal sealed record ServedPorts(IReadOnlyList<int> Tcp, IReadOnlyList<int> Udp);

/// <summary>[stack] as a table of nftables for the plant interface, and as sysctls; both replace what an earlier run left.</summary>
/// <remarks>
/// Rules that a packet of another interface meets: two comparisons of the interface's name. Connections to the sinks through the plant interface
/// keep their time to live, and have the device's window and packet numbers, as anything else that it would send.
/// </remarks>
internal static class StackRules
{
    public const string Table = "conpot_pi_stack";

    /// <summary>Peers between their SYN and our SYN-ACK. A flood fills it; who then finds no room is granted the kernel's 1460, as nearly everybody is.</summary>
    private const int MostPeers = 4096;

    /// <summary>For <c>nft -f</c>: takes the old table away and puts the new one up in one go. Without a personality it only takes away.</summary>
    /// <param name="plant">The interface's name.</param>
    public static string Nftables(StackSettings stack, ServedPorts ports, string plant)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"table ip {Table}\ndelete table ip {Table}\n");
        if (!stack.Enabled) return text.ToString();
        var served = ports.Tcp.Count > 0 ? $"{{ {string.Join(", ", ports.Tcp.Select(p => p.ToString(CultureInfo.InvariantCulture)))} }}" : null;

        text.Append(CultureInfo.InvariantCulture, $$"""
            table ip {{Table}} {
                # What a peer's SYN offered, until the SYN-ACK.
                map offered {
                    typeof ip saddr . tcp sport : tcp option maxseg size
                    size {{MostPeers}}
                    flags dynamic,timeout
                    timeout 10s
                }

                chain prerouting {
                    type filter hook prerouting priority raw; policy accept;
                    iifname "{{plant}}" jump arriving
                }

                chain output {
                    type filter hook output priority mangle; policy accept;
                    oifname "{{plant}}" jump leaving
                }

                chain arriving {

            """);
        Arriving(text, stack, served);
        text.Append("    }\n\n    chain leaving {\n");
        Leaving(text, stack, served);
        return text.Append("    }\n}\n").ToString();
    }

    /// <summary>Path under /proc/sys and value of each, the form of sysctl.d(5). Without a personality the kernel's own.</summary>
    /// <remarks>
    /// They hold for the whole machine, where the interface's name is not in their path: that costs a connection to a sink some throughput on a bad
    /// line, and in return its SYN is the device's as well.
    /// </remarks>
    /// <param name="plant">The interface's name.</param>
    public static IReadOnlyList<(string Path, string Value)> Sysctls(StackSettings stack, string plant)
    {
        string Own(bool device, string value, string linux) => device ? value : linux;
        return
        [
            ("net/ipv4/ip_default_ttl", Own(stack.Enabled, stack.TtlClosed.ToString(CultureInfo.InvariantCulture), "64")),
            // A SYN-ACK with the segment size alone (nmap-os-db, OPS of "Siemens Simatic 300").
            ("net/ipv4/tcp_timestamps", Own(stack.Enabled, "0", "1")),
            ("net/ipv4/tcp_sack", Own(stack.Enabled, "0", "1")),
            ("net/ipv4/tcp_window_scaling", Own(stack.Enabled, "0", "1")),
            ("net/ipv4/tcp_ecn", Own(stack.Enabled, "0", "2")),
            // Without DF nobody says that a packet was too large.
            ("net/ipv4/ip_no_pmtu_disc", Own(stack.Enabled && !stack.DontFragment, "1", "0")),
            // Linux answers ARP for the addresses of its other interfaces too: no device with one interface does, and it would tell of the management's.
            ($"net/ipv4/conf/{plant}/arp_ignore", "1"),
            ($"net/ipv4/conf/{plant}/arp_announce", "2"),
            ($"net/ipv4/conf/{plant}/accept_redirects", "0"),
            ($"net/ipv6/conf/{plant}/disable_ipv6", "1"),
        ];
    }

    private static void Arriving(StringBuilder text, StackSettings stack, string? served)
    {
        // The kernel copies the code of the request into its reply.
        if (stack.EchoCodeZero) Rule(text, "icmp type echo-request icmp code set 0");
        if (served is null) return;
        Rule(text, $"tcp dport != {served} return");
        // The device takes a SYN with any other flags for a SYN (nmap's T3); the kernel drops SYN with FIN.
        Rule(text, "tcp flags & (fin | syn | psh | urg) == (fin | syn | psh | urg) tcp flags set syn");
        Rule(text, "tcp flags & (syn | ack) != syn return");
        // nmap-os-db, OPS: 1460 behind a window scale, 1400, 536 and 265 in front are granted as they are asked for; 640 behind a timestamp (kind 8) and
        // none at all get 512: the device reads options up to the first timestamp.
        Rule(text, $"tcp option maxseg missing update @offered {{ ip saddr . tcp sport : {Number(stack.SmallSegment)} }} return");
        Rule(text, $"@th,160,8 8 update @offered {{ ip saddr . tcp sport : {Number(stack.SmallSegment)} }} return");
        Rule(text, $"tcp option maxseg size > {Number(stack.LargestSegment)} update @offered {{ ip saddr . tcp sport : {Number(stack.LargestSegment)} }} return");
        Rule(text, "update @offered { ip saddr . tcp sport : tcp option maxseg size }");
    }

    private static void Leaving(StringBuilder text, StackSettings stack, string? served)
    {
        // The kernel quotes the whole datagram and marks its errors with a precedence (icmp.c, icmp_send); those of "appliance unreachable" have none.
        Rule(text, "icmp type { destination-unreachable, time-exceeded, parameter-problem } ip dscp >= 0x30 drop");
        if (!stack.DontFragment) Rule(text, "ip frag-off set 0");
        // The shift, because nft takes the upper half of the 32 bits for the field.
        if (stack.CountsPackets) Rule(text, "ip id set numgen inc mod 65536 << 16");
        Rule(text, "meta l4proto != tcp return");
        if (served is not null) Rule(text, $"tcp sport {served} ip ttl set {Number(stack.TtlOpen)}");
        // A smaller one stands: the sensor does not read at the moment, and must not be sent more.
        Rule(text, $"tcp window > {Number(stack.Window)} tcp window set {Number(stack.Window)}");
        if (served is not null) Rule(text, $"tcp sport {served} tcp flags & (syn | ack) == (syn | ack) tcp option maxseg size set ip daddr . tcp dport map @offered");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static void Rule(StringBuilder text, string rule) => text.Append("        ").Append(rule).Append('\n');
}
