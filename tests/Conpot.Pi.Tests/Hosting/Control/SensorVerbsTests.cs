using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Hosting.Control;

/// <summary>What a whole sensor answers on its control socket.</summary>
public sealed class SensorVerbsTests : IDisposable
{
    private readonly TempDirectory _temp = new();
    private readonly Sensor _sensor;

    public SensorVerbsTests()
    {
        _sensor = Make();
        _sensor.Start();
    }

    [Fact]
    public void Status_tells_all_of_it()
    {
        using var client = Connect();
        using var reply = client.Ask("status");
        var status = reply.RootElement;
        Assert.Equal(("decoy", "s7-200", "RUN"), (Text("name"), Text("profile"), Text("mode")));
        Assert.False(status.GetProperty("system_fault").GetBoolean());
        Assert.Equal("127.0.0.1", Assert.Single(status.GetProperty("listeners").EnumerateArray()).GetProperty("address").GetString());
        var journal = status.GetProperty("journal");
        Assert.Equal((1, 1), (journal.GetProperty("events").GetInt32(), journal.GetProperty("segments").GetInt32()));
        Assert.True(journal.GetProperty("bytes").GetInt64() > 100);
        Assert.True((DateTime.UtcNow - journal.GetProperty("oldest").GetDateTime()).Duration() < TimeSpan.FromMinutes(1));
        Assert.Empty(status.GetProperty("sinks").EnumerateArray());

        string? Text(string name) => status.GetProperty(name).GetString();
    }

    [Fact]
    public void A_sink_is_told_whole()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(bytes)) SensorStatus.WriteSink(json, new SinkStatus("mqtt", 3, 5, 1, "refused", DateTimeOffset.UnixEpoch));
        Assert.Equal("{\"name\":\"mqtt\",\"lag\":3,\"oldest\":null,\"delivered\":5,\"dropped\":1,\"last_delivery\":\"1970-01-01T00:00:00Z\",\"error\":\"refused\"}", Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    [Fact]
    public void The_watch_names_what_is_wired_and_follows_the_image()
    {
        using var client = Connect();
        client.Send("io-watch");
        using (var names = client.Read())
        {
            var points = names!.RootElement.GetProperty("points").EnumerateArray().ToDictionary(p => p.GetProperty("address").GetString()!, p => p.GetProperty("text").GetString());
            Assert.StartsWith("tank ", points["AIW0"], StringComparison.Ordinal);
            Assert.Equal("off", points["I0.5"]); // the user's line, not the profile's
            Assert.DoesNotContain("VW0", points.Keys);
        }
        using (var state = client.Read()) Assert.Equal(("RUN", 32, 128), (state!.RootElement.GetProperty("mode").GetString(), state.RootElement.GetProperty("i").GetString()!.Length, state.RootElement.GetProperty("aq").GetString()!.Length));
        _sensor.Plan.Cpu.Stop(ModeReason.Network);
        while (true)
        {
            using var state = client.Read();
            if (state!.RootElement.GetProperty("mode").GetString() == "STOP") break;
        }
    }

    [Fact]
    public void An_output_is_tested_against_the_program_and_then_let_go()
    {
        using var client = Connect();
        client.Send("io-test", json =>
        {
            json.WriteString("address", "Q5.5");
            json.WriteNumber("times", 1);
        });
        var output = Address.BitAt(Area.Q, 45);
        using (var on = client.Read()) Assert.True(on!.RootElement.GetProperty("on").GetBoolean());
        _sensor.Plan.Cpu.Image[output] = false; // as a visitor would
        _sensor.Plan.Cpu.Scan();
        Assert.True(_sensor.Plan.Cpu.Image[output]);
        using (var other = Connect())
        {
            other.Send("io-test", json => json.WriteString("address", "Q0.0"));
            Assert.Contains("another output is being tested", Assert.Throws<ControlException>(other.Read).Message, StringComparison.Ordinal);
        }
        using (var off = client.Read()) Assert.False(off!.RootElement.GetProperty("on").GetBoolean());
        Assert.Null(client.Read());
        _sensor.Plan.Cpu.Image[output] = true;
        _sensor.Plan.Cpu.Scan();
        Assert.True(_sensor.Plan.Cpu.Image[output]);
    }

    [Theory]
    [InlineData("I0.0", "I0.0 is no digital output")]
    [InlineData("QW0", "no digital output")]
    [InlineData("Q99.0", "beyond the outputs")]
    public void What_is_no_output_is_not_tested(string address, string words)
    {
        using var client = Connect();
        client.Send("io-test", json => json.WriteString("address", address));
        Assert.Contains(words, Assert.Throws<ControlException>(client.Read).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_alert_is_acknowledged_once()
    {
        using (var visitor = new TcpClient())
        {
            visitor.Connect(Assert.Single(_sensor.EndPoints).EndPoint);
            visitor.GetStream().Write([0, 1, 0, 0, 0, 6, 1, 6, 0, 100, 0, 1]); // a write
            Assert.True(visitor.GetStream().Read(new byte[16]) > 0);
        }
        Assert.True(_sensor.Alert);
        foreach (var first in new[] { true, false })
        {
            using var client = Connect();
            using var reply = client.Ask("ack");
            Assert.Equal(first, reply.RootElement.GetProperty("acknowledged").GetBoolean());
        }
    }

    [Fact]
    public void A_second_sensor_in_its_place_does_not_start_and_leaves_the_first_alone()
    {
        using (var second = Make("journal.directory=\"" + _temp["other"] + "\""))
            Assert.Contains("another conpot-pi has the control socket", Assert.Throws<ControlException>(second.Start).Message, StringComparison.Ordinal);
        using var client = Connect();
        using var reply = client.Ask("status");
        Assert.Equal("decoy", reply.RootElement.GetProperty("name").GetString());
    }

    public void Dispose()
    {
        _sensor.Stop();
        _sensor.Dispose();
        _temp.Dispose();
    }

    private ControlClient Connect() => ControlClient.Connect(_sensor.Plan.Control);

    private Sensor Make(params string[] more)
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var port = ((IPEndPoint)probe.LocalEndpoint).Port;
        probe.Stop();
        string[] settings = ["name=decoy", $"state_directory=\"{_temp.Path}\"", "network.listen=\"127.0.0.1\"", "snmp.enabled=false", "http.enabled=false", "s7comm.enabled=false", "modbus.latency=\"0\"", $"modbus.port={port}", .. more];
        File.WriteAllText(_temp["c.toml"], "[io]\n\"I0.5\" = \"off\"\n");
        var (source, errors) = (new ConfigSource(_temp["c.toml"], settings), new ConfigErrors());
        var plan = SensorPlan.Read(source, null, TimeProvider.System, create: false, errors);
        Assert.Empty(errors.InOrder.Select(e => e.ToString()));
        return new Sensor(source, plan!, TimeProvider.System, _ => { }, _ => { });
    }
}
