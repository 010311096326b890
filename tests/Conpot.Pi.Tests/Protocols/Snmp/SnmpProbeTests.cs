using Conpot.Pi.Protocols.Snmp;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>What scanners send, byte for byte, is answered (WIRE 1.5).</summary>
public sealed class SnmpProbeTests : IDisposable
{
    private readonly SnmpBench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData("nmap -sV, long-form lengths", "3082002f02010004067075626c6963a082002002044c33a756020100020100308200103082000c06082b060102010105000500", 0, "02044C33A756", "1.3.6.1.2.1.1.5.0")]
    [InlineData("nmap payload, GETNEXT of 0.0", "301f02010004067075626c6963a112020100020100020100300730050601000500", 0, "020100", "1.3.6.1.2.1.1.1.0")]
    [InlineData("zmap snmp1", "302902010004067075626c6963a01c0204565adc5d020100020100300e300c06082b060102010101000500", 0, "0204565ADC5D", "1.3.6.1.2.1.1.1.0")]
    [InlineData("zmap snmp2", "302602010104067075626c6963a1190204dc63c29a020100020100300b300906052b060102010500", 1, "0204DC63C29A", "1.3.6.1.2.1.1.1.0")]
    [InlineData("masscan, padded sub-identifiers", "303902010004067075626c6963a02c020400000000020100020100301e300d06092b06018002010101000500300d06092b06018002010105000500", 0, "020400000000", "1.3.6.1.2.1.1.1.0 1.3.6.1.2.1.1.5.0")]
    [InlineData("onesixtyone, request-id -1 in four bytes", "302902010004067075626c6963a01c0204ffffffff020100020100300e300c06082b060102010101000500", 0, "0204FFFFFFFF", "1.3.6.1.2.1.1.1.0")]
    public void A_scanner_gets_its_answer(string who, string hex, int version, string requestId, string names)
    {
        var reply = _bench.Ask(Convert.FromHexString(hex));
        Assert.True(reply.Status == 0, who);
        Assert.Equal((version, requestId, names), (reply.Version, Convert.ToHexString(reply.RequestId), string.Join(' ', reply.Bindings.Select(b => b.Name))));
    }

    [Fact]
    public void A_discovery_gets_silence_or_a_report()
    {
        const string Probe = "303a020103300f02024a69020300ffe30401040201030410300e0400020100020100040004000400301204000400a00c020237f00201000201003000";
        Assert.Empty(_bench.Send(Probe));
        using var bench = new SnmpBench(new SnmpSettings { V3 = true });
        Assert.NotEmpty(bench.Send(Probe));
    }

    [Theory]
    [InlineData("0209010000000000000000")]
    [InlineData("0200")]
    public void A_request_id_of_no_number_gets_silence(string requestId) =>
        Assert.Empty(_bench.Send(Ber.Message(0, "public", Ber.Pdu(Ber.Get, Convert.FromHexString(requestId), 0, 0, Ber.Bind("1.3.6.1.2.1.1.1.0")))));
}
