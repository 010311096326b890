using Conpot.Pi.Cli;
using Conpot.Pi.Cli.Doctor;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>What gives the sensor away.</summary>
public class TracesAndIdentityTests
{
    [Fact]
    public void An_interface_and_a_host_of_another_kind_are_well()
    {
        using var rig = new PatientRig();
        Assert.Equal(["Ok: eth0: neither the hardware address nor the host name 'plc-3' says Raspberry Pi"], rig.Tell(new TracesCheck()));
    }

    [Theory]
    [InlineData("b8:27:eb:01:02:03")]
    [InlineData("dc:a6:32:01:02:03")]
    [InlineData("e4:5f:01:01:02:03")]
    [InlineData("d8:3a:dd:01:02:03")]
    [InlineData("2c:cf:67:01:02:03")]
    [InlineData("28:cd:c1:01:02:03")]
    public void A_Raspberry_Pis_hardware_address_comes_with_another_one(string mac)
    {
        using var rig = new PatientRig().File("sys/class/net/eth0/address", mac + "\n");
        var finding = Assert.Single(rig.Run(new TracesCheck()));
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains(mac.ToUpperInvariant(), finding.Fact, StringComparison.Ordinal);
        Assert.Contains("MACAddress=00:0e:8c:", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_hardware_address_that_cannot_be_read_is_not_well()
    {
        using var rig = new PatientRig();
        File.Delete(Path.Join(rig.Root, "sys/class/net/eth0/address"));
        Assert.Equal(["Skipped: eth0: its hardware address cannot be read"], rig.Tell(new TracesCheck()));
    }

    [Fact]
    public void Only_the_interface_that_the_sensor_listens_on_counts()
    {
        using var rig = new PatientRig().File("sys/class/net/wlan0/address", "b8:27:eb:01:02:03\n").File("sys/class/net/wlan0/type", "1\n").File("sys/class/net/wlan0/device", "");
        Assert.Equal(Verdict.Ok, Assert.Single(rig.Run(new TracesCheck())).Verdict);
    }

    [Fact]
    public void On_every_address_all_interfaces_with_hardware_count()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant.Replace("192.0.2.1", "0.0.0.0", StringComparison.Ordinal))
            .File("sys/class/net/wlan0/address", "b8:27:eb:01:02:03\n").File("sys/class/net/wlan0/type", "1\n").File("sys/class/net/wlan0/device", "")
            .File("sys/class/net/veth9/address", "b8:27:eb:01:02:04\n").File("sys/class/net/veth9/type", "1\n");
        Assert.StartsWith("wlan0 ", Assert.Single(rig.Run(new TracesCheck())).Fact, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raspberrypi")]
    [InlineData("Conpot-7")]
    public void A_telling_host_name_is_told(string host)
    {
        using var rig = new PatientRig().File("proc/sys/kernel/hostname", host + "\n");
        Assert.Contains("hostnamectl set-hostname", Assert.Single(rig.Run(new TracesCheck())).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_of_its_own_is_well()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + "[plc]\nseed = \"9b1e4c0d2f\"\n");
        var finding = Assert.Single(rig.Run(new IdentityCheck()));
        Assert.Equal(Verdict.Ok, finding.Verdict);
        Assert.StartsWith("pump-3, serial number VP", finding.Fact, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name = \"raspberrypi\"\n", "", "give it a name")]
    [InlineData("", "[plc]\nseed = \"changeme\"\n", "remove the line, or write a long text")]
    [InlineData("", "[plc]\nprofile = \"conpot-2013\"\n", "s7-200")]
    [InlineData("", "[identity]\nsys_name = \"Technodrome\"\n", "remove the line")]
    [InlineData("", "[identity]\nsys_location = \"the Technodrome's cellar\"\n", "remove the line")]
    [InlineData("", "[identity]\nsys_contact = \"Siemens AG\"\n", "remove the line")]
    public void What_others_have_too_is_told(string root, string settings, string remedy)
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + settings, root.Length > 0 ? root : "name = \"pump-3\"\n");
        var finding = Assert.Single(rig.Run(new IdentityCheck()));
        Assert.Equal(Verdict.Warning, finding.Verdict);
        Assert.Contains(remedy, finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s7-200")]
    [InlineData("s7-300-cp343")]
    public void The_profiles_themselves_hold_no_known_decoys_strings(string profile)
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + $"[plc]\nprofile = \"{profile}\"\nseed = \"9b1e4c0d2f\"\n");
        Assert.Equal(Verdict.Ok, Assert.Single(rig.Run(new IdentityCheck())).Verdict);
    }
}
