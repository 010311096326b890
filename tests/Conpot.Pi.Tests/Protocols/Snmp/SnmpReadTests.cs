using Conpot.Pi.Protocols.Snmp;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>GET, GETNEXT and GETBULK by the letter of RFC 1157 and RFC 3416.</summary>
public sealed class SnmpReadTests : IDisposable
{
    private const string SysDescr = "1.3.6.1.2.1.1.1.0", SysContact = "1.3.6.1.2.1.1.4.0", SysServices = "1.3.6.1.2.1.1.7.0", IfIndex = "1.3.6.1.2.1.2.2.1.1.1", Last = "1.3.6.1.4.1.4329.2.0", Wide = "1.3.6.1.4.1.4329.1.0";

    private static readonly byte[] NoSuchObject = [0x80, 0], NoSuchInstance = [0x81, 0], EndOfMibView = [0x82, 0];

    private readonly SnmpBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void The_form_of_the_reply_that_Shodan_recorded() => Assert.Equal(
        "303E" + "020100" + "04067075626C6963" + "A231" + "020101" + "020100" + "020100" + "3026" + "3024" + "06082B06010201010100" + "0418" + Convert.ToHexString("Siemens, SIMATIC, S7-300"u8),
        Convert.ToHexString(_bench.Send(Ask(0, Get, SysDescr))));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Values_of_every_type_are_read(int version)
    {
        var reply = _bench.Ask(Ask(version, Get, SysDescr, "1.3.6.1.2.1.1.2.0", "1.3.6.1.2.1.1.3.0", SysServices, "1.3.6.1.2.1.2.2.1.5.1", "1.3.6.1.2.1.2.2.1.10.1", "1.3.6.1.2.1.4.20.1.1.192.168.1.9", Last));
        Assert.Equal((version, "public"), (reply.Version, reply.Community));
        reply.MustBe(0, 0, (SysDescr, Text("Siemens, SIMATIC, S7-300")), ("1.3.6.1.2.1.1.2.0", [6, 1, 0]), ("1.3.6.1.2.1.1.3.0", Int(123456, 0x43)), (SysServices, Int(72)),
            ("1.3.6.1.2.1.2.2.1.5.1", Int(100_000_000, 0x42)), ("1.3.6.1.2.1.2.2.1.10.1", Int(0xFFFFFFFF, 0x41)), ("1.3.6.1.2.1.4.20.1.1.192.168.1.9", [0x40, 4, 192, 168, 1, 9]),
            (Last, [0x44, 7, 0x9F, 0x78, 4, 0x42, 0xF6, 0, 0]));
    }

    [Fact]
    public void Values_of_a_question_are_nobodys_business() =>
        _bench.Ask(Message(0, "public", Pdu(Get, Int(1), 5, 9, Bind(SysServices, Text("x"))))).MustBe(0, 0, (SysServices, Int(72)));

    [Fact]
    public void The_request_id_and_the_community_come_back_byte_for_byte()
    {
        foreach (var id in (byte[][])[[2, 4, 255, 255, 255, 255], [2, 1, 255], [2, 4, 0, 0, 0, 0], [2, 6, 0, 0, 0, 0, 0, 7], [2, 5, 0, 255, 255, 255, 255]])
            Assert.Equal(id, _bench.Ask(Message(0, "public", Pdu(Get, id, 0, 0, Bind(SysServices)))).RequestId);
    }

    [Fact]
    public void Nothing_is_answered_with_nothing()
    {
        foreach (var pdu in (byte[])[Get, GetNext, GetBulk])
            _bench.Ask(Message(1, "public", Pdu(pdu, Int(1), 0, 5))).MustBe(0, 0);
    }

