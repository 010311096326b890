using System.Text;
using Conpot.Pi.Protocols.Snmp;
using CsCheck;
using Xunit;
using static Conpot.Pi.Tests.Protocols.Snmp.Ber;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>SET by the letter of RFC 1157 4.1.5 and RFC 3416 4.2.5: everything or nothing.</summary>
public sealed class SnmpSetTests : IDisposable
{
    private const string SysDescr = "1.3.6.1.2.1.1.1.0", SysContact = "1.3.6.1.2.1.1.4.0", SysName = "1.3.6.1.2.1.1.5.0", SysLocation = "1.3.6.1.2.1.1.6.0";

    private readonly SnmpBench _bench = new();

    /// <summary>What cannot be set, with v1's and v2c's error.</summary>
    public static TheoryData<string, string, byte, byte> Refused => new()
    {
        { SysDescr, "040178", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { SysDescr, "020101", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "1.3.6.1.2.1.1.7.0", "020148", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "1.3.6.1.2.1.1.7.1", "020148", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "1.3.6.1.2.1.2.2.1.2.1", "040178", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "1.3.6.1.2.1.1.99.0", "040178", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "2.0", "040178", ErrorStatus.NoSuchName, ErrorStatus.NotWritable },
        { "1.3.6.1.2.1.1.5", "040178", ErrorStatus.NoSuchName, ErrorStatus.NoCreation },
        { "1.3.6.1.2.1.1.5.1", "040178", ErrorStatus.NoSuchName, ErrorStatus.NoCreation },
        { SysName, "020101", ErrorStatus.BadValue, ErrorStatus.WrongType },
        { SysName, "0500", ErrorStatus.BadValue, ErrorStatus.WrongType },
        { SysName, "440178", ErrorStatus.BadValue, ErrorStatus.WrongType },
        { SysName, "06012B", ErrorStatus.BadValue, ErrorStatus.WrongType },
        { SysName, "04820100" + new string('7', 512), ErrorStatus.BadValue, ErrorStatus.WrongLength },
        { SysName, "04066C6F636B6564", ErrorStatus.BadValue, ErrorStatus.InconsistentValue },
    };

    public void Dispose() => _bench.Dispose();

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_refusal_names_the_binding_and_changes_nothing(string name, string value, byte v1, byte v2c)
    {
        byte[] element = Convert.FromHexString(value);
        (string, byte[])[][] requests =
        [
            [(name, element)],
            [(SysContact, Text("changed")), (name, element), (SysLocation, Text("changed"))],
            [(SysContact, Text("changed")), (SysLocation, Text("changed")), (name, element)],
        ];
        foreach (var bindings in requests)
        {
            var index = Array.FindIndex(bindings, b => b.Item1 == name) + 1;
            _bench.Ask(SetRequest(0, bindings)).MustBe(v1, index, bindings);
            _bench.Ask(SetRequest(1, bindings)).MustBe(v2c, index, bindings);
            Assert.Equal(("", "", ""), Texts());
        }
        Assert.Equal(0u, _bench.Counters[SnmpCounters.InTotalSetVars]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void What_is_set_is_echoed_and_read_back(int version)
    {
        (string, byte[])[] bindings = [(SysLocation, Text("hall 3")), (SysContact, Text("Süd")), (SysName, Text(new string('x', 255)))];
        _bench.Ask(SetRequest(version, bindings)).MustBe(0, 0, bindings);
        _bench.Ask(Ask(version, Get, SysLocation, SysContact, SysName)).MustBe(0, 0, bindings);
        Assert.Equal(3u, _bench.Counters[SnmpCounters.InTotalSetVars]);
        _bench.Ask(SetRequest(version)).MustBe(0, 0);
    }

    [Fact]
    public void The_read_community_may_not_write()
    {
        (string, byte[])[] bindings = [(SysName, Text("mine")), (SysDescr, Text("mine"))];
        foreach (var (version, status) in ((int, byte)[])[(0, ErrorStatus.NoSuchName), (1, ErrorStatus.NoAccess)])
            _bench.Ask(Message(version, "public", Pdu(Set, Int(1), 0, 0, bindings.Select(b => Bind(b.Item1, b.Item2))))).MustBe(status, 1, bindings);
        Assert.Equal(("", "", ""), Texts());
        Assert.Equal(2u, _bench.Counters[SnmpCounters.InBadCommunityUses]);
    }

    [Fact]
    public void What_cannot_be_echoed_is_not_done()
    {
        var bindings = Enumerable.Repeat((SysName, Text(new string('x', 200))), 10).ToArray();
        Assert.Empty(_bench.Send(SetRequest(0, bindings)));
        Assert.Equal((1, 0, 0), _bench.Ask(SetRequest(1, bindings)) is var reply ? (reply.Status, reply.Index, reply.Bindings.Count) : default);
        Assert.Equal(("", "", ""), Texts());
    }

    [Fact]
    public void All_or_nothing()
    {
        var names = (string[])[SysContact, SysName, SysLocation];
        var model = names.ToDictionary(n => n, _ => "");
        Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9]).Array[1, 5].Sample(draws =>
        {
            // One in ten is something that is refused.
            var bindings = draws.Select((d, i) => d.Item2 == 0 ? (SysDescr, Text("x")) : (names[d.Item1 % 3], Text($"{i} {d}"))).ToArray();
            var reply = _bench.Ask(SetRequest(1, bindings));
            var refused = Array.FindIndex(bindings, b => b.Item1 == SysDescr);
            reply.MustBe(refused < 0 ? 0 : ErrorStatus.NotWritable, refused + 1, bindings);
            if (refused < 0)
                foreach (var (name, value) in bindings) model[name] = Encoding.ASCII.GetString(value[2..]);
            Assert.Equal((model[SysContact], model[SysName], model[SysLocation]), Texts());
        }, iter: 2000, threads: 1);
    }

    private (string, string, string) Texts()
    {
        string Of(int index) => Encoding.Latin1.GetString(_bench.Mib.Objects[index].Read().Bytes);
        return (Of(3), Of(4), Of(5));
    }
}
