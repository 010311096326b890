using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>A walk of a device as snmpsim records it, one object a line: OID|tag|value; tag 4x for a value in hexadecimal, 4e for one with escapes.</summary>
internal static class SnmpRec
{
    public const int MostBytes = 16 << 20;
    public const int MostObjects = 100_000;

    /// <summary>Nobody mends more in one go.</summary>
    private const int MostProblems = 10;

    private const string Tags = "2 (INTEGER), 4 (OCTET STRING), 6 (OID), 64 (IpAddress), 65 (Counter32), 66 (Gauge32), 67 (TimeTicks), 68 (Opaque), 70 (Counter64)";

    /// <param name="problems">Gets "name:line: fact; remedy" for each mistake.</param>
    /// <returns>In the order of the tree.</returns>
    public static MibObject[] Parse(string name, ReadOnlySpan<byte> file, List<string> problems)
    {
        if (file.Length > MostBytes)
        {
            problems.Add($"{name}: has more than {MostBytes} bytes; leave out what no visitor reads");
            return [];
        }
        if (file.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) file = file[3..];
        var objects = new List<(MibObject Object, int Line)>();
        var number = 0;
        foreach (var range in file.Split((byte)'\n'))
        {
            number++;
            var line = file[range];
            if (line is [.., (byte)'\r']) line = line[..^1];
            if (line.TrimStart((byte)' ').IsEmpty || line[0] == '#') continue;
            if (objects.Count == MostObjects)
            {
                problems.Add($"{name}:{number}: is one object too many; allowed: up to {MostObjects}; leave out what no visitor reads");
                return [];
            }
            // Each byte one character, and back again when it becomes a value.
            if (TryLine(Encoding.Latin1.GetString(line), out var made, out var problem)) objects.Add((made, number));
            else if (Full(problems, $"{name}:{number}: {problem}")) return [];
        }
        return InOrder(name, objects, problems);
    }

    private static bool Full(List<string> problems, string problem)
    {
        problems.Add(problem);
        return problems.Count >= MostProblems;
    }

    private static MibObject[] InOrder(string name, List<(MibObject Object, int Line)> objects, List<string> problems)
    {
        objects.Sort((a, b) => a.Object.Oid.AsSpan().SequenceCompareTo(b.Object.Oid) is not 0 and var order ? order : a.Line.CompareTo(b.Line));
        for (var i = 1; i < objects.Count; i++)
            if (objects[i].Object.Oid.AsSpan().SequenceEqual(objects[i - 1].Object.Oid)
                && Full(problems, $"{name}:{objects[i].Line}: {string.Join('.', objects[i].Object.Oid)} stands in line {objects[i - 1].Line} already; keep one"))
                break;
        if (objects.Count == 0 && problems.Count == 0) problems.Add($"{name}: holds no object; record one with snmpsim-record-commands, or write lines such as 1.3.6.1.2.1.1.1.0|4|text");
        return problems.Count == 0 ? [.. objects.Select(o => o.Object)] : [];
    }

    private static bool TryLine(string line, [NotNullWhen(true)] out MibObject? made, out string problem)
    {
        made = null;
        var first = line.IndexOf('|');
        var second = first < 0 ? -1 : line.IndexOf('|', first + 1);
        if (second < 0)
        {
            problem = "is not OID|tag|value; write a line such as 1.3.6.1.2.1.1.1.0|4|text, or begin it with #";
            return false;
        }
        if (!ObjectId.TryParse(line.AsSpan(0, first), out var oid, out problem))
        {
            problem = $"\"{Short(line[..first])}\" {problem}";
            return false;
        }
        var tag = line[(first + 1)..second];
        if (tag.Contains(':', StringComparison.Ordinal))
        {
            problem = $"tag \"{Short(tag)}\" calls a module of snmpsim, which is not played; write the plain tag and one value, or a [[snmp.object]] with an address of the process image";
            return false;
        }
        var digits = tag.TrimEnd('x', 'e');
        byte? type = digits switch
        {
            "2" => SnmpType.Integer,
            "4" => SnmpType.OctetString,
            "6" => SnmpType.ObjectIdentifier,
            "64" => SnmpType.IpAddress,
            "65" => SnmpType.Counter32,
            "66" => SnmpType.Gauge32,
            "67" => SnmpType.TimeTicks,
            "68" => SnmpType.Opaque,
            "70" => SnmpType.Counter64,
            _ => null,
        };
        var isBytes = type is SnmpType.OctetString or SnmpType.Opaque or SnmpType.IpAddress;
        if (type is null || tag.Length > digits.Length + (isBytes ? 1 : 0))
        {
            problem = $"tag \"{Short(tag)}\" is unknown; allowed: {Tags}, and x or e behind 4, 64 and 68";
            return false;
        }
        var text = line[(second + 1)..];
        if (tag.EndsWith('e') && !TryUnescape(text, out text))
        {
            problem = $"\"{Short(line[(second + 1)..])}\" holds an escape that is not understood; allowed: \\n, \\r, \\t, \\\\, \\', \\\" and \\x with two digits";
            return false;
        }
        if (ValueText.TryObject(oid, type.Value, tag.EndsWith('x'), text, out made, out problem)) return true;
        problem = $"\"{Short(text)}\" {problem}";
        return false;
    }

    private static bool TryUnescape(string text, out string plain)
    {
        var result = new StringBuilder(text.Length);
        plain = "";
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }
            if (++i == text.Length) return false;
            if (text[i] == 'x')
            {
                if (!byte.TryParse(text.AsSpan(i + 1, Math.Min(2, text.Length - i - 1)), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var code) || i + 2 >= text.Length) return false;
                result.Append((char)code);
                i += 2;
                continue;
            }
            if ("nrt\\'\"".IndexOf(text[i]) is not (>= 0 and var which)) return false;
            result.Append("\n\r\t\\'\""[which]);
        }
        plain = result.ToString();
        return true;
    }

    private static string Short(string text) => Config.Shown.Plain(text);
}
