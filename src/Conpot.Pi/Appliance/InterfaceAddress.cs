using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Appliance;

/// <summary>How an interface comes to its IPv4 address: "192.0.2.20/24", or null for DHCP.</summary>
internal sealed record InterfaceAddress(IPAddress Address, int PrefixLength)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Address}/{PrefixLength}");

    public bool Holds(IPAddress other) => (Number(other) & Mask) == (Number(Address) & Mask);

    /// <summary>Whether a host of this network may have it: neither the network's own number nor its broadcast address.</summary>
    public bool MayBeHost(IPAddress other) => Holds(other) && (Number(other) & ~Mask) is var host && host != 0 && host != ~Mask;

    /// <summary>"dhcp" or an address with its prefix length.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Setting? setting, out string problem)
    {
        setting = null;
        problem = "write \"dhcp\", or an IPv4 address with the length of its network's prefix, such as \"192.168.10.20/24\"";
        if (text == "dhcp")
        {
            setting = new Setting(null);
            return true;
        }
        var slash = text.IndexOf('/');
        if (slash < 0)
        {
            if (TryHost(text, out _)) problem = $"the length of its network's prefix is missing; write \"{text}/24\" for netmask 255.255.255.0";
            return false;
        }
        if (!TryHost(text[..slash], out var address) || !int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var length)) return false;
        if (length is < 8 or > 30)
        {
            problem = "the prefix length is not between 8 and 30; write 24 for netmask 255.255.255.0";
            return false;
        }
        var own = new InterfaceAddress(address, length);
        if (!own.MayBeHost(address))
        {
            problem = $"in a network of /{length.ToString(CultureInfo.InvariantCulture)} that is the number of the network itself or its broadcast address; write one between the two";
            return false;
        }
        if (!IsUnicast(address))
        {
            problem = "no machine can have that address (loopback, link-local or multicast); write one of the plant's network";
            return false;
        }
        setting = new Setting(own);
        return true;
    }

    /// <summary>Four numbers with dots; the class library takes "10.1" for 10.0.0.1, and a person who writes that has forgotten two numbers.</summary>
    public static bool TryHost(string text, [NotNullWhen(true)] out IPAddress? address)
    {
        address = null;
        var parts = text.Split('.');
        if (parts.Length != 4 || !Array.TrueForAll(parts, p => p.Length is > 0 and <= 3 && p.All(char.IsAsciiDigit) && (p.Length == 1 || p[0] != '0'))) return false;
        return IPAddress.TryParse(text, out address) && address.AddressFamily == AddressFamily.InterNetwork;
    }

    /// <summary>One that a packet can be sent to or come from on a network.</summary>
    public static bool IsUnicast(IPAddress address) => address.GetAddressBytes() is var b && b[0] is > 0 and < 224 and not 127 && !(b[0] == 169 && b[1] == 254);

    private uint Mask => uint.MaxValue << (32 - PrefixLength);

    private static uint Number(IPAddress address) => BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes());

    /// <summary>What the setting 'address' says; null inside for DHCP.</summary>
    internal sealed record Setting(InterfaceAddress? Static);
}
