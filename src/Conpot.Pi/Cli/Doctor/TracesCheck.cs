using Conpot.Pi.Net;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the plant network sees a Raspberry Pi behind the PLC: by its hardware address, or by the name it calls out.</summary>
internal sealed class TracesCheck() : Inspection("network-traces")
{
    /// <summary>What the IEEE has given to Raspberry Pi Trading Ltd and the Raspberry Pi Foundation (nmap-mac-prefixes).</summary>
    private static readonly string[] Prefixes = ["B8:27:EB", "DC:A6:32", "E4:5F:01", "D8:3A:DD", "2C:CF:67", "28:CD:C1"];

    /// <summary>linux/if_arp.h, ARPHRD_ETHER.</summary>
    private const string Ethernet = "1";

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Listening.Count == 0 || patient.IsLocal)
        {
            yield return Finding.Skipped("it listens on no network");
            yield break;
        }
        var well = true;
        var machine = patient.Machine;
        var interfaces = Interfaces(patient).ToList();
        foreach (var name in interfaces)
        {
            if (machine.Read($"sys/class/net/{name}/address")?.ToUpperInvariant() is not { } mac)
            {
                well = false;
                yield return Finding.Skipped($"{name}: its hardware address cannot be read");
                continue;
            }
            if (!Array.Exists(Prefixes, p => mac.StartsWith(p, StringComparison.Ordinal))) continue;
            well = false;
            yield return Finding.Warning($"{name} has the hardware address {mac}, a Raspberry Pi's; give it one of the device's maker, in /etc/systemd/network/10-{name}.link: [Match] OriginalName={name} [Link] MACAddress={Proposed(patient)}, and restart");
        }
        var host = machine.Read("proc/sys/kernel/hostname") ?? "";
        if (host.StartsWith("raspberry", StringComparison.OrdinalIgnoreCase) || host.Contains("conpot", StringComparison.OrdinalIgnoreCase) || host.Contains("honeypot", StringComparison.OrdinalIgnoreCase))
        {
            well = false;
            yield return Finding.Warning($"this machine is called '{host}', and tells it to the network's DHCP server; call it something else: sudo hostnamectl set-hostname plc-3");
        }
        if (well) yield return Finding.Ok(interfaces.Count > 0 ? $"{string.Join(", ", interfaces)}: neither the hardware address nor the host name '{host}' says Raspberry Pi" : $"the host name '{host}' does not say Raspberry Pi");
    }

    /// <summary>Those that the sensor's addresses are on; for "every address" all that have hardware behind them.</summary>
    private static IEnumerable<string> Interfaces(Patient patient)
    {
        var machine = patient.Machine;
        var addresses = patient.Listening.Select(l => l.EndPoint.Address).Distinct().ToList();
        if (addresses.Exists(Listener.IsEverywhere))
            return machine.Names("sys/class/net").Where(n => machine.Read($"sys/class/net/{n}/type") == Ethernet && machine.Exists($"sys/class/net/{n}/device"));
        var routes = HostNetwork.ParseRoutes(string.Join('\n', machine.Lines("proc/net/route")));
        return addresses.Where(a => a.AddressFamily == System.Net.Sockets.AddressFamily.InterNetwork)
            .Select(a => routes.FirstOrDefault(r => r.IsConnected && r.Holds(a))?.Interface).OfType<string>().Distinct();
    }

    /// <summary>What SNMP shows as the interface's address, where that is made up.</summary>
    private static string Proposed(Patient patient) => patient.Plan is { } plan ? string.Join(':', plan.Seed.MacAddress.Select(b => $"{b:x2}")) : "00:0e:8c:12:34:56";
}
