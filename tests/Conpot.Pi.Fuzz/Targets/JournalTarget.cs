using System.Globalization;
using System.Text;
using Conpot.Pi.Events;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>A journal with any bytes in its files: its reader comes to an end, and its writer goes on behind what is whole.</summary>
/// <remarks>A message is appended; a pause of 1 to 20 first begins another segment, one of 250 or more cuts the last segment off at half.</remarks>
internal sealed class JournalTarget : ITarget
{
    private readonly string _directory = Scratch.Directory("damaged");

    public string Name => "journal";

    public int Variants => 1;

    public bool IsStream => false;

    public IEnumerable<Input> Seeds
    {
        get
        {
            yield return Input.Of(0, Enumerable.Range(1, 5).Select(i => Line(i, 60)));
            yield return new Input(0, [new(0, Line(1, 10)), new(0, Line(2, 10)), new(2, Line(3, 10)), new(250, []), new(0, Line(4, 10)), new(5, Line(9, 700))]);
            yield return Input.Of(0, Line(1, 60), new byte[4096], Line(2, 60)[..40]);
            yield return Input.Of(0, Line(1, 60), Line(2, 16_000), Line(3, 17_000), Line(4, 3), Enumerable.Repeat((byte)'x', 50_000).ToArray());
        }
    }

    public IReadOnlyList<byte[]> Words { get; } =
        [.. "\n|{|}|\0|\"event\":{\"sequence\":|9223372036854775807|18446744073709551616|-1|0|\r\n|\u00ff".Split('|').Select(Encoding.Latin1.GetBytes), Line(7, 0), Line(7, 16_300), new byte[512]];

    public Answer Run(Input input, Random? cuts)
    {
        foreach (var file in Directory.GetFiles(_directory)) File.Delete(file);
        using var reader = new JournalReader(_directory);
        var (segment, appended, read) = (1L, 0L, 0L);
        foreach (var (pause, bytes) in input.Messages)
        {
            if (pause is > 0 and <= 20) segment += pause;
            using (var file = new FileStream(Segments.PathOf(_directory, segment), FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite, 0))
            {
                if (pause >= 250) file.SetLength(file.Length / 2);
                file.Seek(0, SeekOrigin.End);
                file.Write(bytes);
                appended += bytes.Length;
            }
            if (pause % 2 == 0) read += ReadAll(reader, appended);
        }
        ReadAll(reader, appended);

        // The writer opens what it finds, and what it then writes is read, once and whole.
        long next, repaired;
        using (var file = JournalFile.Open(new JournalSettings(_directory, 1 << 20, 1 << 22, TimeSpan.Zero)))
        {
            (next, repaired) = (file.NextSequence, file.RepairedBytes);
            Violation.Unless(repaired >= 0 && repaired <= appended, "more repaired than there was");
            Violation.Unless(file.Append(Line(next, 5), next) is null, "a repaired journal takes nothing");
        }
        using var fresh = new JournalReader(_directory);
        var last = Array.Empty<byte>();
        for (var lines = 0L; fresh.TryRead(out var line); lines++)
        {
            Violation.Unless(lines <= appended + 1, "the reader does not end");
            last = line.ToArray();
        }
        Violation.Unless(last.AsSpan().SequenceEqual(Line(next, 5).AsSpan()[..^1]), "what is written behind a repair is not read whole");
        Signatures.Add((read > 0 ? 1ul : 0) | (repaired > 0 ? 2ul : 0) | (next > 1 ? 4ul : 0));
        return new Answer([], 0);
    }

    private static long ReadAll(JournalReader reader, long appended)
    {
        var lines = 0L;
        for (; reader.TryRead(out var line); lines++)
        {
            Violation.Unless(line.IndexOf((byte)'\n') < 0, "two lines in one");
            Violation.Unless(lines <= appended + 1, "the reader does not end");
        }
        return lines;
    }

    private static byte[] Line(long sequence, int padding) => Encoding.ASCII.GetBytes(
        string.Create(CultureInfo.InvariantCulture, $"{{\"@timestamp\":\"2026-11-22T19:44:36.000000Z\",\"event\":{{\"sequence\":{sequence}}},\"padding\":\"{new string('x', padding)}\"}}\n"));

    public byte[] Repair(byte[] message, Random random) => message is [.., (byte)'\n'] ? message : [.. message, (byte)'\n'];

    public string Show(Input input)
    {
        var text = new StringBuilder();
        foreach (var (pause, bytes) in input.Messages) text.AppendLine(CultureInfo.InvariantCulture, $"{pause,3} {Convert.ToHexString(bytes)}");
        return text.ToString();
    }

    public void Dispose()
    {
    }
}
