using System.Text.Json;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>Blocks to the client and blocks from it.</summary>
public class S7TransferTests
{
    [Fact]
    public void The_program_uploads_as_a_block_that_holds_together()
    {
        using var bench = new S7TransferBench();
        var bytes = bench.Upload("_0800001P");
        var block = new S7Block(new S7BlockName(S7BlockType.OB, 1), bytes);
        Assert.True(block.IsWellFormed);
        Assert.Equal(S7Block.StatementList, block.Language);
        Assert.Equal((byte)8, block.Header[5]);
        Assert.Equal(bytes.Length, bytes[8] << 24 | bytes[9] << 16 | bytes[10] << 8 | bytes[11]);
        Assert.Equal((0x65, 0), (bytes[S7Block.HeaderLength + block.CodeLength - 2], bytes[S7Block.HeaderLength + block.CodeLength - 1]));
        Assert.InRange(block.CodeTime.Year, 2008, 2016);
        Assert.Equal(["s7comm.upload"], bench.Events().Select(Action).Distinct());
    }

    [Fact]
    public void A_data_block_uploads_with_the_values_of_the_moment()
    {
        using var bench = new S7TransferBench();
        Assert.True(Address.TryParse("VW10", out var address, out _));
        bench.Cpu.Image.Write(address, 0x1234);
        var bytes = bench.Upload("_0A00001A");
        Assert.Equal(S7Block.HeaderLength + 1024 + 6 + S7Block.FooterLength, bytes.Length);
        Assert.Equal("1234", Convert.ToHexString(bytes, S7Block.HeaderLength + 10, 2));
    }

    [Theory]
    [InlineData("_0800099P", "d20c")] // WIRE 3.4
    [InlineData("_0D00001P", "d20c")]
    [InlineData("_0900001P", "d201")]
    [InlineData("_08x0001P", "d201")]
    [InlineData("_0899999P", "d201")]
    public void An_upload_of_what_is_not_there_is_refused(string file, string error)
    {
        using var bench = new S7TransferBench();
        var answer = Assert.Single(bench.Send(S7TransferBench.Job([0x1D, 0, 0, 0, 0, 0, 0, 0, 9, .. System.Text.Encoding.ASCII.GetBytes(file)])));
        Assert.Equal("32020000000700000000" + error, Convert.ToHexStringLower(answer));
    }

