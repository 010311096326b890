using System.Diagnostics.CodeAnalysis;
using System.Text;
using Conpot.Pi.Protocols.Snmp;

namespace Conpot.Pi.Tests.Protocols.Snmp;

/// <summary>A table of constants and a few objects that can be written.</summary>
[SuppressMessage("Naming", "CA1725", Justification = "Values are named for what they are.")]
internal sealed class TestMib(params MibObject[] objects) : Mib
{
    private readonly MibObject[] _objects = [.. objects.OrderBy(o => o.Oid, Comparer<uint[]>.Create((a, b) => a.AsSpan().SequenceCompareTo(b)))];

    public override ReadOnlySpan<MibObject> Objects => _objects;

    /// <summary>A little of each: scalars, rows, every type, texts that can be written.</summary>
    public static TestMib Device(SnmpCounters counters) => new(
        Text("1.3.6.1.2.1.1.1.0", "Siemens, SIMATIC, S7-300"),
        new Constant("1.3.6.1.2.1.1.2.0", SnmpType.ObjectIdentifier, 0, [0]),
        Number("1.3.6.1.2.1.1.3.0", SnmpType.TimeTicks, 123456),
        new Writable("1.3.6.1.2.1.1.4.0"),
        new Writable("1.3.6.1.2.1.1.5.0"),
        new Writable("1.3.6.1.2.1.1.6.0"),
        Number("1.3.6.1.2.1.1.7.0", SnmpType.Integer, 72),
        Number("1.3.6.1.2.1.2.1.0", SnmpType.Integer, 1),
        Number("1.3.6.1.2.1.2.2.1.1.1", SnmpType.Integer, 1),
        Text("1.3.6.1.2.1.2.2.1.2.1", "Port 1"),
        Number("1.3.6.1.2.1.2.2.1.5.1", SnmpType.Gauge32, 100_000_000),
        Number("1.3.6.1.2.1.2.2.1.10.1", SnmpType.Counter32, 0xFFFFFFFF),
        new Constant("1.3.6.1.2.1.4.20.1.1.192.168.1.9", SnmpType.IpAddress, 0, [192, 168, 1, 9]),
        Number("1.3.6.1.2.1.6.13.1.1.192.168.1.9.102.0.0.0.0.0", SnmpType.Integer, 2),
        new Live("1.3.6.1.2.1.11.1.0", SnmpType.Counter32, () => counters[SnmpCounters.InPkts]),
        Number("1.3.6.1.4.1.4329.1.0", SnmpType.Counter64, -1),
        new Constant("1.3.6.1.4.1.4329.2.0", SnmpType.Opaque, 0, [0x9F, 0x78, 0x04, 0x42, 0xF6, 0x00, 0x00]));

    public static MibObject Number(string oid, byte type, long value) => new Constant(oid, type, value, []);

    public static MibObject Text(string oid, string value) => new Constant(oid, SnmpType.OctetString, 0, Encoding.Latin1.GetBytes(value));

    internal sealed class Constant(uint[] oid, byte type, long number, byte[] bytes) : MibObject(oid, type)
    {
        public Constant(string oid, byte type, long number, byte[] bytes) : this(Ber.Parts(oid), type, number, bytes)
        {
        }

        public override MibValue Read() => new(Type, number, bytes);
    }

    private sealed class Live(string oid, byte type, Func<long> read) : MibObject(Ber.Parts(oid), type)
    {
        public override MibValue Read() => MibValue.OfNumber(Type, read());
    }

    /// <summary>A DisplayString; "locked" is what it never takes.</summary>
    internal sealed class Writable(string oid) : MibObject(Ber.Parts(oid), SnmpType.OctetString)
    {
        public byte[] Value { get; private set; } = [];

        public override bool IsWritable => true;

        public override MibValue Read() => MibValue.OfBytes(Type, Value);

        public override byte Check(in MibValue value) =>
            value.Bytes.Length > 255 ? ErrorStatus.WrongLength : value.Bytes.SequenceEqual("locked"u8) ? ErrorStatus.InconsistentValue : ErrorStatus.NoError;

        public override void Write(in MibValue value) => Value = value.Bytes.ToArray();
    }
}
