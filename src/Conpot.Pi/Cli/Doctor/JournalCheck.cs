using Conpot.Pi.Events;
using Conpot.Pi.Hosting;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether events are kept.</summary>
internal sealed class JournalCheck() : Inspection("journal")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.JournalDirectory is not { } directory) yield return Finding.Skipped("where it is is not known without valid settings");
        else if (patient.Status is { } status && status.TryGetProperty("journal", out var journal))
        {
            if (journal.Text("fault") is { Length: > 0 } fault) yield return Finding.Failure($"{directory} is in trouble: {fault}; make room, or check the card ('dmesg' names its errors)");
            else if (journal.Number("lost") > 0) yield return Finding.Warning($"{journal.Number("lost")} events of this run were lost; see which: conpot-pi events | grep sensor.lost");
            else yield return Finding.Ok($"{journal.Number("events")} events in {directory}, none lost in this run");
        }
        else yield return AtRest(directory);
    }

    private static Finding AtRest(string directory)
    {
        var place = WriteAccess.Nearest(directory);
        if (!WriteAccess.To(place))
            return Finding.Failure($"{place} may not be written by the user {Environment.UserName}; run the sensor as its service, or give it the directory: sudo chown -R {Environment.UserName} {directory}");
        var segments = Segments.List(directory);
        return segments.Count == 0
            ? Finding.Ok($"{directory} is empty, and may be written")
            : Finding.Ok($"{segments.Count} segment{(segments.Count == 1 ? "" : "s")} in {directory}, which may be written");
    }
}
