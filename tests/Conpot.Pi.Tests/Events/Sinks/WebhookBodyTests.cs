using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>What a stranger sent stays text in every service: no markup, no mention, no link, no other header.</summary>
public sealed partial class WebhookBodyTests
{
    private static readonly string[] Hostile =
    [
        "@everyone", "@here", "<!channel>", "<@U012AB3CD>", "<at>all</at>", "<@&123>", "<#5>", "[click](https://evil.example)", "<https://evil.example|bank>", "https://evil.example", "HTTPS://WWW.evil.example",
        "*b*", "_i_", "~s~", "`c`", "```\ncode", "||spoiler||", "\n# big", "\n> quote", "\n- list", "&lt;!channel&gt;", "&amp;", ":bell:", "<t:1:R>", "\\", "\\\\*", "=?UTF-8?B?QGV2ZXJ5b25l?=", "\r\nPriority: 5", "\r\n\r\n{}", "\"}]}", "discord://-/", "{{x}}", "${x}",
    ];

    private static readonly Gen<EventRecord> Any = Gen.Select(Gen.OneOf(Gen.Int[0, Hostile.Length - 1].Select(i => Hostile[i]), SyslogEvents.Text).Array[1, 12].Select(string.Concat).Array[7], Gen.Int[0, 100]).Select((t, severity) => SyslogEvents.Line(
        $$$"""{"@timestamp":"2026-11-22T22:03:30.000203Z","event":{"id":{{{Json(t[0])}}},"kind":"alert","action":{{{Json(t[1])}}},"severity":{{{severity}}}},"source":{"ip":{{{Json(t[2])}}},"port":5},"observer":{"name":{{{Json(t[3])}}}},"threat":{"technique":{"id":[{{{Json(t[4])}}},"T0836"]}},"conpot":{"what":{{{Json(t[5])}}},"community":{{{Json(t[6])}}},"count":7}}"""));

    [Fact]
    public void JSON_is_the_journals_own_lines_in_an_array()
    {
        EventRecord[] batch = [SyslogEvents.Read, SyslogEvents.End, SyslogEvents.Snmp];
        var body = WebhookBody.Of("json", batch);
        Assert.Equal("application/json", body.Type);
        Assert.Empty(body.Headers);
        var array = JsonElement.Parse(body.Bytes);
        Assert.Equal(batch.Select(e => Encoding.ASCII.GetString(e.Line.Span)), array.EnumerateArray().Select(e => e.GetRawText()));
        Assert.Equal(1, JsonElement.Parse(WebhookBody.Of("json", [SyslogEvents.Read]).Bytes).GetArrayLength());
    }

    [Fact]
    public void A_message_says_what_who_and_when()
    {
        var alert = SyslogEvents.Line("""{"@timestamp":"2026-11-22T22:03:30.000203Z","event":{"id":"088e1f08-3","kind":"alert","action":"alert.repeated","severity":80},"source":{"ip":"10.0.0.5","port":5},"observer":{"name":"pump-house"},"threat":{"technique":{"id":["T0836"]}},"destination":{"ip":"10.0.0.20","port":502},"network":{"protocol":"modbus"},"conpot":{"what":"modbus.write","count":12,"first":"2026-11-22T21:48:30.000203Z","last":"2026-11-22T22:03:29.000203Z"}}""");
        var body = WebhookBody.Of("ntfy", [alert]);
        Assert.Equal(
            "What: One coil or register was written, from 10.0.0.5:5 to 10.0.0.20:502 (modbus), 12 times from 2026-11-22T21:48:30 to 2026-11-22T22:03:29\nATT&CK for ICS: Modify Parameter (T0836)\nWhen: 2026-11-22 22:03:30 UTC, event 088e1f08-3",
            Encoding.ASCII.GetString(body.Bytes));
        Assert.Equal([("Title", "pump-house: modbus.write from 10.0.0.5, 12 times"), ("Priority", "4"), ("Tags", "rotating_light")], body.Headers);
        var discord = JsonElement.Parse(WebhookBody.Of("discord", [alert]).Bytes).GetProperty("content").GetString()!;
        Assert.StartsWith("**pump-house: modbus.write from 10.0.0.5, 12 times**\nWhat: One coil or register was written, from 10.0.0.5:5 to 10.0.0.20:502 \\(modbus\\), 12 times from 2026-11-22T21:48:30 to 2026-11-22T22:03:29\n", discord, StringComparison.Ordinal);
    }

