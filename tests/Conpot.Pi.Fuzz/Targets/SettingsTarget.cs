using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>Settings: read as 'validate' reads them; of those that are good, the CPU is switched on and scans.</summary>
internal sealed class SettingsTarget() : TextTarget("settings")
{
    private readonly string _state = Scratch.Directory("settings");

    public override IEnumerable<Input> Seeds => Texts(".toml").Append(Input.OfLines(0, Encoding.UTF8.GetBytes("""
        name = "pump-house-3"
        [plc]
        profile = "s7-200"
        seed = "fuzz"
        stop_outputs = "hold"
        [network]
        listen = "192.0.2.10"
        [modbus]
        port = 5020
        latency = "3ms..6ms"
        functions = [1, 2, 3, 0x10]
        [[modbus.unit]]
        id = 2
        input_registers = "AIW0..AIW14"
        holding_registers = ["VW0..VW14", "VW100"]
        [snmp]
        enabled = false
        [io]
        "I0.0" = "gpio 17 pull-up active-low debounce 20ms"
        "Q0.0" = "gpio 27"
        "AIW0" = "ads1115 0x48 ch0"
        "AIW2" = "sine 0..32000 period 60s noise 20"
        "AIW4" = "tank level 500 in Q0.1 out Q0.2"
        "VW20" = "ramp 0..100 period 10s"
        "I0.1" = "pulse 1s every 5s"
        [initial]
        VW1000 = [1, 2, 0x10]
        [panel]
        run = "gpio 5"
        [alerts]
        ignore = ["192.0.2.5", "192.0.2.0/28"]
        [appliance]
        address = "192.0.2.20/24"
        dns = ["192.0.2.1"]
        [management]
        interface = "wlan0"
        ssh_keys = ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl me"]
        [stack]
        ttl_open = 30
        [mqtt]
        server = "mqtts://192.0.2.1"
        [[syslog]]
        server = "udp://192.0.2.1:514"
        format = "cef"
        [webhook]
        url = "https://192.0.2.1/x"
        """)));

    public override IReadOnlyList<byte[]> Words { get; } = Split(
        "[plc]\n¦[network]\n¦[modbus]\n¦[[modbus.unit]]\n¦[snmp]\n¦[s7comm]\n¦[http]\n¦[io]\n¦[initial]\n¦[journal]\n¦[alerts]\n¦[stack]\n¦[management]\n¦[appliance]\n¦[control]\n¦[file]\n¦[hpfeeds]\n¦[identity]\n¦ = ¦\"¦'¦\"\"\"¦'''¦[¦]¦{¦}¦,¦.¦..¦#¦\\u00e9¦\\x"
        + "¦0x¦1e9¦-1¦99999999999999999999¦inf¦nan¦true¦false¦2026-01-01T00:00:00Z¦3ms..6ms¦10s¦1GiB¦sine ¦ramp ¦square ¦noise ¦lag ¦tank ¦pulse ¦schedule ¦follow ¦const ¦random ¦walk ¦ period ¦ every ¦ 0..32000¦gpio ¦mcp23017 0x20 a0¦pwm ¦bme280 0x76 temp¦ds18b20 "
        + "¦AIW0¦AIW62¦AIW63¦VW10238¦VB10240¦Q15.7¦I16.0¦T37¦C255¦SM0.5¦MD28¦latency = ¦port = ¦enabled = ¦profile = \"conpot-2013\"\n¦profile = \"s7-300-cp343\"\n¦unknown_unit = ¦é¦😀¦\u0000¦\u202e¦\uFEFF¦\r\n");

    protected override bool Read(byte[] text, ConfigErrors errors)
    {
        var time = new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero));
        var plan = SensorPlan.Read(new ConfigSource(Path.Combine(_state, "fuzz.toml"), []) { Instead = new StandIn("fuzz.toml", text), StateDirectory = _state }, null, time, create: false, errors);
        if (plan is null) return false;
        plan.Cpu.PowerUp();
        for (var scans = 0; scans < 6; scans++)
        {
            time.Advance(TimeSpan.FromMilliseconds(370));
            plan.Cpu.Scan();
        }
        plan.Cpu.Dispose();
        foreach (var protocol in plan.Protocols) protocol.Retire(null);
        return true;
    }
}
