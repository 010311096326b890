using Conpot.Pi.Config;

namespace Conpot.Pi.Events;

/// <summary>[journal]: where events are kept, and how much of them.</summary>
/// <param name="SegmentSize">Bytes after which a new segment is begun.</param>
/// <param name="TotalSize">Bytes of all segments; beyond it the oldest goes.</param>
/// <param name="SyncInterval">How often written events are forced onto the medium; zero leaves it to the kernel.</param>
internal sealed record JournalSettings(string Directory, long SegmentSize, long TotalSize, TimeSpan SyncInterval)
{
    public static JournalSettings Read(ConfigSection section, string stateDirectory)
    {
        var directory = section.Text("directory", Path.Combine(stateDirectory, "journal"));
        if (!Path.IsPathFullyQualified(directory))
            section.Error("directory", $"'directory' in [journal] is \"{directory}\"; write an absolute path, such as \"/var/lib/conpot-pi/journal\"");
        // 8 MiB: small enough that dropping the oldest loses little, large enough that a day of scans is one file.
        var segment = section.Size("segment", 8 << 20, 64 << 10, 1 << 30);
        // 256 MiB: some 400,000 events; fits the image's data partition.
        var total = section.Size("total", 256 << 20, 1 << 20, 1L << 40);
        if (total < 2 * segment)
            section.Error("total", $"'total' in [journal] is {total} bytes, less than two segments of {segment}; raise 'total' or lower 'segment'");
        // 5 s: what a power cut may cost; the card is written at most that often.
        var sync = section.Duration("sync", TimeSpan.FromSeconds(5), TimeSpan.Zero, TimeSpan.FromHours(1));
        return new JournalSettings(directory, segment, total, sync);
    }

    /// <summary>The same for a medium of that many bytes: three quarters of it at most, in segments small enough that one can make way for the next.</summary>
    /// <remarks>Of the image's data partition before it has grown, and of the RAM in its place, 256 MiB are more than there is.</remarks>
    public JournalSettings Within(long medium)
    {
        const long leastSegment = 1 << 20; // below it a medium is nobody's choice, and more files would not help
        var most = medium / 4 * 3;
        return TotalSize <= most ? this : this with { TotalSize = most, SegmentSize = Math.Min(SegmentSize, Math.Max(most / 4, leastSegment)) };
    }
}
