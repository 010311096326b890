using System.Text.Json;
using Conpot.Pi.Protocols.Snmp;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>SNMPv3 without a user: RFC 3412 7 and RFC 3414 3.2.</summary>
public sealed class UsmReportsTests : IDisposable
{
    private const string Probe = "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000";

    private static readonly byte[] Engine = [0x80, 0x00, 0x10, 0xE9, 0x03, 0x00, 0x0E, 0x8C, 1, 2, 3];

    private readonly SnmpBench _bench = new(new SnmpSettings { V3 = true, EngineId = Engine });

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Discovery_is_answered_with_engine_boots_and_time()
    {
        var expected = Report(0x4A69, "", 4, 1, 0x37F0);
        Assert.Equal(Convert.ToHexString(expected), Convert.ToHexString(_bench.Send(Probe)));
        Assert.Equal(Report(0x4A69, "", 4, 2, 0x37F0), _bench.Send(Probe)); // and it counts
    }

    [Fact]
    public void The_engine_ID_has_the_hardware_address_that_the_interface_has_now()
    {
        byte[] mac = [0x00, 0x1B, 0x1B, 4, 5, 6], engine = [.. Engine];
        using var bench = new SnmpBench(new SnmpSettings { V3 = true, EngineId = engine });
        Assert.Contains("800010E903000E8C010203", Convert.ToHexString(bench.Send(Probe)), StringComparison.Ordinal);
        Assert.Same(engine, SnmpSettings.EngineIdOf(mac, engine));
        Assert.Contains("800010E903001B1B040506", Convert.ToHexString(bench.Send(Probe)), StringComparison.Ordinal);
    }

    [Fact]
    public void No_user_is_known()
    {
        Assert.Equal(Report(7, "admin", 3, 1, 815), _bench.Send(V3(Scoped(Pdu(Get, Int(815), 0, 0, Bind("1.3.6.1.2.1.1.1.0"))), engineId: Engine, user: "admin")));
        // Encrypted: the request-id is not to be seen.
        Assert.Equal(Report(7, "admin", 3, 2, 0), _bench.Send(V3(Tlv(4, new byte[48]), 7, Engine, "admin", new byte[12], new byte[8])));
        Assert.Equal(Report(7, "admin", 4, 1, 0), _bench.Send(V3(Tlv(4, new byte[48]), 7, [1, 2, 3, 4, 5], "admin", new byte[12], new byte[8])));
    }

    [Fact]
    public void No_report_to_whoever_did_not_ask_or_could_answer_it()
    {
        byte[][] silent =
        [
            V3(Scoped(Pdu(Get, Int(1), 0, 0)), flags: 0),
            V3(Scoped(Pdu(Ber.Report, Int(1), 0, 0))), V3(Scoped(Pdu(Response, Int(1), 0, 0))), V3(Scoped(Pdu(TrapV2, Int(1), 0, 0))),
            V3(Tlv(4, new byte[8]), flags: 6),
            V3(Scoped(Pdu(Get, Int(1), 0, 0)), model: 2),
            V3(Seq(Tlv(4), Tlv(4))),
            V3(Tlv(4, new byte[8])), // not encrypted, and no sequence
        ];
        foreach (var datagram in silent) Assert.Empty(_bench.Send(datagram));
        foreach (var e in _bench.Events()) Assert.True(e.GetProperty("conpot").TryGetProperty("unanswered", out _));
        Assert.Equal(2u, _bench.Counters[SnmpCounters.InAsnParseErrs]);
    }

    [Fact]
    public void Every_cut_gets_silence()
    {
        var whole = Convert.FromHexString(Probe);
        for (var length = 0; length < whole.Length; length++) Assert.Empty(_bench.Send(whole.AsSpan(0, length)));
    }

    [Fact]
    public void A_report_is_no_weapon()
    {
        var smallest = V3(Scoped(Pdu(Get, Int(1), 0, 0)));
        Assert.InRange(_bench.Send(smallest).Length, 1, smallest.Length * UsmReports.MostAmplification);
        using var bench = new SnmpBench(new SnmpSettings { V3 = true, EngineId = [.. Enumerable.Repeat((byte)0x80, 32)] });
        Assert.InRange(bench.Send(smallest).Length, 1, smallest.Length * UsmReports.MostAmplification);
        Assert.Empty(bench.Send(V3(Scoped(Pdu(Get, Int(1), 0, 0)), user: new string('u', 1400)))); // longer than a frame
    }

    [Fact]
    public void Users_levels_and_digests_are_recorded_also_where_it_is_switched_off()
    {
        using var off = new SnmpBench();
        foreach (var bench in (SnmpBench[])[_bench, off])
        {
            var recorded = bench.EventOf(V3(Tlv(4, new byte[16]), 7, Engine, "oper\u0007ator", [0xAB, 0xCD], new byte[8]));
            Assert.Equal("snmp.discover", Action(recorded));
            Assert.Equal("T0812", recorded.GetProperty("threat").GetProperty("technique").GetProperty("id")[0].GetString());
            var conpot = recorded.GetProperty("conpot");
            Assert.Equal(("3", "oper\u0007ator", "authPriv", "ABCD", Convert.ToHexString(Engine)),
                (conpot.GetProperty("version").GetString(), conpot.GetProperty("user").GetString(), conpot.GetProperty("level").GetString(), conpot.GetProperty("digest").GetString(), conpot.GetProperty("engine_id").GetString()));
            Assert.Equal(bench == off, conpot.TryGetProperty("unanswered", out _));
            recorded = bench.EventOf(Convert.FromHexString(Probe));
            Assert.Equal("snmp.discover", Action(recorded));
            Assert.Equal("T0888", recorded.GetProperty("threat").GetProperty("technique").GetProperty("id")[0].GetString());
            Assert.Equal("noAuthNoPriv", recorded.GetProperty("conpot").GetProperty("level").GetString());
        }
        Assert.Equal(2u, off.Counters[SnmpCounters.InBadVersions]);
        Assert.Equal(0u, off.Counters[SnmpCounters.OutPkts]);
    }

    private static string? Action(JsonElement e) => e.GetProperty("event").GetProperty("action").GetString();

    private static byte[] Report(long id, string user, uint counter, long count, long requestId) =>
        Seq(Int(3), Seq(Int(id), Int(1472), Tlv(4, 0), Int(3)), Tlv(4, Seq(Tlv(4, Engine), Int(3), Int(1000), Text(user), Tlv(4), Tlv(4))),
            Seq(Tlv(4, Engine), Tlv(4), Pdu(Ber.Report, Int(requestId), 0, 0, Bind($"1.3.6.1.6.3.15.1.1.{counter}.0", Int(count, 0x41)))));
}