    [Fact]
    public void Slack_gets_plain_text_in_blocks_and_three_escapes_in_the_notification() => Any.Sample(e =>
    {
        var root = JsonElement.Parse(WebhookBody.Of("slack", [e]).Bytes);
        Assert.Equal(["text", "mrkdwn", "unfurl_links", "unfurl_media", "blocks"], root.EnumerateObject().Select(m => m.Name));
        Assert.DoesNotMatch(@"[<>]|&(?!amp;|lt;|gt;)", root.GetProperty("text").GetString());
        foreach (var block in root.GetProperty("blocks").EnumerateArray())
        {
            Assert.Equal("plain_text", block.GetProperty("text").GetProperty("type").GetString());
            Assert.False(block.GetProperty("text").GetProperty("emoji").GetBoolean());
            Shown(block.GetProperty("text").GetProperty("text").GetString()!, 3000);
        }
    });

    [Fact]
    public void Teams_gets_text_runs_alone() => Any.Sample(e =>
    {
        var bytes = WebhookBody.Of("teams", [e]).Bytes;
        Assert.True(bytes.Length < 28 * 1024, $"{bytes.Length} bytes"); // learn.microsoft.com, "Create Incoming Webhooks"
        var card = Assert.Single(JsonElement.Parse(bytes).GetProperty("attachments").EnumerateArray());
        Assert.Equal("application/vnd.microsoft.card.adaptive", card.GetProperty("contentType").GetString());
        foreach (var element in card.GetProperty("content").GetProperty("body").EnumerateArray())
        {
            Assert.Equal("RichTextBlock", element.GetProperty("type").GetString());
            var run = Assert.Single(element.GetProperty("inlines").EnumerateArray());
            Assert.Equal("TextRun", run.GetProperty("type").GetString());
            Shown(run.GetProperty("text").GetString()!, 1000);
        }
    });

    [Fact]
    public void Discord_mentions_nobody_and_finds_no_markup() => Any.Sample(e =>
    {
        var root = JsonElement.Parse(WebhookBody.Of("discord", [e]).Bytes);
        Assert.Equal(0, root.GetProperty("allowed_mentions").GetProperty("parse").GetArrayLength());
        Assert.Equal(4, root.GetProperty("flags").GetInt32());
        var content = root.GetProperty("content").GetString()!;
        Shown(content, 2000);
        var title = content[..content.IndexOf('\n', StringComparison.Ordinal)];
        Assert.True(title.StartsWith("**", StringComparison.Ordinal) && title.EndsWith("**", StringComparison.Ordinal), title);
        // What a reader of backslashes leaves over: no character that means something.
        Assert.DoesNotMatch(@"[\\`*_~|<>\[\]()#@]", Escaped().Replace(title[2..^2] + content[title.Length..], ""));
        Assert.All(content.Split('\n').Skip(1), line => Assert.Matches("^(What|Details|ATT&CK for ICS|When): ", line));
    });

    [Fact]
    public void Ntfy_gets_three_headers_and_nothing_in_them_to_decode() => Any.Sample(e =>
    {
        var body = WebhookBody.Of("ntfy", [e]);
        Assert.Equal(["Title", "Priority", "Tags"], body.Headers.Select(h => h.Name));
        Assert.All(body.Headers, h => Assert.Matches("^[!-~]([ -~]*[!-~])?$", h.Value));
        Assert.All(body.Headers, h => Assert.DoesNotContain("=?", h.Value, StringComparison.Ordinal));
        Shown(Encoding.UTF8.GetString(body.Bytes), 4000);
        Assert.All(Encoding.UTF8.GetString(body.Bytes).Split('\n'), line => Assert.Matches("^(What|Details|ATT&CK for ICS|When): ", line));
    });

    /// <summary>Printable ASCII in our own lines, and no address that a client would make a link of.</summary>
    private static void Shown(string text, int longest)
    {
        Assert.InRange(text.Length, 1, longest);
        Assert.DoesNotMatch("[^ -~\n]", text);
        Assert.DoesNotContain("://", text.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("www.", text, StringComparison.OrdinalIgnoreCase);
    }

    private static string Json(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    [GeneratedRegex(@"\\[^A-Za-z0-9\s]")]
    private static partial Regex Escaped();
}
