using Conpot.Pi.Protocols.Snmp;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>What is not answered, and how all of it is counted (RFC 1157 4.1, RFC 1213 3.11).</summary>
public sealed class SnmpRefusalTests : IDisposable
{
    private const string SysDescr = "1.3.6.1.2.1.1.1.0", SysServices = "1.3.6.1.2.1.1.7.0";

    private readonly SnmpBench _bench = new();

    public void Dispose() => _bench.Dispose();

    /// <summary>One byte sequence that is no message, and what is said of it.</summary>
    public static TheoryData<string, string, int> Malformed => new()
    {
        { "", "no sequence", 0 },
        { "30", "ends within an element", 0 },
        { "47455420", "no sequence", 0 },
        { "3080020100", "indefinite length", 1 },
        { "3000", "no version", 2 },
        { "30030401" + "31", "no version", 2 },
        { "30020200", "integer of no or too many bytes", 2 },
        { "3003020100", "no community", 5 },
        { "3006020100020101", "no community", 5 },
        { "300B02010004067075626C6963", "ends within an element", 13 },
        { "300D02010004067075626C69630500", "no PDU", 13 },
        { "300D02010004067075626C6963A000", "no request-id", 15 },
        { "301202010004067075626C6963A005020101" + "0400", "no error-status", 18 },
        { "301602010004067075626C6963A009020101020100" + "020100", "no variable-bindings", 24 },
        { "301802010004067075626C6963A00B020101020100020100" + "3100", "no variable-bindings", 24 },
        { "301B02010004067075626C6963A00E020101020100020100" + "3003" + "300105", "no name", 28 },
        { "301C02010004067075626C6963A00F020101020100020100" + "3004" + "30020500", "no name", 28 },
        { "301E02010004067075626C6963A011020101020100020100" + "3006" + "300406022B06", "ends within an element", 32 },
        { "302002010004067075626C6963A013020101020100020100" + "3008" + "300606022B810500", "name is no object identifier", 30 },
        { "302002010004067075626C6963A013020101020100020100" + "3008" + "300606022B060200", "value is none of its type", 34 },
        { "302102010004067075626C6963A014020101020100020100" + "3009" + "300706022B06400105", "value is none of its type", 34 },
        { "302102010004067075626C6963A014020101020100020100" + "3009" + "300706022B06450105", "value is none of its type", 34 },
    };

    [Theory]
    [MemberData(nameof(Malformed))]
    public void Nonsense_gets_silence_and_is_recorded_with_its_place(string hex, string problem, int at)
    {
        var bytes = Fixed(Convert.FromHexString(hex));
        var recorded = _bench.EventOf(bytes);
        Assert.Equal("snmp.malformed", recorded.GetProperty("event").GetProperty("action").GetString());
        var conpot = recorded.GetProperty("conpot");
        Assert.Equal((problem, at), (conpot.GetProperty("problem").GetString(), conpot.GetProperty("problem_at").GetInt32()));
        Assert.False(conpot.TryGetProperty("response", out _));
        Assert.Equal((1u, 1u, 0u), (_bench.Counters[SnmpCounters.InPkts], _bench.Counters[SnmpCounters.InAsnParseErrs], _bench.Counters[SnmpCounters.OutPkts]));
    }

    [Fact]
    public void Every_cut_of_a_message_gets_silence()
    {
        foreach (var whole in (byte[][])[Ask(0, Get, SysDescr), Bulk(0, 5, "1.3.6"), SetRequest(1, ("1.3.6.1.2.1.1.5.0", Text("cut")))])
            for (var length = 0; length < whole.Length; length++) Assert.Empty(_bench.Send(whole.AsSpan(0, length)));
        Assert.Equal(_bench.Counters[SnmpCounters.InPkts], _bench.Counters[SnmpCounters.InAsnParseErrs]);
    }

    [Fact]
    public void Bytes_behind_the_message_do_no_harm()
    {
        Assert.Equal(_bench.Send(Ask(0, Get, SysServices)), _bench.Send([.. Ask(0, Get, SysServices), 1, 2, 3]));
        Assert.Equal(3, _bench.EventOf([.. Ask(0, Get, SysServices), 1, 2, 3]).GetProperty("conpot").GetProperty("trailing").GetInt32());
    }

