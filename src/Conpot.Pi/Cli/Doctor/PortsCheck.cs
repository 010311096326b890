using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the ports that the settings want are the sensor's, free, or another program's.</summary>
internal sealed class PortsCheck() : Inspection("ports")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        // What this user's settings want is not what the service's do, where only that may bind the device's ports.
        var wanted = patient.IsRunning && !patient.LowPorts ? patient.Open : patient.Wanted;
        if (wanted.Count == 0) wanted = patient.Open;
        if (wanted.Count == 0) yield return Finding.Skipped("which ports are wanted is not known without valid settings");
        var sockets = OpenSockets.Of(patient.Machine);
        foreach (var listener in wanted)
        {
            if (patient.Open.Contains(listener))
                yield return Reaches(patient.Machine, listener.EndPoint.Address)
                    ? Finding.Ok($"{listener} is the sensor's")
                    : Finding.Warning($"{listener} waits for its address, which this machine does not have, so nobody reaches it; set [network] listen to one that 'ip address' shows, or leave it out");
            else if (sockets.FirstOrDefault(s => s.Transport == listener.Transport && s.Port == listener.EndPoint.Port && listener.Meets(s.Address)) is { } other)
                yield return Taken(patient, listener, other);
            else if (patient.IsRunning)
                yield return Finding.Warning($"{listener} stands in the settings, and the running sensor does not have it; let it read them again: sudo systemctl reload conpot-pi");
            else
                yield return Finding.Ok($"{listener} is free");
        }
    }

    /// <summary>False for an IPv4 address that no interface has: the image lets it be bound before it comes.</summary>
    private static bool Reaches(MachineFiles machine, IPAddress address)
    {
        if (Listener.IsEverywhere(address) || IPAddress.IsLoopback(address) || address.AddressFamily != AddressFamily.InterNetwork) return true;
        // A trie of all routes: an address, and on the lines below it what it is: fib_trie.c, fib_trie_seq_show.
        var table = machine.Lines("proc/net/fib_trie");
        var leaf = $"|-- {address}";
        return table.Count == 0 || table.Zip(table.Skip(1)).Any(l => l.First.EndsWith(leaf, StringComparison.Ordinal) && l.Second.TrimStart().StartsWith("/32 host LOCAL", StringComparison.Ordinal));
    }

    private static Finding Taken(Patient patient, Listener listener, OpenSocket other) =>
        patient.Machine.OwnerOf(other) is { } owner
            ? Finding.Failure($"{listener} is taken by {owner}; stop that program, or set [{listener.Protocol}] port")
            : Finding.Failure($"{listener} is taken by a program of another user; see which: sudo ss -l{listener.Transport[0]}np sport = :{listener.EndPoint.Port}");
}
