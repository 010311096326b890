using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>Nothing a stranger sends raises an exception, grows a reply beyond a frame, or allocates.</summary>
public class ModbusPropertyTests
{
    private const string EveryFunction = "modbus.functions=[1,2,3,4,5,6,7,8,11,12,15,16,17,22,23,24,43]";

    private static readonly byte[] Functions = [1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 22, 23, 24, 43, 0, 99, 0x83, 255];

    private static readonly Gen<byte[]> Garbage = Gen.Byte.Array[0, 400];

    /// <summary>A frame that holds together around a function of the engine and a body that need not.</summary>
    private static readonly Gen<byte[]> Framed = Gen.Select(
        Gen.Int[0, Functions.Length - 1].Select(i => Functions[i]),
        Gen.Byte,
        Gen.OneOf(Gen.Byte.Array[0, 252], Gen.Select(Gen.UShort, Gen.UShort[0, 2100], Gen.Byte.Array[0, 248], (from, count, rest) => (byte[])[(byte)(from >> 8), (byte)from, (byte)(count >> 8), (byte)count, .. rest])),
        (function, unit, body) =>
        {
            var length = body.Length + 2;
            return (byte[])[0x12, 0x34, 0, 0, (byte)(length >> 8), (byte)length, unit, function, .. body];
        });

    [Theory]
    [InlineData("s7-200")]
    [InlineData("conpot-2013")]
    public void No_bytes_make_the_conversation_throw_or_answer_beyond_a_frame(string profile)
    {
        using var bench = new ModbusBench(profile, EveryFunction);
        Gen.OneOf(Garbage, Framed, Gen.Select(Framed, Framed, Garbage, (a, b, c) => (byte[])[.. a, .. b, .. c]))
            .Sample(bytes => _ = bench.Connect().Send(bytes), iter: 20_000, threads: 1);
    }

    [Fact]
    public void Every_framed_request_gets_one_reply_with_its_transaction_and_unit()
    {
        using var bench = new ModbusBench("s7-200", EveryFunction);
        Framed.Sample(request =>
        {
            var reply = bench.Connect().Send(request);
            Assert.InRange(reply.Length, 9, 260);
            Assert.Equal(request[..4], reply[..4]);
            Assert.Equal(reply.Length - 6, reply[4] << 8 | reply[5]);
            Assert.Equal(request[6], reply[6]);
            Assert.Equal(request[7] | 0x80, reply[7] | 0x80);
            if ((reply[7] & 0x80) != 0 && reply[7] != request[7]) Assert.InRange(reply[8], 1, 4);
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void A_reply_is_never_more_than_22_times_its_request()
    {
        // 125 registers in 259 bytes for 12: the protocol's own bound, and TCP has a handshake before it.
        using var bench = new ModbusBench("s7-200", EveryFunction);
        Framed.Sample(request => Assert.True(bench.Connect().Send(request).Length <= 22 * request.Length), iter: 5_000, threads: 1);
    }

    [Fact]
    public void Steady_traffic_allocates_nothing()
    {
        using var bench = new ModbusBench();
        byte[][] requests =
        [
            [0, 1, 0, 0, 0, 6, 1, 3, 0x03, 0xE8, 0, 10],
            [0, 2, 0, 0, 0, 6, 1, 1, 0, 0, 0, 100],
            [0, 3, 0, 0, 0, 6, 1, 6, 0x03, 0xE8, 0, 10],
            [0, 4, 0, 0, 0, 8, 1, 15, 0, 64, 0, 8, 1, 0xA5],
            [0, 5, 0, 0, 0, 2, 1, 17],
            [0, 6, 0, 0, 0, 6, 1, 4, 0, 40, 0, 1],
        ];
        // The warm-up also compiles: what is measured then is the steady state.
        bench.Serve(requests, 2000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        bench.Serve(requests, 2000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
