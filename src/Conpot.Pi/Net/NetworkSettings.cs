using System.Net;
using Conpot.Pi.Config;

namespace Conpot.Pi.Net;

/// <summary>[network]: the addresses to listen on, and who may come in.</summary>
internal sealed record NetworkSettings(IReadOnlyList<IPAddress> Listen, AdmissionLimits Limits)
{
    /// <param name="lowPorts">The sensor may be the device itself: every address is its default. IPv4 only, as the device has no other.</param>
    public static NetworkSettings Read(ConfigSection section, bool lowPorts)
    {
        var listen = new List<IPAddress>();
        foreach (var text in section.Texts("listen"))
        {
            if (!IPAddress.TryParse(text, out var address))
                section.Error("listen", $"{Shown.Quoted(text)} in [network] is no IP address; write one of this machine's, such as \"192.168.10.20\", or \"0.0.0.0\" for all");
            else if (listen.Contains(address))
                section.Error("listen", $"{Shown.Quoted(text)} stands in 'listen' twice; keep one");
            else
                listen.Add(address);
        }
        if (listen.Count == 0) listen.Add(lowPorts ? IPAddress.Any : IPAddress.Loopback);
        return new NetworkSettings(listen, new AdmissionLimits(
            // 512 connections of some 10 KB: far more than the device has, far less than would hurt a Pi.
            (int)section.Integer("connections", 512, 1, 65535),
            // Less than the 64 of the device, so that one visitor cannot keep all others out.
            (int)section.Integer("connections_per_address", 48, 1, 65535),
            // nmap's modbus-discover makes 246 connections one after the other; a person's tools stay far below this.
            (int)section.Integer("connection_rate", 100, 1, 100_000),
            (int)section.Integer("connection_burst", 500, 1, 100_000)));
    }
}
