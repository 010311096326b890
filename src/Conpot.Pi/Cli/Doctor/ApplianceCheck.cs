using Conpot.Pi.Appliance;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the machine could be made what its settings say, where it is the image's.</summary>
internal sealed class ApplianceCheck() : Inspection("appliance")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (!patient.Machine.Exists(ApplianceFiles.Directory[1..]))
        {
            yield return Finding.Skipped("this machine is not set up by its settings: it is no image");
            yield break;
        }
        var troubles = patient.Machine.Lines(ApplianceFiles.Trouble[1..]);
        foreach (var trouble in troubles) yield return Finding.Failure(trouble);
        if (patient.Machine.Lines(ApplianceFiles.Time[1..]).Contains(ApplianceFiles.NoTime))
            yield return Finding.Warning("no time server is set, and the clock is only as right as it was when this machine was last on; name one of your network: ntp = \"192.168.1.1\" in [appliance]");
        if (troubles.Count == 0) yield return Finding.Ok("network, firewall, clock and management are as the settings say");
    }
}
