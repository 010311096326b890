using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Plc;
using Conpot.Pi.Tests.Events;
using Conpot.Pi.Tests.Net;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The whole sensor on loopback: what it records of itself, and what a reload may change.</summary>
public sealed class SensorTests : IDisposable
{
    private static readonly byte[] ReadOneRegister = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1];

    private readonly TempDirectory _temp = new();
    private readonly List<string> _said = [];

    [Fact]
    public void A_run_is_recorded_from_its_start_to_its_stop_and_the_next_goes_on_counting()
    {
        for (var run = 0; run < 2; run++)
        {
            using var sensor = Start($"modbus.port={FreePort()}");
            Assert.Null(sensor.Health());
            using var client = Ask(sensor);
            Assert.Contains("RUN", sensor.Status, StringComparison.Ordinal);
            sensor.Stop();
            sensor.Stop(); // a second time does no harm
            Assert.Empty(NetRig.Read(client, 1));
        }
        var events = Journal();
        string[] run1 = ["sensor.start", "session.start", "modbus.read", "session.end", "sensor.stop"];
        Assert.Equal([.. run1, .. run1], events.Select(NetRig.Action));
        Assert.Equal(Enumerable.Range(1, 10).Select(n => (long)n), events.Select(e => e.GetProperty("event").GetProperty("sequence").GetInt64()));
        Assert.Equal(10, events.Select(e => e.GetProperty("event").GetProperty("id").GetString()).Distinct().Count());
        Assert.Equal("sensor stops", events[3].GetProperty("conpot").GetProperty("reason").GetString());
        Assert.Equal((4, 0), (events[4].GetProperty("conpot").GetProperty("kept").GetInt32(), events[4].GetProperty("conpot").GetProperty("lost").GetInt32()));
    }

    [Fact]
    public void A_torn_line_of_the_run_before_is_repaired_and_said()
    {
        Directory.CreateDirectory(_temp["journal"]);
        File.WriteAllText(Segments.PathOf(_temp["journal"], 1), "{\"torn");
        using var sensor = Start($"modbus.port={FreePort()}");
        sensor.Stop();
        Assert.Equal(6, Journal()[0].GetProperty("conpot").GetProperty("repaired_bytes").GetInt32());
    }

    [Fact]
    public void A_port_in_use_is_named_with_a_remedy_and_nothing_stays_open()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        using (var sensor = Make($"modbus.port={port}"))
        {
            var e = Assert.Throws<IOException>(sensor.Start);
            Assert.StartsWith($"cannot listen on 127.0.0.1:{port}: ", e.Message, StringComparison.Ordinal);
            Assert.EndsWith("or set [modbus] port", e.Message, StringComparison.Ordinal);
        }
        JournalFile.Open(new JournalSettings(_temp["journal"], 1 << 20, 1 << 22, TimeSpan.Zero)).Dispose(); // its lock is free again
    }

    [Fact]
    public void A_reload_moves_the_port_and_lets_sessions_go_on()
    {
        var (first, second) = (FreePort(), FreePort());
        File.WriteAllText(_temp["c.toml"], Toml(first));
        using var sensor = Start();
        using var client = Ask(sensor);
        File.WriteAllText(_temp["c.toml"], Toml(second));
        sensor.Reload();
        Assert.Equal(second, Assert.Single(sensor.EndPoints).EndPoint.Port);
        client.Send(ReadOneRegister);
        Assert.Equal(11, NetRig.Read(client, 11).Length);
        using var late = Ask(sensor);
        sensor.Stop();
        Assert.Equal("success", Outcome("sensor.config"));
        Assert.Equal(3, Journal().Count(e => NetRig.Action(e) == "modbus.read"));
    }

    [Fact]
    public void A_reload_with_mistakes_keeps_what_runs_and_says_why()
    {
        var port = FreePort();
        File.WriteAllText(_temp["c.toml"], Toml(port));
        using var sensor = Start();
        File.WriteAllText(_temp["c.toml"], Toml(port) + "prot = 1\n");
        sensor.Reload();
        Assert.Contains(_said, s => s.Contains("unknown setting 'prot'", StringComparison.Ordinal));
        using (Ask(sensor)) { }
        File.WriteAllText(_temp["c.toml"], Toml(port).Replace("journal\"", "elsewhere\"", StringComparison.Ordinal));
        sensor.Reload();
        Assert.Contains(_said, s => s.Contains("change only at a restart", StringComparison.Ordinal));
        using (Ask(sensor)) { }
        sensor.Stop();
        Assert.Equal("failure", Outcome("sensor.config"));
        Assert.False(Directory.Exists(_temp["elsewhere"]));
    }

    [Fact]
    public void A_mistake_beside_a_secret_is_told_to_the_person_and_not_to_the_journal()
    {
        File.WriteAllText(_temp["c.toml"], Toml(FreePort()));
        using var sensor = Start();
        File.AppendAllText(_temp["c.toml"], "[webhook]\nurl = \"htps://hooks.example/T0/hunter2\"\n");
        sensor.Reload();
        sensor.Stop();
        Assert.Equal("failure", Outcome("sensor.config"));
        Assert.Contains(Journal(), e => e.ToString().Contains("mistakes at c.toml:", StringComparison.Ordinal));
        Assert.DoesNotContain(Journal(), e => e.ToString().Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public void A_cpu_that_was_replaced_is_heard_no_more()
    {
        File.WriteAllText(_temp["c.toml"], Toml(FreePort()));
        using var sensor = Start();
        var before = sensor.Plan.Cpu;
        File.AppendAllText(_temp["c.toml"], "[plc]\nstop_outputs = \"hold\"\n");
        sensor.Reload();
        Assert.NotSame(before, sensor.Plan.Cpu);
        before.Stop(ModeReason.Network);
        sensor.Plan.Cpu.Stop(ModeReason.Network);
        sensor.Stop();
        Assert.Single(Journal(), e => NetRig.Action(e) == "plc.mode");
    }

    [Fact]
    public void A_reload_onto_a_port_in_use_takes_the_old_one_back()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = FreePort();
        File.WriteAllText(_temp["c.toml"], Toml(port));
        using var sensor = Start();
        File.WriteAllText(_temp["c.toml"], Toml(((IPEndPoint)other.LocalEndpoint).Port));
        sensor.Reload();
        Assert.Contains(_said, s => s.Contains("cannot listen on", StringComparison.Ordinal));
        Assert.Equal(port, Assert.Single(sensor.EndPoints).EndPoint.Port);
        using (Ask(sensor)) { }
        sensor.Stop();
    }

    [Fact]
    public void A_sink_hears_all_of_a_run_from_its_start_to_its_stop_and_a_reload_exchanges_it()
    {
        var port = FreePort();
        var made = new List<RecordingSink>();
        var source = new ConfigSource(_temp["c.toml"], [])
        {
            Sinks = [("recording", s =>
            {
                made.Add(new RecordingSink("recording " + s.Section.Text("name", "one")));
                return made[^1];
            })],
        };
        var toml = Toml(port);
        File.WriteAllText(_temp["c.toml"], toml + "[recording]\n");
        using var sensor = Start(source);
        using (Ask(sensor)) { }
        sensor.Reload(); // nothing has changed
        Assert.True(made[1].IsDisposed && !made[0].IsDisposed);
        File.WriteAllText(_temp["c.toml"], toml + "[[recording]]\n[[recording]]\nname = \"two\"\n[ignore]\nactions = \"modbus.read\"\n");
        sensor.Reload();
        Assert.Equal(["recording one", "recording two"], sensor.Forwarders.Select(f => f.Name));
        sensor.Stop();
        Assert.All(made, s => Assert.True(s.IsDisposed));
        var all = Journal().Select(NetRig.Action).ToList();
        Assert.Equal("sensor.stop", all[^1]);
        Assert.Equal(all, made[0].Received.Select(e => e.Action));
        Assert.Contains("sensor.config", made.Single(s => s.Name == "recording two").Received.Select(e => e.Action));
        Assert.DoesNotContain("sensor.start", made.Single(s => s.Name == "recording two").Received.Select(e => e.Action));
    }

    [Fact]
    public void Two_sinks_of_one_name_are_a_mistake()
    {
        File.WriteAllText(_temp["c.toml"], Toml(502) + "[[recording]]\n[[recording]]\n");
        var errors = new ConfigErrors();
        var source = new ConfigSource(_temp["c.toml"], []) { Sinks = [("recording", _ => new RecordingSink())] };
        Assert.Null(SensorPlan.Read(source, null, TimeProvider.System, create: false, errors));
        Assert.Contains("two sinks are called \"recording\"", Assert.Single(errors.InOrder).Message, StringComparison.Ordinal);
    }

    public void Dispose() => _temp.Dispose();

    private string Toml(int port) => $"state_directory = \"{_temp.Path}\"\n[network]\nlisten = \"127.0.0.1\"\n[journal]\ndirectory = \"{_temp["journal"]}\"\n[snmp]\nenabled = false\n[http]\nenabled = false\n[s7comm]\nenabled = false\n[modbus]\nlatency = \"0\"\nport = {port}\n";

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private Sensor Start(params string[] overrides) => Start(Source(overrides));

    private Sensor Start(ConfigSource source)
    {
        var sensor = Make(source);
        sensor.Start();
        return sensor;
    }

    private Sensor Make(params string[] overrides) => Make(Source(overrides));

    private ConfigSource Source(string[] overrides) => overrides.Length == 0
        ? new ConfigSource(_temp["c.toml"], [])
        : new ConfigSource(null, [$"state_directory=\"{_temp.Path}\"", $"journal.directory=\"{_temp["journal"]}\"", "network.listen=\"127.0.0.1\"", "modbus.latency=\"0\"", "snmp.enabled=false", "http.enabled=false", "s7comm.enabled=false", .. overrides]);

    private Sensor Make(ConfigSource source)
    {
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, TimeProvider.System, create: false, errors);
        Assert.Empty(errors.InOrder.Select(e => e.ToString()));
        return new Sensor(source, plan!, TimeProvider.System, _said.Add, _said.Add);
    }

    private static Socket Ask(Sensor sensor)
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)NetRig.Patience.TotalMilliseconds };
        client.Connect(Assert.Single(sensor.EndPoints).EndPoint);
        client.Send(ReadOneRegister);
        Assert.Equal(11, NetRig.Read(client, 11).Length);
        return client;
    }

    private string Outcome(string action) => Journal().Where(e => NetRig.Action(e) == action).Select(e => e.GetProperty("event").TryGetProperty("outcome", out var o) ? o.GetString()! : "success").Distinct().Single();

    private List<JsonElement> Journal() => [.. Segments.List(_temp["journal"]).SelectMany(s => File.ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement)];
}
