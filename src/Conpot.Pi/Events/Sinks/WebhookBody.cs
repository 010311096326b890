using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Conpot.Pi.Events.Sinks;

/// <summary>What is posted for a batch in one of the formats: the bytes, their type, and the headers that belong to the format.</summary>
internal sealed record WebhookBody(byte[] Bytes, string Type, params IReadOnlyList<(string Name, string Value)> Headers)
{
    public const string Json = "json";

    public static readonly string[] Formats = [Json, "slack", "teams", "discord", "ntfy"];

    /// <summary>The chats take one message at a time, so that one that is refused takes no other with it.</summary>
    public static int BatchSize(string format) => format == Json ? 100 : 1;

    /// <param name="batch">Not more than <see cref="BatchSize"/>.</param>
    public static WebhookBody Of(string format, IReadOnlyList<EventRecord> batch) => format switch
    {
        "slack" => Slack(batch[0]),
        "teams" => Teams(batch[0]),
        "discord" => Discord(batch[0]),
        "ntfy" => Ntfy(batch[0]),
        _ => Events(batch),
    };

    /// <summary>The journal's own lines as an array; they are JSON in printable ASCII.</summary>
    private static WebhookBody Events(IReadOnlyList<EventRecord> batch)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        for (var i = 0; i < batch.Count; i++)
        {
            bytes.Write(i == 0 ? "["u8 : ",\n"u8);
            bytes.Write(batch[i].Line.Span);
        }

        bytes.Write("]\n"u8);
        return new WebhookBody(bytes.WrittenSpan.ToArray(), "application/json");
    }

    /// <summary>Blocks of plain text, which has no markup at all; "text" is what a notification shows (docs.slack.dev, "Block Kit", "chat.postMessage").</summary>
    private static WebhookBody Slack(EventRecord e) => Written(json =>
    {
        json.WriteString("text"u8, WebhookText.Slack(WebhookText.Title(e)));
        json.WriteBoolean("mrkdwn"u8, false);
        json.WriteBoolean("unfurl_links"u8, false);
        json.WriteBoolean("unfurl_media"u8, false);
        json.WriteStartArray("blocks"u8);
        foreach (var text in (string[])[WebhookText.Title(e), string.Join('\n', WebhookText.Lines(e))])
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "section"u8);
            json.WriteStartObject("text"u8);
            json.WriteString("type"u8, "plain_text"u8);
            json.WriteString("text"u8, text);
            json.WriteBoolean("emoji"u8, false); // ":bell:" stays what it is
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    /// <summary>An Adaptive Card of text runs: unlike a TextBlock, a TextRun has no Markdown (adaptivecards.io, RichTextBlock, since 1.2).</summary>
    private static WebhookBody Teams(EventRecord e) => Written(json =>
    {
        json.WriteString("type"u8, "message"u8);
        json.WriteStartArray("attachments"u8);
        json.WriteStartObject();
        json.WriteString("contentType"u8, "application/vnd.microsoft.card.adaptive"u8);
        json.WriteNull("contentUrl"u8);
        json.WriteStartObject("content"u8);
        json.WriteString("$schema"u8, "http://adaptivecards.io/schemas/adaptive-card.json"u8);
        json.WriteString("type"u8, "AdaptiveCard"u8);
        json.WriteString("version"u8, "1.2"u8);
        json.WriteStartArray("body"u8);
        Run(json, WebhookText.Title(e), isTitle: true);
        foreach (var line in WebhookText.Lines(e)) Run(json, line, isTitle: false);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
    });

    private static void Run(Utf8JsonWriter json, string text, bool isTitle)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "RichTextBlock"u8);
        json.WriteStartArray("inlines"u8);
        json.WriteStartObject();
        json.WriteString("type"u8, "TextRun"u8);
        json.WriteString("text"u8, text);
        if (isTitle) json.WriteString("weight"u8, "Bolder"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <summary>At most 2000 characters, no mention of anybody, no previews (discord.com/developers, "Execute Webhook", "Allowed Mentions Object", message flag 1 &lt;&lt; 2).</summary>
    private static WebhookBody Discord(EventRecord e) => Written(json =>
    {
        json.WriteString("content"u8, $"**{WebhookText.Discord(WebhookText.Title(e))}**\n{string.Join('\n', WebhookText.Lines(e).Select(WebhookText.Discord))}");
        json.WriteStartObject("allowed_mentions"u8);
        json.WriteStartArray("parse"u8);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteNumber("flags"u8, 1 << 2);
    });

    /// <summary>The text is the body, the rest are headers (docs.ntfy.sh/publish); plain text unless a header says Markdown.</summary>
    private static WebhookBody Ntfy(EventRecord e) => new(
        Encoding.ASCII.GetBytes(string.Join('\n', WebhookText.Lines(e))),
        "text/plain; charset=utf-8",
        ("Title", WebhookText.Header(WebhookText.Title(e))),
        ("Priority", e.Severity switch { >= 90 => "5", >= 60 => "4", >= 30 => "3", _ => "2" }),
        ("Tags", e.Severity switch { >= 80 => "rotating_light", >= 60 => "warning", _ => "eyes" }));

    private static WebhookBody Written(Action<Utf8JsonWriter> members)
    {
        var bytes = new ArrayBufferWriter<byte>(2048);
        // The writer's own escaping, of everything outside of printable ASCII and of what HTML would take for its own.
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }

        return new WebhookBody(bytes.WrittenSpan.ToArray(), "application/json");
    }
}
