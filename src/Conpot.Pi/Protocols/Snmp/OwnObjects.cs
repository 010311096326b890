using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>[[snmp.object]]: what the user adds to the table, or puts in the place of an object of it.</summary>
internal static class OwnObjects
{
    private static readonly (string Name, byte Type)[] s_types =
    [
        ("integer", SnmpType.Integer), ("string", SnmpType.OctetString), ("hexstring", SnmpType.OctetString), ("oid", SnmpType.ObjectIdentifier), ("ipaddress", SnmpType.IpAddress),
        ("counter", SnmpType.Counter32), ("gauge", SnmpType.Gauge32), ("timeticks", SnmpType.TimeTicks), ("opaque", SnmpType.Opaque), ("counter64", SnmpType.Counter64),
    ];

    /// <returns>In the order of the tree.</returns>
    public static MibObject[] Read(ConfigSection snmp, Cpu cpu)
    {
        var objects = new SortedDictionary<uint[], MibObject>(OidOrder.Instance);
        foreach (var section in snmp.Sections("object"))
        {
            var oid = section.Parsed<uint[]?>("oid", null, (string text, [NotNullWhen(true)] out uint[]? parsed, out string problem) => ObjectId.TryParse(text, out parsed, out problem));
            var name = section.Choice("type", "string", [.. s_types.Select(t => t.Name)]);
            var text = section.TextOrNumber("value", "");
            if (!section.Has("oid"))
                section.Error("oid", "[[snmp.object]] has no 'oid'; add oid = \"1.3.6.1.4.1.4329.1.0\"");
            else if (!section.Has("value"))
                section.Error("value", "[[snmp.object]] has no 'value'; add value = \"...\", or the address of a value of the process image, such as \"AIW0\"");
            else if (oid is null)
                continue; // said already
            else if (!TryObject(oid, name, text, cpu, out var made, out var problem))
                section.Error("value", $"'value' in [[snmp.object]] is {Shown.Quoted(text)}, which {problem}");
            else if (!objects.TryAdd(oid, made))
                section.Error("oid", $"{string.Join('.', oid)} stands in [[snmp.object]] twice; keep one");
        }
        return [.. objects.Values];
    }

    private static bool TryObject(uint[] oid, string name, string text, Cpu cpu, [NotNullWhen(true)] out MibObject? made, out string problem)
    {
        var type = s_types.First(t => t.Name == name).Type;
        if (ValueText.TryObject(oid, type, name is "hexstring" or "opaque", text, out made, out problem)) return true;
        var isNumber = type is SnmpType.Integer or SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks or SnmpType.Counter64;
        if (!isNumber || text.Length == 0 || char.IsAsciiDigit(text[0]) || text[0] is '-' or '+') return false;
        if (!Address.TryParse(text, out var address, out problem))
        {
            problem = $"is neither a number nor an address: {problem}";
            return false;
        }
        if (!cpu.Image.Fits(address))
        {
            problem = $"is beyond this CPU's memory; {address.Area} ends after byte {cpu.Image.Size(address.Area) - 1}";
            return false;
        }
        made = new ImageNumber(oid, type, cpu, address);
        return true;
    }
}

/// <summary>The order of the tree: number by number, the shorter first.</summary>
internal sealed class OidOrder : IComparer<uint[]>
{
    public static readonly OidOrder Instance = new();

    public int Compare(uint[]? x, uint[]? y) => x.AsSpan().SequenceCompareTo(y.AsSpan());
}
