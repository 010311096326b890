using System.Net;
using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Cli;
using Conpot.Pi.Cli.Doctor;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Protocols.Snmp;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Doctor;

/// <summary>What is connected to: sinks, the sensor's own ports, pins and buses.</summary>
public sealed class ConnectionChecksTests : IDisposable
{
    private readonly TcpListener _collector = new(IPAddress.Loopback, 0);

    public ConnectionChecksTests() => _collector.Start();

    private int Port => ((IPEndPoint)_collector.LocalEndpoint).Port;

    [Fact]
    public void A_collector_is_reached_and_sent_nothing()
    {
        using var rig = Sending($"server = \"tcp://127.0.0.1:{Port}\"");
        Assert.Equal([$"Ok: syslog: tcp://127.0.0.1:{Port} takes connections"], rig.Tell(new SinksCheck()));
        using var accepted = _collector.AcceptSocket();
        accepted.ReceiveTimeout = 5000;
        Assert.Equal(0, accepted.Receive(new byte[1]));
    }

    [Fact]
    public void A_collector_that_is_down_is_told()
    {
        _collector.Stop();
        using var rig = Sending($"server = \"tcp://127.0.0.1:{Port0()}\"");
        var finding = Assert.Single(rig.Run(new SinksCheck()));
        Assert.Equal(Verdict.Failure, finding.Verdict);
        Assert.StartsWith("syslog: nobody listens on tcp://127.0.0.1:", finding.Fact, StringComparison.Ordinal);
        Assert.StartsWith("start the collector there", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_running_sensor_says_of_a_sink_weighs_more_than_a_free_way()
    {
        using var rig = Sending($"server = \"tcp://127.0.0.1:{Port}\"")
            .Runs(PatientRig.Running.Replace("\"sinks\":[]", "\"sinks\":[{\"name\":\"syslog\",\"error\":\"it says no; check the password\"}]", StringComparison.Ordinal));
        Assert.Equal(["Failure: syslog: it says no -> check the password"], rig.Tell(new SinksCheck()));
    }

    [Fact]
    public void Datagrams_files_and_output_have_ways_of_their_own()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + "[syslog]\nserver = \"udp://127.0.0.1\"\n[[file]]\nname = \"out\"\npath = \"-\"\n[[file]]\nname = \"disk\"\n");
        Assert.Equal(
        [
            "Ok: syslog: there is a way to udp://127.0.0.1:514; UDP has no receipt, 'conpot-pi test-alert' sends a test",
            "Ok: file out: sends without a server",
            $"Ok: file disk: {rig.State}/events.json may be written",
        ], rig.Tell(new SinksCheck()));
    }

    [Fact]
    public void Nobody_to_tell_is_a_warning()
    {
        using var rig = new PatientRig();
        Assert.Equal(Verdict.Warning, Assert.Single(rig.Run(new SinksCheck())).Verdict);
    }

    [Theory]
    [InlineData("tcp://127.0.0.1", true, "Skipped")]
    [InlineData("tls://127.0.0.1", true, "Ok")]
    [InlineData("tls://127.0.0.1", false, "Failure")]
    public void TLS_needs_its_library(string server, bool available, string verdict)
    {
        using var rig = Sending($"server = \"{server}\"");
        Assert.Equal(verdict, Assert.Single(rig.Run(new TlsCheck(() => available))).Verdict.ToString());
    }

