namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the sensor may have the ports of a device, all below 1024.</summary>
internal sealed class RightsCheck() : Inspection("rights")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        var low = patient.Listening.Where(l => l.EndPoint.Port < 1024).ToList();
        if (patient.Listening.Count == 0) yield return Finding.Skipped("which ports are wanted is not known without valid settings");
        else if (patient.IsRunning && low.Count > 0) yield return Finding.Ok("the sensor has its ports below 1024");
        else if (patient.LowPorts) yield return low.Count > 0 ? Finding.Ok("ports below 1024 may be bound") : Unlike(patient);
        else if (low.Count > 0)
            yield return Finding.Failure($"this user may not bind {string.Join(" and ", low.Select(l => l.EndPoint.Port).Distinct())}; run the sensor as its service, which holds CAP_NET_BIND_SERVICE: sudo systemctl start conpot-pi");
        else yield return Unlike(patient);
    }

    private static Finding Unlike(Patient patient) => patient.IsLocal
        ? Finding.Ok("no port below 1024 is wanted: a trial on loopback needs no rights")
        : Finding.Warning($"no port below 1024 is used, and a PLC has no others ({string.Join(", ", patient.Listening)}); remove 'port' from the settings, and run the sensor as its service: sudo systemctl start conpot-pi");
}
