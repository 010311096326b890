using System.Text.Json;
using Conpot.Pi.Cli;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

/// <summary>The status in words: a sensor that is well, one that is not, and one of another version.</summary>
public class StatusTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_sensor_that_is_well()
    {
        Assert.Equal("""
            pump-house-3: RUN, up 3 d 4 h
              version    0.1.0
              profile    s7-200 (SIMATIC S7-200, CPU 224XP)
              listening  modbus 0.0.0.0:502, snmp [::1]:161
              sessions   2
              journal    12,345 events, 11 MiB, in /var/lib/conpot-pi/journal
              mqtt       up to date; 12,000 delivered, the last 12 s ago
              machine    47.2 C; supply well
            """, Render("""
            {"name":"pump-house-3","version":"0.1.0","profile":"s7-200","title":"SIMATIC S7-200, CPU 224XP","mode":"RUN","system_fault":false,"uptime_seconds":273600,
             "listeners":[{"protocol":"modbus","address":"0.0.0.0","port":502},{"protocol":"snmp","address":"::1","port":161}],"sessions":2,
             "journal":{"directory":"/var/lib/conpot-pi/journal","kept":45,"lost":0,"fault":null,"bytes":12345678,"events":12345,"oldest":null},
             "sinks":[{"name":"mqtt","lag":0,"oldest":null,"delivered":12000,"dropped":0,"last_delivery":"2026-11-22T11:59:48Z","error":null}],"faults":[],
             "machine":{"temperature_celsius":47.2,"under_voltage":false,"under_voltage_since_boot":false}}
            """));
    }

    [Fact]
    public void A_sensor_with_every_trouble_there_is()
    {
        var text = Render("""
            {"name":"x","mode":"STOP","system_fault":true,"alert":true,"uptime_seconds":59,"listeners":[],
             "journal":{"directory":"/j","kept":45,"lost":7,"fault":"No space left on device","bytes":100,"events":1,"oldest":"2026-11-01T00:00:00Z"},
             "sinks":[{"name":"syslog","lag":1500,"oldest":"2026-11-22T10:30:00Z","delivered":0,"dropped":3,"last_delivery":null,"error":"refused\u001b[31m\nsyslog: fine"}],
             "faults":["mcp23017 0x20: does not answer; check its cable"],
             "machine":{"temperature_celsius":81.04,"under_voltage":true,"under_voltage_since_boot":true}}
            """);
        Assert.StartsWith("x: STOP, SF, up 59 s\n", text, StringComparison.Ordinal);
        string[] lines =
        [
            "  alert      somebody touched the sensor; 'conpot-pi events' tells who, 'conpot-pi io ack' puts the lamp out",
            "  listening  nowhere",
            "             7 events LOST in this run",
            "             FAULT No space left on device; make room, or check the card ('dmesg' names its errors)",
            "  syslog     1,500 events behind, the oldest for 1 h 30 min; 0 delivered; 3 dropped",
            "             FAULT refused·[31m·syslog: fine",
            "  I/O        FAULT mcp23017 0x20: does not answer; check its cable",
            "  machine    81.0 C, too warm: give it air; UNDER-VOLTAGE: take a stronger power supply or a shorter cable",
        ];
        Assert.All(lines, line => Assert.Contains(line, text.Split('\n')));
        Assert.Contains("100 bytes, since 2026-1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{\"name\":7,\"listeners\":{},\"journal\":{\"kept\":\"many\"},\"sinks\":3,\"machine\":{},\"uptime_seconds\":1e99}")]
    public void Members_that_are_missing_or_strange_are_left_out(string json) => Assert.Contains("up 0 s", Render(json), StringComparison.Ordinal);

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(-5, "0 s")]
    [InlineData(61, "1 min")]
    [InlineData(3600, "1 h 0 min")]
    [InlineData(90000, "1 d 1 h")]
    public void Durations_in_two_units(int seconds, string text) => Assert.Equal(text, StatusText.Span(TimeSpan.FromSeconds(seconds)));

    private static string Render(string json)
    {
        using var document = JsonDocument.Parse(json);
        return StatusText.Render(document.RootElement, Now, colour: false);
    }
}