    [Fact]
    public void Every_protocol_of_a_running_sensor_is_read()
    {
        using var temp = new TempDirectory();
        var (modbus, snmp, s7comm, http) = (Port0(), Port0(SocketType.Dgram), Port0(), Port0());
        File.WriteAllText(temp["c.toml"], $"name = \"p\"\nstate_directory = \"{temp["state"]}\"\n[network]\nlisten = \"127.0.0.1\"\n[control]\nenabled = false\n[modbus]\nport = {modbus}\nlatency = \"0\"\n[snmp]\nport = {snmp}\nlatency = \"0\"\ncommunity = \"secret\"\n[s7comm]\nport = {s7comm}\n[http]\nport = {http}\n[alerts]\nminimum = 40\n");
        var source = new ConfigSource(temp["c.toml"], []);
        using var sensor = new Sensor(source, SensorPlan.Read(source, null, TimeProvider.System, create: true, new ConfigErrors())!, TimeProvider.System, _ => { }, _ => { });
        sensor.Start();
        using var rig = new PatientRig($"[network]\nlisten = \"127.0.0.1\"\n[modbus]\nport = {modbus}\n[snmp]\nport = {snmp}\ncommunity = \"secret\"\n[s7comm]\nport = {s7comm}\ntsaps = \"10??\"\n[http]\nport = {http}\n")
            .With(p => p with { Time = TimeProvider.System })
            .Runs($$"""{"mode":"RUN","listeners":[{"protocol":"modbus","address":"127.0.0.1","port":{{modbus}}},{"protocol":"snmp","address":"127.0.0.1","port":{{snmp}}},{"protocol":"s7comm","address":"127.0.0.1","port":{{s7comm}}},{"protocol":"http","address":"127.0.0.1","port":{{http}}},{"protocol":"dnp3","address":"127.0.0.1","port":1}]}""");
        var told = rig.Tell(new AnswersCheck()).ToList();
        Assert.Matches($"^Ok: modbus 127.0.0.1:{modbus}: holding register 0 of unit 1 is [0-9]+$", told[0]);
        Assert.StartsWith($"Ok: snmp 127.0.0.1:{snmp} (UDP): sysDescr is Siemens, SIMATIC NET", told[1], StringComparison.Ordinal);
        Assert.Matches($"^Ok: s7comm 127.0.0.1:{s7comm}: MB0 is [0-9]+$", told[2]);
        Assert.Matches($"^Ok: http 127.0.0.1:{http}: GET / is answered with 200, title Pumping station [0-9]+ - Overview$", told[3]);
        Assert.StartsWith("Skipped: dnp3 127.0.0.1:1:", told[4], StringComparison.Ordinal);
        Assert.Equal(0, sensor.Alerts!.RaisedTotal);
        sensor.Stop();
    }

    [Fact]
    public async Task A_port_where_something_else_answers_is_no_device()
    {
        using var rig = new PatientRig().With(p => p with { Time = TimeProvider.System }).Runs($$"""{"mode":"RUN","listeners":[{"protocol":"modbus","address":"127.0.0.1","port":{{Port}}}]}""");
        var asked = Task.Run(() => rig.Run(new AnswersCheck()));
        using var accepted = _collector.AcceptSocket();
        accepted.Send("SSH-2.0-OpenSSH\r\n"u8);
        accepted.Shutdown(SocketShutdown.Send);
        Assert.Contains("is not the device", Assert.Single(await asked).Fact, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RUN", "Failure")]
    [InlineData("STOP", "Warning")]
    public void A_closed_port_is_a_failure_but_for_a_CPU_in_STOP(string mode, string expected)
    {
        _collector.Stop();
        using var rig = new PatientRig().Runs($$"""{"mode":"{{mode}}","listeners":[{"protocol":"modbus","address":"127.0.0.1","port":{{Port0()}}}]}""");
        Assert.Equal(expected, Assert.Single(rig.Run(new AnswersCheck())).Verdict.ToString());
    }

    [Theory]
    [InlineData("4443000000050703020007", "holding register 0 of unit 7 is 7")]
    [InlineData("444300000003078302", "unit 7 answers exception 2")]
    [InlineData("4444000000050703020007", null)]
    [InlineData("4443000100050703020007", null)]
    [InlineData("444300000005070302", null)]
    [InlineData("44430000", null)]
    public void A_Modbus_reply_is_judged(string hex, string? expected) => Assert.Equal(expected, ProtocolReading.ModbusAnswer(Convert.FromHexString(hex), 0x4443, 7));

    [Theory]
    [InlineData("0300001A02F080320300004444000200050000" + "0401FF04000807", "MB0 is 7")]
    [InlineData("0300001602F08032030000444400020004000004010A000000", "MB0 is answered with return code 0A")]
    [InlineData("0300001302F080320300004444000000008104", "MB0 is answered with error 8104")]
    [InlineData("0300001A02F080320300004443000200050000" + "0401FF04000807", null)] // another job's
    [InlineData("0300001A02F080320100004444000200050000" + "0401FF04000807", null)] // no answer
    [InlineData("0300001A02F080320300004444000200050000" + "0402FF04000807", null)]
    [InlineData("0300001A02F080320300004444000200050000" + "0401FF040008", null)]
    [InlineData("0300", null)]
    public void An_S7_reply_is_judged(string hex, string? expected) => Assert.Equal(expected, ProtocolReading.S7Answer(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("HTTP/1.0 302\r\nLocation: /index.htm\r\n\r\n", "GET / is answered with 302")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n<HTML><TITLE>a plc</TITLE>", "GET / is answered with 200, title a plc")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n</title><title>", "GET / is answered with 200")]
    [InlineData("HTTP/1.1 20", null)]
    [InlineData("SSH-2.0-OpenSSH\r\n", null)]
    [InlineData("", null)]
    public void An_HTTP_reply_is_judged(string page, string? expected) => Assert.Equal(expected, ProtocolReading.HttpAnswer(page));

    [Fact]
    public void An_SNMP_request_is_the_one_of_RFC_1157()
    {
        Assert.Equal("302702010004067075626C6963A01A02024443020100020100300E300C06082B060102010101000500", Convert.ToHexString(ProtocolReading.SnmpRequest(0, "public"u8, 0x4443)));
    }

    [Fact]
    public void An_SNMP_reply_is_judged_cut_at_any_byte_and_whole()
    {
        var reply = Reply(0x4443, 0, "a plc");
        Assert.Equal("sysDescr is a plc", ProtocolReading.SnmpAnswer(reply, 0x4443));
        Assert.Null(ProtocolReading.SnmpAnswer(reply, 1));
        Assert.Equal("sysDescr is answered with error 2", ProtocolReading.SnmpAnswer(Reply(0x4443, 2, ""), 0x4443));
        for (var length = 0; length < reply.Length; length++) Assert.Null(ProtocolReading.SnmpAnswer(reply.AsSpan(0, length), 0x4443));
    }

    [Fact]
    public void Missing_pins_and_buses_come_with_their_remedies()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + "[io]\n\"I0.0\" = \"gpio 17\"\n\"AQW0\" = \"pwm 18 1kHz\"\n\"AIW0\" = \"ads1115 0x48 ch0\"\n\"AIW2\" = \"mcp3008 cs0 ch0\"\n");
        Assert.Empty(rig.Patient.Mistakes);
        var findings = rig.Run(new WiringCheck());
        Assert.All(findings, f => Assert.Equal(Verdict.Failure, f.Verdict));
        Assert.Equal(["there is no GPIO chip", "there is no PWM", "/dev/i2c-1 is not there", "/dev/spidev0.* is not there"], findings.Select(f => f.Fact[..Math.Min(f.Fact.Length, f.Fact.StartsWith("there is no G", StringComparison.Ordinal) ? 21 : f.Fact.Length)]));
        Assert.Contains("dtparam=i2c_arm=on", findings[2].Remedy, StringComparison.Ordinal);
        rig.File("dev/i2c-1", "").File("dev/spidev0.0", "").File("sys/class/pwm/pwmchip0/npwm", "2");
        Assert.Equal(["Ok: PWM: pwmchip0", "Ok: I2C bus 1 may be used", "Ok: SPI bus 0 may be used"], rig.Tell(new WiringCheck()).Skip(1));
    }

