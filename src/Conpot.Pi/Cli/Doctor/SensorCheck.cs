using Version = Conpot.Pi.Hosting.Version;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether a sensor runs with these settings, and is the one that is installed.</summary>
internal sealed class SensorCheck() : Inspection("sensor")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Unasked is { } problem) yield return Finding.Failure(problem.Replace(": join", "; join", StringComparison.Ordinal));
        else if (patient.Plan is { Control.Enabled: false }) yield return Finding.Skipped("'enabled' in [control] is false, so it cannot be asked");
        else if (patient.Status is not { } status) yield return Finding.Failure("no sensor runs with these settings; start it: sudo systemctl start conpot-pi ('journalctl -u conpot-pi' tells why it does not)");
        else
        {
            var version = status.Text("version");
            if (version != Version.Text) yield return Finding.Warning($"version {version} runs, and {Version.Text} is installed; restart it: sudo systemctl restart conpot-pi");
            yield return patient.Open.Count == 0
                ? Finding.Failure("it runs and has no port open; see why: journalctl -u conpot-pi")
                : Finding.Ok($"{status.Text("name")} is in {status.Text("mode")}, {string.Join(", ", patient.Open)}");
        }
    }
}
