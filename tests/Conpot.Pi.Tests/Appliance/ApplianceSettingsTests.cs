using Conpot.Pi.Appliance;
using Conpot.Pi.Tests.Config;
using Xunit;

namespace Conpot.Pi.Tests.Appliance;

/// <summary>[appliance] and [management]: what is taken, and each mistake with its place and remedy.</summary>
public class ApplianceSettingsTests
{
    internal const string Key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

    [Fact]
    public void An_empty_file_means_dhcp_on_eth0_and_no_management()
    {
        var sheet = new Sheet("");
        var (appliance, management) = Read(sheet);
        Assert.Empty(sheet.Messages);
        Assert.Equal(("eth0", null, "", null, null, true), (appliance.Interface, appliance.Mac, appliance.Hostname, appliance.Address, appliance.Gateway, appliance.Personality));
        Assert.Empty(appliance.Dns);
        Assert.Empty(appliance.Ntp);
        Assert.Equal((null, null, null), (management.Interface, management.Address, management.Wifi));
        Assert.Empty(management.SshKeys);
    }

    [Fact]
    public void Everything_set_is_taken()
    {
        var sheet = new Sheet($"""
            [appliance]
            interface = "end0"
            mac = "00-1b-1b-12-34-56"
            hostname = "plc-3"
            address = "192.168.10.20/24"
            gateway = "192.168.10.1"
            dns = ["192.168.10.1", "192.168.10.2"]
            ntp = ["time.plant.example", "192.168.10.1"]
            personality = "linux"
            [management]
            interface = "wlan0"
            address = "10.0.0.2/29"
            ssh_keys = ["{Key}   somebody@desk"]
            wifi_ssid = "office"
            wifi_password = "a \"quoted\" one"
            wifi_country = "DE"
            """);
        var (appliance, management) = Read(sheet);
        Assert.Empty(sheet.Messages);
        Assert.Equal(("end0", "00:1B:1B:12:34:56", "plc-3", "192.168.10.20/24", "192.168.10.1", false),
            (appliance.Interface, appliance.Mac, appliance.Hostname, appliance.Address!.ToString(), appliance.Gateway!.ToString(), appliance.Personality));
        Assert.Equal(["192.168.10.1", "192.168.10.2"], appliance.Dns.Select(d => d.ToString()));
        Assert.Equal(["time.plant.example", "192.168.10.1"], appliance.Ntp);
        Assert.Equal(("wlan0", "10.0.0.2/29"), (management.Interface, management.Address!.ToString()));
        Assert.Equal([Key + " somebody@desk"], management.SshKeys);
        Assert.Equal(new WirelessNetwork("office", "a \"quoted\" one", "DE"), management.Wifi);
    }

