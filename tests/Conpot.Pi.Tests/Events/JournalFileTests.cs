using System.Text;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Power cuts, full cards and tidy people: what a journal finds in its directory, and what it makes of it.</summary>
public class JournalFileTests
{
    private static readonly TimeSpan Sync = TimeSpan.FromSeconds(5);

    [Fact]
    public void Sequence_numbers_go_on_over_restarts()
    {
        using var rig = new JournalRig();
        for (var run = 0; run < 4; run++)
        {
            rig.Record(3);
            rig.Reopen();
            Assert.Equal(0, rig.File.RepairedBytes);
        }
        Assert.Equal(Numbers(1, 12), rig.Sequences());
        Assert.Equal(13, rig.File.NextSequence);
    }

    [Fact]
    public void A_last_line_torn_at_any_byte_is_cut_off_and_its_number_used_again()
    {
        byte[] whole = [.. JournalRig.Line(1), .. JournalRig.Line(2)], last = JournalRig.Line(3);
        for (var cut = 0; cut <= last.Length; cut++)
        {
            using var temp = new TempDirectory();
            File.WriteAllBytes(Segments.PathOf(temp.Path, 1), [.. whole, .. last[..cut]]);
            using var file = JournalFile.Open(Settings(temp));
            var kept = cut == last.Length;
            Assert.Equal((kept ? 4 : 3, kept ? 0 : cut), (file.NextSequence, file.RepairedBytes));
            Assert.Null(file.Append(JournalRig.Line(file.NextSequence), file.NextSequence));
            Assert.Equal([.. whole, .. last, .. kept ? JournalRig.Line(4) : []], File.ReadAllBytes(Segments.PathOf(temp.Path, 1)));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4 * Segments.LongestLine)]
    [InlineData(4 * Segments.LongestLine + 1)]
    [InlineData(1_000_000)]
    public void A_tail_that_is_none_of_ours_is_cut_off_however_long(int length)
    {
        foreach (var tail in new[] { new byte[length], Fill(length, "\n"), Fill(length, "x"), Fill(length, "{}\n"), Fill(length, "{\"event\":{\"sequence\":9\n"), Fill(length, "\0}\n{\"event\":{\"sequence\":7}\0}\n") })
            AssertRepaired(JournalRig.Line(1, 100), tail);
    }

    [Fact]
    public void Any_tail_behind_lines_of_any_length_is_cut_off() =>
        Gen.Select(Gen.Int[0, Segments.LongestLine - 200].Array[1, 12], Gen.OneOf(Gen.Byte.Array[0, 300], Gen.Int[0, 150_000].Select(n => new byte[n]), Gen.Int[0, 150_000].Select(n => Fill(n, "ab\ncd}\n{"))))
            .Sample((paddings, tail) => AssertRepaired(paddings.SelectMany((padding, i) => JournalRig.Line(i + 1, padding)).ToArray(), tail, paddings.Length), iter: 150);

    [Fact]
    public void A_line_with_a_hole_in_it_is_none()
    {
        var hollow = JournalRig.Line(2, 300);
        hollow.AsSpan(150, 50).Clear();
        AssertRepaired(JournalRig.Line(1), hollow);
    }

    [Fact]
    public void An_empty_last_segment_gives_its_name_as_the_next_number()
    {
        using var temp = new TempDirectory();
        File.WriteAllBytes(Segments.PathOf(temp.Path, 1), [.. JournalRig.Line(1), .. JournalRig.Line(60)]);
        File.WriteAllBytes(Segments.PathOf(temp.Path, 61), []);
        using var file = JournalFile.Open(Settings(temp));
        Assert.Equal((61, 0), (file.NextSequence, file.RepairedBytes));
    }

    [Fact]
    public void A_last_segment_of_garbage_is_emptied_and_its_name_is_the_next_number()
    {
        using var temp = new TempDirectory();
        File.WriteAllBytes(Segments.PathOf(temp.Path, 61), new byte[5000]);
        using var file = JournalFile.Open(Settings(temp));
        Assert.Equal((61, 5000), (file.NextSequence, file.RepairedBytes));
    }

