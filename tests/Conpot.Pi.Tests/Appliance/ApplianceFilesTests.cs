using Conpot.Pi.Appliance;
using Conpot.Pi.Cli;
using Conpot.Pi.Tests.Config;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Appliance;

/// <summary>The system's files against their full texts, and that no setting can write a line of its own into one.</summary>
public class ApplianceFilesTests
{
    private const string Static = """
        [appliance]
        hostname = "plc-3"
        address = "192.168.10.20/24"
        gateway = "192.168.10.1"
        dns = "192.168.10.1"
        ntp = ["192.168.10.1", "time.plant.example"]
        [management]
        interface = "wlan0"
        wifi_ssid = "of\"fice"
        wifi_password = "a \"quoted\" # one"
        wifi_country = "DE"
        ssh_keys = ["KEY me@desk"]
        """;

    [Fact]
    public void The_plants_interface_by_default_tells_its_hardware_address_alone() => Assert.Equal("""
        [Match]
        Name=eth0

        [Link]
        MACAddress=00:0E:8C:12:34:56
        RequiredForOnline=no
        Multicast=no
        AllMulticast=no

        [Network]
        LinkLocalAddressing=no
        IPv6AcceptRA=no
        LLMNR=no
        MulticastDNS=no
        LLDP=no
        EmitLLDP=no
        DHCP=ipv4

        [DHCPv4]
        ClientIdentifier=mac
        SendRelease=no
        RapidCommit=no
        UseNTP=no
        UseSIP=no
        UseCaptivePortal=no
        UseMTU=no
        UseHostname=no
        UseDomains=no
        UseTimezone=no
        UseGateway=yes
        UseRoutes=no
        UseDNS=no
        SendHostname=no

        """, Text("", "/run/systemd/network/10-conpot-pi-plant.network"));

    [Fact]
    public void The_plants_interface_with_an_address_of_its_own() => Assert.Equal("""
        [Match]
        Name=eth0

        [Link]
        MACAddress=00:0E:8C:12:34:56
        RequiredForOnline=no
        Multicast=no
        AllMulticast=no

        [Network]
        LinkLocalAddressing=no
        IPv6AcceptRA=no
        LLMNR=no
        MulticastDNS=no
        LLDP=no
        EmitLLDP=no
        DHCP=no
        Address=192.168.10.20/24
        Gateway=192.168.10.1
        DNS=192.168.10.1

        """, Text(Static, "/run/systemd/network/10-conpot-pi-plant.network"));

    [Fact]
    public void The_managements_interface_never_has_a_default_gateway() => Assert.Equal("""
        [Match]
        Name=wlan0

        [Link]
        RequiredForOnline=no

        [Network]
        LinkLocalAddressing=no
        IPv6AcceptRA=no
        LLMNR=no
        MulticastDNS=no
        LLDP=no
        EmitLLDP=no
        DHCP=ipv4

        [DHCPv4]
        ClientIdentifier=mac
        SendRelease=no
        RapidCommit=no
        UseNTP=no
        UseSIP=no
        UseCaptivePortal=no
        UseMTU=no
        UseHostname=no
        UseDomains=no
        UseTimezone=no
        UseGateway=no
        UseRoutes=yes
        RouteMetric=2048
        UseDNS=yes
        SendHostname=no

        """, Text(Static, "/run/systemd/network/20-conpot-pi-management.network"));

