namespace Conpot.Pi.Cli.Doctor;

/// <summary>The file system that holds a directory: a line of /proc/self/mountinfo.</summary>
/// <param name="Source">"/dev/mmcblk0p2", "tmpfs".</param>
internal sealed record Mount(string Point, string Type, string Source, IReadOnlySet<string> Options)
{
    /// <summary>An SD card or eMMC, which bears a limited number of writes.</summary>
    public bool IsCard => Source.StartsWith("/dev/mmcblk", StringComparison.Ordinal);

    public bool IsMemory => Type is "tmpfs" or "ramfs";

    /// <summary>Null when it cannot be told.</summary>
    public static Mount? Of(MachineFiles machine, string directory)
    {
        Mount? found = null;
        foreach (var line in machine.Lines("proc/self/mountinfo"))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue: proc_pid_mountinfo(5)
            var halves = line.Split(" - ", 2);
            if (halves.Length < 2 || halves[0].Split(' ') is not [_, _, _, _, var escaped, var options, ..] || halves[1].Split(' ') is not [var type, var source, ..]) continue;
            var point = escaped.Replace("\\040", " ", StringComparison.Ordinal);
            // Of two on the same point the later one covers the earlier.
            if (Holds(point, directory) && (found is null || point.Length >= found.Point.Length)) found = new Mount(point, type, source, options.Split(',').ToHashSet());
        }
        return found;
    }

    private static bool Holds(string point, string directory) => point == "/" || directory == point || directory.StartsWith(point + "/", StringComparison.Ordinal);
}
