using System.Diagnostics.CodeAnalysis;
using System.Net;
using Conpot.Pi.Config;

namespace Conpot.Pi.Appliance;

/// <summary>[appliance]: how the machine stands in the plant's network, where it is the image's own.</summary>
/// <param name="Mac">Null for the seed's.</param>
/// <param name="Hostname">Told to the DHCP server; empty for none, as no Siemens CP that we know of tells one.</param>
/// <param name="Address">Null for DHCP.</param>
/// <param name="Ntp">Names or addresses; nobody else is ever asked for the time.</param>
/// <param name="Personality">Whether TCP/IP looks like the profile's device, or like the kernel that it is.</param>
internal sealed record ApplianceSettings(
    string Interface, string? Mac, string Hostname, InterfaceAddress? Address, IPAddress? Gateway, IReadOnlyList<IPAddress> Dns, IReadOnlyList<string> Ntp, bool Personality)
{
    /// <summary>resolv.conf(5), MAXNS.</summary>
    private const int MostDns = 3;

    private const int MostNtp = 4;

    public static ApplianceSettings Read(ConfigSection section)
    {
        var name = section.Parsed<string>("interface", "eth0", TryInterface);
        var mac = section.Text("mac", "").Length == 0 ? null : section.Parsed<string?>("mac", null, HardwareAddress.TryParse);
        var hostname = section.Text("hostname", "");
        if (hostname.Length > 0 && !HostNames.IsLabel(hostname))
            section.Error("hostname", $"'hostname' in [appliance] is {Shown.Quoted(hostname)}; write 1 to 63 letters, digits and hyphens, no hyphen at either end, or \"\" to tell none");
        var address = section.Parsed("address", new InterfaceAddress.Setting(null), InterfaceAddress.TryParse).Static;
        return new ApplianceSettings(name, mac, HostNames.IsLabel(hostname) ? hostname : "", address, ReadGateway(section, address), ReadDns(section), ReadNtp(section),
            section.Choice("personality", "profile", "profile", "linux") == "profile");
    }

    internal static bool TryInterface(string text, [NotNullWhen(true)] out string? name, out string problem)
    {
        problem = "write the name of one network interface, such as \"eth0\" ('ip link' lists them)";
        name = HostNames.IsInterface(text) ? text : null;
        return name is not null;
    }

    private static IPAddress? ReadGateway(ConfigSection section, InterfaceAddress? address)
    {
        if (section.Text("gateway", "") is not { Length: > 0 } text) return null;
        string? problem = null;
        if (!InterfaceAddress.TryHost(text, out var gateway)) problem = "write an IPv4 address, such as \"192.168.10.1\", or leave it out when there is none";
        else if (address is null)
        {
            // An address that could not be read is a mistake of its own.
            if (section.Peek("address") is null or "dhcp") problem = "with address = \"dhcp\" the DHCP server names the gateway; leave 'gateway' out, or write an address such as \"192.168.10.20/24\"";
        }
        else if (gateway.Equals(address.Address)) problem = "that is this machine's own address; write the router's";
        else if (!address.MayBeHost(gateway)) problem = $"no machine in the network of {address} has that address; correct one of the two";
        if (problem is not null) section.Error("gateway", $"'gateway' in [appliance] is {Shown.Quoted(text)}; {problem}");
        return problem is null ? gateway : null;
    }

    private static List<IPAddress> ReadDns(ConfigSection section)
    {
        var servers = new List<IPAddress>();
        foreach (var text in section.Texts("dns"))
        {
            if (!InterfaceAddress.TryHost(text, out var server) || !InterfaceAddress.IsUnicast(server))
                section.Error("dns", $"{Shown.Quoted(text)} in 'dns' of [appliance] is no address of a name server; write IPv4 addresses, such as [\"192.168.10.1\"]");
            else if (!servers.Contains(server)) servers.Add(server);
        }
        if (servers.Count > MostDns) section.Error("dns", $"'dns' in [appliance] has {servers.Count} servers, and no more than {MostDns} are ever asked; keep the best {MostDns}");
        return [.. servers.Take(MostDns)];
    }

    private static List<string> ReadNtp(ConfigSection section)
    {
        var servers = new List<string>();
        foreach (var text in section.Texts("ntp"))
        {
            if (!HostNames.IsName(text) && !(InterfaceAddress.TryHost(text, out var address) && InterfaceAddress.IsUnicast(address)))
                section.Error("ntp", $"{Shown.Quoted(text)} in 'ntp' of [appliance] is neither an IPv4 address nor a name; write such as [\"192.168.10.1\"]");
            else if (!servers.Contains(text)) servers.Add(text);
        }
        if (servers.Count > MostNtp) section.Error("ntp", $"'ntp' in [appliance] has {servers.Count} servers; keep {MostNtp} at most");
        return [.. servers.Take(MostNtp)];
    }
}
