using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Appliance;

/// <summary>The machine's Ethernet ports as the kernel lists them, and whether the plant's name stands for the port that one thinks.</summary>
/// <remarks>
/// Names go by who comes first, and on a Raspberry Pi 3 the board's own port is a USB device like any adapter: with both, eth0 and eth1 may change places.
/// The board's own has a node in the device tree, on USB as well (that is how the firmware hands it its address); an adapter has none.
/// </remarks>
/// <param name="root">"/" but in tests.</param>
internal sealed class EthernetPorts(string root)
{
    private const string Class = "sys/class/net";

    private const int WouldBlock = 11; // EWOULDBLOCK

    /// <returns>Null, or why SSH on the management's interface could be SSH in the plant.</returns>
    public string? Doubt(string plant, ManagementSettings management)
    {
        if (management.Interface is not { } name) return null;
        if (management.Mac is { } mac)
            return NameOf(mac) == name ? null : $"no SSH: no adapter has the hardware address {mac}, which [management] names; plug it in and start again, or write the address that 'ip link' shows for it";
        // A wireless interface never has a wired one's name.
        if (management.Wifi is not null || IsWireless(name)) return null;
        return List().Count > 1 && IsAdapter(plant)
            ? $"no SSH: {plant}, the plant's interface, is a USB adapter, and which of several gets a name is chance; connect the plant to the board's own port and name that in [appliance] interface, manage by Wi-Fi, or write the other adapter's hardware address as 'mac' in [management]"
            : null;
    }

    /// <summary>The interface that has the hardware address; null for none and for several, of which none is the one that is meant.</summary>
    public string? NameOf(string mac)
    {
        var found = Names().Where(n => AddressOf(n).Equals(mac, StringComparison.OrdinalIgnoreCase)).Take(2).ToList();
        return found.Count == 1 ? found[0] : null;
    }

    /// <summary>Old and new names, one after the other, that give an interface the wanted name and who has that now its own.</summary>
    public IReadOnlyList<(string Old, string New)> Renames(string mac, string wanted)
    {
        const string meanwhile = "conpot-swap";
        if (NameOf(mac) is not { } now || now == wanted) return [];
        return Exists(wanted) ? [(wanted, meanwhile), (now, wanted), (meanwhile, now)] : [(now, wanted)];
    }

    /// <summary>Does all of the renames or none: a port must not stay under the name that it has in between.</summary>
    /// <param name="rename">One of them: null, or what went wrong.</param>
    /// <returns>Null, or which failed and why.</returns>
    public static string? Rename(IReadOnlyList<(string Old, string New)> renames, Func<string, string, string?> rename)
    {
        for (var i = 0; i < renames.Count; i++)
        {
            if (rename(renames[i].Old, renames[i].New) is not { } trouble) continue;
            for (var done = i - 1; done >= 0; done--) _ = rename(renames[done].New, renames[done].Old);
            return $"{renames[i].Old} cannot become {renames[i].New} ({trouble})";
        }
        return null;
    }

    /// <summary>The lock that flock(1) takes: not shared is flock(2) with LOCK_EX and LOCK_NB to the class library.</summary>
    /// <returns>Held until it is disposed of; null while another holds it.</returns>
    public static SafeFileHandle? TryLock(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }

    public bool Exists(string name) => Directory.Exists(Path.Join(root, Class, name));

    /// <summary>Wired, and real: with a device behind it.</summary>
    private List<string> List() =>
    [
        .. from name in Names()
           where Path.Exists(Path.Join(root, Class, name, "device")) && !IsWireless(name) && IsEthernet(Path.Join(root, Class, name, "type"))
           select name,
    ];

    private IEnumerable<string> Names() =>
        Directory.Exists(Path.Join(root, Class)) ? Directory.EnumerateFileSystemEntries(Path.Join(root, Class)).Select(p => Path.GetFileName(p)) : [];

    /// <summary>Empty for an interface that has none, or is gone again.</summary>
    private string AddressOf(string name)
    {
        try
        {
            return File.ReadAllText(Path.Join(root, Class, name, "address")).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private bool IsWireless(string name) => Path.Exists(Path.Join(root, Class, name, "phy80211")) || Path.Exists(Path.Join(root, Class, name, "wireless"));

    /// <summary>ARPHRD_ETHER of linux/if_arp.h.</summary>
    private static bool IsEthernet(string type) => File.Exists(type) && File.ReadAllText(type).Trim() == "1";

    /// <summary>On a USB bus, and neither its device nor one of its functions in the device tree.</summary>
    private bool IsAdapter(string name)
    {
        // Step by step: ".." in a link's text counts from where the link really is.
        var link = Path.Join(root, Class, name);
        if (!Path.Exists(Path.Join(link, "device"))) return false;
        var real = new DirectoryInfo(link).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? link;
        var device = new DirectoryInfo(Path.Join(real, "device")).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        return device is not null && device.Split('/').Any(IsBus) && !Path.Exists(Path.Join(device, "of_node")) && !Path.Exists(Path.Join(Path.GetDirectoryName(device), "of_node"));
    }

    /// <summary>"usb1": a root hub.</summary>
    private static bool IsBus(string part) => part.Length > 3 && part.StartsWith("usb", StringComparison.Ordinal) && part.AsSpan(3).IndexOfAnyExceptInRange('0', '9') < 0;
}
