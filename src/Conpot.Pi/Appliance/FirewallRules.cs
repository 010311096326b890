using System.Globalization;
using System.Text;

namespace Conpot.Pi.Appliance;

/// <summary>The packet filter as text for <c>nft -f</c>: what comes in, and that nothing goes out but answers and what the settings name.</summary>
/// <remarks>
/// What nobody serves on the plant's interface is let in all the same: the kernel then answers it as a device would, with RST or "port unreachable", where
/// a drop would look like a firewall. The limits lie far above the sensor's own, which leave events: these only keep a flood from taking the machine.
/// </remarks>
internal static class FirewallRules
{
    public const string Table = "conpot_pi";

    /// <summary>Sets that "appliance egress" fills with what names stand for at the moment.</summary>
    public const string TcpNames = "tcp_names", UdpNames = "udp_names", DnsLeased = "dns_leased";

    /// <param name="limits">False leaves the limits out, for a kernel that has no module for them.</param>
    public static string Render(ServedPorts served, ApplianceSettings appliance, ManagementSettings management, Egress egress, bool limits = true)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"table inet {Table}\ndelete table inet {Table}\ntable inet {Table} {{\n");
        Set(text, "tcp_sinks", "ipv4_addr . inet_service", "", egress.Elements("tcp"));
        Set(text, "udp_sinks", "ipv4_addr . inet_service", "", egress.Elements("udp"));
        Set(text, "dns", "ipv4_addr", "", [.. egress.Dns.Select(d => d.ToString())]);
        Set(text, TcpNames, "ipv4_addr . inet_service", "flags timeout; ", []);
        Set(text, UdpNames, "ipv4_addr . inet_service", "flags timeout; ", []);
        Set(text, DnsLeased, "ipv4_addr", "flags timeout; ", []);
        if (limits) Set(text, "visitors", "ipv4_addr", "flags dynamic; size 4096; ", []);
        Input(text, appliance, management);
        Plant(text, served, limits, management.SshKeys.Count > 0);
        if (management.Interface is not null) Management(text, management, limits);
        text.Append("    chain forward {\n        type filter hook forward priority filter; policy drop;\n    }\n\n");
        Output(text, served, appliance, management, egress.UsesLeasedDns);
        return text.Append("}\n").ToString();
    }

    /// <summary>For a kernel without the modules of the others: it knows no connections, and so no connection begins here but to a collector with an address.</summary>
    /// <remarks>
    /// Without conntrack, limit, fib, reject and sets: what is left is in nf_tables itself. A segment that is no SYN opens nothing, and goes out as an answer;
    /// so does a datagram from a served port.
    /// </remarks>
    public static string LastResort(ServedPorts served, ApplianceSettings appliance, ManagementSettings management, Egress egress)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"table inet {Table}\ndelete table inet {Table}\ntable inet {Table} {{\n");
        text.Append("    chain input {\n        type filter hook input priority filter; policy drop;\n");
        Rule(text, "iif lo accept");
        Rule(text, "meta nfproto ipv6 drop");
        Rule(text, $"iifname \"{appliance.Interface}\" tcp dport 22 drop");
        Rule(text, $"iifname \"{appliance.Interface}\" accept");
        if (management.Interface is { } name)
        {
            if (management.SshKeys.Count > 0) Rule(text, $"iifname \"{name}\" tcp dport 22 accept");
            Rule(text, $"iifname \"{name}\" tcp flags & (syn | ack) != syn accept");
            Rule(text, $"iifname \"{name}\" icmp type echo-request accept");
            Rule(text, $"iifname \"{name}\" udp sport 67 udp dport 68 accept");
        }
        text.Append("    }\n\n    chain forward {\n        type filter hook forward priority filter; policy drop;\n    }\n\n");
        text.Append("    chain output {\n        type filter hook output priority filter; policy drop;\n");
        Rule(text, "oif lo accept");
        Rule(text, "meta nfproto ipv6 drop");
        Rule(text, "tcp flags & (syn | ack) != syn accept");
        foreach (var port in served.Udp.Distinct().Order()) Rule(text, string.Create(CultureInfo.InvariantCulture, $"oifname \"{appliance.Interface}\" udp sport {port} accept"));
        Rule(text, "icmp type echo-reply accept");
        Rule(text, $"oifname \"{appliance.Interface}\" icmp type destination-unreachable accept");
        Rule(text, "udp sport 68 udp dport 67 accept");
        foreach (var transport in (string[])["tcp", "udp"])
            foreach (var far in egress.Destinations.Where(d => d.Transport == transport && d.Address is not null).DistinctBy(d => (d.Host, d.Port)))
                Rule(text, string.Create(CultureInfo.InvariantCulture, $"ip daddr {far.Address} {transport} dport {far.Port} accept"));
        return text.Append("    }\n}\n").ToString();
    }

    private static void Input(StringBuilder text, ApplianceSettings appliance, ManagementSettings management)
    {
        text.Append("    chain input {\n        type filter hook input priority filter; policy drop;\n");
        Rule(text, "iif lo accept");
        Rule(text, "meta nfproto ipv6 drop");
        Rule(text, $"iifname \"{appliance.Interface}\" jump plant");
        if (management.Interface is { } name) Rule(text, $"iifname \"{name}\" jump management");
        text.Append("    }\n\n");
    }

    private static void Plant(StringBuilder text, ServedPorts served, bool limits, bool ssh)
    {
        text.Append("    chain plant {\n");
        Rule(text, "ct state established,related accept");
        Rule(text, limits ? "icmp type echo-request limit rate 50/second burst 50 packets accept" : "icmp type echo-request accept");
        // Linux tells its time and its routers to whoever asks; what is no error of a connection of ours is for nobody here.
        Rule(text, "meta l4proto { icmp, igmp } drop");
        // sshd listens on every address, and here nobody may find it: a closed port's answer.
        if (ssh) Rule(text, "tcp dport 22 reject with tcp reset");
        if (limits)
        {
            if (served.Tcp.Count > 0)
            {
                Rule(text, $"tcp dport {Ports(served.Tcp)} tcp flags & (syn | ack) == syn limit rate over 500/second burst 1000 packets drop");
                Rule(text, $"tcp dport {Ports(served.Tcp)} ct state new ct count over 1024 drop");
                Rule(text, $"tcp dport {Ports(served.Tcp)} ct state new add @visitors {{ ip saddr ct count over 256 }} drop");
            }
            if (served.Udp.Count > 0) Rule(text, $"udp dport {Ports(served.Udp)} limit rate over 2000/second burst 500 packets drop");
        }
        if (served.Tcp.Count > 0) Rule(text, $"tcp dport {Ports(served.Tcp)} accept");
        if (served.Udp.Count > 0) Rule(text, $"udp dport {Ports(served.Udp)} accept");
        Rule(text, "fib daddr type { broadcast, multicast } drop");
        // The kernel's own answer: nobody listens there.
        Rule(text, limits ? "meta l4proto { tcp, udp } limit rate 2000/second burst 2000 packets accept" : "meta l4proto { tcp, udp } accept");
        text.Append("    }\n\n");
    }

    private static void Management(StringBuilder text, ManagementSettings management, bool limits)
    {
        text.Append("    chain management {\n");
        Rule(text, "ct state established,related accept");
        Rule(text, limits ? "icmp type echo-request limit rate 10/second burst 20 packets accept" : "icmp type echo-request accept");
        if (management.SshKeys.Count > 0) Rule(text, limits ? "tcp dport 22 ct state new limit rate 10/minute burst 20 packets accept" : "tcp dport 22 accept");
        text.Append("    }\n\n");
    }

    private static void Output(StringBuilder text, ServedPorts served, ApplianceSettings appliance, ManagementSettings management, bool leasedDns)
    {
        text.Append("    chain output {\n        type filter hook output priority filter; policy drop;\n");
        Rule(text, "oif lo accept");
        Rule(text, "meta nfproto ipv6 drop");
        Rule(text, "ct state established,related accept");
        // Answers that connection tracking has no connection for: to segments with odd flags, as scanners send them. None of these opens anything.
        Rule(text, $"oifname \"{appliance.Interface}\" tcp flags & rst == rst accept");
        if (served.Tcp.Count > 0) Rule(text, $"oifname \"{appliance.Interface}\" tcp sport {Ports(served.Tcp)} tcp flags & (syn | ack) != syn accept");
        Rule(text, $"oifname \"{appliance.Interface}\" icmp type {{ echo-reply, destination-unreachable }} accept");
        if (appliance.Address is null) Rule(text, $"oifname \"{appliance.Interface}\" udp sport 68 udp dport 67 accept");
        if (management is { Interface: { } name, Address: null }) Rule(text, $"oifname \"{name}\" udp sport 68 udp dport 67 accept");
        foreach (var set in (string[])["tcp_sinks", TcpNames]) Rule(text, $"ip daddr . tcp dport @{set} accept");
        foreach (var set in (string[])["udp_sinks", UdpNames]) Rule(text, $"ip daddr . udp dport @{set} accept");
        foreach (var set in leasedDns ? (string[])["dns", DnsLeased] : ["dns"])
        {
            Rule(text, $"ip daddr @{set} udp dport 53 accept");
            Rule(text, $"ip daddr @{set} tcp dport 53 accept");
        }
        // To a program on this machine a refusal at once, not a wait for nothing.
        Rule(text, "counter reject with icmp type admin-prohibited");
        text.Append("    }\n");
    }

    private static void Set(StringBuilder text, string name, string type, string flags, IReadOnlyList<string> elements)
    {
        text.Append(CultureInfo.InvariantCulture, $"    set {name} {{ type {type}; {flags}");
        if (elements.Count > 0) text.Append(CultureInfo.InvariantCulture, $"elements = {{ {string.Join(", ", elements)} }}; ");
        text.Append("}\n");
    }

    private static string Ports(IReadOnlyList<int> ports) => ports.Count == 1
        ? ports[0].ToString(CultureInfo.InvariantCulture)
        : $"{{ {string.Join(", ", ports.Distinct().Order().Select(p => p.ToString(CultureInfo.InvariantCulture)))} }}";

    private static void Rule(StringBuilder text, string rule) => text.Append("        ").Append(rule).Append('\n');
}
