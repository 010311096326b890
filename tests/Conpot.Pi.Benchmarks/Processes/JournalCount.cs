using System.Text;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>What a journal directory holds: events, answered requests among them, bytes.</summary>
internal sealed record JournalCount(long Events, long Answers, long Bytes)
{
    public double BytesPerEvent => Events == 0 ? 0 : (double)Bytes / Events;

    /// <param name="answer">What every line of an answered request holds.</param>
    public static JournalCount Of(string directory, string answer)
    {
        var sum = new JournalCount(0, 0, 0);
        if (!Directory.Exists(directory))
            return sum;
        var wanted = Encoding.UTF8.GetBytes(answer);
        foreach (var file in Directory.EnumerateFiles(directory, "events-*.jsonl"))
            sum = sum.Plus(file, wanted);
        return sum;
    }

    // Hundreds of megabytes: searched in blocks, a block's unfinished last line is carried into the next one.
    private JournalCount Plus(string file, byte[] wanted)
    {
        long events = Events, answers = Answers, bytes = Bytes;
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        var block = new byte[1 << 20];
        var kept = 0;
        int got;
        while ((got = stream.Read(block, kept, block.Length - kept)) > 0)
        {
            bytes += got;
            var rest = block.AsSpan(0, kept + got);
            for (int end; (end = rest.IndexOf((byte)'\n')) >= 0; rest = rest[(end + 1)..])
            {
                events++;
                if (rest[..end].IndexOf(wanted) >= 0)
                    answers++;
            }
            kept = rest.Length;
            if (kept == block.Length)
                throw new RigException($"{Path.GetFileName(file)} has a line of more than {block.Length >> 10} KiB; it is no journal");
            rest.CopyTo(block);
        }
        return new JournalCount(events, answers, bytes);
    }
}
