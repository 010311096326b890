using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Net;

/// <summary>One line of the kernel's routing table.</summary>
internal sealed record HostRoute(string Interface, IPAddress Destination, IPAddress Gateway, IPAddress Mask)
{
    public bool IsDefault => Mask.Equals(IPAddress.Any) && Destination.Equals(IPAddress.Any);

    /// <summary>Reached without a gateway.</summary>
    public bool IsConnected => Gateway.Equals(IPAddress.Any) && !IsDefault;

    public bool Holds(IPAddress address) => Subnet.Of(address, Mask).Equals(Destination);
}

internal static class Subnet
{
    public static IPAddress Of(IPAddress address, IPAddress mask)
    {
        var (bytes, ones) = (address.GetAddressBytes(), mask.GetAddressBytes());
        for (var i = 0; i < bytes.Length; i++) bytes[i] &= ones[i];
        return new IPAddress(bytes);
    }
}

/// <summary>How this machine stands in its IPv4 network: read from /proc and /sys, which a hardened unit may read when it may not open a netlink socket.</summary>
/// <param name="Routes">/proc/net/route.</param>
/// <param name="Neighbours">/proc/net/arp.</param>
/// <param name="AddressTowards">Which own address the kernel would use towards another; sends nothing.</param>
/// <param name="MacOf">/sys/class/net/NAME/address.</param>
internal sealed record HostNetwork(IReadOnlyList<HostRoute> Routes, string Neighbours, Func<IPAddress, IPAddress?> AddressTowards, Func<string, string?> MacOf)
{
    public static HostNetwork Read() =>
        new(ParseRoutes(Text("/proc/net/route") ?? ""), Text("/proc/net/arp") ?? "", OwnAddressTowards, name => Text($"/sys/class/net/{name}/address"));

    public HostRoute? DefaultRoute => Routes.FirstOrDefault(r => r.IsDefault);

    /// <summary>The subnet that an own address is in.</summary>
    public HostRoute? SubnetOf(IPAddress address) => Routes.FirstOrDefault(r => r.IsConnected && r.Holds(address));

    /// <summary>The address of the interface that holds the default route; without one, of the first that has a network at all.</summary>
    public IPAddress? MainAddress
    {
        get
        {
            var towards = DefaultRoute?.Gateway ?? Routes.FirstOrDefault(r => r.IsConnected)?.Destination;
            return towards is null ? null : AddressTowards(towards);
        }
    }

    /// <summary>The hardware address behind a neighbour's, as the kernel knows it now.</summary>
    public byte[]? NeighbourMac(IPAddress address)
    {
        var shown = address.ToString();
        foreach (var line in Neighbours.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var ip, _, _, var mac, ..] && ip == shown && TryMac(mac, out var bytes) && bytes.Any(b => b != 0))
                return bytes;
        return null;
    }

    public static bool TryMac(string text, out byte[] mac)
    {
        var digits = text.Trim().Replace(":", "", StringComparison.Ordinal).Replace("-", "", StringComparison.Ordinal);
        var isMac = digits.Length == 12 && digits.All(char.IsAsciiHexDigit);
        mac = isMac ? Convert.FromHexString(digits) : [];
        return isMac;
    }

    internal static IReadOnlyList<HostRoute> ParseRoutes(string table)
    {
        var routes = new List<HostRoute>();
        foreach (var line in table.Split('\n'))
            // Iface Destination Gateway Flags RefCnt Use Metric Mask ...: proc_net(5)
            if (line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries) is [var name, var destination, var gateway, _, _, _, _, var mask, ..]
                && Hex(destination) is { } to && Hex(gateway) is { } via && Hex(mask) is { } ones)
                routes.Add(new HostRoute(name, to, via, ones));
        return routes;
    }

    /// <summary>The kernel prints the four bytes in memory order as one number.</summary>
    private static IPAddress? Hex(string text) =>
        text.Length == 8 && uint.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var number) ? new IPAddress(BitConverter.GetBytes(number)) : null;

    private static IPAddress? OwnAddressTowards(IPAddress other)
    {
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(other, 9); // of a datagram socket: chooses the route, sends nothing
            return ((IPEndPoint)socket.LocalEndPoint!).Address;
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private static string? Text(string path)
    {
        try
        {
            return File.Exists(path) ? File.ReadAllText(path) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