    [Fact]
    public void The_running_sensor_knows_its_wires_best()
    {
        using var rig = new PatientRig(PatientRig.OnThePlant + "[io]\n\"I0.0\" = \"gpio 17\"\n").Runs();
        Assert.Equal(["Ok: the sensor reaches all that is wired"], rig.Tell(new WiringCheck()));
        rig.Runs(PatientRig.Running.Replace("\"faults\":[]", "\"faults\":[\"ads1115: no answer; check SDA\"]", StringComparison.Ordinal));
        Assert.Equal(["Failure: ads1115: no answer -> check SDA"], rig.Tell(new WiringCheck()));
        Assert.Equal(Verdict.Skipped, Assert.Single(new PatientRig().Run(new WiringCheck())).Verdict);
    }

    public void Dispose() => _collector.Dispose();

    private static PatientRig Sending(string syslog) => new PatientRig(PatientRig.OnThePlant + $"[syslog]\n{syslog}\n").With(p => p with { Time = TimeProvider.System });

    /// <summary>A port that nobody has at this moment.</summary>
    private static int Port0(SocketType type = SocketType.Stream)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, type, ProtocolType.Unspecified);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static byte[] Reply(int request, int error, string text)
    {
        byte[] binding = Wrap(0x30, Wrap(0x30, [0x06, 0x08, 0x2B, 6, 1, 2, 1, 1, 1, 0, .. Wrap(0x04, Encoding.Latin1.GetBytes(text))]));
        return Wrap(0x30, [0x02, 1, 0, .. Wrap(0x04, "public"u8), .. Wrap(0xA2, [0x02, 2, (byte)(request >> 8), (byte)request, 0x02, 1, (byte)error, 0x02, 1, 0, .. binding])]);

        static byte[] Wrap(byte tag, ReadOnlySpan<byte> contents)
        {
            var buffer = new byte[300];
            var writer = new BerWriter(buffer);
            writer.Bytes(tag, contents);
            return [.. writer.Written];
        }
    }
}
