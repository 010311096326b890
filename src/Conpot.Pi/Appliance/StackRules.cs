using System.Globalization;

namespace Conpot.Pi.Appliance;

/// <summary>The ports of the plant interface behind which the device answers.</summary>
internal sealed record ServedPorts(IReadOnlyList<int> Tcp, IReadOnlyList<int> Udp);

/// <summary>[stack] as a table of nftables for the plant interface, and as sysctls; both replace what an earlier run left.</summary>
internal static class StackRules
{
    public const string Table = "conpot_pi_stack";

    /// <summary>For <c>nft -f</c>: takes the old table away and puts the new one up in one go. Without a personality it only takes away.</summary>
    public static string Nftables(StackSettings stack, ServedPorts ports, string plant) =>
        string.Create(CultureInfo.InvariantCulture, $"table ip {Table}\ndelete table ip {Table}\n");

    /// <summary>Name and value of each, as under /proc/sys with dots: "net.ipv4.ip_default_ttl". Without a personality the kernel's own.</summary>
    public static IReadOnlyList<(string Name, string Value)> Sysctls(StackSettings stack, string plant) => [];
}