    [Fact]
    public void An_upload_begins_as_captured_and_only_so_many_stay_open()
    {
        using var bench = new S7TransferBench();
        var begin = "320100000007 0012 0000 1d 00 0000 00000000 09 5f3038303030303150";
        var answer = bench.Ask(begin);
        Assert.StartsWith("320300000007001000000000" + "1d000100" + "00000000" + "07", answer, StringComparison.Ordinal);
        Assert.Matches("^(3[0-9]){7}$", answer[^14..]);
        for (var i = 0; i < S7Transfers.MostUploads; i++) bench.Ask(begin);
        Assert.Equal("32020000000700000000d240", bench.Ask("320100000007 0008 0000 1e 00 0000 00000000"));
        Assert.StartsWith("3203", bench.Ask("320100000007 0008 0000 1e 00 0000 00000001"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_download_is_kept_whole_listed_when_linked_and_uploaded_back()
    {
        using var bench = new S7TransferBench();
        var block = Block(S7BlockType.FC, 7, 700);
        Assert.Equal("1c00000000000000095f3043303030303750", Convert.ToHexStringLower(bench.Download("_0C00007P", block))[20..]);
        var events = bench.Events();
        Assert.Equal(["s7comm.download"], events.Select(Action).Distinct());
        var last = events[^1].GetProperty("conpot");
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(block));
        Assert.Equal((hash, "FC7", block.Length), (last.GetProperty("sha256").GetString(), last.GetProperty("block").GetString(), last.GetProperty("bytes").GetInt32()));
        var path = last.GetProperty("file").GetString()!;
        Assert.Equal(Path.Combine(bench.DownloadDirectory, hash + ".mc7"), path);
        Assert.Equal(block, File.ReadAllBytes(path));
        Assert.Empty(bench.Blocks.OfType(S7BlockType.FC));
        Assert.Equal("32030000000200010000000028", bench.Ask("320100000002 001a 0000 28 000000000000fd 000a 0100 3043303030303750 05 5f494e5345"));
        Assert.Equal([new S7BlockName(S7BlockType.FC, 7)], bench.Blocks.OfType(S7BlockType.FC).Select(b => b.Name));
        bench.Connect();
        Assert.Equal(block, bench.Upload("_0C00007A"));
    }

    [Fact]
    public void The_device_asks_for_each_part_behind_its_answer()
    {
        using var bench = new S7TransferBench();
        var pdus = bench.Send("320100000007 0020 0000 1a 00 0100 00000000 09 5f3043303030303750 0d 31 303030313030 303030303238");
        Assert.Equal("3203000000070001000000001a", Convert.ToHexStringLower(pdus[0]));
        Assert.Equal("32010000000100120000" + "1b00000000000000095f3043303030303750", Convert.ToHexStringLower(pdus[1]));
        Assert.Empty(bench.Send("320300000099 0002 0006 0000 1b00 000200fb aabb")); // another reference
        Assert.Equal("s7comm.unknown", Action(bench.LastEvent()));
        var asked = Assert.Single(bench.Send("320300000001 0002 0006 0000 1b01 000200fb aabb"));
        Assert.Equal("320100000002", Convert.ToHexStringLower(asked)[..12]);
        var end = Assert.Single(bench.Send("320300000002 0002 0006 0000 1b01 000300fb aabb")); // says three bytes, brings two
        Assert.Equal("1c008500", Convert.ToHexStringLower(end)[20..28]);
    }

    [Fact]
    public void What_is_larger_than_a_block_is_refused_and_what_grows_beyond_it_ended()
    {
        using var bench = new S7TransferBench("s7comm.download_size=2KiB");
        Assert.Equal("32020000000700000000" + "8301", Convert.ToHexStringLower(bench.Download("_0800001P", new byte[2049])));
        var pdus = bench.Send("320100000007 0020 0000 1a 00 0100 00000000 09 5f3043303030303750 0d 31 303030313030 303030303238");
        for (var i = 0; i < 11; i++) pdus = bench.Send(S7TransferBench.Ack(pdus[^1], [0x1B, 1], [0, 200, 0, 0xFB, .. new byte[200]]));
        Assert.Equal("1c008301", Convert.ToHexStringLower(pdus[^1])[20..28]);
        Assert.All(Directory.GetFiles(bench.DownloadDirectory), f => Assert.EndsWith(".part", f, StringComparison.Ordinal));
    }

    [Fact]
    public void A_protected_cpu_takes_no_download_but_gives_uploads()
    {
        using var bench = new S7TransferBench("s7comm.control=refuse");
        Assert.Equal("32020000000700000000d241", Convert.ToHexStringLower(bench.Download("_0800001P", new byte[100])));
        Assert.NotEmpty(bench.Upload("_0800001P"));
    }

    [Fact]
    public void A_megabyte_of_random_blocks_fills_neither_memory_nor_disk()
    {
        using var bench = new S7TransferBench(directory => new DownloadStore(directory, write => write()) { MostFiles = 20, MostBytes = 300_000 });
        var random = new Random(1);
        for (var i = 0; i < 300; i++)
        {
            var block = new byte[random.Next(1, 7000)];
            random.NextBytes(block);
            Assert.Equal(0x1C, bench.Download($"_0{"8ABCE"[i % 5]}{i:D5}P", block)[10]);
        }
        var files = new DirectoryInfo(bench.DownloadDirectory).GetFiles();
        Assert.InRange(files.Length, 1, 20);
        Assert.InRange(files.Sum(f => f.Length), 1, 300_000);
        Assert.Equal(300 - files.Length, bench.Downloads.Lost);
        Assert.Contains("is full", bench.LastEvent().GetProperty("conpot").GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_content_is_one_file_and_a_disk_that_stands_still_loses_with_a_note()
    {
        using var same = new S7TransferBench();
        same.Download("_0800001P", new byte[50]);
        same.Download("_0C00001P", new byte[50]);
        Assert.Single(Directory.GetFiles(same.DownloadDirectory));
        using var stuck = new S7TransferBench(directory => new DownloadStore(directory, _ => { }));
        for (var i = 0; i < DownloadStore.MostWaiting + 1; i++) stuck.Download("_0800001P", [(byte)i]);
        Assert.Equal(1, stuck.Downloads.Lost);
        Assert.Contains("too slow", stuck.LastEvent().GetProperty("conpot").GetProperty("note").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Downloaded_blocks_in_memory_are_bounded()
    {
        using var bench = new S7TransferBench();
        for (var i = 0; i < S7Blocks.MostDownloaded; i++)
        {
            var name = new S7BlockName(S7BlockType.FB, i);
            Assert.True(bench.Blocks.TryAdd(new S7Block(name, new byte[10])));
            if (i % 2 == 0) Assert.True(bench.Blocks.TryLink(name));
        }
        Assert.False(bench.Blocks.TryAdd(new S7Block(new S7BlockName(S7BlockType.FC, 1), new byte[10])));
        Assert.True(bench.Blocks.TryAdd(new S7Block(new S7BlockName(S7BlockType.FB, 1), new byte[10]))); // in its own place
        Assert.True(bench.Blocks.TryRemove(new S7BlockName(S7BlockType.FB, 2)));
        Assert.False(bench.Blocks.TryAdd(new S7Block(new S7BlockName(S7BlockType.FC, 1), new byte[S7Blocks.MostDownloadedBytes])));
        Assert.True(bench.Blocks.TryAdd(new S7Block(new S7BlockName(S7BlockType.FC, 1), new byte[10])));
    }

    [Theory]
    [InlineData("hang")]
    [InlineData("error")]
    [InlineData("nonsense")]
    [InlineData("another")]
    public void What_came_of_a_download_that_breaks_off_is_kept_as_a_part(string end)
    {
        using var bench = new S7TransferBench();
        const string begin = "320100000002 0020 0000 1a 00 0100 00000000 09 5f3043303030303750 0d 31 303030373030 303030363238";
        var asked = bench.Send(begin)[^1];
        byte[] part = [.. Enumerable.Range(0, 200).Select(i => (byte)(i * 7))];
        asked = bench.Send(S7TransferBench.Ack(asked, [0x1B, 1], [0, 200, 0, 0xFB, .. part]))[^1];
        if (end == "hang") bench.Hang();
        else if (end == "error") bench.Send([0x32, 3, 0, 0, asked[4], asked[5], 0, 0, 0, 0, 0x81, 4]);
        else if (end == "nonsense") bench.Send(S7TransferBench.Ack(asked, [0x1B, 1], [0xFF]));
        else bench.Send(begin);
        var last = bench.LastEvent();
        Assert.Equal("s7comm.download", Action(last));
        var conpot = last.GetProperty("conpot");
        var path = Path.Combine(bench.DownloadDirectory, Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(part)) + ".part");
        Assert.Equal((path, 200), (conpot.GetProperty("file").GetString(), conpot.GetProperty("bytes").GetInt32()));
        Assert.Contains("200 of 700 bytes of FC7 came", conpot.GetProperty("note").GetString(), StringComparison.Ordinal);
        Assert.Equal(part, File.ReadAllBytes(path));
        Assert.False(bench.Blocks.TryFindPassive(new S7BlockName(S7BlockType.FC, 7), out _));
        bench.Hang();
        if (end != "another") Assert.Empty(bench.Events()); // once is enough
    }

    [Fact]
    public void A_download_of_which_nothing_came_is_told_all_the_same()
    {
        using var bench = new S7TransferBench();
        _ = bench.Send("320100000002 0020 0000 1a 00 0100 00000000 09 5f3043303030303750 0d 31 303030373030 303030363238");
        _ = bench.Events();
        bench.Hang();
        var conpot = Assert.Single(bench.Events()).GetProperty("conpot");
        Assert.Equal(("download given up", "FC7", "the connection ended"), (conpot.GetProperty("operation").GetString(), conpot.GetProperty("block").GetString(), conpot.GetProperty("note").GetString()));
        Assert.False(conpot.TryGetProperty("sha256", out _));
        bench.Hang();
        Assert.Empty(bench.Events());
    }

    [Fact]
    public void No_sequence_of_transfers_and_controls_throws()
    {
        using var bench = new S7TransferBench("s7comm.download_size=1KiB");
        var file = Gen.OneOf(Gen.Const("_0800001P"), Gen.Const("_0A00001A"), Gen.Const("_0C00007B"), Gen.Const("_0D00001P"), Gen.Const("x")).Select(System.Text.Encoding.ASCII.GetBytes);
        var parameter = Gen.Select(Gen.OneOf(Gen.Byte[0x1A, 0x1F], Gen.Byte[0x28, 0x29]), Gen.Byte[0, 2], Gen.Byte[0, 6], file, Gen.Byte.Array[0, 40], Gen.Int[0, 3], (function, status, id, name, rest, shape) => shape switch
        {
            0 => [function, .. rest],
            1 => [function, status, 0, 0, 0, 0, 0, id, (byte)name.Length, .. name, 13, .. "1000300000228"u8],
            2 => [function, 0, 0, 0, 0, 0, 0, 0xFD, 0, 10, id, 0, .. name[1..], 5, .. status == 0 ? "_INSE"u8.ToArray() : "_DELE"u8.ToArray()],
            _ => (byte[])[function, status, 0, 0, 0, 0, 0, id],
        });
        var job = parameter.Select(S7TransferBench.Job);
        var ack = Gen.Select(Gen.UShort[0, 40], Gen.Byte[0x1A, 0x1D], Gen.Byte[0, 1], Gen.Byte.Array[0, 200], Gen.Bool, (reference, function, status, data, framed) =>
            S7TransferBench.Ack([0, 0, 0, 0, (byte)(reference >> 8), (byte)reference], [function, status], framed ? [(byte)(data.Length >> 8), (byte)data.Length, 0, 0xFB, .. data] : data));
        Gen.OneOf(job, ack).Array[1, 30].Sample(pdus =>
        {
            bench.Connect();
            foreach (var pdu in pdus)
            {
                var answers = bench.Send(pdu);
                Assert.InRange(answers.Count, 0, 2);
                Assert.All(answers, a => Assert.InRange(a.Length, 12, 240));
            }
        }, iter: 3_000, threads: 1);
    }

    private static byte[] Block(byte type, int number, int code) => S7Block.Build(new S7BlockName(type, number), new S7BlockTraits
    {
        Language = S7Block.StatementList,
        CodeTime = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        InterfaceTime = new DateTime(2020, 1, 2, 3, 4, 5, DateTimeKind.Utc),
        Author = "mallory",
    }, [.. Enumerable.Range(0, code).Select(i => (byte)i)]).Bytes.ToArray();

    private static string? Action(JsonElement e) => e.GetProperty("event").GetProperty("action").GetString();
}
