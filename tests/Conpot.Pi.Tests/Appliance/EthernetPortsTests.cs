using Conpot.Pi.Appliance;
using Conpot.Pi.Hosting;
using Conpot.Pi.Tests.Config;
using Xunit;

namespace Conpot.Pi.Tests.Appliance;

/// <summary>Boards out of files and links as /sys has them: when SSH might be SSH in the plant.</summary>
public sealed class EthernetPortsTests : IDisposable
{
    private const string Pi3 = "platform/soc/3f980000.usb/usb1/1-1/", Pi4 = "platform/scb/fd500000.pcie/pci0000:00/0000:00:00.0/0000:01:00.0/usb1/1-1/";

    private readonly TempDirectory _temp = new();

    [Fact]
    public void A_Pi_3_whose_ports_have_changed_places_has_no_SSH()
    {
        Port("eth0", Pi3 + "1-1.3/1-1.3:1.0");
        Port("eth1", Pi3 + "1-1.1/1-1.1:1.0", node: Pi3 + "1-1.1");
        Assert.StartsWith("no SSH: eth0, the plant's interface, is a USB adapter", Doubt("eth0", "interface = \"eth1\""), StringComparison.Ordinal);
        Assert.Null(Doubt("eth1", "interface = \"eth0\"")); // as it should be
    }

    [Fact]
    public void A_Pi_4_has_its_own_port_beside_the_bus()
    {
        Port("eth0", "platform/scb/fd580000.ethernet", node: "platform/scb/fd580000.ethernet");
        Port("eth1", Pi4 + "1-1.1/1-1.1:1.0"); // where a Pi 3 has its own
        Assert.Null(Doubt("eth0", "interface = \"eth1\""));
        Assert.NotNull(Doubt("eth1", "interface = \"eth0\""));
    }

    [Fact]
    public void An_adapter_alone_or_beside_Wi_Fi_or_what_is_not_there_is_no_doubt()
    {
        Port("eth0", Pi3 + "1-1:1.0");
        Port("wlan0", "platform/soc/3f300000.mmcnr/mmc1/mmc1:0001/mmc1:0001:1", wireless: true);
        Directory.CreateDirectory(_temp["sys/devices/virtual/net/lo"]);
        Directory.CreateSymbolicLink(_temp["sys/class/net/lo"], "../../devices/virtual/net/lo");
        Assert.Null(Doubt("eth0", "interface = \"eth1\""));
        Assert.Null(Doubt("eth0", "interface = \"wlan0\""));
        Port("eth1", Pi3 + "1-1.4/1-1.4:1.0");
        Assert.Null(Doubt("eth0", "interface = \"wlan0\""));
        Assert.Null(Doubt("eth0", ""));
        Assert.Null(Doubt("eth7", "interface = \"eth1\""));
        Assert.NotNull(Doubt("eth0", "interface = \"eth1\""));
    }

