using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>Attackers choose what is in a line; it must stay one line of printable ASCII that says what they sent and nothing else.</summary>
public class JsonLineTests
{
    /// <summary>Sizes below this cannot hold even the mark: {"truncated":true} and its newline.</summary>
    private const int Smallest = 19;

    private static readonly string[] Hostile =
    [
        "\e[2J\e]0;owned\a", "\r\n{\"event\":{\"action\":\"sensor.stop\"}}\n", "\"", "\\", "\"}],\"x\":\"", "\u2028\u2029", "\u202Eevil\u2066", "\uFEFF", "\0", "\u007F\u0085\u009B",
        "\uD83D\uDE00", "\uD83D", "\uDE00", "\uDE00\uD83D", "é", "\\u0000", "</script>", "%n%s", "\uFFFF\uFFFE",
    ];

    private static readonly Gen<string> HostileText = Gen.OneOf(AnyOf(Hostile), Gen.String[0, 20], Gen.Char.Select(c => c.ToString())).Array[0, 12].Select(string.Concat);

    private static readonly Gen<byte[]> HostileBytes = Gen.OneOf(
        Gen.Byte.Array[0, 40],
        AnyOf(Hostile).Select(Encoding.UTF8.GetBytes),
        AnyOf<byte[]>([0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x80], [0xFF, 0xFE], [0xF0, 0x9F, 0x98, 0x80])).Array[0, 8].Select(parts => parts.SelectMany(p => p).ToArray());

    private delegate void Fill(ref JsonLine line);

    private static Gen<T> AnyOf<T>(params T[] choices) => Gen.Int[0, choices.Length - 1].Select(i => choices[i]);

    [Fact]
    public void Any_text_comes_back_as_it_was() => HostileText.Sample(text =>
        Assert.Equal(Sound(text.Length > 512 ? text[..512] : text), Parse(Written(8192, (ref JsonLine line) => line.Text("t"u8, text))).GetProperty("t").GetString()));

    [Fact]
    public void Any_bytes_come_back_as_the_text_they_are() => HostileBytes.Sample(bytes =>
        Assert.Equal(Encoding.UTF8.GetString(bytes.AsSpan(0, Math.Min(bytes.Length, 512))), Parse(Written(8192, (ref JsonLine line) => line.Text("t"u8, bytes))).GetProperty("t").GetString()));

    [Fact]
    public void A_limit_cuts_a_pair_of_surrogates_without_leaving_half_of_it() =>
        Assert.Equal("ab\uFFFD", Parse(Written(512, (ref JsonLine line) => line.Text("t"u8, "ab\uD83D\uDE00c", 3))).GetProperty("t").GetString());

    [Fact]
    public void A_limit_cuts_bytes_within_a_character() =>
        Assert.Equal("ab\uFFFD", Parse(Written(512, (ref JsonLine line) => line.Text("t"u8, "ab😀c"u8, 4))).GetProperty("t").GetString());

    [Fact]
    public void A_text_too_long_for_the_line_is_cut_and_marked_not_left_out()
    {
        var root = Parse(Written(1024, (ref JsonLine line) => line.Text("error"u8, new string('x', 4096), 4096)));
        Assert.InRange(root.GetProperty("error").GetString()!.Length, 900, 1000);
        Assert.True(root.GetProperty("truncated").GetBoolean());
    }

    [Fact]
    public void At_every_size_of_the_buffer_a_line_is_whole_and_says_when_it_is_not_all()
    {
        var hostile = Encoding.UTF8.GetBytes(string.Concat(Hostile));
        Fill rich = (ref JsonLine line) =>
        {
            line.Time("@timestamp"u8, "2026-11-22T19:44:36."u8, 123456);
            line.Open("event"u8);
            line.Number("sequence"u8, long.MinValue);
            line.Numbered("id"u8, "run-"u8, long.MaxValue);
            line.Members("\"kind\":\"event\",\"type\":[\"info\"]"u8);
            line.Close();
            line.Raw(",\"threat\":{\"x\":[1]}"u8);
            line.Open("conpot"u8);
            line.Open("deeper"u8);
            line.Flag("yes"u8, true);
            line.Text("text"u8, hostile);
            line.Close();
            line.Seconds("duration"u8, TimeSpan.MaxValue);
            line.Word("word"u8, "V"u8);
            line.Hex("hex"u8, hostile);
            line.Words("words"u8, hostile);
            line.Bits("bits"u8, hostile, 77);
            line.Text("chars"u8, string.Concat(Hostile));
            line.Close();
            line.Flag("last"u8, false);
        };
        var full = Written(64 * 1024, rich);
        for (var size = Smallest; size < full.Length + 200; size++)
        {
            var text = Written(size, rich);
            var root = Parse(text);
            Assert.True(IsMarked(root) == (text != full), $"size {size}: {text}");
        }
        Assert.Equal("{\"truncated\":true}\n", Written(Smallest, rich));
    }

    [Fact]
    public void Any_members_in_any_buffer_give_one_whole_line() =>
        Gen.Select(Gen.Int[Smallest, 700], Gen.Select(Gen.Int[0, 12], HostileBytes).Array[0, 30]).Sample((size, members) =>
            Parse(Written(size, (ref JsonLine line) =>
            {
                var open = 0;
                foreach (var (what, bytes) in members)
                {
                    // A line is never nested deeper than the space that is kept for its braces.
                    if (what == 0 && ++open <= 20) line.Open("o"u8);
                    else Add(ref line, what, bytes);
                }
            })), iter: 3000);

