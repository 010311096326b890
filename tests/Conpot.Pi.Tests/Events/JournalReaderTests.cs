using System.Text;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>A reader sees every whole line once and in order, while the writer goes on, dies, rotates and drops.</summary>
public class JournalReaderTests
{
    [Fact]
    public void An_empty_or_missing_journal_has_no_lines()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp["none"]);
        Assert.False(reader.TryRead(out _));
        Assert.Equal(-1, reader.Segment);
        Directory.CreateDirectory(temp["none"]);
        Assert.False(reader.TryRead(out _));
        Append(temp["none"], 1, "a\n");
        Assert.Equal(["a"], ReadAll(reader));
    }

    [Fact]
    public void It_follows_growth_and_rotation()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "a\nb\n");
        Assert.Equal(["a", "b"], ReadAll(reader));
        Append(temp.Path, 1, "c\n");
        Append(temp.Path, 4, "d\n");
        Assert.Equal(["c", "d"], ReadAll(reader));
        Assert.Equal(4, reader.Segment);
        Append(temp.Path, 4, "e");
        Assert.Empty(ReadAll(reader));
        Append(temp.Path, 4, "f\n");
        Assert.Equal(["ef"], ReadAll(reader));
    }

    [Fact]
    public void It_reads_a_real_journal_that_rotates_underneath()
    {
        using var rig = new JournalRig(segmentSize: 2000);
        using var reader = new JournalReader(rig.Directory);
        var read = new List<long>();
        for (var i = 0; i < 200; i++)
        {
            rig.Record(i % 4);
            while (reader.TryRead(out var line)) read.Add(Segments.SequenceOf(line));
        }
        Assert.Equal(Enumerable.Range(1, 300).Select(n => (long)n), read);
    }

    [Fact]
    public void It_goes_on_behind_segments_that_were_dropped_for_room()
    {
        using var rig = new JournalRig(segmentSize: 2000, totalSize: 6000);
        using var reader = new JournalReader(rig.Directory);
        rig.Record(2);
        Assert.True(reader.TryRead(out var line));
        Assert.Equal(1, Segments.SequenceOf(line));
        rig.Record(100); // the segment that it reads is gone from the directory, not from its hands
        var read = new List<long>();
        while (reader.TryRead(out line)) read.Add(Segments.SequenceOf(line));
        Assert.Equal(2, read[0]);
        Assert.Equal(102, read[^1]);
        Assert.Equal(read.Order().Distinct(), read);
        Assert.Equal(rig.Sequences(), read[^rig.Sequences().Count..]);
    }

    [Fact]
    public void A_directory_that_vanishes_is_an_end_and_no_error()
    {
        using var temp = new TempDirectory();
        Append(temp["j"], 1, "a\n");
        using var reader = new JournalReader(temp["j"]);
        Assert.Equal(["a"], ReadAll(reader));
        Directory.Delete(temp["j"], recursive: true);
        Assert.False(reader.TryRead(out _));
        reader.SkipTo(7);
        Assert.False(reader.TryRead(out _));
        Append(temp["j"], 9, "b\n");
        Assert.Equal(["b"], ReadAll(reader));
    }

    [Fact]
    public void Skipping_leaves_out_what_is_older_whether_or_not_the_segment_is_there()
    {
        using var temp = new TempDirectory();
        foreach (var first in new[] { 1, 10, 20 }) Append(temp.Path, first, $"from {first}\n");
        foreach (var (to, expected) in new[] { (1L, 3), (10, 2), (15, 1), (20, 1), (21, 0) })
        {
            using var reader = new JournalReader(temp.Path);
            reader.SkipTo(to);
            Assert.Equal(expected, ReadAll(reader).Count);
        }
    }

    [Fact]
    public void Half_a_line_that_its_writer_cut_off_is_not_mixed_with_the_next()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "whole\n{\"half");
        Assert.Equal(["whole"], ReadAll(reader));
        File.WriteAllText(Segments.PathOf(temp.Path, 1), "whole\n{\"another\":1}\n");
        Assert.Equal(["{\"another\":1}"], ReadAll(reader));
    }

    [Fact]
    public void Lines_of_a_failed_write_that_were_cut_off_again_do_not_hide_what_follows()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "kept\nlost\nlost too\n{\"half");
        Assert.Equal(["kept", "lost", "lost too"], ReadAll(reader));
        File.WriteAllText(Segments.PathOf(temp.Path, 1), "kept\n");
        Assert.Empty(ReadAll(reader));
        Append(temp.Path, 1, "next\n");
        Assert.Equal(["next"], ReadAll(reader));
    }

    [Fact]
    public void A_tail_longer_than_any_line_is_passed_over()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "a\n" + new string('x', 300_000));
        Assert.Equal(["a"], ReadAll(reader));
        Append(temp.Path, 2, "b\n");
        Assert.Equal(["b"], ReadAll(reader));
    }

    [Fact]
    public void Lines_at_every_border_of_its_window_are_whole()
    {
        using var temp = new TempDirectory();
        const int Window = 4 * Segments.LongestLine;
        var lines = new List<string>();
        for (var around = -3; around <= 3; around++)
        {
            lines.Clear();
            for (var left = Window + around; left > 0; left -= Math.Min(left, 1000)) lines.Add(new string('y', Math.Max(0, Math.Min(left, 1000) - 1)));
            lines.Add("last");
            File.WriteAllText(Segments.PathOf(temp.Path, 1), string.Concat(lines.Select(l => l + "\n")));
            using var reader = new JournalReader(temp.Path);
            Assert.Equal(lines, ReadAll(reader));
        }
    }

    [Fact]
    public void Any_lines_written_in_any_pieces_and_read_at_any_time_come_out_whole_once_and_in_order() =>
        Gen.Select(Gen.OneOf(Gen.Int[0, 60], Gen.Int[0, Segments.LongestLine - 1]), Gen.Int[1, 30_000], Gen.Int[0, 9]).Array[1, 60].Sample(steps =>
        {
            using var temp = new TempDirectory();
            using var reader = new JournalReader(temp.Path);
            List<string> written = [], read = [];
            var segment = 1;
            foreach (var (length, piece, what) in steps)
            {
                var line = written.Count + new string('z', length);
                if (line.Length >= Segments.LongestLine) line = line[..(Segments.LongestLine - 1)];
                if (what == 0) segment = written.Count + 2; // rotation
                if (what == 1) Append(temp.Path, segment, "{\"torn"); // a write that fails half way, and is cut off
                if (what is 1 or 2) read.AddRange(ReadAll(reader));
                if (what == 1) Cut(temp.Path, segment, "{\"torn".Length);
                for (var at = 0; at <= line.Length; at += piece)
                {
                    Append(temp.Path, segment, (line + "\n").Substring(at, Math.Min(piece, line.Length + 1 - at)));
                    if (what == 3) read.AddRange(ReadAll(reader));
                    if (what == 4 && reader.TryRead(out var one)) read.Add(Encoding.ASCII.GetString(one));
                }
                written.Add(line);
            }
            read.AddRange(ReadAll(reader));
            Assert.Equal(written, read);
        }, iter: 100);

    private static List<string> ReadAll(JournalReader reader)
    {
        var lines = new List<string>();
        while (reader.TryRead(out var line)) lines.Add(Encoding.ASCII.GetString(line));
        return lines;
    }

    private static void Append(string directory, long segment, string text)
    {
        Directory.CreateDirectory(directory);
        File.AppendAllText(Segments.PathOf(directory, segment), text);
    }

    private static void Cut(string directory, long segment, int bytes)
    {
        using var file = new FileStream(Segments.PathOf(directory, segment), FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        file.SetLength(file.Length - bytes);
    }

    [Fact]
    public void A_segment_that_cannot_be_opened_for_the_moment_is_not_passed_over()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "a\n");
        Assert.Equal(["a"], ReadAll(reader));
        var second = Segments.PathOf(temp.Path, 2);
        File.CreateSymbolicLink(second, second); // an open ends with ELOOP
        Append(temp.Path, 3, "c\n");
        Assert.Throws<IOException>(() => ReadAll(reader));
        File.Delete(second);
        Append(temp.Path, 2, "b\n");
        Assert.Equal(["b", "c"], ReadAll(reader));
    }

    [Fact]
    public void A_segment_that_can_never_be_opened_is_passed_over_and_says_so()
    {
        using var temp = new TempDirectory();
        using var reader = new JournalReader(temp.Path);
        Append(temp.Path, 1, "a\n");
        Assert.Equal(["a"], ReadAll(reader));
        var second = Segments.PathOf(temp.Path, 2);
        File.CreateSymbolicLink(second, second);
        for (var i = 0; i < 2 * JournalReader.MostTries; i++) Assert.Throws<IOException>(() => ReadAll(reader)); // the newest may be mended: nothing else is there to be read
        Append(temp.Path, 3, "c\n");
        Assert.False(reader.HasPassedOver);
        Assert.Equal(["c"], ReadAll(reader));
        Assert.True(reader.HasPassedOver);
    }
}