    [Fact]
    public void A_named_hardware_address_makes_an_adapter_the_managements_whatever_was_found_first()
    {
        const string named = "interface = \"eth1\"\nmac = \"a0-ce-c8-00-00-02\"";
        Port("eth0", Pi3 + "1-1.3/1-1.3:1.0", mac: "a0:ce:c8:00:00:02");
        Port("eth1", Pi3 + "1-1.4/1-1.4:1.0", mac: "a0:ce:c8:00:00:01");
        var ports = new EthernetPorts(_temp.Path);
        Assert.StartsWith("no SSH: no adapter has the hardware address A0:CE:C8:00:00:02", Doubt("eth0", named), StringComparison.Ordinal);
        Assert.Equal([("eth1", "conpot-swap"), ("eth0", "eth1"), ("conpot-swap", "eth0")], ports.Renames("A0:CE:C8:00:00:02", "eth1"));
        Assert.Equal([("eth0", "usb7")], ports.Renames("A0:CE:C8:00:00:02", "usb7"));
        Assert.Empty(ports.Renames("A0:CE:C8:00:00:01", "eth1"));
        Assert.Null(Doubt("eth0", named.Replace("-02", "-01", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(0, "eth1 cannot become conpot-swap", "eth0=2 eth1=1")]
    [InlineData(1, "eth0 cannot become eth1", "eth0=2 eth1=1")]
    [InlineData(2, "conpot-swap cannot become eth0", "eth0=2 eth1=1")]
    [InlineData(3, null, "eth0=1 eth1=2")]
    public void Names_are_all_changed_or_as_they_were(int fails, string? trouble, string after)
    {
        var wires = new SortedDictionary<string, int>(StringComparer.Ordinal) { ["eth0"] = 2, ["eth1"] = 1 };
        var step = 0;
        var said = EthernetPorts.Rename([("eth1", "conpot-swap"), ("eth0", "eth1"), ("conpot-swap", "eth0")], (old, name) =>
        {
            if (step++ == fails) return "ip ended with code 2";
            wires.Add(name, wires[old]); // no two have one name
            wires.Remove(old);
            return null;
        });
        Assert.Equal(trouble is null ? null : trouble + " (ip ended with code 2)", said);
        Assert.Equal(after, string.Join(' ', wires.Select(w => $"{w.Key}={w.Value}")));
    }

    [Fact]
    public void The_lock_of_the_names_is_the_one_that_flock_takes()
    {
        var path = _temp["ports.lock"];
        using (var held = EthernetPorts.TryLock(path))
        {
            Assert.NotNull(held);
            Assert.Equal("flock ended with code 1", ChildProgram.Run("flock", "-n", path, "true"));
            Assert.Null(EthernetPorts.TryLock(path));
        }
        Assert.Null(ChildProgram.Run("flock", "-n", path, "true"));
        Assert.Throws<DirectoryNotFoundException>(() => EthernetPorts.TryLock(_temp["none/ports.lock"]));
    }

    [Fact]
    public void An_address_that_nobody_has_or_two_have_is_none()
    {
        Port("eth0", Pi3 + "1-1.3/1-1.3:1.0", mac: "a0:ce:c8:00:00:02");
        Port("eth1", Pi3 + "1-1.4/1-1.4:1.0", mac: "a0:ce:c8:00:00:02");
        Port("eth2", Pi3 + "1-1.5/1-1.5:1.0");
        var ports = new EthernetPorts(_temp.Path);
        foreach (var mac in (string[])["A0:CE:C8:00:00:02", "A0:CE:C8:00:00:03"])
        {
            Assert.Null(ports.NameOf(mac));
            Assert.Empty(ports.Renames(mac, "eth1"));
            Assert.NotNull(Doubt("eth0", $"interface = \"eth1\"\nmac = \"{mac}\""));
        }
    }

    [Fact]
    public void A_machine_that_tells_nothing_is_no_doubt()
    {
        Assert.Null(Doubt("eth0", "interface = \"eth1\""));
        Assert.False(new EthernetPorts(_temp.Path).Exists("eth0"));
    }

    public void Dispose() => _temp.Dispose();

    private string? Doubt(string plant, string management) => new EthernetPorts(_temp.Path).Doubt(plant, ManagementSettings.Read(new Sheet("[management]\n" + management).Root.Section("management"), plant));

    /// <param name="device">Below /sys/devices.</param>
    /// <param name="node">Of the devices on the way, the one in the device tree.</param>
    private void Port(string name, string device, string? node = null, bool wireless = false, string? mac = null)
    {
        var real = _temp[$"sys/devices/{device}/net/{name}"];
        Directory.CreateDirectory(real);
        Directory.CreateDirectory(_temp["sys/class/net"]);
        Directory.CreateSymbolicLink(_temp["sys/class/net/" + name], $"../../devices/{device}/net/{name}");
        Directory.CreateSymbolicLink(Path.Combine(real, "device"), "../../../" + device.Split('/')[^1]);
        File.WriteAllText(Path.Combine(real, "type"), "1\n");
        if (mac is not null) File.WriteAllText(Path.Combine(real, "address"), mac + "\n");
        if (node is not null) Directory.CreateDirectory(_temp[$"sys/devices/{node}/of_node"]);
        if (wireless) Directory.CreateDirectory(Path.Combine(real, "phy80211"));
    }
}
