using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Conpot.Pi.Config;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols;

/// <summary>How the module stands in the network, as its tables show it: one interface, one address, one gateway, whatever else the machine has.</summary>
/// <param name="Gateway">Null when there is none: then there is neither a default route nor a neighbour.</param>
/// <param name="GatewayMac">Six bytes.</param>
/// <param name="Mac">Six bytes of ifPhysAddress.</param>
internal sealed record ModuleNetwork(IPAddress Address, IPAddress Netmask, IPAddress? Gateway, byte[] GatewayMac, byte[] Mac)
{
    /// <summary>"00:0E:8C:12:34:56".</summary>
    public string MacText => BitConverter.ToString(Mac).Replace('-', ':');

    public bool IsAs(ModuleNetwork other) => Address.Equals(other.Address) && Netmask.Equals(other.Netmask) && Equals(Gateway, other.Gateway)
        && GatewayMac.AsSpan().SequenceEqual(other.GatewayMac) && Mac.AsSpan().SequenceEqual(other.Mac);
}

/// <summary>What [network] says about the module's own place: each key that is missing is found out from the machine.</summary>
internal sealed record ModuleNetworkSettings(IReadOnlyList<IPAddress> Listen)
{
    /// <summary>Siemens' prefixes in which an interface may be left as it is (nmap-mac-prefixes): those of this generation, and the later ones.</summary>
    private static readonly string[] s_siemens =
    [
        "080006", "000E8C", "001B1B", "001C06", "0001E3", "000BA3", "001FF8", "286336", "8CF319", "E0DCA0", "AC6417", "883F99", "D4F527", "10DFFC", "20A8B9", "208756", "301389", "EC1C5D",
    ];

    /// <summary>Makers of routers and switches that stand in plants: Hirschmann, Moxa, Phoenix Contact, Siemens SCALANCE. [G]</summary>
    private static readonly byte[][] s_routers = [[0x00, 0x80, 0x63], [0x00, 0x90, 0xE8], [0x00, 0xA0, 0x45], [0x00, 0x1B, 0x1B]];

    public IPAddress? Address { get; init; }
    public IPAddress? Netmask { get; init; }

    /// <summary><see cref="IPAddress.None"/> means that the file says there is none.</summary>
    public IPAddress? Gateway { get; init; }

    public byte[]? GatewayMac { get; init; }

    /// <param name="network">[network], which others read as well.</param>
    public static ModuleNetworkSettings Read(ConfigSection network, IReadOnlyList<IPAddress> listen)
    {
        var settings = new ModuleNetworkSettings(listen)
        {
            Address = network.Parsed<IPAddress?>("address", null, TryAddress),
            Netmask = network.Parsed<IPAddress?>("netmask", null, TryNetmask),
            Gateway = network.Parsed<IPAddress?>("gateway", null, TryGateway),
            GatewayMac = network.Parsed<byte[]?>("gateway_mac", null, TryMac),
        };
        if (settings is { Address: { } own, Netmask: { } mask, Gateway: { } gateway } && !gateway.Equals(IPAddress.None) && !Subnet.Of(own, mask).Equals(Subnet.Of(gateway, mask)))
            network.Error("gateway", $"'gateway' in [network] is {gateway}, which is not in the subnet of {own} with netmask {mask}; correct one of the three");
        return settings;
    }

    /// <summary>The place the module shows now; cheap enough to ask for again when an address may have been leased meanwhile.</summary>
    public ModuleNetwork Resolve(HostNetwork host, DeviceSeed seed)
    {
        // On loopback (a trial on a developer's PC) 127.0.0.1 would look like nothing on a plant: the module shows the address it might have there.
        var dice = seed.Stream("address");
        var madeUp = new IPAddress([192, 168, (byte)(1 + dice.Next(20)), (byte)(10 + dice.Next(90))]);
        var found = Address ?? Listen.FirstOrDefault(IsOwn) ?? (Listen.Any(a => a.Equals(IPAddress.Any) || a.Equals(IPAddress.IPv6Any)) ? host.MainAddress : null);
        var address = found is null || IPAddress.IsLoopback(found) && Address is null ? madeUp : found;
        var subnet = host.SubnetOf(address);
        var mask = Netmask ?? subnet?.Mask ?? new IPAddress([255, 255, 255, 0]);
        var gateway = Gateway
            ?? (ReferenceEquals(address, madeUp) ? new IPAddress([192, 168, address.GetAddressBytes()[2], 1])
            : host.DefaultRoute?.Gateway is { } first && Subnet.Of(first, mask).Equals(Subnet.Of(address, mask)) ? first : null);
        if (gateway is not null && (gateway.Equals(IPAddress.None) || gateway.Equals(IPAddress.Any) || gateway.Equals(address))) gateway = null;

        // The gateway's real hardware address is what every other neighbour sees too, and says nothing about this machine.
        var gatewayMac = GatewayMac ?? (gateway is null ? null : host.NeighbourMac(gateway)) ?? RouterMac(seed);
        var mac = subnet is not null && host.MacOf(subnet.Interface) is { } text && HostNetwork.TryMac(text, out var own) && s_siemens.Contains(Convert.ToHexString(own, 0, 3)) ? own : seed.MacAddress;
        return new ModuleNetwork(address, mask, gateway, gatewayMac, mac);
    }

    private static byte[] RouterMac(DeviceSeed seed)
    {
        var dice = seed.Stream("gateway mac");
        return [.. s_routers[dice.Next(s_routers.Length)], (byte)dice.Next(256), (byte)dice.Next(256), (byte)dice.Next(256)];
    }

    private static bool IsOwn(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork && !address.Equals(IPAddress.Any);

    private static bool TryAddress(string text, [NotNullWhen(true)] out IPAddress? address, out string problem)
    {
        problem = "write an IPv4 address, such as \"192.168.10.20\"";
        // IPAddress takes "10.1" for 10.0.0.1; a person who writes that has forgotten two numbers.
        return IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork && text.Count(c => c == '.') == 3;
    }

    private static bool TryNetmask(string text, [NotNullWhen(true)] out IPAddress? mask, out string problem)
    {
        problem = "write a netmask, such as \"255.255.255.0\"";
        if (!TryAddress(text, out mask, out _)) return false;
        var bits = System.Buffers.Binary.BinaryPrimitives.ReadUInt32BigEndian(mask.GetAddressBytes());
        return bits != 0 && (~bits & (~bits + 1)) == 0;
    }

    private static bool TryGateway(string text, [NotNullWhen(true)] out IPAddress? gateway, out string problem)
    {
        gateway = text == "none" ? IPAddress.None : null;
        problem = "write an IPv4 address, such as \"192.168.10.1\", or \"none\"";
        return gateway is not null || TryAddress(text, out gateway, out _);
    }

    private static bool TryMac(string text, [NotNullWhen(true)] out byte[]? mac, out string problem)
    {
        problem = "write a hardware address, such as \"00:1B:1B:12:34:56\"";
        var isMac = HostNetwork.TryMac(text, out var bytes);
        mac = isMac ? bytes : null;
        return isMac;
    }
}
