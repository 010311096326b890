using System.Globalization;
using Conpot.Pi.Events;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the journal can grow to its size.</summary>
/// <param name="freeBytes">On the medium that holds a directory; null when it cannot be told.</param>
internal sealed class SpaceCheck(Func<string, long?> freeBytes) : Inspection("disk-space")
{
    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.Plan is not { } plan || patient.JournalDirectory is not { } directory)
        {
            yield return Finding.Skipped("how much is needed is not known without valid settings");
            yield break;
        }
        if (freeBytes(directory) is not { } free)
        {
            yield return Finding.Warning($"how much room there is for {directory} cannot be told; see it: df -h {directory}");
            yield break;
        }
        var room = $"{Size(free)} free for {directory}";
        var missing = plan.Journal.TotalSize - Kept(patient, directory);
        if (free < plan.Journal.SegmentSize) yield return Finding.Failure($"{room}, less than one segment of {Size(plan.Journal.SegmentSize)}; make room, or events will be lost");
        else if (free < missing) yield return Finding.Warning($"{room}, and the journal may grow by {Size(missing)}; make room, or lower [journal] total to {Size(Math.Max(2 * plan.Journal.SegmentSize, (plan.Journal.TotalSize - missing + free) / 2))}");
        else yield return Finding.Ok($"{room}; the journal may grow by {Size(Math.Max(0, missing))}");
    }

    /// <summary>Also for a directory that does not exist yet.</summary>
    public static long? FreeBytes(string directory)
    {
        for (var place = directory; !string.IsNullOrEmpty(place); place = Path.GetDirectoryName(place))
        {
            try
            {
                if (Directory.Exists(place)) return new DriveInfo(place).AvailableFreeSpace;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
            {
                return null;
            }
        }
        return null;
    }

    private static long Kept(Patient patient, string directory)
    {
        if (patient.Status is { } status && status.TryGetProperty("journal", out var journal)) return journal.Number("bytes");
        try
        {
            return Segments.List(directory).Sum(s => new FileInfo(s.Path).Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return 0;
        }
    }

    /// <summary>As the settings take it.</summary>
    private static string Size(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, bytes) / 1048576}MiB");
}
