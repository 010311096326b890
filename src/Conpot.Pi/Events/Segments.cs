using System.Globalization;

namespace Conpot.Pi.Events;

/// <summary>The files of a journal: events-&lt;first sequence&gt;.jsonl, in the order of their first sequence.</summary>
internal static class Segments
{
    /// <summary>Nothing valid is longer: the writer's bound on a line.</summary>
    public const int LongestLine = 16 * 1024;

    public static string PathOf(string directory, long firstSequence) =>
        Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"events-{firstSequence:D12}.jsonl"));

    /// <summary>Existing segments, oldest first; a missing directory has none.</summary>
    public static List<(string Path, long First)> List(string directory)
    {
        var found = new List<(string Path, long First)>();
        if (!Directory.Exists(directory)) return found;
        try
        {
            foreach (var path in Directory.EnumerateFiles(directory, "events-*.jsonl"))
            {
                var digits = Path.GetFileNameWithoutExtension(path.AsSpan())["events-".Length..];
                if (long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var first)) found.Add((path, first));
            }
        }
        catch (DirectoryNotFoundException)
        {
            // Gone while we looked.
        }
        found.Sort((a, b) => a.First.CompareTo(b.First));
        return found;
    }

    /// <summary>The sequence number of a whole line, or -1 when it is not one of ours.</summary>
    public static long SequenceOf(ReadOnlySpan<byte> line)
    {
        if (line.Length < 2 || line[0] != '{' || line[^1] != '}' || line.ContainsAnyExceptInRange((byte)' ', (byte)'~')) return -1;
        var mark = "\"event\":{\"sequence\":"u8;
        var at = line.IndexOf(mark);
        if (at < 0 || !System.Buffers.Text.Utf8Parser.TryParse(line[(at + mark.Length)..], out long sequence, out _)) return -1;
        return sequence;
    }

    /// <summary>Where the last whole line ends and which sequence it has (0, -1 when there is none).</summary>
    /// <remarks>A power cut can leave a torn line, or a tail of zeros where the file system had not yet written its data: both end here.</remarks>
    public static (long Length, long LastSequence) WholeLines(Microsoft.Win32.SafeHandles.SafeFileHandle file)
    {
        var end = RandomAccess.GetLength(file);
        var window = new byte[4 * LongestLine];
        while (end > 0)
        {
            var start = Math.Max(0, end - window.Length);
            var span = window.AsSpan(0, (int)(end - start));
            var read = RandomAccess.Read(file, span, start);
            span = span[..read];
            for (var newline = span.LastIndexOf((byte)'\n'); newline >= 0; newline = span.LastIndexOf((byte)'\n'))
            {
                var lineStart = span[..newline].LastIndexOf((byte)'\n') + 1;
                var sequence = lineStart == 0 && start > 0 ? -1 : SequenceOf(span[lineStart..newline]);
                if (sequence >= 0) return (start + newline + 1, sequence);
                if (lineStart == 0) break;
                span = span[..lineStart];
            }
            // No whole line in this window: go on before it, with room for one that straddles.
            if (start == 0) break;
            end = start + Math.Min(LongestLine, (end - start) / 2);
        }
        return (0, -1);
    }
}