    [Fact]
    public void Numbers_and_times_are_written_as_they_are()
    {
        var text = Written(1024, (ref JsonLine line) =>
        {
            line.Number("a"u8, long.MinValue);
            line.Number("b"u8, long.MaxValue);
            line.Numbered("c"u8, "run-"u8, 42);
            line.Flag("d"u8, true);
            line.Flag("e"u8, false);
            line.Seconds("f"u8, TimeSpan.FromMicroseconds(1_000_001));
            line.Seconds("g"u8, TimeSpan.FromTicks(9));
            line.Seconds("h"u8, TimeSpan.MinValue);
            line.Seconds("i"u8, TimeSpan.FromDays(20));
            line.Time("j"u8, "2026-11-22T19:44:36."u8, 7);
            line.Word("k"u8, "VW0..VW14"u8);
        });
        Assert.Equal(
            "{\"a\":-9223372036854775808,\"b\":9223372036854775807,\"c\":\"run-42\",\"d\":true,\"e\":false,\"f\":1.000001,\"g\":0.000000,\"h\":0.000000,"
            + "\"i\":1728000.000000,\"j\":\"2026-11-22T19:44:36.000007Z\",\"k\":\"VW0..VW14\"}\n", text);
    }

    [Fact]
    public void Bytes_words_and_bits_are_written_in_the_PLCs_order()
    {
        var text = Written(1024, (ref JsonLine line) =>
        {
            line.Hex("a"u8, [0x00, 0x0F, 0xFF]);
            line.Hex("b"u8, []);
            line.Words("c"u8, [0x04, 0xD2, 0xFF, 0xFF, 0x00, 0x00]);
            line.Words("d"u8, []);
            line.Words("e"u8, [0x00, 0x01, 0x02]); // half a word is none
            line.Bits("f"u8, [0b0000_0101, 0b1], 9);
            line.Bits("g"u8, [], 0);
            line.Bits("h"u8, [0xFF], 100); // more than there is
        });
        Assert.Equal("{\"a\":\"000FFF\",\"b\":\"\",\"c\":[1234,65535,0],\"d\":[],\"e\":[1],\"f\":\"101000001\",\"g\":\"\",\"h\":\"11111111\"}\n", text);
    }

    [Fact]
    public void Nothing_written_is_an_empty_object() => Assert.Equal("{}\n", Written(Smallest, (ref JsonLine _) => { }));

    [Fact]
    public void What_was_left_open_is_closed() =>
        Assert.Equal("{\"a\":{\"b\":{\"c\":1}}}\n", Written(512, (ref JsonLine line) =>
        {
            line.Open("a"u8);
            line.Open("b"u8);
            line.Number("c"u8, 1);
        }));

    [Fact]
    public void Closing_too_often_does_no_harm() =>
        Assert.Equal("{\"a\":{},\"b\":1}\n", Written(512, (ref JsonLine line) =>
        {
            line.Open("a"u8);
            line.Close();
            line.Close();
            line.Number("b"u8, 1);
        }));

    private static void Add(ref JsonLine line, int what, byte[] bytes)
    {
        switch (what)
        {
            case 1: line.Close(); break;
            case 2: line.Text("t"u8, bytes); break;
            case 3: line.Hex("h"u8, bytes); break;
            case 4: line.Words("w"u8, bytes); break;
            case 5: line.Bits("b"u8, bytes, bytes.Length * 5); break;
            case 6: line.Number("n"u8, bytes.Length); break;
            case 7: line.Flag("f"u8, true); break;
            case 8: line.Seconds("s"u8, TimeSpan.FromTicks(bytes.Length)); break;
            case 9: line.Members("\"m\":[1]"u8); break;
            case 10: line.Text("c"u8, Encoding.Latin1.GetString(bytes)); break;
            case 11: line.Numbered("i"u8, "id-"u8, bytes.Length); break;
            default: line.Members([]); break;
        }
    }

    private static string Written(int size, Fill fill)
    {
        var buffer = new byte[size + 8];
        buffer.AsSpan().Fill(0xAA);
        var line = new JsonLine(buffer.AsSpan(0, size));
        fill(ref line);
        var length = line.Finish();
        Assert.InRange(length, 1, size);
        Assert.Equal(-1, buffer.AsSpan(size).IndexOfAnyExcept((byte)0xAA));
        return Encoding.Latin1.GetString(buffer, 0, length);
    }

    private static JsonElement Parse(string line)
    {
        Assert.Equal('\n', line[^1]);
        Assert.DoesNotContain(line[..^1], c => c is < ' ' or > '~');
        return JsonDocument.Parse(line, new JsonDocumentOptions { AllowDuplicateProperties = true }).RootElement;
    }

    private static bool IsMarked(JsonElement element) => element.ValueKind == JsonValueKind.Object
        && element.EnumerateObject().Any(m => (m.NameEquals("truncated") && m.Value.GetBoolean()) || IsMarked(m.Value));

    /// <summary>The text with every lone surrogate replaced.</summary>
    private static string Sound(string text) => string.Concat(text.EnumerateRunes().Select(r => r.ToString()));
}
