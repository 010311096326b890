using System.Text;
using Conpot.Pi.Events;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Segments that another hand deletes, replaces or cuts short while they are written to, and the lack of a new one.</summary>
public class JournalDamageTests
{
    [Fact]
    public void A_directory_deleted_underneath_is_made_again()
    {
        using var rig = new JournalRig();
        rig.Record(2);
        Directory.Delete(rig.Directory, recursive: true);
        rig.Time.Advance(rig.Settings.SyncInterval);
        rig.Record(2);
        Assert.Equal([3, 4, 5], rig.Sequences());
        Assert.Equal(4, JournalRig.Sequence(Assert.Single(rig.Lines("sensor.tampered")))); // behind the event that found it
        Assert.Equal(0, rig.Journal.LostTotal);
    }

    [Fact]
    public void A_deleted_directory_is_noticed_even_when_syncing_is_left_to_the_kernel()
    {
        using var rig = new JournalRig();
        rig.Settings = rig.Settings with { SyncInterval = TimeSpan.Zero };
        rig.Reopen();
        rig.Record();
        Directory.Delete(rig.Directory, recursive: true);
        rig.Time.Advance(TimeSpan.FromSeconds(5));
        rig.Record();
        Assert.Equal([2], rig.Sequences());
    }

    [Theory]
    [InlineData(-100)] // lines were taken out
    [InlineData(0)]
    [InlineData(100)]
    public void A_segment_replaced_underneath_is_left_and_told(int grown)
    {
        if (!OperatingSystem.IsLinux()) return;
        using var rig = new JournalRig();
        rig.Record(5);
        var path = Segments.List(rig.Directory)[0].Path;
        var other = new byte[new FileInfo(path).Length + grown];
        File.WriteAllBytes(path + ".new", other);
        File.Move(path + ".new", path, overwrite: true);
        rig.Time.Advance(rig.Settings.SyncInterval);
        rig.Record(3);
        Assert.Equal(other, File.ReadAllBytes(path));
        AssertGoesOnBehind(rig, "events-000000000001.jsonl was replaced");
    }

    [Fact]
    public void Looks_between_writes_and_rotations_take_none_for_another_hand()
    {
        using var rig = new JournalRig(segmentSize: 4096, totalSize: 8192);
        using var stop = new CancellationTokenSource();
        var looks = new Thread(() =>
        {
            while (!stop.IsCancellationRequested) rig.File.Sync(flush: false);
        });
        looks.Start();
        for (var turn = 0; turn < 2000; turn++)
        {
            rig.Record(2);
            rig.File.Sync(flush: false);
        }
        stop.Cancel();
        looks.Join();
        Assert.Null(rig.File.TakeDamage());
        Assert.Equal((4001, 0), (rig.Journal.NextSequence, rig.Journal.LostTotal)); // and nothing told on the way
    }

    [Fact]
    public void A_segment_cut_short_underneath_is_left_and_told()
    {
        foreach (var part in (double[])[0, 0.5, 0.999])
        {
            using var rig = new JournalRig();
            rig.Record(5);
            var path = Segments.List(rig.Directory)[0].Path;
            using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) RandomAccess.SetLength(file, (long)(RandomAccess.GetLength(file) * part));
            var left = File.ReadAllBytes(path);
            rig.Record(3);
            Assert.Equal(left, File.ReadAllBytes(path)); // no hole of zeros with a line behind it
            AssertGoesOnBehind(rig, "events-000000000001.jsonl was cut short");
        }
    }

    [Fact]
    public void Where_no_new_segment_can_be_had_the_old_one_grows()
    {
        using var rig = new JournalRig(segmentSize: 4096);
        rig.Record(5);
        for (var next = 6; next < 40; next++) Directory.CreateDirectory(Segments.PathOf(rig.Directory, next)); // as good as no file handle left
        rig.Record(30);
        Assert.Equal(Numbers(1, 35), rig.Sequences());
        Assert.Single(Segments.List(rig.Directory));
        for (var next = 6; next < 40; next++) Directory.Delete(Segments.PathOf(rig.Directory, next));
        rig.Record(5);
        Assert.Equal((2, 0), (Segments.List(rig.Directory).Count, rig.Journal.LostTotal));
        Assert.Equal(Numbers(1, 40), rig.Sequences());
    }

    [Fact]
    public void What_was_done_to_a_segment_is_told_although_the_next_write_finds_the_medium_full()
    {
        if (OperatingSystem.IsWindows()) return;
        using var rig = new JournalRig();
        rig.Record(5);
        File.Delete(Segments.PathOf(rig.Directory, 1));
        rig.Time.Advance(rig.Settings.SyncInterval);
        // full(4): the new segment is full until the oldest has made way.
        File.CreateSymbolicLink(Segments.PathOf(rig.Directory, 0), "/dev/full");
        File.CreateSymbolicLink(Segments.PathOf(rig.Directory, 6), Segments.PathOf(rig.Directory, 0));
        rig.Record(2);
        var lines = File.ReadAllLines(Segments.PathOf(rig.Directory, 6));
        Assert.Equal([6, 7, 8], lines.Select(l => Segments.SequenceOf(Encoding.ASCII.GetBytes(l))));
        Assert.Contains("events-000000000001.jsonl was deleted", Assert.Single(lines, l => l.Contains("sensor.tampered", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(0, rig.Journal.LostTotal);
    }

    [Fact]
    public void What_was_cut_short_stays_so_where_no_new_segment_can_be_had()
    {
        using var rig = new JournalRig();
        rig.Record(5);
        var path = Segments.List(rig.Directory)[0].Path;
        using (var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) RandomAccess.SetLength(file, 100);
        var left = File.ReadAllBytes(path);
        Directory.CreateDirectory(Segments.PathOf(rig.Directory, 6)); // as good as no file handle left
        rig.Record();
        Assert.Equal(left, File.ReadAllBytes(path));
        Assert.Equal(1, rig.Journal.LostTotal);
    }

    private static IEnumerable<long> Numbers(long from, long to)
    {
        for (var n = from; n <= to; n++) yield return n;
    }

    /// <summary>Of five events before and three after: the three and what was told stand in the next segment, and none is lost.</summary>
    private static void AssertGoesOnBehind(JournalRig rig, string told)
    {
        var after = Segments.List(rig.Directory).Skip(1).SelectMany(s => File.ReadLines(s.Path)).ToList();
        Assert.Equal([6, 7, 8, 9], after.Select(l => Segments.SequenceOf(Encoding.ASCII.GetBytes(l))));
        Assert.Contains(told, Assert.Single(after, l => l.Contains("sensor.tampered", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(0, rig.Journal.LostTotal);
    }
}