    [Fact]
    public void Files_that_are_no_segments_are_left_alone()
    {
        using var temp = new TempDirectory();
        foreach (var name in new[] { "events-.jsonl", "events-x.jsonl", "events--5.jsonl", "events-000000000009.jsonl.gz", "notes.txt" })
            File.WriteAllText(temp[name], "mine");
        using (var file = JournalFile.Open(Settings(temp)))
        {
            Assert.Equal(1, file.NextSequence);
            Assert.Equal(Segments.PathOf(temp.Path, 1), Assert.Single(Segments.List(temp.Path)).Path);
        }
        Assert.Equal(5, Directory.GetFiles(temp.Path).Count(f => File.ReadAllText(f) == "mine"));
    }

    [Fact]
    public void A_directory_that_is_not_there_has_no_segments() => Assert.Empty(Segments.List(Path.Combine(Path.GetTempPath(), "conpot-pi-is-not-here")));

    [Fact]
    public void A_segment_ends_at_its_size_and_the_next_is_named_by_its_first_number()
    {
        using var rig = new JournalRig(segmentSize: 4096);
        rig.Record(100);
        var segments = Segments.List(rig.Directory);
        Assert.True(segments.Count > 5);
        Assert.All(segments, s => Assert.InRange(new FileInfo(s.Path).Length, 1, 4096));
        Assert.All(segments, s => Assert.Equal(s.First, Segments.SequenceOf(Encoding.ASCII.GetBytes(File.ReadLines(s.Path).First()))));
        Assert.Equal(Numbers(1, 100), rig.Sequences());
        rig.Reopen();
        Assert.Equal(101, rig.File.NextSequence);
    }

    [Fact]
    public void The_total_drops_the_oldest_and_keeps_the_latest()
    {
        using var rig = new JournalRig(segmentSize: 4096, totalSize: 16384);
        for (var i = 0; i < 200; i++)
        {
            rig.Record();
            Assert.InRange(Segments.List(rig.Directory).Sum(s => new FileInfo(s.Path).Length), 1, 16384);
        }
        var kept = rig.Sequences();
        Assert.Equal(Numbers(kept[0], 200), kept);
        Assert.InRange(kept.Count, 16384 / 2 / 400, 199);
    }

    [Fact]
    public void The_segment_that_is_written_is_never_dropped()
    {
        using var rig = new JournalRig(segmentSize: 1, totalSize: 1);
        rig.Record(10);
        Assert.Equal([10], rig.Sequences());
    }

    [Fact]
    public void A_batch_larger_than_a_segment_is_one_segment()
    {
        using var rig = new JournalRig(segmentSize: 1000);
        rig.Append(20);
        Assert.True(rig.Journal.Commit());
        rig.Record();
        Assert.Equal([1, 21], Segments.List(rig.Directory).Select(s => s.First));
        Assert.Equal(Numbers(1, 21), rig.Sequences());
    }

    [Fact]
    public void A_segment_that_cannot_be_dropped_costs_no_events()
    {
        using var rig = new JournalRig(segmentSize: 1000, totalSize: 2000);
        rig.Record(3);
        File.CreateSymbolicLink(Segments.PathOf(rig.Directory, 0), "nowhere"); // a file that has not even a length
        rig.Record(30);
        Assert.Equal((0, 33), (rig.Journal.LostTotal, rig.Journal.KeptTotal));
    }

    [Fact]
    public void On_a_full_medium_the_oldest_segment_makes_way_and_that_is_told()
    {
        if (OperatingSystem.IsWindows()) return;
        using var temp = new TempDirectory();
        File.WriteAllBytes(Segments.PathOf(temp.Path, 1), JournalRig.Line(1));
        File.CreateSymbolicLink(Segments.PathOf(temp.Path, 2), "/dev/full"); // full(4): ENOSPC at every write; nor can it be cut, so the next try begins a segment
        using var file = JournalFile.Open(Settings(temp));
        Assert.Null(file.Append(JournalRig.Line(7), 7));
        Assert.Equal([2, 7], Segments.List(temp.Path).Select(s => s.First));
        Assert.Equal(JournalRig.Line(7), File.ReadAllBytes(Segments.PathOf(temp.Path, 7)));
        Assert.Contains("made way", file.Crowded, StringComparison.Ordinal);
        file.Sync(flush: false); // and here there is room again
        Assert.Null(file.Crowded);
    }