    [Theory]
    [InlineData(Get, "1.3.6.1.2.1.1.1")]
    [InlineData(Get, "1.3.6.1.2.1.1.1.1")]
    [InlineData(Get, "1.3.6.1.2.1.1.1.0.0")]
    [InlineData(Get, "0.0")]
    [InlineData(Get, "2.999.1")]
    [InlineData(Get, Wide)] // Counter64
    [InlineData(GetNext, Last)]
    [InlineData(GetNext, "2.0")]
    public void V1_has_noSuchName_with_the_request_as_it_came(byte pdu, string name)
    {
        _bench.Ask(Ask(0, pdu, name)).MustBe(2, 1, (name, Null));
        _bench.Ask(Message(0, "public", Pdu(pdu, Int(1), 0, 0, Bind(SysServices), Bind(name, Int(300)), Bind(SysDescr, Oid("1.3.6"))))).MustBe(2, 2, (SysServices, Null), (name, Int(300)), (SysDescr, Oid("1.3.6")));
    }

    [Fact]
    public void V2c_has_exceptions_in_their_places() => _bench.Ask(Ask(1, Get, "1.3.6.1.2.1.1.1.1", SysServices, "1.3.6.1.2.1.1.1", "1.3.6.1.2.1.1.8.0", "1.3.6.1.2.1.2.2.1.1.2", "1.3.6.1.2.1.2.2.1.3.1", "1.3.6.1.2.1.1", "0.0", "2.0", "1.3.6.1.2.1.4.20.1.1.1.2.3.4"))
        .MustBe(0, 0, ("1.3.6.1.2.1.1.1.1", NoSuchInstance), (SysServices, Int(72)), ("1.3.6.1.2.1.1.1", NoSuchInstance), ("1.3.6.1.2.1.1.8.0", NoSuchObject), ("1.3.6.1.2.1.2.2.1.1.2", NoSuchInstance),
            ("1.3.6.1.2.1.2.2.1.3.1", NoSuchObject), ("1.3.6.1.2.1.1", NoSuchObject), ("0.0", NoSuchObject), ("2.0", NoSuchObject), ("1.3.6.1.2.1.4.20.1.1.1.2.3.4", NoSuchInstance));

    [Theory]
    [InlineData("0.0", SysDescr)]
    [InlineData("1.3.6.1.2.1", SysDescr)]
    [InlineData("1.3.6.1.2.1.1.1", SysDescr)]
    [InlineData("1.3.6.1.2.1.1.6.4294967295", SysServices)]
    [InlineData("1.3.6.1.2.1.2.2.1.0.99", IfIndex)]
    [InlineData("1.3.6.1.2.1.2.1.0", IfIndex)]
    public void The_next_name(string name, string next)
    {
        Assert.Equal(next, Assert.Single(_bench.Ask(Ask(0, GetNext, name)).Bindings).Name);
        Assert.Equal(next, Assert.Single(_bench.Ask(Ask(1, GetNext, name)).Bindings).Name);
    }

    [Fact]
    public void The_end_of_the_view()
    {
        _bench.Ask(Ask(1, GetNext, SysContact, Last, "2.5")).MustBe(0, 0, ("1.3.6.1.2.1.1.5.0", Text("")), (Last, EndOfMibView), ("2.5", EndOfMibView));
    }

    [Fact]
    public void V1_steps_over_Counter64()
    {
        Assert.Equal(Last, Assert.Single(_bench.Ask(Ask(0, GetNext, "1.3.6.1.4.1.4329")).Bindings).Name);
        _bench.Ask(Ask(1, GetNext, "1.3.6.1.4.1.4329")).MustBe(0, 0, (Wide, [0x46, 9, 0, 255, 255, 255, 255, 255, 255, 255, 255]));
    }

    [Fact]
    public void Bulk_has_non_repeaters_and_repetitions()
    {
        _bench.Ask(Bulk(1, 2, SysContact, "1.3.6.1.2.1.1.6", "1.3.6.1.2.1.2")).MustBe(0, 0, ("1.3.6.1.2.1.1.5.0", Text("")), ("1.3.6.1.2.1.1.6.0", Text("")), ("1.3.6.1.2.1.2.1.0", Int(1)),
            (SysServices, Int(72)), (IfIndex, Int(1)));
        foreach (var (nonRepeaters, repetitions) in ((long, long)[])[(5, 0), (2, -1), (2, 7), (int.MaxValue, int.MaxValue)])
            _bench.Ask(Bulk(nonRepeaters, repetitions, SysContact, "1.3.6.1.2.1.1.6")).MustBe(0, 0, ("1.3.6.1.2.1.1.5.0", Text("")), ("1.3.6.1.2.1.1.6.0", Text("")));
        _bench.Ask(Bulk(-1, 1, SysContact)).MustBe(0, 0, ("1.3.6.1.2.1.1.5.0", Text("")));
        _bench.Ask(Bulk(0, 0, SysContact)).MustBe(0, 0);
        _bench.Ask(Bulk(0, int.MinValue, SysContact)).MustBe(0, 0);
    }

