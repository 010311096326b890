using Conpot.Pi.Protocols.Snmp;
using CsCheck;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>Nothing a stranger sends raises an exception, grows a reply beyond its bounds, or allocates.</summary>
public class SnmpPropertyTests
{
    private static readonly Gen<byte[]> Garbage = Gen.Byte.Array[0, 300];

    private static readonly Gen<string> Names = Gen.OneOf(
        Pick.One("1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.1.6.0", "1.3.6.1.2.1.2.2.1.1.1", "1.3.6.1.4.1.4329.1.0", "0.0", "1.3.6.1.2.1", "2.5"),
        Gen.Select(Gen.UInt[0, 2], Gen.UInt[0, 39], Gen.UInt.Array[0, 20], (a, b, rest) => string.Join('.', (uint[])[a, b, .. rest])));

    private static readonly Gen<byte[]> Values = Gen.OneOf(
        Gen.Const(Null), Gen.Long.Select(v => Int(v)), Gen.Byte.Array[0, 300].Select(b => Tlv(4, b)), Names.Select(Oid),
        Gen.Select(Gen.Byte, Gen.Byte.Array[0, 10], (tag, b) => Tlv((byte)(tag & 0xFE), b)));

    /// <summary>A message that holds together around bindings that need not make sense.</summary>
    private static readonly Gen<byte[]> Framed = Gen.Select(
        Gen.Int[0, 3], Pick.One("public", "private", "x"), Pick.One(Get, GetNext, Set, GetBulk, Get, GetNext, GetBulk, Response, Inform, TrapV2, Report, TrapV1),
        Gen.Select(Gen.Int, Gen.Int[-3, 300], Gen.OneOf(Gen.Int[-3, 300], Gen.Int)), Gen.Select(Names, Values, (n, v) => Bind(n, v)).Array[0, 12],
        (version, community, pdu, numbers, bindings) => version == 3
            ? V3(Scoped(Pdu(pdu, Int(numbers.Item1), numbers.Item2, numbers.Item3, bindings)), (byte)numbers.Item2, user: community)
            : Message(version, community, Pdu(pdu, Int(numbers.Item1), numbers.Item2, numbers.Item3, bindings)));

    /// <summary>The same with bytes changed, taken out, put in or cut off.</summary>
    private static readonly Gen<byte[]> Mutated = Gen.Select(Framed, Gen.Select(Gen.Int[0, 9999], Gen.Byte, Gen.Int[0, 3]).Array[1, 6], (message, changes) =>
    {
        var bytes = message.ToList();
        foreach (var (place, value, how) in changes)
        {
            if (bytes.Count == 0) break;
            var at = place % bytes.Count;
            if (how < 2) bytes[at] = value;
            else if (how == 2) bytes.RemoveAt(at);
            else bytes.Insert(at, value);
        }
        return bytes.ToArray();
    });

    [Theory]
    [InlineData(1472)]
    [InlineData(484)]
    [InlineData(64)]
    public void No_bytes_make_it_throw_or_answer_beyond_its_bounds(int largest)
    {
        using var bench = new SnmpBench(new SnmpSettings { V3 = true, LargestMessage = largest });
        Gen.OneOf(Garbage, Framed, Mutated, Mutated).Sample(datagram =>
        {
            var reply = bench.Send(datagram); // which asserts the bound
            if (reply.Length > 0) MustBeWellFormed(reply, 0);
        }, iter: 30_000, threads: 1);
    }

    [Fact]
    public void A_smaller_buffer_bounds_the_reply()
    {
        var counters = new SnmpCounters();
        var settings = new SnmpSettings { V3 = true };
        var engine = new SnmpEngine(settings, TestMib.Device(counters), counters, new UsmReports(() => settings.EngineId, () => (1, 1)));
        var scratch = new byte[512];
        Gen.Select(Framed, Gen.Int[0, 200]).Sample((datagram, size) =>
        {
            var buffer = new byte[size + 16];
            var exchange = new SnmpExchange(scratch);
            var length = engine.Answer(datagram, buffer.AsSpan(0, size), ref exchange);
            Assert.InRange(length, 0, size);
            Assert.Equal(length == 0, exchange.Unanswered is not null);
            Assert.True(buffer.AsSpan(size).IndexOfAnyExcept((byte)0) < 0);
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void Every_datagram_is_one_event()
    {
        using var bench = new SnmpBench();
        var sent = 0;
        Gen.OneOf(Garbage, Framed, Mutated).Sample(datagram =>
        {
            bench.Send(datagram);
            sent++;
        }, iter: 2_000, threads: 1);
        Assert.Equal(sent, bench.Events().Count);
        Assert.Equal((uint)sent, bench.Counters[SnmpCounters.InPkts]);
    }

    [Fact]
    public void Steady_traffic_allocates_nothing()
    {
        using var bench = new SnmpBench(new SnmpSettings { V3 = true });
        byte[][] requests =
        [
            Ask(0, Get, "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.11.1.0"),
            Ask(1, Get, "1.3.6.1.2.1.1.1.0", "1.3.6.1.2.1.1.9.0"),
            Ask(0, GetNext, "1.3.6.1.2.1.1.7.0"),
            Ask(0, GetNext, "2.0"),
            Bulk(1, 20, "1.3.6.1.2.1", "1.3.6.1.2.1.1", "1.3.6.1.2.1.2"),
            V3(Scoped(Pdu(Get, Int(1), 0, 0))),
        ];
        bench.Serve(requests, 2000); // also compiles
        var before = GC.GetAllocatedBytesForCurrentThread();
        bench.Serve(requests, 2000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * 2000 * requests.Length);
    }

    /// <summary>Definite shortest lengths all the way down; nothing left over.</summary>
    private static void MustBeWellFormed(ReadOnlySpan<byte> bytes, int depth)
    {
        Assert.InRange(depth, 0, 6);
        while (!bytes.IsEmpty)
        {
            var tag = bytes[0];
            int length = bytes[1];
            var header = 2;
            if (length > 0x7F)
            {
                header += length & 0x7F;
                length = 0;
                foreach (var b in bytes[2..header]) length = length << 8 | b;
                Assert.True(length >= (header == 3 ? 0x80 : 0x100), "a length not in shortest form");
            }
            if ((tag & 0x20) != 0) MustBeWellFormed(bytes.Slice(header, length), depth + 1);
            bytes = bytes[(header + length)..];
        }
    }
}
