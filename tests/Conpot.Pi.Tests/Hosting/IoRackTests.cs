using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Tests.Hardware;
using Conpot.Pi.Tests.Net;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The whole sensor with simulated pins: what the network does shows on the panel, and what fails is recorded.</summary>
public sealed class IoRackTests : IDisposable
{
    private const int Output = 27, Alert = 26, Button = 16, Fault = 13;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly byte[] Read = [0, 1, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1], WriteCoil = [0, 1, 0, 0, 0, 6, 1, 5, 0, 15, 0xFF, 0];

    private readonly TempDirectory _temp = new();
    private readonly List<FakeLines> _chips = [];
    private readonly List<string> _said = [];
    private string? _noChip;

    private FakeLines Chip => _chips[^1];

    [Fact]
    public void A_coil_written_from_the_network_lights_its_lamp_and_the_alert_until_the_button_is_pressed()
    {
        using var sensor = Start();
        Ask(sensor, Read, 11);
        Assert.False(sensor.Alert);
        Ask(sensor, WriteCoil, 12);
        Assert.True(sensor.Alert);
        Assert.True(Chip.Level(Alert));
        Assert.True(SpinWait.SpinUntil(() => Chip.Level(Output), Patience));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(_temp["alert"]), Patience));
        Chip.Pull(Button, high: false);
        Assert.True(SpinWait.SpinUntil(() => !sensor.Alert, Patience));
        Assert.False(sensor.Acknowledge("command")); // there is none any more
        Assert.True(SpinWait.SpinUntil(() => !File.Exists(_temp["alert"]), Patience));
        sensor.Stop();
        Assert.True(Chip.Closed);
        Assert.Equal("button", Journal("sensor.acknowledged").Single().GetProperty("conpot").GetProperty("by").GetString());
    }

    [Fact]
    public void An_alert_outlives_the_process()
    {
        using (var first = Start())
        {
            Ask(first, WriteCoil, 12);
            Assert.True(SpinWait.SpinUntil(() => File.Exists(_temp["alert"]), Patience));
            first.Stop();
            Assert.False(Chip.Level(Alert)); // dark while nobody is there
        }
        using var second = Start();
        Assert.True(second.Alert);
        Assert.True(Chip.Level(Alert));
        Assert.True(second.Acknowledge("command"));
        Assert.False(Chip.Level(Alert));
        second.Stop();
    }

    [Fact]
    public void A_reload_that_rewires_gives_the_old_lines_back_first_and_one_that_does_not_touches_none()
    {
        using var sensor = Start();
        Write(output: Output);
        sensor.Reload();
        Assert.Single(_chips);
        Write(output: 22);
        sensor.Reload();
        Assert.Equal(2, _chips.Count);
        Assert.True(_chips[0].Closed);
        Assert.Contains(22, Chip.Requested.Keys);
        Write(output: 99);
        sensor.Reload();
        Assert.Equal(2, _chips.Count);
        Assert.True(SpinWait.SpinUntil(() => Chip.Level(Fault), Patience)); // it blinks
        sensor.Stop();
    }

    [Fact]
    public void A_chip_that_is_missing_is_recorded_and_the_sensor_answers()
    {
        _noChip = "no chip here";
        using var sensor = Start();
        Ask(sensor, Read, 11);
        Assert.True(SpinWait.SpinUntil(() => sensor.Plan.Cpu.SystemFault, Patience));
        _noChip = null;
        Assert.True(SpinWait.SpinUntil(() => !sensor.Plan.Cpu.SystemFault, Patience)); // the retry comes after a second
        sensor.Stop();
        Assert.Equal(["failure", "success"], Journal("plc.module").Select(e => e.GetProperty("event").TryGetProperty("outcome", out var o) ? o.GetString() : "success"));
        Assert.Equal(["gpio: no chip here", "gpio works again"], _said.Where(s => s.StartsWith("gpio", StringComparison.Ordinal)));
    }

    public void Dispose() => _temp.Dispose();

    private Sensor Start()
    {
        Write(Output);
        var source = new ConfigSource(_temp["c.toml"], []);
        var errors = new ConfigErrors();
        var plan = SensorPlan.Read(source, null, TimeProvider.System, create: false, errors);
        Assert.Empty(errors.InOrder.Select(e => e.ToString()));
        var sensor = new Sensor(source, plan!, TimeProvider.System, Say, Say)
        {
            OpenLines = _ =>
            {
                if (_noChip is { } why) throw new IOException(why);
                _chips.Add(new FakeLines());
                return Chip;
            },
        };
        sensor.Start();
        return sensor;
    }

    private void Say(string text)
    {
        lock (_said) _said.Add(text);
    }

    /// <summary>Q1.7 is coil 15, which no line of the profile drives.</summary>
    private void Write(int output) => File.WriteAllText(_temp["c.toml"],
        $"state_directory = \"{_temp.Path}\"\n[plc]\nseed = \"rack\"\n[network]\nlisten = \"127.0.0.1\"\n[snmp]\nenabled = false\n[http]\nenabled = false\n[s7comm]\nenabled = false\n[modbus]\nlatency = \"0\"\nport = {FreePort}\ncoil_writes_byte_aligned = false\n"
        + $"[io]\n\"Q1.7\" = \"gpio {output}\"\n[panel]\nsf = \"gpio {Fault}\"\nalert = \"gpio {Alert}\"\nacknowledge = \"gpio {Button} pull-up active-low\"\n");

    private int FreePort { get => field == 0 ? field = Free() : field; }

    private static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Ask(Sensor sensor, byte[] request, int length)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = (int)NetRig.Patience.TotalMilliseconds };
        client.Connect(Assert.Single(sensor.EndPoints).EndPoint);
        client.Send(request);
        Assert.Equal(length, NetRig.Read(client, length).Length);
    }

    private List<JsonElement> Journal(string action) =>
        [.. Segments.List(_temp["journal"]).SelectMany(s => File.ReadLines(s.Path)).Select(l => JsonDocument.Parse(l).RootElement).Where(e => NetRig.Action(e) == action)];
}
