using Conpot.Pi.Cli;
using Conpot.Pi.Cli.Doctor;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>Who has the ports, who may have them, and what else is open.</summary>
public class PortChecksTests
{
    [Fact]
    public void Ports_that_nobody_has_are_free()
    {
        using var rig = new PatientRig().Opens("tcp", "192.0.2.1:80").Opens("udp", "192.0.2.2:161").Opens("tcp", "[::1]:502");
        Assert.Equal(["Ok: modbus 192.0.2.1:502 is free", "Ok: snmp 192.0.2.1:161 (UDP) is free"], rig.Tell(new PortsCheck()));
    }

    [Theory]
    [InlineData("192.0.2.1:502")]
    [InlineData("0.0.0.0:502")]
    [InlineData("[::]:502")]
    [InlineData("[::ffff:192.0.2.1]:502")]
    public void A_port_of_another_program_is_named_with_it(string taken)
    {
        using var rig = new PatientRig().Opens("tcp", taken, 77).Owns("mbusd", 812, 77).Owns("other", 813, 78);
        Assert.Equal("Failure: modbus 192.0.2.1:502 is taken by mbusd, pid 812 -> stop that program, or set [modbus] port", rig.Tell(new PortsCheck()).First());
    }

    [Fact]
    public void A_process_that_may_not_be_seen_is_found_with_the_command_that_is_told()
    {
        using var rig = new PatientRig().Opens("udp", "0.0.0.0:161");
        Assert.Contains("another user -> see which: sudo ss -lunp sport = :161", rig.Tell(new PortsCheck()).Last(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_running_sensors_ports_are_its_own()
    {
        using var rig = new PatientRig().Runs().Opens("tcp", "192.0.2.1:502").Opens("udp", "192.0.2.1:161");
        Assert.Equal(["Ok: modbus 192.0.2.1:502 is the sensor's", "Ok: snmp 192.0.2.1:161 (UDP) is the sensor's"], rig.Tell(new PortsCheck()));
    }

    [Theory]
    [InlineData("           |-- 192.0.2.1\n              /32 host LOCAL\n", "Ok")]
    [InlineData("           |-- 192.0.2.1\n              /32 universe UNICAST\n           |-- 192.0.2.2\n              /32 host LOCAL\n", "Warning")]
    [InlineData("           |-- 192.0.2.10\n              /32 host LOCAL\n", "Warning")]
    public void An_address_that_the_machine_does_not_have_is_told(string table, string verdict)
    {
        using var rig = new PatientRig().Runs().File("proc/net/fib_trie", "Main:\n" + table);
        Assert.All(rig.Run(new PortsCheck()), f => Assert.Equal(verdict, f.Verdict.ToString()));
    }

    [Fact]
    public void A_port_that_only_the_settings_have_wants_a_reload()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant.Replace("502", "503", StringComparison.Ordinal)).Runs();
        Assert.Contains("systemctl reload conpot-pi", Assert.Single(rig.Run(new PortsCheck()), f => f.Verdict == Verdict.Warning).Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Who_may_not_have_the_services_ports_is_not_told_of_his_own()
    {
        using var rig = new PatientRig(PatientRig.OnADesk).Runs().With(p => p with { LowPorts = false });
        Assert.All(rig.Run(new PortsCheck()), f => Assert.Equal(Verdict.Ok, f.Verdict));
    }

    [Fact]
    public void A_line_that_is_no_socket_is_passed_over()
    {
        using var rig = new PatientRig().File("proc/net/tcp", "head\n0: XYZ:1F 0:0 0A 0 0 0 0 0 1\n1: 0100007F:ZZZZ 0:0 0A 0 0 0 0 0 1\n\n2:\n");
        Assert.Empty(OpenSockets.Of(rig.Patient.Machine));
    }

    [Theory]
    [InlineData(true, true, "Ok: ports below 1024 may be bound")]
    [InlineData(true, false, "Failure: this user may not bind 502 and 161 -> run the sensor as its service, which holds CAP_NET_BIND_SERVICE: sudo systemctl start conpot-pi")]
    [InlineData(false, false, "Ok: no port below 1024 is wanted: a trial on loopback needs no rights")]
    public void Low_ports_need_a_right(bool plant, bool allowed, string expected)
    {
        using var rig = new PatientRig(plant ? PatientRig.OnThePlant : PatientRig.OnADesk).With(p => p with { LowPorts = allowed });
        Assert.Equal([expected], rig.Tell(new RightsCheck()));
    }

    [Fact]
    public void A_running_sensor_has_had_its_rights()
    {
        using var rig = new PatientRig().Runs().With(p => p with { LowPorts = false });
        Assert.Equal(["Ok: the sensor has its ports below 1024"], rig.Tell(new RightsCheck()));
    }

    [Fact]
    public void High_ports_on_a_network_are_no_PLCs()
    {
        using var rig = new PatientRig(PatientRig.OnADesk.Replace("127.0.0.1", "192.0.2.1", StringComparison.Ordinal));
        Assert.Equal(Verdict.Warning, Assert.Single(rig.Run(new RightsCheck())).Verdict);
    }

    [Fact]
    public void Other_services_where_the_sensor_is_are_told_with_what_stops_them()
    {
        using var rig = new PatientRig().Runs().Opens("tcp", "0.0.0.0:22", 9).Owns("sshd", 600, 9).Opens("tcp", "[::]:22", 10).Opens("tcp", "192.0.2.1:502").Opens("udp", "192.0.2.1:161")
            .Opens("udp", "0.0.0.0:5353", 11).Opens("udp", "0.0.0.0:68", 12).Opens("tcp", "127.0.0.1:631").Opens("tcp", "192.0.2.9:5900").Opens("tcp", "192.0.2.1:4840", 13);
        var findings = rig.Run(new ServicesCheck());
        Assert.Equal(
        [
            "SSH, sshd, pid 600 is open on every address, port 22, and a PLC has none such",
            "a program is open on 192.0.2.1, port 4840, and a PLC has none such",
            "mDNS (Avahi) is open on every address, port 5353 (UDP), and a PLC has none such",
        ], findings.Select(f => f.Fact));
        Assert.All(findings, f => Assert.Equal(Verdict.Warning, f.Verdict));
        Assert.Contains("ListenAddress", findings[0].Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_else_open_is_well()
    {
        using var rig = new PatientRig().Opens("tcp", "127.0.0.1:22").Opens("tcp", "192.0.2.1:502");
        Assert.Equal(Verdict.Ok, Assert.Single(rig.Run(new ServicesCheck())).Verdict);
    }

    [Fact]
    public void On_a_desk_nobody_looks()
    {
        using var rig = new PatientRig(PatientRig.OnADesk).Opens("tcp", "0.0.0.0:22");
        Assert.Equal(Verdict.Skipped, Assert.Single(rig.Run(new ServicesCheck())).Verdict);
        Assert.Equal(Verdict.Skipped, Assert.Single(rig.Run(new TracesCheck())).Verdict);
    }
}
