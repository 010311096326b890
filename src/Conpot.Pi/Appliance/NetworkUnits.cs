using System.Globalization;
using System.Text;

namespace Conpot.Pi.Appliance;

/// <summary>The interfaces as systemd-networkd shall set them up: systemd.network(5). An interface that no unit names stays down.</summary>
internal static class NetworkUnits
{
    private const string Silent = "LinkLocalAddressing=no\nIPv6AcceptRA=no\nLLMNR=no\nMulticastDNS=no\nLLDP=no\nEmitLLDP=no\n";

    /// <summary>Nothing of a lease but the address, its mask and what is asked for beside; nothing told but the hardware address. A device that is switched off releases nothing.</summary>
    private const string Lease = "ClientIdentifier=mac\nSendRelease=no\nRapidCommit=no\nUseNTP=no\nUseSIP=no\nUseCaptivePortal=no\nUseMTU=no\nUseHostname=no\nUseDomains=no\nUseTimezone=no\n";

    /// <param name="mac">The seed's, or the given one.</param>
    /// <param name="needsNames">Whether anything has to be looked up: only then a lease's name servers are wanted.</param>
    public static string Plant(ApplianceSettings settings, string mac, bool needsNames)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture,
            $"[Match]\nName={settings.Interface}\n\n[Link]\nMACAddress={mac}\nRequiredForOnline=no\nMulticast=no\nAllMulticast=no\n\n[Network]\n{Silent}");
        if (settings.Address is { } address)
        {
            text.Append(CultureInfo.InvariantCulture, $"DHCP=no\nAddress={address}\n");
            if (settings.Gateway is { } gateway) text.Append(CultureInfo.InvariantCulture, $"Gateway={gateway}\n");
            AppendDns(text, settings);
            return text.ToString();
        }
        text.Append("DHCP=ipv4\n");
        AppendDns(text, settings);
        text.Append(CultureInfo.InvariantCulture, $"\n[DHCPv4]\n{Lease}");
        // A route that a server on the plant's network hands out besides the gateway is one that an attacker may hand out.
        text.Append("UseGateway=yes\nUseRoutes=no\n");
        text.Append(CultureInfo.InvariantCulture, $"UseDNS={(needsNames && settings.Dns.Count == 0 ? "yes" : "no")}\n");
        text.Append(settings.Hostname.Length > 0 ? $"SendHostname=yes\nHostname={settings.Hostname}\n" : "SendHostname=no\n");
        return text.ToString();
    }

    /// <summary>Null without one. Never a default gateway: what the decoy answers must leave through the plant's interface, from its own address.</summary>
    public static string? Management(ManagementSettings settings, bool needsNames)
    {
        if (settings.Interface is not { } name) return null;
        // With both an adapter that has got the name by coming first stays down.
        var own = settings.Mac is { } mac ? $"MACAddress={mac}\n" : "";
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"[Match]\nName={name}\n{own}\n[Link]\nRequiredForOnline=no\n\n[Network]\n{Silent}");
        if (settings.Address is { } address) return text.Append(CultureInfo.InvariantCulture, $"DHCP=no\nAddress={address}\n").ToString();
        return text.Append("DHCP=ipv4\n\n[DHCPv4]\n").Append(Lease).Append(CultureInfo.InvariantCulture, $"UseGateway=no\nUseRoutes=yes\nRouteMetric=2048\nUseDNS={(needsNames ? "yes" : "no")}\nSendHostname=no\n").ToString();
    }

    private static void AppendDns(StringBuilder text, ApplianceSettings settings)
    {
        foreach (var server in settings.Dns) text.Append(CultureInfo.InvariantCulture, $"DNS={server}\n");
    }
}
