using System.Text;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Messages read back by the grammar of RFC 5424, section 6.</summary>
public class SyslogMessageTests
{
    private const int Local0 = 16;

    private static readonly Gen<string> Format = Gen.Int[0, 2].Select(i => ((string[])["rfc5424", "cef", "ecs"])[i]);

    [Fact]
    public void The_header_is_exact()
    {
        var (header, data, message) = Taken(Text("rfc5424", SyslogEvents.Read));
        Assert.Equal($"<133>1 2026-11-22T22:03:30.000203Z pump-house conpot-pi {Environment.ProcessId} modbus.read", header);
        Assert.Equal("088e1f08-3", data["event@32473 id"]);
        Assert.Equal("10.0.0.5", data["event@32473 src"]);
        Assert.Equal("T0861", data["event@32473 technique"]);
        Assert.Equal("AIW0..AIW10", data["conpot@32473 range"]);
        Assert.Equal("000100000006010400000006", data["conpot@32473 request"]);
        Assert.Equal("modbus.read from 10.0.0.5:35228 to 10.0.0.20:502: unit 1, function 4, range AIW0..AIW10", message);
    }

    [Fact]
    public void Quotes_backslashes_and_brackets_come_back() =>
        Assert.Equal("pub\"lic]", Taken(Text("rfc5424", SyslogEvents.Snmp)).Data["conpot@32473 community"]);

    [Theory]
    [InlineData(0, 6)]
    [InlineData(10, 6)]
    [InlineData(20, 5)]
    [InlineData(40, 4)]
    [InlineData(60, 3)]
    [InlineData(80, 2)]
    [InlineData(100, 1)]
    public void Severity_by_intent(int severity, int expected) => Assert.Equal(expected, SyslogMessage.Severity(severity));

    [Fact]
    public void Hostile_text_breaks_and_forges_nothing() => Gen.Select(SyslogEvents.Any, Format, SyslogEvents.Text).Sample((e, format, sensor) =>
    {
        var bytes = new SyslogMessage(sensor, Local0, format).Of(e, 8192);
        Assert.DoesNotContain(bytes, b => b is < 0x20 or > 0x7E);
        var (header, data, message) = Taken(Encoding.ASCII.GetString(bytes));
        Assert.Equal(6, header.Split(' ').Length);
        if (format == "rfc5424") Assert.Equal(PrintableAscii.Of(e.Id, 48), data.GetValueOrDefault("event@32473 id", ""));
        else Assert.Empty(data);
        if (format == "cef") Assert.StartsWith("CEF:0|", message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_long_message_is_cut_and_its_header_is_not() => Gen.Select(SyslogEvents.Any, Format, Gen.Int[2048, 4000]).Sample((e, format, limit) =>
    {
        var bytes = new SyslogMessage("pump-house", Local0, format).Of(e, limit);
        Assert.InRange(bytes.Length, 20, limit);
        var (header, _, message) = Taken(Encoding.ASCII.GetString(bytes));
        Assert.Contains(" pump-house conpot-pi ", header, StringComparison.Ordinal);
        // An odd backslash at the end would escape what a collector puts behind it.
        if (format == "cef" && bytes.Length == limit) Assert.True(message.Reverse().TakeWhile(c => c == '\\').Count() % 2 == 0);
    });

    private static string Text(string format, EventRecord e) => Encoding.ASCII.GetString(new SyslogMessage("pump-house", Local0, format).Of(e, 8192));

    /// <summary>A strict reader of SYSLOG-MSG.</summary>
    internal static (string Header, Dictionary<string, string> Data, string Message) Taken(string text)
    {
        var at = 0;
        for (var spaces = 0; spaces < 6; at++)
            if (text[at] == ' ') spaces++;
        var header = text[..(at - 1)];
        var data = new Dictionary<string, string>(StringComparer.Ordinal);
        if (text[at] == '-') at++;
        else
            while (at < text.Length && text[at] == '[')
            {
                var id = Until(" ]");
                while (text[at] == ' ')
                {
                    var name = Until("=");
                    Assert.Equal('"', text[++at]);
                    var value = new StringBuilder();
                    for (at++; text[at] != '"'; at++)
                    {
                        Assert.NotEqual(']', text[at]);
                        if (text[at] == '\\') at++;
                        value.Append(text[at]);
                    }

                    at++;
                    data[$"{id} {name}"] = value.ToString();
                }

                Assert.Equal(']', text[at++]);
            }

        Assert.True(at == text.Length || text[at] == ' ', $"structured data is followed by {text[at..]}");
        return (header, data, at == text.Length ? "" : text[(at + 1)..]);

        string Until(string ends)
        {
            var start = ++at;
            while (!ends.Contains(text[at])) at++;
            Assert.InRange(at - start, 1, 32);
            return text[start..at];
        }
    }
}
