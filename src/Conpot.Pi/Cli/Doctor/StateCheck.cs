using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether there is a place for what is to outlive the sensor beside the journal.</summary>
internal sealed class StateCheck() : Inspection("state")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Status is { } status)
        {
            yield return status.Text("state_fault") is { Length: > 0 } fault ? Finding.Failure(fault) : Finding.Ok("what is to outlive the sensor is written down");
            yield break;
        }
        if (patient.Plan?.StateDirectory is not { } directory)
        {
            yield return Finding.Skipped("where it is is not known without valid settings");
            yield break;
        }
        var place = WriteAccess.Nearest(directory);
        yield return WriteAccess.Problem(place) is not { } problem
            ? Finding.Ok($"{directory} may be written")
            : Finding.Failure($"{place} cannot be written by the user {Environment.UserName} ({problem}); run the sensor as its service, or give it the directory: sudo chown -R {Environment.UserName} {directory}");
    }
}
