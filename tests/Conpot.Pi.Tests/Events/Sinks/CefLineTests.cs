using System.Text;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Lines read back by the rules of the Common Event Format.</summary>
public class CefLineTests
{
    private static readonly string[] Keys =
    [
        "rt", "externalId", "src", "c6a2", "c6a2Label", "spt", "dst", "c6a3", "c6a3Label", "dpt", "proto", "app", "act", "outcome", "cat", "dvchost",
        "cs1", "cs1Label", "cs2", "cs2Label", "cs3", "cs3Label", "cs4", "cs4Label", "cs5", "cs5Label", "msg",
    ];

    [Fact]
    public void A_read()
    {
        var (header, fields) = Taken(CefLine.Of(SyslogEvents.Read));
        Assert.Equal(["CEF:0", "Conpot.Pi", "Conpot.Pi", SinkProduct.Version, "modbus.read", "Coils, inputs or registers were read", "2"], header);
        Assert.Equal("1795385010000", fields["rt"]);
        Assert.Equal("10.0.0.5", fields["src"]);
        Assert.Equal("35228", fields["spt"]);
        Assert.Equal("10.0.0.20", fields["dst"]);
        Assert.Equal("502", fields["dpt"]);
        Assert.Equal("TCP", fields["proto"]);
        Assert.Equal("modbus", fields["app"]);
        Assert.Equal("modbus.read", fields["act"]);
        Assert.Equal("088e1f08-3", fields["externalId"]);
        Assert.Equal("request", fields["cs1Label"]);
        Assert.Equal("000100000006010400000006", fields["cs1"]);
    }

    [Fact]
    public void An_address_of_version_6_has_a_key_of_its_own()
    {
        var (_, fields) = Taken(CefLine.Of(SyslogEvents.Snmp));
        Assert.False(fields.ContainsKey("src"));
        Assert.Equal("fd00::5", fields["c6a2"]);
    }

    [Fact]
    public void Hostile_text_adds_no_field_and_changes_none() => SyslogEvents.Any.Sample(e =>
    {
        var line = CefLine.Of(e);
        Assert.DoesNotContain(line, c => c is < ' ' or > '~');
        var (header, fields) = Taken(line);
        Assert.Equal(7, header.Count);
        Assert.InRange(int.Parse(header[6], System.Globalization.CultureInfo.InvariantCulture), 0, 10);
        Assert.Equal(PrintableAscii.Of(e.Action, 200), header[4]);
        Assert.All(fields.Keys, k => Assert.Contains(k, Keys));
        Assert.Equal(PrintableAscii.Of(e.Id, 1000), fields.GetValueOrDefault("externalId", ""));
        Assert.Equal(PrintableAscii.Of(e.Text("conpot", "request"), 1000), fields.GetValueOrDefault("cs1", ""));
    });

    /// <summary>A value ends where a space, a name and an equals sign that is not escaped follow.</summary>
    private static (List<string> Header, Dictionary<string, string> Fields) Taken(string line)
    {
        var header = new List<string>();
        var part = new StringBuilder();
        var at = 0;
        for (; header.Count < 7; at++)
        {
            if (line[at] == '\\') part.Append(line[++at]);
            else if (line[at] == '|')
            {
                header.Add(part.ToString());
                part.Clear();
            }
            else part.Append(line[at]);
        }

        var fields = new Dictionary<string, string>(StringComparer.Ordinal);
        var starts = new List<(int Key, int Sign)>();
        for (var i = at; i < line.Length; i++)
        {
            if (line[i] == '\\') i++;
            else if (line[i] == '=')
                starts.Add((Math.Max(line.LastIndexOf(' ', i) + 1, at), i));
        }

        for (var n = 0; n < starts.Count; n++)
        {
            var end = n + 1 < starts.Count ? starts[n + 1].Key - 1 : line.Length;
            var value = line[(starts[n].Sign + 1)..end];
            fields.Add(line[starts[n].Key..starts[n].Sign], Unescaped(value));
        }

        return (header, fields);
    }

    private static string Unescaped(string value)
    {
        var text = new StringBuilder();
        for (var i = 0; i < value.Length; i++) text.Append(value[i] == '\\' ? value[++i] : value[i]);
        return text.ToString();
    }
}
