using Conpot.Pi.Appliance;
using Conpot.Pi.Tests.Vectors;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Appliance;

/// <summary>What answers a datagram to nobody, byte for byte; and that nothing else does, nor more of it.</summary>
public class UnreachableTests
{
    /// <summary>192.0.2.1, the device's in the vectors.</summary>
    private const uint Device = 0xC0000201;

    private static readonly WireVector Vector = Assert.Single(WireVector.LoadAll("stack"));

    public static TheoryData<string> Cases => [.. Vector.Cases.Select(c => c.Name)];

    [Theory, MemberData(nameof(Cases))]
    public void Every_vector_comes_out(string name)
    {
        var exchange = Assert.Single(Vector.Cases.Single(c => c.Name == name).Exchanges);
        Assert.Equal(Convert.ToHexString(exchange.Expected), Convert.ToHexString(Answer(Bench(), exchange.Sent)));
    }

    [Theory]
    [InlineData("quoted_checksum = -1", 54, "D27F")]
    [InlineData("quoted_ttl = 0", 36, "00")]
    [InlineData("ttl_closed = 64", 8, "40")]
    [InlineData("dont_fragment = true", 6, "40")]
    public void A_setting_shows_in_the_packet(string setting, int at, string bytes)
    {
        var packet = Vector.Cases[0].Exchanges[0].Sent;
        var reply = Answer(Bench(setting), packet);
        Assert.Equal(bytes, Convert.ToHexString(reply, at, bytes.Length / 2));
        Assert.Equal(0, Sum(reply.AsSpan(20)));
        Assert.Equal(0, Sum(reply.AsSpan(28, 20)));
    }

    [Fact]
    public void Whatever_comes_it_does_not_throw_nor_answer_with_more_than_56_bytes_nor_to_anybody_else()
    {
        var known = Vector.Cases.SelectMany(c => c.Exchanges).Select(e => e.Sent).ToArray();
        var mutated = Gen.Select(Gen.Int[0, known.Length - 1], Gen.Select(Gen.Int[0, 40], Gen.Byte).Array[0, 3], Gen.Int[0, 64], (which, changes, length) =>
        {
            var bytes = known[which].ToArray();
            foreach (var (at, value) in changes) bytes[Math.Min(at, bytes.Length - 1)] = value;
            return bytes[..Math.Min(length, bytes.Length)];
        });
        Gen.OneOf(mutated, Gen.Byte.Array[0, 80]).Sample(packet =>
        {
            var reply = Answer(Bench(), packet);
            if (reply.Length == 0) return;
            Assert.Equal(56, reply.Length);
            Assert.Equal([0xC0, 0, 2, 1], reply[12..16]);
            Assert.Equal(packet[12..16], reply[16..20]);
            Assert.NotEqual(reply[12..16], reply[16..20]);
            Assert.False(reply[16] is 0 or 127 or >= 224, "not one machine's address");
            Assert.Equal(0, Sum(reply.AsSpan(20)));
            Assert.Equal(0, Sum(reply.AsSpan(28, 20)));
        }, iter: 20_000, threads: 1);
    }

    [Fact]
    public void A_port_that_another_program_has_is_not_answered_for()
    {
        var packet = Vector.Cases[0].Exchanges[0].Sent;
        Assert.Empty(Answer(Bench(isOpen: port => port == 41179), packet));
        Assert.NotEmpty(Answer(Bench(isOpen: port => port != 41179), packet));
    }

    [Fact]
    public void A_flood_gets_a_hundred_a_second()
    {
        var time = new FakeTimeProvider();
        var bench = Bench(time: time);
        var packet = Vector.Cases[0].Exchanges[0].Sent;
        int Answered() => Enumerable.Range(0, 1000).Count(_ => Answer(bench, packet).Length > 0);
        Assert.Equal(Unreachables.PerSecond, Answered());
        time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.Equal(0, Answered());
        time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(Unreachables.PerSecond, Answered());
        time.Advance(TimeSpan.FromHours(1));
        Assert.Equal(Unreachables.PerSecond, Answered());
    }

    [Fact]
    public void An_adapter_that_comes_back_under_its_name_is_another_and_one_that_is_gone_is_waited_for()
    {
        var index = 2;
        var bound = new BoundInterface("eth0", name => name == "eth0" ? index : 99);
        Assert.False(bound.IsReplaced);
        index = 0;
        Assert.False(bound.IsReplaced);
        index = 5;
        Assert.True(bound.IsReplaced);
        index = 2;
        Assert.False(bound.IsReplaced);
    }

    [Fact]
    public void Packets_to_the_sensor_cost_nothing_of_that()
    {
        var bench = Bench();
        var toSnmp = Vector.Cases.Single(c => c.Name.StartsWith("to SNMP", StringComparison.Ordinal)).Exchanges[0].Sent;
        for (var i = 0; i < 1000; i++) Assert.Empty(Answer(bench, toSnmp));
        Assert.NotEmpty(Answer(bench, Vector.Cases[0].Exchanges[0].Sent));
    }

    [Theory]
    [InlineData(68, true)]
    [InlineData(161, true)]
    [InlineData(123, true)]
    [InlineData(1, false)]
    [InlineData(0, false)]
    public void A_table_of_the_kernel_is_read(int port, bool listed) => Assert.Equal(listed, Unreachables.IsListed("""
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
          210: 0100620A:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000   102        0 3301 2 0000000000000000 0
          303: 00000000:00A1 00000000:0000 07 00000000:00000000 00:00000000 00000000   998        0 4711 2 0000000000000000 0
          265: 00000000000000000000000000000000:007B 00000000000000000000000000000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 18 2 0000000000000000 0
          rubbish
        """, port));

    private static Unreachables Bench(string settings = "", TimeProvider? time = null, Func<int, bool>? isOpen = null) =>
        new(StackTests.Of("s7-200", settings), [161], isOpen ?? (_ => false), time ?? new FakeTimeProvider());

    private static byte[] Answer(Unreachables bench, byte[] packet)
    {
        // As the loop hands it over: the beginning of the packet, and room for the reply with something else in it.
        var reply = Enumerable.Repeat((byte)0xAA, PortUnreachable.Size).ToArray();
        return reply[..bench.Answer(packet.AsSpan(0, Math.Min(packet.Length, RawSockets.Wanted)), Device, reply)];
    }

    /// <summary>RFC 1071: over a whole that holds its checksum it is 0.</summary>
    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return ~sum & 0xFFFF;
    }
}
