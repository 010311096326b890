namespace Conpot.Pi.Cli.Doctor;

/// <summary>Whether the journal's medium keeps what it is given, and lives long.</summary>
internal sealed class MediumCheck() : Inspection("medium")
{
    /// <summary>More often than this a card is worn for little: a power cut costs these seconds.</summary>
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    protected override IEnumerable<Finding> Look(Patient patient)
    {
        if (patient.JournalDirectory is not { } directory || Mount.Of(patient.Machine, directory) is not { } mount)
        {
            yield return Finding.Skipped("which medium holds the journal cannot be told");
            yield break;
        }
        var well = true;
        if (mount.Options.Contains("ro")) yield return Bad(Finding.Failure($"{mount.Point} is mounted read-only; see why ('dmesg' names a failing card), then: sudo mount -o remount,rw {mount.Point}"));
        if (mount.IsMemory) yield return Bad(Finding.Warning($"{directory} is in memory ({mount.Type}), and a restart forgets it; set [journal] directory to a place on the card"));
        // relatime is the kernel's default and writes once a day at most: mount(8).
        if (mount.IsCard && !mount.Options.Contains("noatime") && !mount.Options.Contains("relatime"))
            yield return Bad(Finding.Warning($"{mount.Point} is a card, and every read writes to it; add noatime to its line in /etc/fstab, then: sudo mount -o remount,noatime {mount.Point}"));
        if (mount.IsCard && patient.Plan?.Journal.SyncInterval is { } sync && sync > TimeSpan.Zero && sync < Often)
            yield return Bad(Finding.Warning($"the journal is forced onto the card every {sync.TotalMilliseconds:0} ms; set [journal] sync to 5s"));
        if (well) yield return Finding.Ok($"{mount.Source} ({mount.Type}{(mount.Options.Contains("noatime") ? ", noatime" : "")}) at {mount.Point}");

        Finding Bad(Finding finding)
        {
            well = false;
            return finding;
        }
    }
}