    [Theory]
    [InlineData("interface = \"eth0 \"", "write the name of one network interface")]
    [InlineData("interface = \"eth*\"", "write the name of one network interface")]
    [InlineData("interface = \"lo\"", "write the name of one network interface")]
    [InlineData("mac = \"01:00:5E:00:00:01\"", "that is a group address")]
    [InlineData("mac = \"00:00:00:00:00:00\"", "write a hardware address of six bytes")]
    [InlineData("mac = \"00:0E:8C:12:34\"", "write a hardware address of six bytes")]
    [InlineData("hostname = \"plc_3\"", "write 1 to 63 letters, digits and hyphens")]
    [InlineData("hostname = \"-plc\"", "write 1 to 63 letters, digits and hyphens")]
    [InlineData("address = \"192.168.10.20\"", "write \"192.168.10.20/24\" for netmask 255.255.255.0")]
    [InlineData("address = \"192.168.10/24\"", "write \"dhcp\", or an IPv4 address")]
    [InlineData("address = \"192.168.010.2/24\"", "write \"dhcp\", or an IPv4 address")]
    [InlineData("address = \"192.168.10.20/31\"", "the prefix length is not between 8 and 30")]
    [InlineData("address = \"192.168.10.0/24\"", "the number of the network itself or its broadcast address")]
    [InlineData("address = \"127.0.0.5/8\"", "no machine can have that address")]
    [InlineData("address = \"fd00::5/64\"", "write \"dhcp\", or an IPv4 address")]
    [InlineData("gateway = \"192.168.10.1\"", "with address = \"dhcp\" the DHCP server names the gateway")]
    [InlineData("address = \"192.168.10.20/24\"\ngateway = \"192.168.11.1\"", "no machine in the network of 192.168.10.20/24 has that address")]
    [InlineData("address = \"192.168.10.20/24\"\ngateway = \"192.168.10.255\"", "no machine in the network of 192.168.10.20/24 has that address")]
    [InlineData("address = \"192.168.10.20/24\"\ngateway = \"192.168.10.20\"", "that is this machine's own address")]
    [InlineData("address = \"192.168.10.20/24\"\ngateway = \"router\"", "write an IPv4 address, such as \"192.168.10.1\"")]
    [InlineData("dns = [\"192.168.10.1\", \"dns.plant\"]", "\"dns.plant\" in 'dns' of [appliance] is no address of a name server")]
    [InlineData("dns = [\"1.1.1.1\", \"1.1.1.2\", \"1.1.1.3\", \"1.1.1.4\"]", "no more than 3 are ever asked")]
    [InlineData("ntp = [\"1.2.3\"]", "is neither an IPv4 address nor a name")]
    [InlineData("ntp = [\"a b\"]", "is neither an IPv4 address nor a name")]
    [InlineData("personality = \"siemens\"", "allowed: \"profile\", \"linux\"")]
    public void A_mistake_in_appliance_is_told_with_its_line_and_remedy(string lines, string remedy)
    {
        var sheet = new Sheet($"[appliance]\n{lines}\n");
        Read(sheet);
        var line = lines.Contains('\n', StringComparison.Ordinal) ? 3 : 2;
        Assert.StartsWith($"conpot-pi.toml:{line}:", sheet.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_gateway_is_no_second_mistake_beside_an_address_that_is_wrong()
    {
        var sheet = new Sheet("[appliance]\naddress = \"192.168.10.300/24\"\ngateway = \"192.168.10.1\"\n");
        Read(sheet);
        Assert.StartsWith("conpot-pi.toml:2:", sheet.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("interface = \"eth0\"", "that is the plant's interface")]
    [InlineData("ssh_keys = [\"KEY\"]", "has 'ssh_keys' and no 'interface'")]
    [InlineData("wifi_ssid = \"a\"\nwifi_password = \"12345678\"\nwifi_country = \"DE\"", "such as interface = \"wlan0\"")]
    [InlineData("mac = \"A0:CE:C8:12:34:56\"", "[management] has 'mac' and no 'interface'; write which one it is for")]
    [InlineData("interface = \"eth1\"\nmac = \"A0:CE\"", "write the adapter's own hardware address")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"password\"]", "key 1 in 'ssh_keys' of [management] cannot be used; it is no public key")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"KEY\", \"command=\\\"sh\\\" KEY\"]", "key 2 in 'ssh_keys' of [management] cannot be used; options in front of a key are not taken")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAg==\"]", "is not whole")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\"]", "is not whole")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"-----BEGIN OPENSSH PRIVATE KEY-----\"]", "that is a private key")]
    [InlineData("interface = \"eth1\"\nssh_keys = [\"ssh-dss AAAAB3NzaC1kc3M=\"]", "ssh-keygen -t ed25519")]
    [InlineData("interface = \"wlan0\"\nwifi_ssid = \"a\"\nwifi_password = \"12345678\"", "no 'wifi_country'")]
    [InlineData("interface = \"wlan0\"\nwifi_ssid = \"a\"\nwifi_country = \"DE\"", "no 'wifi_password'")]
    [InlineData("interface = \"wlan0\"\nwifi_ssid = \"a\"\nwifi_password = \"short\"\nwifi_country = \"DE\"", "a password of 8 to 63 plain characters")]
    [InlineData("interface = \"wlan0\"\nwifi_ssid = \"a\"\nwifi_password = \"12345678\"\nwifi_country = \"Germany\"", "the two capital letters of ISO 3166")]
    [InlineData("interface = \"wlan0\"\nwifi_ssid = \"123456789012345678901234567890123\"\nwifi_password = \"12345678\"\nwifi_country = \"DE\"", "longer than 32 bytes")]
    [InlineData("interface = \"wlan0\"\nwifi_country = \"DE\"", "no 'wifi_ssid'")]
    public void A_mistake_in_management_is_told_with_its_remedy(string lines, string remedy)
    {
        var sheet = new Sheet($"[management]\n{lines.Replace("KEY", Key, StringComparison.Ordinal).Replace("PRIVATE " + Key, "PRIVATE KEY", StringComparison.Ordinal)}\n");
        Read(sheet);
        Assert.Contains(remedy, sheet.Message, StringComparison.Ordinal);
        Assert.Matches("^conpot-pi.toml:[0-9]+:[0-9]+: ", sheet.Message);
    }

    [Fact]
    public void The_plants_own_address_names_no_adapter_of_the_managements()
    {
        var sheet = new Sheet("[appliance]\nmac = \"00:1B:1B:00:00:01\"\n[management]\ninterface = \"eth1\"\nmac = \"00-1b-1b-00-00-01\"\n");
        Read(sheet);
        Assert.Contains("write the management adapter's own", sheet.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_password_is_not_quoted()
    {
        var sheet = new Sheet("[management]\ninterface = \"wlan0\"\nwifi_ssid = \"a\"\nwifi_password = \"hunter2\"\nwifi_country = \"DE\"\n");
        Read(sheet);
        Assert.DoesNotContain("hunter2", sheet.Message, StringComparison.Ordinal);
    }

    internal static (ApplianceSettings Appliance, ManagementSettings Management) Read(Sheet sheet)
    {
        var appliance = ApplianceSettings.Read(sheet.Root.Section("appliance"));
        var management = ManagementSettings.Read(sheet.Root.Section("management"), appliance.Interface, appliance.Mac);
        sheet.File.ReportUnread();
        return (appliance, management);
    }
}
