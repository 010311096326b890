using System.Net;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether other programs of this machine can be reached where the sensor is: a PLC has no SSH.</summary>
internal sealed class ServicesCheck() : Inspection("services")
{
    /// <summary>IANA's names, and what a Raspberry Pi commonly runs.</summary>
    private static readonly Dictionary<(string Transport, int Port), string> Known = new()
    {
        [("tcp", 22)] = "SSH",
        [("tcp", 23)] = "telnet",
        [("tcp", 111)] = "rpcbind",
        [("udp", 111)] = "rpcbind",
        [("tcp", 139)] = "Samba",
        [("tcp", 445)] = "Samba",
        [("udp", 137)] = "NetBIOS names",
        [("tcp", 631)] = "CUPS",
        [("udp", 631)] = "CUPS",
        [("udp", 1900)] = "SSDP",
        [("tcp", 2049)] = "NFS",
        [("tcp", 3389)] = "remote desktop",
        [("udp", 5353)] = "mDNS (Avahi)",
        [("tcp", 5355)] = "LLMNR (systemd-resolved)",
        [("udp", 5355)] = "LLMNR (systemd-resolved)",
        [("tcp", 5900)] = "VNC",
        [("tcp", 9090)] = "Cockpit",
    };

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Listening.Count == 0 || patient.IsLocal)
        {
            yield return Finding.Skipped("it listens on no network");
            yield break;
        }
        var others = OpenSockets.Of(patient.Machine)
            .Where(s => Shows(patient, s.Address) && !patient.Listening.Any(l => l.Transport == s.Transport && l.EndPoint.Port == s.Port && l.Meets(s.Address)))
            // Clients of DHCP, NTP and DNS have datagram sockets too, and answer nobody.
            .Where(s => s.Transport == "tcp" || Known.ContainsKey((s.Transport, s.Port)))
            .GroupBy(s => (s.Transport, s.Port)).OrderBy(g => g.Key.Port).ThenBy(g => g.Key.Transport).ToList();
        foreach (var group in others) yield return Finding.Warning(Told(patient, group.First()));
        if (others.Count == 0) yield return Finding.Ok("nothing but the sensor can be reached where it is");
    }

    /// <summary>Whether a socket on this address is reached where a visitor of the sensor is.</summary>
    private static bool Shows(Patient patient, IPAddress address) =>
        !IPAddress.IsLoopback(address) && patient.Listening.Any(l => !IPAddress.IsLoopback(l.EndPoint.Address) && l.Meets(address));

    private static string Told(Patient patient, OpenSocket socket)
    {
        var name = Known.GetValueOrDefault((socket.Transport, socket.Port));
        var owner = patient.Machine.OwnerOf(socket);
        var place = $"{(Listener.IsEverywhere(socket.Address) ? "every address" : socket.Address)}, port {socket.Port}{(socket.Transport == "udp" ? " (UDP)" : "")}";
        var who = string.Join(", ", new[] { name, owner }.OfType<string>()) is { Length: > 0 } some ? some : "a program";
        return $"{who} is open on {place}, and a PLC has none such; {Remedy(socket)}";
    }

    private static string Remedy(OpenSocket socket) => (socket.Transport, socket.Port) switch
    {
        ("tcp", 22) => "let it listen where only you are (ListenAddress in /etc/ssh/sshd_config, then sudo systemctl restart ssh), or stop it: sudo systemctl disable --now ssh",
        ("tcp" or "udp", 111) => "stop it: sudo systemctl disable --now rpcbind.socket rpcbind",
        ("udp", 5353) => "stop it: sudo systemctl disable --now avahi-daemon.socket avahi-daemon",
        (_, 5355) => "switch it off: LLMNR=no in /etc/systemd/resolved.conf, then sudo systemctl restart systemd-resolved",
        ("tcp", 9090) => "stop it: sudo systemctl disable --now cockpit.socket",
        (_, 631) => "stop it: sudo systemctl disable --now cups.socket cups cups-browsed",
        _ => $"stop it, or let it listen on another address ('sudo ss -l{socket.Transport[0]}np sport = :{socket.Port}' names it)",
    };
}
