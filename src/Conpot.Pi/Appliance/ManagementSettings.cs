using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;

namespace Conpot.Pi.Appliance;

/// <summary>[management]: the way in for its owner, on an interface that is never the plant's.</summary>
/// <param name="Interface">Null for none.</param>
/// <param name="Address">Null for DHCP.</param>
/// <param name="SshKeys">Whoever holds one of them may log in; without any there is no SSH at all.</param>
/// <param name="Wifi">Null for a wire.</param>
internal sealed record ManagementSettings(string? Interface, InterfaceAddress? Address, IReadOnlyList<string> SshKeys, WirelessNetwork? Wifi)
{
    /// <summary>The adapter's own hardware address, which makes it the management's whatever was found first; null where the name says enough.</summary>
    public string? Mac { get; init; }

    private const int MostKeys = 16;

    /// <param name="plant">The plant's interface.</param>
    /// <param name="plantMac">The hardware address that it is given; null for the seed's.</param>
    public static ManagementSettings Read(ConfigSection section, string plant, string? plantMac = null)
    {
        var name = section.Text("interface", "").Length == 0 ? null : section.Parsed<string?>("interface", null, (string text, [NotNullWhen(true)] out string? value, out string problem) =>
        {
            if (!ApplianceSettings.TryInterface(text, out value, out problem)) return false;
            problem = $"that is the plant's interface ([appliance] interface), on which nobody may manage this machine; write another, such as \"wlan0\", \"usb0\" or \"eth1\"";
            return value != plant;
        });
        var address = section.Parsed("address", new InterfaceAddress.Setting(null), InterfaceAddress.TryParse).Static;
        var mac = section.Text("mac", "").Length == 0 ? null : section.Parsed<string?>("mac", null, (string text, [NotNullWhen(true)] out string? value, out string problem) =>
        {
            if (!HardwareAddress.TryParse(text, out value, out problem))
            {
                problem = "write the adapter's own hardware address, such as \"A0:CE:C8:12:34:56\" ('ip link' shows it, and often a label), or leave 'mac' out";
                return false;
            }
            problem = "that is the address that [appliance] gives the plant's interface; write the management adapter's own";
            return value != plantMac;
        });
        var keys = ReadKeys(section);
        var wifi = WirelessNetwork.Read(section);
        if (!section.Has("interface") || section.Peek("interface") is "")
        {
            foreach (var key in (string[])["ssh_keys", "wifi_ssid", "address", "mac"])
            {
                if (!section.Has(key)) continue;
                section.Error(key, $"[management] has '{key}' and no 'interface'; write which one it is for, such as interface = \"{(key == "wifi_ssid" ? "wlan0" : "eth1")}\" (never the plant's {plant})");
                break;
            }
        }
        return new ManagementSettings(name, address, keys, wifi) { Mac = mac };
    }

    private static List<string> ReadKeys(ConfigSection section)
    {
        var keys = new List<string>();
        var number = 0;
        foreach (var text in section.Texts("ssh_keys"))
        {
            number++;
            if (!SshKey.TryParse(text, out var key, out var problem)) section.Error("ssh_keys", $"key {number} in 'ssh_keys' of [management] cannot be used; {problem}");
            else if (!keys.Contains(key)) keys.Add(key);
        }
        if (keys.Count > MostKeys) section.Error("ssh_keys", $"'ssh_keys' in [management] has {keys.Count} keys; keep {MostKeys} at most");
        return [.. keys.Take(MostKeys)];
    }
}

/// <summary>The wireless network that management goes through.</summary>
/// <param name="Country">ISO 3166-1: without it the kernel keeps the channels closed that its law may forbid.</param>
internal sealed record WirelessNetwork(string Ssid, string Password, string Country)
{
    public static WirelessNetwork? Read(ConfigSection section)
    {
        var ssid = section.Text("wifi_ssid", "");
        var password = section.Text("wifi_password", "");
        var country = section.Text("wifi_country", "");
        if (ssid.Length == 0)
        {
            if (password.Length > 0 || country.Length > 0)
                section.Error(password.Length > 0 ? "wifi_password" : "wifi_country", "[management] has settings for Wi-Fi and no 'wifi_ssid'; write the network's name, or take them out");
            return null;
        }
        if (System.Text.Encoding.UTF8.GetByteCount(ssid) > 32) section.Error("wifi_ssid", "'wifi_ssid' in [management] is longer than 32 bytes, which no network's name is (IEEE 802.11); correct it");
        if (!section.Has("wifi_password"))
            section.Error("wifi_ssid", "[management] has 'wifi_ssid' and no 'wifi_password'; write it (a network without one is no place to manage from)");
        else if (!IsPassphrase(password) && !IsKey(password))
            section.Error("wifi_password", "'wifi_password' in [management] is neither a password of 8 to 63 plain characters nor a key of 64 hexadecimal digits; correct it");
        if (!section.Has("wifi_country"))
            section.Error("wifi_ssid", "[management] has 'wifi_ssid' and no 'wifi_country'; write the two letters of the country where it stands, such as wifi_country = \"DE\", as its law says which channels may be used");
        else if (country.Length != 2 || !country.All(char.IsAsciiLetterUpper))
            section.Error("wifi_country", $"'wifi_country' in [management] is {Shown.Quoted(country)}; write the two capital letters of ISO 3166, such as \"DE\", \"US\" or \"GB\"");
        return new WirelessNetwork(ssid, password, country);
    }

    /// <summary>IEEE 802.11, J.4: 8 to 63 characters of printable ASCII.</summary>
    public static bool IsPassphrase(string text) => text.Length is >= 8 and <= 63 && text.All(c => c is >= ' ' and <= '~');

    public static bool IsKey(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
