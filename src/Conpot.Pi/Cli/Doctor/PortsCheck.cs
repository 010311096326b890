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
                yield return Finding.Ok($"{listener} is the sensor's");
            else if (sockets.FirstOrDefault(s => s.Transport == listener.Transport && s.Port == listener.EndPoint.Port && listener.Meets(s.Address)) is { } other)
                yield return Taken(patient, listener, other);
            else if (patient.IsRunning)
                yield return Finding.Warning($"{listener} stands in the settings, and the running sensor does not have it; let it read them again: sudo systemctl reload conpot-pi");
            else
                yield return Finding.Ok($"{listener} is free");
        }
    }

    private static Finding Taken(Patient patient, Listener listener, OpenSocket other) =>
        patient.Machine.OwnerOf(other) is { } owner
            ? Finding.Failure($"{listener} is taken by {owner}; stop that program, or set [{listener.Protocol}] port")
            : Finding.Failure($"{listener} is taken by a program of another user; see which: sudo ss -l{listener.Transport[0]}np sport = :{listener.EndPoint.Port}");
}