    [Fact]
    public void What_others_have_filled_takes_no_events_and_the_last_segment_stays()
    {
        if (OperatingSystem.IsWindows()) return;
        using var temp = new TempDirectory();
        File.CreateSymbolicLink(Segments.PathOf(temp.Path, 2), "/dev/full");
        using var file = JournalFile.Open(Settings(temp));
        Assert.Contains("No space left", file.Append(JournalRig.Line(2), 2), StringComparison.Ordinal);
        Assert.Equal(2, Assert.Single(Segments.List(temp.Path)).First);
        Assert.Null(file.Crowded);
    }

    [Theory]
    [InlineData(64, 48, 8)] // in RAM, or before the partition has grown
    [InlineData(16, 12, 3)]
    [InlineData(1, 0.75, 1)]
    [InlineData(342, 256, 8)]
    public void A_small_medium_is_never_filled(double medium, double total, double segment)
    {
        const int MiB = 1 << 20;
        var settings = new JournalSettings("/j", 8 * MiB, 256 * MiB, Sync).Within((long)(medium * MiB));
        Assert.Equal((total, segment), ((double)settings.TotalSize / MiB, (double)settings.SegmentSize / MiB));
    }

    [Fact]
    public void A_second_writer_is_told_who_has_the_journal()
    {
        using var rig = new JournalRig();
        var e = Assert.Throws<IOException>(() => JournalFile.Open(rig.Settings));
        Assert.Equal($"the journal {rig.Directory} is in use by another conpot-pi; stop it, or set [journal] directory", e.Message);
        rig.Record();
        rig.Journal.Dispose();
        JournalFile.Open(rig.Settings).Dispose();
    }

    [Fact]
    public void A_directory_that_cannot_be_made_is_named_with_a_remedy()
    {
        using var temp = new TempDirectory();
        File.WriteAllText(temp["file"], "");
        foreach (var directory in new[] { temp["file"], Path.Combine(temp["file"], "journal") })
        {
            var e = Assert.Throws<IOException>(() => JournalFile.Open(Settings(temp) with { Directory = directory }));
            Assert.StartsWith($"the journal {directory} cannot be opened (", e.Message, StringComparison.Ordinal);
            Assert.EndsWith("or set [journal] directory", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_segment_that_is_a_directory_is_named_with_a_remedy_and_the_lock_given_back()
    {
        using var temp = new TempDirectory();
        Directory.CreateDirectory(Segments.PathOf(temp.Path, 1));
        var e = Assert.Throws<IOException>(() => JournalFile.Open(Settings(temp)));
        Assert.Contains(temp.Path, e.Message, StringComparison.Ordinal);
        Assert.EndsWith("set [journal] directory", e.Message, StringComparison.Ordinal);
        Directory.Delete(Segments.PathOf(temp.Path, 1));
        JournalFile.Open(Settings(temp)).Dispose();
    }

    [Fact]
    public void The_directory_is_for_its_owner_and_group_only()
    {
        if (OperatingSystem.IsWindows()) return;
        using var rig = new JournalRig();
        Assert.Equal(UnixFileMode.None, File.GetUnixFileMode(rig.Directory) & (UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute));
    }

    private static void AssertRepaired(byte[] whole, byte[] tail, int lines = 1)
    {
        using var temp = new TempDirectory();
        var path = Segments.PathOf(temp.Path, 1);
        File.WriteAllBytes(path, [.. whole, .. tail]);
        using var file = JournalFile.Open(Settings(temp));
        Assert.Equal((lines + 1, tail.Length), (file.NextSequence, file.RepairedBytes));
        Assert.Equal(whole.Length, new FileInfo(path).Length);
    }

    private static byte[] Fill(int length, string pattern) => [.. Enumerable.Range(0, length).Select(i => (byte)pattern[i % pattern.Length])];

    private static JournalSettings Settings(TempDirectory temp) => new(temp.Path, 1 << 20, 1 << 24, Sync);

    private static IEnumerable<long> Numbers(long from, long to)
    {
        for (var n = from; n <= to; n++) yield return n;
    }
}