    [Fact]
    public void Versions_come_before_communities()
    {
        using var bench = new SnmpBench(new SnmpSettings { V2c = false });
        foreach (var version in (int[])[1, 2, 3, 4, 127, 128, -1, int.MaxValue])
            Assert.Empty(bench.Send(Message(version, "wrong", Pdu(Get, Int(1), 0, 0, Bind(SysDescr)))));
        Assert.Equal((8u, 0u, 0u), (bench.Counters[SnmpCounters.InBadVersions], bench.Counters[SnmpCounters.InBadCommunityNames], bench.Counters[SnmpCounters.InAsnParseErrs]));
        Assert.NotEmpty(bench.Send(Ask(0, Get, SysDescr)));
        using var other = new SnmpBench(new SnmpSettings { V1 = false });
        Assert.Empty(other.Send(Ask(0, Get, SysDescr)));
        Assert.NotEmpty(other.Send(Ask(1, Get, SysDescr)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Public")]
    [InlineData("publi")]
    [InlineData("public\0")]
    [InlineData("publicprivate")]
    public void Unknown_communities_get_silence(string community)
    {
        for (var version = 0; version < 2; version++)
            foreach (var pdu in (byte[])[Get, GetNext, Set, GetBulk, Response, Inform, TrapV2]) Assert.Empty(_bench.Send(Message(version, community, Pdu(pdu, Int(1), 0, 0, Bind(SysDescr)))));
        Assert.Equal((14u, 0u), (_bench.Counters[SnmpCounters.InBadCommunityNames], _bench.Counters[SnmpCounters.InGetRequests]));
    }

    [Fact]
    public void The_write_community_reads_too() => Assert.NotEmpty(_bench.Send(Message(0, "private", Pdu(Get, Int(1), 0, 0, Bind(SysDescr)))));

    [Fact]
    public void What_is_no_question_is_never_answered()
    {
        var trap = Tlv(TrapV1, Join(Oid("1.3.6.1.4.1.4329"), Tlv(0x40, 127, 0, 0, 1), Int(0), Int(0), Int(100, 0x43), Seq(Bind(SysDescr, Text("x")))));
        var c = _bench.Counters;
        (int Version, byte[] Pdu, int Counter)[] messages =
        [
            (0, trap, SnmpCounters.InTraps), (1, trap, SnmpCounters.InAsnParseErrs),
            (1, Pdu(TrapV2, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InTraps), (0, Pdu(TrapV2, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InAsnParseErrs),
            (0, Pdu(Response, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InGetResponses), (1, Pdu(Response, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InGetResponses),
            (1, Pdu(Inform, Int(1), 0, 0, Bind(SysDescr)), 0), (0, Pdu(Inform, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InAsnParseErrs),
            (1, Pdu(Report, Int(1), 0, 0, Bind(SysDescr)), 0), (0, Pdu(Report, Int(1), 0, 0, Bind(SysDescr)), SnmpCounters.InAsnParseErrs),
            (0, Pdu(GetBulk, Int(1), 0, 10, Bind(SysDescr)), SnmpCounters.InAsnParseErrs),
        ];
        foreach (var (version, pdu, counter) in messages)
        {
            var before = counter == 0 ? 0 : c[counter];
            var recorded = _bench.EventOf(Message(version, "public", pdu));
            Assert.Equal("snmp.unanswered", recorded.GetProperty("event").GetProperty("action").GetString());
            Assert.Equal(SysDescr, recorded.GetProperty("conpot").GetProperty("oids")[0].GetString());
            if (counter != 0) Assert.Equal(before + 1, c[counter]);
        }
        Assert.Equal(0u, c[SnmpCounters.OutPkts]);
    }

    [Fact]
    public void The_snmp_group_counts_what_came_and_went()
    {
        _bench.Send(Ask(0, Get, SysDescr, SysServices));
        _bench.Send(Ask(1, Get, SysDescr, "1.3.7"));
        _bench.Send(Ask(0, Get, SysDescr, "1.3.7"));
        _bench.Send(Ask(0, GetNext, SysDescr));
        _bench.Send(Ask(1, GetNext, "2.0"));
        _bench.Send(Bulk(0, 4, "1.3.6"));
        _bench.Send(SetRequest(0, ("1.3.6.1.2.1.1.5.0", Text("x")), ("1.3.6.1.2.1.1.6.0", Text("x"))));
        _bench.Send(SetRequest(0, ("1.3.6.1.2.1.1.5.0", Int(1))));
        for (var status = 1; status <= 6; status++) _bench.Send(Message(0, "public", Pdu(Response, Int(1), status, 1, Bind(SysDescr))));
        var c = _bench.Counters;
        int[] counted = [SnmpCounters.InPkts, SnmpCounters.OutPkts, SnmpCounters.InGetRequests, SnmpCounters.InGetNexts, SnmpCounters.InSetRequests, SnmpCounters.InGetResponses, SnmpCounters.OutGetResponses,
            SnmpCounters.InTotalReqVars, SnmpCounters.InTotalSetVars, SnmpCounters.OutNoSuchNames, SnmpCounters.OutBadValues, SnmpCounters.InTooBigs, SnmpCounters.InNoSuchNames, SnmpCounters.InBadValues,
            SnmpCounters.InReadOnlys, SnmpCounters.InGenErrs];
        Assert.Equal([14, 8, 3, 2, 2, 6, 8, 2 + 1 + 0 + 1 + 0 + 4, 2, 1, 1, 1, 1, 1, 1, 1], counted.Select(i => c[i]));
    }

    [Fact]
    public void A_question_counts_itself_before_it_is_answered() => _bench.Ask(Ask(0, Get, "1.3.6.1.2.1.11.1.0")).MustBe(0, 0, ("1.3.6.1.2.1.11.1.0", Int(1, 0x41)));

    /// <summary>The outer length of the table's entries follows from what they hold.</summary>
    private static byte[] Fixed(byte[] bytes)
    {
        if (bytes.Length > 2 && bytes[0] == 0x30 && bytes[1] < 0x80) bytes[1] = (byte)(bytes.Length - 2);
        if (bytes.Length > 15 && bytes[13] >= 0xA0) bytes[14] = (byte)(bytes.Length - 15);
        return bytes;
    }
}
