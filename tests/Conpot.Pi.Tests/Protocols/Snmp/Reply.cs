using System.Formats.Asn1;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>A response read by the platform's own ASN.1 reader under DER: whatever is not in shortest form fails the test.</summary>
internal sealed record Reply(int Version, string Community, byte[] RequestId, int Status, int Index, IReadOnlyList<Binding> Bindings)
{
    public static Reply Read(byte[] datagram)
    {
        var outer = new AsnReader(datagram, AsnEncodingRules.DER);
        var message = outer.ReadSequence();
        outer.ThrowIfNotEmpty();
        var version = (int)message.ReadInteger();
        var community = message.ReadOctetString();
        var pdu = message.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 2));
        message.ThrowIfNotEmpty();
        var requestId = pdu.ReadEncodedValue().ToArray(); // as the request had it, shortest form or not
        var (status, index) = ((int)pdu.ReadInteger(), (int)pdu.ReadInteger());
        var list = pdu.ReadSequence();
        pdu.ThrowIfNotEmpty();
        var bindings = new List<Binding>();
        while (list.HasData)
        {
            var binding = list.ReadSequence();
            var name = binding.ReadObjectIdentifier();
            bindings.Add(new Binding(name, binding.ReadEncodedValue().ToArray()));
            binding.ThrowIfNotEmpty();
        }
        return new Reply(version, string.Concat(community.Select(b => (char)b)), requestId, status, index, bindings);
    }

    public void MustBe(int status, int index, params IEnumerable<(string Name, byte[] Value)> bindings)
    {
        Assert.Equal((status, index), (Status, Index));
        Assert.Equal([.. bindings.Select(b => $"{b.Name} = {Convert.ToHexString(b.Value)}")], Bindings.Select(b => $"{b.Name} = {Convert.ToHexString(b.Value)}"));
    }
}

/// <param name="Value">The whole element.</param>
internal sealed record Binding(string Name, byte[] Value);