    [Fact]
    public void A_name_to_look_up_wants_the_leases_name_servers_and_a_host_name_is_told()
    {
        var text = Text("[appliance]\nhostname = \"plc-3\"\nntp = \"time.plant.example\"\n", "/run/systemd/network/10-conpot-pi-plant.network")!;
        Assert.EndsWith("UseDNS=yes\nSendHostname=yes\nHostname=plc-3\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_firewall_of_everything_set() => Assert.Equal("""
        table inet conpot_pi
        delete table inet conpot_pi
        table inet conpot_pi {
            set tcp_sinks { type ipv4_addr . inet_service; elements = { 192.168.1.10 . 8883 }; }
            set udp_sinks { type ipv4_addr . inet_service; elements = { 192.168.10.1 . 123 }; }
            set dns { type ipv4_addr; elements = { 192.168.10.1 }; }
            set tcp_names { type ipv4_addr . inet_service; flags timeout; }
            set udp_names { type ipv4_addr . inet_service; flags timeout; }
            set dns_leased { type ipv4_addr; flags timeout; }
            set visitors { type ipv4_addr; flags dynamic; size 4096; }
            chain input {
                type filter hook input priority filter; policy drop;
                iif lo accept
                meta nfproto ipv6 drop
                iifname "eth0" jump plant
                iifname "wlan0" jump management
            }

            chain plant {
                ct state established,related accept
                icmp type echo-request limit rate 50/second burst 50 packets accept
                meta l4proto { icmp, igmp } drop
                tcp dport 22 reject with tcp reset
                tcp dport { 80, 102, 502 } tcp flags & (syn | ack) == syn limit rate over 500/second burst 1000 packets drop
                tcp dport { 80, 102, 502 } ct state new ct count over 1024 drop
                tcp dport { 80, 102, 502 } ct state new add @visitors { ip saddr ct count over 256 } drop
                udp dport 161 limit rate over 2000/second burst 500 packets drop
                tcp dport { 80, 102, 502 } accept
                udp dport 161 accept
                fib daddr type { broadcast, multicast } drop
                meta l4proto { tcp, udp } limit rate 2000/second burst 2000 packets accept
            }

            chain management {
                ct state established,related accept
                icmp type echo-request limit rate 10/second burst 20 packets accept
                tcp dport 22 ct state new limit rate 10/minute burst 20 packets accept
            }

            chain forward {
                type filter hook forward priority filter; policy drop;
            }

            chain output {
                type filter hook output priority filter; policy drop;
                oif lo accept
                meta nfproto ipv6 drop
                ct state established,related accept
                oifname "eth0" tcp flags & rst == rst accept
                oifname "eth0" tcp sport { 80, 102, 502 } tcp flags & (syn | ack) != syn accept
                oifname "eth0" icmp type { echo-reply, destination-unreachable } accept
                oifname "wlan0" udp sport 68 udp dport 67 accept
                ip daddr . tcp dport @tcp_sinks accept
                ip daddr . tcp dport @tcp_names accept
                ip daddr . udp dport @udp_sinks accept
                ip daddr . udp dport @udp_names accept
                ip daddr @dns udp dport 53 accept
                ip daddr @dns tcp dport 53 accept
                counter reject with icmp type admin-prohibited
            }
        }

        """, Text(Static, ApplianceFiles.Firewall));

    [Fact]
    public void Without_limits_the_managements_side_has_none_either_and_still_takes_SSH()
    {
        var machine = MachineOf(Static);
        var text = FirewallRules.Render(machine.Served, machine.Appliance, machine.Management, machine.Egress, limits: false);
        Assert.DoesNotContain("limit", text, StringComparison.Ordinal);
        Assert.Contains("chain management {\n        ct state established,related accept\n        icmp type echo-request accept\n        tcp dport 22 accept\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_last_resort_asks_for_no_module_and_is_closed_for_SSH_in_the_plant_and_for_what_begins_here()
    {
        var machine = MachineOf(Static);
        Assert.Equal("""
            table inet conpot_pi
            delete table inet conpot_pi
            table inet conpot_pi {
                chain input {
                    type filter hook input priority filter; policy drop;
                    iif lo accept
                    meta nfproto ipv6 drop
                    iifname "eth0" tcp dport 22 drop
                    iifname "eth0" accept
                    iifname "wlan0" tcp dport 22 accept
                    iifname "wlan0" tcp flags & (syn | ack) != syn accept
                    iifname "wlan0" icmp type echo-request accept
                    iifname "wlan0" udp sport 67 udp dport 68 accept
                }

                chain forward {
                    type filter hook forward priority filter; policy drop;
                }

                chain output {
                    type filter hook output priority filter; policy drop;
                    oif lo accept
                    meta nfproto ipv6 drop
                    tcp flags & (syn | ack) != syn accept
                    oifname "eth0" udp sport 161 accept
                    icmp type echo-reply accept
                    oifname "eth0" icmp type destination-unreachable accept
                    udp sport 68 udp dport 67 accept
                    ip daddr 192.168.1.10 tcp dport 8883 accept
                    ip daddr 192.168.10.1 udp dport 123 accept
                }
            }

            """, FirewallRules.LastResort(machine.Served, machine.Appliance, machine.Management, machine.Egress));
    }

    /// <summary>How many of the three rule sets the kernel refuses; whether somebody may log in; the last line of trouble.</summary>
    [Theory]
    [InlineData(0, true, "")]
    [InlineData(1, true, "the rules were not taken")]
    [InlineData(2, true, "the simplest rules are in force")]
    [InlineData(3, false, "nor the simplest")]
    public void Without_a_firewall_nobody_logs_in(int refused, bool ssh, string trouble)
    {
        var (machine, tried, said) = (MachineOf(Static), new List<string>(), new List<string> { "" });
        var inForce = new FirewallLoad(rules =>
        {
            tried.Add(rules);
            return tried.Count <= refused ? "nft ended with code 1" : null;
        }, said.Add).Run(machine);
        Assert.Equal(ssh, inForce);
        Assert.StartsWith(trouble, said[^1], StringComparison.Ordinal);
        Assert.Equal(Math.Min(refused + 1, 3), tried.Distinct().Count());
        Assert.Equal(ssh ? "" : null, ApplianceFiles.Of(machine with { MayHaveSsh = inForce }).Single(f => f.Path == ApplianceFiles.Ssh).Text);
    }

    [Fact]
    public void Without_limits_keys_or_management_their_rules_are_missing()
    {
        var machine = MachineOf("");
        var text = FirewallRules.Render(machine.Served, machine.Appliance, machine.Management, machine.Egress, limits: false);
        foreach (var word in (string[])["limit", "ct count", "visitors", "tcp dport 22", "chain management", "wlan0", "@dns_leased"]) Assert.DoesNotContain(word, text, StringComparison.Ordinal);
        Assert.Contains("oifname \"eth0\" udp sport 68 udp dport 67 accept", text, StringComparison.Ordinal);
        Assert.Contains("meta l4proto { tcp, udp } accept", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_small_files_of_everything_set()
    {
        Assert.Equal("tcp 443 hooks.example\nudp 123 time.plant.example\n", Text(Static, ApplianceFiles.Names));
        Assert.Equal("nameserver 192.168.10.1\noptions timeout:3 attempts:2\n", Text(Static, ApplianceFiles.Resolver));
        Assert.Equal("[Time]\nNTP=192.168.10.1 time.plant.example\nFallbackNTP=\n", Text(Static, "/run/systemd/timesyncd.conf.d/50-conpot-pi.conf"));
        Assert.Equal("country=DE\np2p_disabled=1\nnetwork={\n\tssid=6f662266696365\n\tscan_ssid=1\n\tkey_mgmt=WPA-PSK WPA-PSK-SHA256 SAE\n\tieee80211w=1\n\tpsk=\"a \"quoted\" # one\"\n}\n", Text(Static, ApplianceFiles.Directory + "/wpa_supplicant.conf"));
        Assert.Equal(ApplianceSettingsTests.Key + " me@desk\n", Text(Static, ApplianceFiles.Directory + "/authorized_keys"));
        Assert.Equal("", Text(Static, ApplianceFiles.Directory + "/ssh"));
        Assert.Equal("PLANT=eth0\nMANAGEMENT=wlan0\nPLANT_MAC=00:0E:8C:12:34:56\n", Text(Static, ApplianceFiles.Directory + "/env"));
        Assert.Equal("plc-3\n", Text(Static, ApplianceFiles.Directory + "/hostname"));
        Assert.Equal(SystemFile.Secret, ApplianceFiles.Of(MachineOf(Static)).Single(f => f.Path.EndsWith("/wpa_supplicant.conf", StringComparison.Ordinal)).Mode);
    }

    [Fact]
    public void What_nothing_is_set_for_is_taken_away()
    {
        foreach (var name in (string[])["/wpa_supplicant.conf", "/authorized_keys", "/ssh"]) Assert.Null(Text("", ApplianceFiles.Directory + name));
        Assert.Null(Text("", "/run/systemd/network/20-conpot-pi-management.network"));
        Assert.Equal("[Time]\nNTP=\nFallbackNTP=\n", Text("", "/run/systemd/timesyncd.conf.d/50-conpot-pi.conf"));
        Assert.Equal("plc-513639\n", Text("", ApplianceFiles.Directory + "/hostname"));
    }

    [Fact]
    public void The_networks_sysctls_come_first_and_the_devices_may_change_them()
    {
        var text = Text("", "/run/sysctl.d/90-conpot-pi.conf")!;
        foreach (var line in (string[])["net/ipv4/ip_forward=0\n", "net/ipv6/conf/all/disable_ipv6=1\n", "net/ipv4/conf/all/rp_filter=1\n", "net/netfilter/nf_conntrack_max=16384\n"]) Assert.Contains(line, text, StringComparison.Ordinal);
        Assert.All(text.TrimEnd('\n').Split('\n'), l => Assert.Matches("^net/[a-z0-9_/]+=[0-9 ]+$", l));
    }

    [Fact]
    public void Linux_instead_of_the_profile_takes_the_devices_tables_away()
    {
        Assert.Equal("table ip conpot_pi_stack\ndelete table ip conpot_pi_stack\n", Text("[appliance]\npersonality = \"linux\"\n", ApplianceFiles.Stack));
        Assert.Null(Text("[appliance]\npersonality = \"linux\"\n", ApplianceFiles.Directory + "/personality"));
        Assert.Equal("", Text("", ApplianceFiles.Directory + "/personality"));
    }

    [Fact]
    public void A_refresh_gives_each_element_its_whole_time_again() => Assert.Equal(
        "add element inet conpot_pi tcp_names { 192.0.2.1 . 443 timeout 7200s }\ndelete element inet conpot_pi tcp_names { 192.0.2.1 . 443 }\nadd element inet conpot_pi tcp_names { 192.0.2.1 . 443 timeout 7200s }\n",
        Egress.Refresh(FirewallRules.TcpNames, ["192.0.2.1 . 443", "192.0.2.1 . 443"], TimeSpan.FromHours(2)));

    [Fact]
    public void The_list_of_names_is_read_as_it_was_written_and_nothing_else_is()
    {
        var egress = MachineOf(Static).Egress;
        Assert.Equal([("tcp", 443, "hooks.example"), ("udp", 123, "time.plant.example")], Egress.Parse(egress.Print().Split('\n')).Select(d => (d.Transport, d.Port, d.Host)));
        Assert.Empty(Egress.Parse(["leased-dns", "tcp 0 a", "tcp 99999 a", "icmp 1 a", "tcp 80 -o", "tcp 80 a b", "tcp 80 a;b"]));
        Assert.StartsWith("leased-dns\n", MachineOf("[appliance]\n").Egress.Print(), StringComparison.Ordinal);
    }

    /// <summary>Hostile texts in every setting: what is not refused stands in a line that was to be there.</summary>
    [Fact]
    public void No_setting_can_write_a_line_of_its_own()
    {
        string[] pieces = ["\\n", "\\r", "\\u2028", "\\u0085", "\\\"", " ", ";", "{", "}", "#", "$(id)", "%i", "=", "[Network]", "accept", "eth0", "192.0.2.1", "/24", "DE", "12345678", "a", "ssh-ed25519 ", "'", "\\\\"];
        var settings = Static.Replace("KEY", ApplianceSettingsTests.Key, StringComparison.Ordinal).Split('\n').Select(l => l.TrimEnd('\r')).ToArray();
        var lines = Lines(MachineOf(Static));
        var taken = 0;
        int[] open = [.. Enumerable.Range(0, settings.Length).Where(i => settings[i].Contains('=', StringComparison.Ordinal))];
        Gen.Select(Gen.Int[0, open.Length - 1], Gen.Int[0, pieces.Length - 1].Array[1, 6]).Sample((choice, chosen) =>
        {
            var index = open[choice];
            var hostile = string.Concat(chosen.Select(c => pieces[c]));
            var sheet = new Sheet(string.Join('\n', settings.Select((l, i) => i == index ? $"{l.Split(' ')[0]} = \"{hostile}\"" : l)));
            var machine = MachineOf(sheet);
            if (sheet.Errors.Any) return;
            Interlocked.Increment(ref taken);
            Assert.All(ApplianceFiles.Of(machine), f => Assert.DoesNotContain(f.Text ?? "", c => (char.IsControl(c) && c is not ('\n' or '\t')) || c is '\u2028'));
            Assert.True(Lines(machine) <= lines, hostile);
        }, iter: 5000);
        Assert.True(taken > 50);
    }

    private static int Lines(Machine machine) => ApplianceFiles.Of(machine).Where(f => f.Path != ApplianceFiles.Stack).Sum(f => (f.Text ?? "").Count(c => c == '\n'));

    private static string? Text(string settings, string path) => ApplianceFiles.Of(MachineOf(settings)).Single(f => f.Path == path).Text;

    private static Machine MachineOf(string settings)
    {
        var sheet = new Sheet(settings.Replace("KEY", ApplianceSettingsTests.Key, StringComparison.Ordinal));
        var machine = MachineOf(sheet);
        Assert.Empty(sheet.Messages);
        return machine;
    }

    private static Machine MachineOf(Sheet sheet)
    {
        var (appliance, management) = ApplianceSettingsTests.Read(sheet);
        Destination[] sinks = [new("tcp", "192.168.1.10", 8883, "mqtt"), new("tcp", "hooks.example", 443, "webhook"), new("tcp", "fd00::1", 601, "syslog")];
        var stack = StackSettings.Read(new Sheet("enabled = true").Root);
        return new Machine("plc-513639", appliance.Mac ?? "00:0E:8C:12:34:56", appliance, management, stack, new ServedPorts([502, 80, 102], [161]), Egress.Of(sheet.Root.Section("appliance").Exists ? sinks : [sinks[0]], appliance));
    }
}
