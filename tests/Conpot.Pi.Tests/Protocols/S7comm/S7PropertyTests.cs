using CsCheck;
using Conpot.Pi.Tests.Vectors;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.S7comm;

/// <summary>Nothing a stranger sends raises an exception or makes an answer larger than the PDU.</summary>
public class S7PropertyTests
{
    private static readonly byte[][] Known =
    [
        .. WireVector.LoadAll("s7comm").SelectMany(v => v.Cases).SelectMany(c => c.Exchanges).Select(e => e.Sent),
        .. RealRepliesTests.Pairs.Select(p => Convert.FromHexString(p.Data.Item2)),
    ];

    private static readonly Gen<byte[]> Mutated = Gen.Select(Gen.Int[0, Known.Length - 1], Gen.Int[0, 60], Gen.Byte, Gen.Int[0, 60], Gen.Byte, (which, at, to, at2, to2) =>
    {
        var bytes = Known[which].ToArray();
        bytes[Math.Min(7 + at, bytes.Length - 1)] = to;
        if ((at2 & 1) == 0) bytes[Math.Min(7 + at2, bytes.Length - 1)] = to2;
        return bytes;
    });

    /// <summary>User data whose lengths hold together around anything.</summary>
    private static readonly Gen<byte[]> Userdata = Gen.Select(Gen.Byte[0x40, 0x4F], Gen.Byte[0, 5], Gen.Byte.Array[0, 40], (group, subfunction, data) =>
        (byte[])[3, 0, 0, (byte)(29 + data.Length), 2, 0xF0, 0x80, 0x32, 7, 0, 0, 0, 1, 0, 8, 0, (byte)(4 + data.Length), 0, 1, 0x12, 4, 0x11, group, subfunction, 0, 0xFF, 9, 0, (byte)data.Length, .. data]);

    [Fact]
    public void Reading_and_writing_variables_and_reading_lists_allocates_nothing()
    {
        using var bench = new S7Bench();
        bench.Talk();
        byte[][] requests =
        [
            Convert.FromHexString("0300001F02F080320100000001000E00000401120A10020002000184001F40"),
            Convert.FromHexString("0300001F02F080320100000001000E00000401120A10020002000084001F40"), // no such block
            Convert.FromHexString("0300002B02F080320100000002001A00000402120A10020001000081000000120A10010001000082000001"),
            Convert.FromHexString("0300002502F080320100000003000E00060501120A10020002000184001F40000400100063"),
            Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF09000400110001"), // SZL 0011, one record
            Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF090004001C0000"), // SZL 001C, longer than the PDU
            Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF0900040424FFFF"), // SZL 0424, the mode
            Convert.FromHexString("0300002102F080320700000001000800080001120411440100FF09000400370000"), // no such list
        ];
        bench.Serve(requests, 2000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        bench.Serve(requests, 2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("s7-200", 0x0A, 7 + 240)]
    [InlineData("s7-300-cp343", 0x0A, 7 + 240)]
    [InlineData("s7-300-cp343", 0x07, 4 + 128)]
    public void No_bytes_make_it_throw_or_answer_beyond_the_PDU_and_the_transports_size(string profile, byte size, int longest)
    {
        using var bench = new S7Bench(profile);
        Gen.OneOf(Gen.Byte.Array[0, 300], Mutated, Userdata, Gen.Select(Mutated, Userdata, (a, b) => (byte[])[.. a, .. b])).Sample(bytes =>
        {
            var stream = bench.Talk(size);
            var replies = stream.Send(bytes);
            for (var at = 0; at < replies.Length; at += replies[at + 2] << 8 | replies[at + 3])
                Assert.InRange(replies[at + 2] << 8 | replies[at + 3], 7, longest);
        }, iter: 5_000, threads: 1);
    }
}
