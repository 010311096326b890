using System.Globalization;
using System.Text;

namespace Conpot.Pi.Appliance;

/// <summary>What the settings in force make of the machine.</summary>
/// <param name="Name">The machine's own name, where the settings give it none to tell; never leaves it.</param>
/// <param name="Mac">The seed's, or the given one.</param>
internal sealed record Machine(string Name, string Mac, ApplianceSettings Appliance, ManagementSettings Management, StackSettings Stack, ServedPorts Served, Egress Egress)
{
    /// <summary>The device's TCP/IP, unless the settings want the kernel's.</summary>
    public StackSettings Personality => Appliance.Personality ? Stack : Stack with { Enabled = false };

    /// <summary>False where nobody may log in whatever the settings say, as it might be the plant who does.</summary>
    public bool MayHaveSsh { get; init; } = true;

    public string Hostname => Appliance.Hostname.Length > 0 ? Appliance.Hostname : Name;
}

/// <summary>Every file that "appliance apply" writes, all of them in RAM: a power cut leaves nothing half done, and a boot begins anew.</summary>
internal static class ApplianceFiles
{
    public const string Directory = "/run/conpot-pi-appliance";

    /// <summary>What could not be done, a line each: for console and doctor.</summary>
    public const string Trouble = Directory + "/trouble";

    public const string Firewall = Directory + "/firewall.nft", Stack = Directory + "/stack.nft", Names = Directory + "/names", Resolver = Directory + "/resolv.conf";

    /// <summary>There while sshd may start.</summary>
    public const string Ssh = Directory + "/ssh";

    /// <summary>Whom the clock asks.</summary>
    public const string Time = "/run/systemd/timesyncd.conf.d/50-conpot-pi.conf";

    /// <summary>In <see cref="Time"/>: nobody.</summary>
    public const string NoTime = "NTP=";

    /// <summary>Where networkd says which name servers its leases have.</summary>
    public const string NetworkState = "/run/systemd/netif/state";

    public static IReadOnlyList<SystemFile> Of(Machine machine)
    {
        var (appliance, management) = (machine.Appliance, machine.Management);
        return
        [
            new("/run/systemd/network/10-conpot-pi-plant.network", NetworkUnits.Plant(appliance, machine.Mac, machine.Egress.NeedsNames)),
            new("/run/systemd/network/20-conpot-pi-management.network", NetworkUnits.Management(management, machine.Egress.NeedsNames)),
            new(Firewall, FirewallRules.Render(machine.Served, appliance, management, machine.Egress)),
            new(Stack, StackRules.Nftables(machine.Personality, machine.Served, appliance.Interface)),
            // Read again by udev when the interface appears late: systemd-sysctl.service(8).
            new("/run/sysctl.d/90-conpot-pi.conf", string.Concat(Sysctls(machine).Select(s => $"{s.Path}={s.Value}\n"))),
            new(Names, machine.Egress.Print()),
            // Without servers of the settings "appliance egress" writes those of the lease.
            new(Resolver, ResolverText(appliance.Dns.Select(d => d.ToString()))),
            // Without servers it asks nobody, and only keeps the clock from going back over a restart.
            new(Time, $"[Time]\n{NoTime}{string.Join(' ', appliance.Ntp)}\nFallbackNTP=\n"),
            new(Directory + "/wpa_supplicant.conf", WirelessText(management), SystemFile.Secret),
            // sshd reads it as the user who logs in.
            new(Directory + "/authorized_keys", management.SshKeys.Count > 0 ? string.Concat(management.SshKeys.Select(k => k + "\n")) : null),
            // ConditionPathExists= of sshd.
            new(Ssh, machine.MayHaveSsh && management is { Interface: not null, SshKeys.Count: > 0 } ? "" : null),
            // ConditionPathExists= of "appliance unreachable".
            new(Directory + "/personality", machine.Personality.Enabled ? "" : null),
            // EnvironmentFile= of the units that need an interface's name.
            new(Directory + "/env", $"PLANT={appliance.Interface}\nMANAGEMENT={management.Interface}\nPLANT_MAC={machine.Mac}\n"),
            new(Directory + "/hostname", machine.Hostname + "\n"),
        ];
    }

    /// <summary>Path under /proc/sys and value of each: the network's, and those of the device's TCP/IP.</summary>
    public static IReadOnlyList<(string Path, string Value)> Sysctls(Machine machine) =>
    [
        ("net/ipv4/ip_forward", "0"),
        // An address of [network] listen may come with a lease, after the sensor.
        ("net/ipv4/ip_nonlocal_bind", "1"),
        ("net/ipv4/conf/all/rp_filter", "1"),
        ("net/ipv4/conf/default/rp_filter", "1"),
        ("net/ipv4/conf/all/accept_source_route", "0"),
        ("net/ipv4/conf/all/accept_redirects", "0"),
        ("net/ipv4/conf/default/accept_redirects", "0"),
        ("net/ipv4/conf/all/secure_redirects", "0"),
        ("net/ipv4/conf/all/send_redirects", "0"),
        ("net/ipv4/conf/default/send_redirects", "0"),
        ("net/ipv4/icmp_echo_ignore_broadcasts", "1"),
        // An interface does not answer for the other's address.
        ("net/ipv4/conf/all/arp_ignore", "1"),
        ("net/ipv4/conf/all/arp_announce", "2"),
        ("net/ipv6/conf/all/disable_ipv6", "1"),
        ("net/ipv6/conf/default/disable_ipv6", "1"),
        // 320 bytes each: a flood of new connections takes 5 MB, not the machine.
        ("net/netfilter/nf_conntrack_max", "16384"),
        .. StackRules.Sysctls(machine.Personality, machine.Appliance.Interface),
    ];

    /// <summary>resolv.conf(5): one try more than the first, as the sensor's sinks come again anyway.</summary>
    public static string ResolverText(IEnumerable<string> servers) => string.Concat(servers.Select(s => $"nameserver {s}\n")) + "options timeout:3 attempts:2\n";

    /// <summary>wpa_supplicant.conf(5). The name in hexadecimal, as it may have any character; quotes within a password are its own, up to the last.</summary>
    private static string? WirelessText(ManagementSettings management)
    {
        if (management is not { Interface: not null, Wifi: { } wifi }) return null;
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"country={wifi.Country}\np2p_disabled=1\nnetwork={{\n\tssid={Convert.ToHexStringLower(Encoding.UTF8.GetBytes(wifi.Ssid))}\n\tscan_ssid=1\n");
        return WirelessNetwork.IsKey(wifi.Password)
            ? text.Append(CultureInfo.InvariantCulture, $"\tkey_mgmt=WPA-PSK WPA-PSK-SHA256\n\tieee80211w=1\n\tpsk={wifi.Password}\n}}\n").ToString()
            : text.Append(CultureInfo.InvariantCulture, $"\tkey_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\n\tieee80211w=1\n\tpsk=\"{wifi.Password}\"\n}}\n").ToString();
    }
}