    [Fact]
    public void Bulk_ends_with_a_whole_row_of_ends()
    {
        // Each repeater's name stays the one before: its last object's, or the request's own.
        _bench.Ask(Bulk(0, 50, Wide, "2.5")).MustBe(0, 0, (Last, [0x44, 7, 0x9F, 0x78, 4, 0x42, 0xF6, 0, 0]), ("2.5", EndOfMibView), (Last, EndOfMibView), ("2.5", EndOfMibView));
        _bench.Ask(Bulk(0, 50, "2.5")).MustBe(0, 0, ("2.5", EndOfMibView));
        _bench.Ask(Bulk(1, 50, "2.5", Last)).MustBe(0, 0, ("2.5", EndOfMibView), (Last, EndOfMibView));
    }

    [Fact]
    public void Bulk_gives_as_many_as_fit()
    {
        using var bench = new SnmpBench(new SnmpSettings { LargestMessage = 484 }, _ => new TestMib([.. Enumerable.Range(1, 200).Select(i => TestMib.Text($"1.3.6.1.2.1.2.2.1.2.{i}", new string('x', 50)))]));
        var reply = bench.Send(Bulk(0, int.MaxValue, "1.3.6.1.2.1"));
        var read = Reply.Read(reply);
        Assert.Equal((0, 0), (read.Status, read.Index));
        Assert.InRange(reply.Length, 484 - 66, 484);
        Assert.Equal(Enumerable.Range(1, read.Bindings.Count).Select(i => $"1.3.6.1.2.1.2.2.1.2.{i}"), read.Bindings.Select(b => b.Name));
        using var narrow = new SnmpBench(new SnmpSettings { LargestMessage = 80 }, _ => bench.Mib);
        narrow.Ask(Bulk(0, 10, "1.3.6.1.2.1")).MustBe(1, 0); // not even one
    }

    [Fact]
    public void Too_big_is_said_with_the_bindings_in_v1_and_without_in_v2c()
    {
        var names = Enumerable.Repeat(SysDescr, 60).ToArray();
        foreach (var (pdu, asked) in ((byte, string[])[])[(Get, names), (GetNext, [.. names.Select(n => n[..^4])])])
        {
            _bench.Ask(Ask(0, pdu, asked)).MustBe(1, 0, asked.Select(n => (n, Null)));
            _bench.Ask(Ask(1, pdu, asked)).MustBe(1, 0);
        }
        Assert.Equal(4u, _bench.Counters[SnmpCounters.OutTooBigs]);
        // A missing name further on is said first in v1 (RFC 1157 4.1.2, rule 1 before rule 3).
        Assert.Equal((2, 61), _bench.Ask(Ask(0, Get, [.. names, "1.3.7"])) is var reply ? (reply.Status, reply.Index) : default);
        Assert.Empty(_bench.Send(Ask(0, Get, [.. names, .. names]))); // too long to be sent back
        _bench.Ask(Ask(1, Get, [.. names, .. names])).MustBe(1, 0);
    }

    [Fact]
    public void The_largest_reply_is_reached_to_the_byte()
    {
        for (var length = 1380; length < 1440; length++)
        {
            using var bench = new SnmpBench(mib: _ => new TestMib(TestMib.Text(SysDescr, new string('x', length))));
            var whole = Answer(1, 0, 0, Bind(SysDescr, Text(new string('x', length))));
            Assert.Equal(whole.Length <= 1472 ? whole : Answer(1, 1, 0), bench.Send(Ask(1, Get, SysDescr)));
        }
    }
}
