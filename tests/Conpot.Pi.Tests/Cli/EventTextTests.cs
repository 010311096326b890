using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Cli;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

/// <summary>A journal shown on a terminal: what attackers sent must not drive it, and no line, whatever its origin, may end the reading.</summary>
public class EventTextTests
{
    private static readonly string[] Hostile = ["\e[2J", "\r", "\n", "\t", "\a", "\b", "\0", "\u007F", "\u0085", "\u009B31m", "\u202E", "\u2066", "\u200F", "\u2028", "\u2029", "\uFEFF", "\U000E0041", "\uD83D", "ok", "é", "😀", "\"", "\\"];

    private static readonly Gen<string> Text = Gen.OneOf(Gen.Int[0, Hostile.Length - 1].Select(i => Hostile[i]), Gen.Char.Select(c => c.ToString())).Array[0, 20].Select(string.Concat);

    [Fact]
    public void An_event_is_one_line_in_the_PLCs_terms()
    {
        var text = Parse(Written("""say "hi" """)).Render(colour: false);
        var local = new DateTimeOffset(2026, 11, 22, 19, 44, 36, 123, TimeSpan.Zero).ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss.fff", CultureInfo.InvariantCulture);
        Assert.Equal($"{local} 192.0.2.7:40000       modbus.write       abcdefghijkl  unit=1 text=say \"hi\"  words=[1,2]", text);
    }

    [Theory]
    [InlineData("\"from\":5120,\"count\":1,\"exception\":2", "from=5120 count=1 exception=2")]
    [InlineData("\"range\":\"VW0..VW4\",\"from\":0,\"count\":3", "range=VW0..VW4 count=3")]
    [InlineData("\"from\":\"RUN\",\"to\":\"STOP\"", "from=RUN to=STOP")]
    public void Where_it_began_is_told_once(string members, string told) => Assert.EndsWith($" {told}",
        Parse(Encoding.ASCII.GetBytes($"{{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":{{\"action\":\"a\"}},\"conpot\":{{{members}}}}}")).Render(colour: false), StringComparison.Ordinal);

    [Fact]
    public void Colour_is_by_severity_and_only_when_asked_for()
    {
        var line = Written("x");
        Assert.StartsWith("\e[1;31m", Parse(line).Render(colour: true), StringComparison.Ordinal);
        Assert.EndsWith("\e[0m", Parse(line).Render(colour: true), StringComparison.Ordinal);
        Assert.DoesNotContain('\e', Parse(line).Render(colour: false));
    }

    [Fact]
    public void Whatever_an_attacker_said_is_shown_without_anything_that_drives_a_terminal() => Text.Sample(text =>
    {
        var e = Parse(Written(text));
        Assert.Equal("abcdefghijkl", e.Session);
        AssertHarmless(e.Render(colour: false));
    });

    [Fact]
    public void Lines_that_others_wrote_are_shown_harmlessly_or_not_at_all() =>
        Gen.Select(Text, Text, Text, Gen.Int[0, 9]).Sample((a, b, c, what) =>
        {
            // As a serialiser escapes it, and with halves of surrogate pairs as only a stranger writes them.
            string Json(string s) => what < 5 ? JsonSerializer.Serialize(s) : "\"" + string.Concat(s.Select(ch => $"\\u{(int)ch:x4}")) + "\"";
            var line = $"{{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":{{\"action\":{Json(a)},\"severity\":{(what % 2 == 0 ? "1e99" : Json(b))}}},\"source\":{{\"ip\":{Json(c)},\"port\":{Json(a)}}},"
                + $"\"conpot\":{{\"session\":{Json(b)},{Json(a)}:{Json(c)},\"list\":[{Json(a)},{{}}]}}}}";
            if (EventText.Parse(Encoding.UTF8.GetBytes(line)) is not { } e) return;
            _ = e.Session;
            AssertHarmless(e.Render(colour: false));
        });

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"@timestamp\":1}")]
    [InlineData("{\"@timestamp\":null}")]
    [InlineData("{\"@timestamp\":\"yesterday\"}")]
    [InlineData("{\"@timestamp\":\"\\ud800\"}")]
    [InlineData("equence\":7},\"@timestamp\":\"2026-11-22T19:44:36Z\"}")]
    [InlineData("{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"x\":\"\u202E\"}")]
    public void What_is_no_event_is_none(string line) => Assert.Null(EventText.Parse(Encoding.UTF8.GetBytes(line)));

    [Theory]
    [InlineData("{\"@timestamp\":\"2026-11-22T19:44:36Z\"}")]
    [InlineData("{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":1,\"source\":[],\"conpot\":\"x\"}")]
    [InlineData("{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":{\"severity\":1.5,\"action\":{}},\"source\":{\"ip\":7},\"conpot\":{\"session\":{}}}")]
    public void An_event_of_another_shape_is_shown_as_far_as_it_goes(string line)
    {
        var e = Parse(Encoding.UTF8.GetBytes(line));
        Assert.Null(e.Session);
        AssertHarmless(e.Render(colour: false));
    }

    [Fact]
    public void Any_bytes_are_an_event_or_none() => Gen.Byte.Array[0, 100].Sample(bytes => _ = EventText.Parse(bytes)?.Render(colour: true));

    private static void AssertHarmless(string text) => Assert.All(text.EnumerateRunes(), rune =>
    {
        Assert.False(Rune.IsControl(rune));
        Assert.DoesNotContain(Rune.GetUnicodeCategory(rune), (UnicodeCategory[])[UnicodeCategory.Format, UnicodeCategory.LineSeparator, UnicodeCategory.ParagraphSeparator, UnicodeCategory.Surrogate]);
    });

    private static EventText Parse(byte[] line) => EventText.Parse(line) ?? throw new InvalidOperationException("no event: " + Encoding.UTF8.GetString(line));

    private static byte[] Written(string text)
    {
        var origin = new Origin("abcdefghijkl", IPEndPoint.Parse("192.0.2.7:40000"), IPEndPoint.Parse("192.0.2.1:502"), "tcp", "modbus");
        var line = new JsonLine(new byte[8192]);
        line.Time("@timestamp"u8, "2026-11-22T19:44:36."u8, 123000);
        line.Open("event"u8);
        line.Members(EventCatalog.ModbusWrite.EventFields);
        line.Close();
        line.Members(origin.Fields);
        line.Open("conpot"u8);
        line.Members(origin.SessionField);
        line.Number("unit"u8, 1);
        line.Hex("request"u8, [1, 2]);
        line.Text("text"u8, text);
        line.Words("words"u8, [0, 1, 0, 2]);
        line.Close();
        var length = line.Finish();
        return line.Bytes[..(length - 1)].ToArray();
    }
}
