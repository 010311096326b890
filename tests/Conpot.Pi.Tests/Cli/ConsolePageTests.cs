using System.Text.Json;
using Conpot.Pi.Cli;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

/// <summary>The status page of a machine with a screen.</summary>
public class ConsolePageTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private const string Well = """
        {"name":"pump-3","profile":"s7-200","title":"SIMATIC S7-200 CPU 224XP","mode":"RUN","alert":true,"uptime_seconds":3700,"sessions":2,
        "listeners":[{"protocol":"modbus","address":"0.0.0.0","port":502},{"protocol":"snmp","address":"0.0.0.0","port":161}],
        "journal":{"directory":"/j","events":1234,"bytes":20480,"lost":0,"fault":null},
        "sinks":[{"name":"mqtt","delivered":12,"last_delivery":"2026-11-22T11:59:00Z","error":null},{"name":"webhook ntfy","delivered":0,"error":"ntfy.example: refused"}],
        "faults":["mcp23017 0x20 does not answer"],"settings":{"file":"/f","in_force":"last-good","problem":"mistakes at conpot-pi.toml:3:1"}}
        """;

    [Fact]
    public void It_tells_who_it_is_where_it_is_and_what_is_wrong()
    {
        var page = ConsolePage.Render(Facts(Well) with { Ssh = true, Alert = "2026-11-22 11:58:00 from 192.0.2.9 alert.raised", Management = new("wlan0", "10.0.0.2", "AA:BB:CC:00:11:22", true) });
        Assert.Equal(
        [
            "name        pump-3",
            "plays       SIMATIC S7-200 CPU 224XP (s7-200)",
            "mode        RUN, up 1 h 1 min, 2 sessions",
            "listening   modbus 502, snmp 161",
            "journal     1,234 events, 20 KiB",
            "mqtt        12 delivered, the last 1 min ago",
            "webhook nt~ TROUBLE ntfy.example: refused",
            "TROUBLE     I/O: mcp23017 0x20 does not answer",
            "ALERT       somebody touched the sensor; press the panel's button, or:",
            "            conpot-pi io ack",
            "TROUBLE     settings: mistakes at conpot-pi.toml:3:1",
            "",
            "plant       eth0  192.168.10.20  00:0E:8C:12:34:56",
            "management  wlan0  10.0.0.2  AA:BB:CC:00:11:22",
            "            reach it with: ssh root@10.0.0.2",
            "",
            "last alert  2026-11-22 11:58:00 from 192.0.2.9 alert.raised",
            "TROUBLE     firewall: not taken",
        ], page.Skip(2));
    }

    [Fact]
    public void Without_a_sensor_an_address_or_management_it_says_so()
    {
        var page = ConsolePage.Render(Facts(null) with { Plant = new("eth0", null, "00:0E:8C:12:34:56", true), Troubles = [] });
        Assert.Equal(["sensor      IS NOT RUNNING, or is still starting", "", "plant       eth0  NO ADDRESS YET  00:0E:8C:12:34:56",
            "management  none; the settings are in conpot-pi.toml on the card's boot", "            partition", "", "last alert  none"], page.Skip(2));
        Assert.Contains("plant       usb0: there is no such interface; 'interface' in the settings names", ConsolePage.Render(Facts(null) with { Plant = new("usb0", null, null, false) }));
    }

    [Fact]
    public void A_clock_that_nobody_sets_is_told() => Assert.Contains("clock       as it was when last on: [appliance] names no time server ('ntp')", ConsolePage.Render(Facts(Well) with { Clock = false }));

    [Fact]
    public void Whatever_it_shows_it_fits_and_drives_no_terminal() => Gen.Select(Gen.String, Gen.String.Array[0, 40]).Sample((hostile, troubles) =>
    {
        var status = JsonSerializer.SerializeToElement(hostile.EnumerateRunes().Select(r => r.ToString()).Aggregate("", string.Concat));
        var json = $$"""{"name":{{status.GetRawText()}},"title":{{status.GetRawText()}},"sinks":[{"name":{{status.GetRawText()}},"error":{{status.GetRawText()}}}],"journal":{},"settings":{},"listeners":[]}""";
        var page = ConsolePage.Render(Facts(json) with { Alert = hostile + "\e[31m\u202E", Troubles = troubles });
        Assert.InRange(page.Count, 5, ConsolePage.Height);
        Assert.All(page, l => Assert.True(l.Length <= ConsolePage.Width && l.All(c => c is >= ' ' and <= '~'), l));
    });

    private static ConsoleFacts Facts(string? status)
    {
        using var json = status is null ? null : JsonDocument.Parse(status);
        return new ConsoleFacts(json?.RootElement.Clone(), new("eth0", "192.168.10.20", "00:0E:8C:12:34:56", true), new(null, null, null, false), false, true, null, ["firewall: not taken"], Now);
    }
}
