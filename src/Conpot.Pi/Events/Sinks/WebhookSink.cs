using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>[webhook]: events as a POST to a web server: JSON for a program, or a message for a person in Slack, Teams, Discord or ntfy.</summary>
internal sealed class WebhookSink : ISink
{
    private readonly string _format, _warning;
    private readonly SinkAddress _address;
    private readonly WebhookConnection _connection;
    private readonly Secret? _secret, _authorization;
    private readonly TimeProvider _time;

    private WebhookSink(SinkSettings common, string format, SinkAddress address, SinkTls tls, Secret? secret, Secret? authorization, TimeProvider time)
    {
        (Name, Filter, _format, _address, _secret, _authorization, _time) = (common.Name, common.Filter, format, address, secret, authorization, time);
        _connection = new WebhookConnection(tls, time);
        Target = new SinkTarget(address, tls);
        _warning = address.Scheme == "https" ? tls.Warning : "; WARNING: not encrypted, everybody on the way can read it: use https://";
    }

    public string Name { get; }

    public SinkFilter Filter { get; }

    public int BatchSize => WebhookBody.BatchSize(_format);

    public SinkTarget Target { get; }

    public static ISink? Create(SinkSurroundings s)
    {
        var format = s.Section.Choice("format", WebhookBody.Json, WebhookBody.Formats);
        // A person is told of alerts; who wants every step in a chat says so.
        var common = SinkSettings.Read(s.Section, "webhook", alertsOnly: format != WebhookBody.Json);
        var address = common.Enabled || s.Section.Has("url") ? SinkAddress.Read(s.Section, "url", mayHavePath: true, ("https", 443), ("http", 80)) : null;
        var tls = SinkTls.Read(s.Section, s.ConfigDirectory, inUse: address is null || address.Scheme == "https");
        var secret = Secret.Read(s.Section, "secret", s.ConfigDirectory);
        var authorization = Secret.Read(s.Section, "authorization", s.ConfigDirectory);
        if (address is not null && address.Path.Any(c => c is <= ' ' or > '~' or '#'))
            s.Section.Error("url", $"'url' in [{s.Section.Name}] holds a space, a '#' or a letter outside of ASCII; write it as a browser copies it, with %20 and the like");
        return common.Enabled && address is not null ? new WebhookSink(common, format, address, tls, secret, authorization, s.Time) : null;
    }

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        var body = WebhookBody.Of(_format, batch);
        var signature = _secret is null ? ((string, string)?)null : WebhookRequest.Sign(Encoding.UTF8.GetBytes(_secret.Reveal()), body.Bytes, _time.GetUtcNow());
        var reply = await _connection.Post(_address, WebhookRequest.Of(_address, body, WebhookRequest.Key(batch), Authorization(), signature), cancel);
        if (reply.Status is >= 200 and < 300) return $"{Status(reply)} from {_address}{Said(reply)}{_warning}";
        throw new SinkException($"{_address} answers {Status(reply)}{Said(reply)}; {Remedy(reply)}")
        {
            RetryAfter = IsPassing(reply.Status) ? reply.Pause(_time.GetUtcNow()) : null,
            IsRefusal = reply.Status is 400 or 413 or 415 or 422, // the message's own fault; a wrong token or a moved hook is not, and the events wait for its remedy
        };
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    /// <summary>The server may do better later: request timeout, too early, too many requests, its own trouble.</summary>
    private static bool IsPassing(int status) => status is 408 or 425 or 429 or >= 500;

    private static string Status(WebhookReply reply) => $"{reply.Status} {PrintableAscii.Of(reply.Reason, 60)}".TrimEnd();

    /// <summary>Servers repeat the path in what they say, and it is the key of many a hook.</summary>
    private string Said(WebhookReply reply)
    {
        var text = _address.Path.Length > 1 ? reply.Text.Replace(_address.Path, "(path)", StringComparison.Ordinal) : reply.Text;
        return text.Length > 0 ? $" \"{PrintableAscii.Of(text, 200)}\"" : "";
    }

    /// <summary>Where a redirect leads to, without the path.</summary>
    private static string PlaceOf(string location)
    {
        var host = location.IndexOf("://", StringComparison.Ordinal) + 3;
        if (host < 3) return "another path of the server";
        var end = location.AsSpan(host).IndexOfAny("/?#\\");
        return PrintableAscii.Of(end < 0 ? location : location[..(host + end)], 100);
    }

    private string Remedy(WebhookReply reply) => reply.Status switch
    {
        < 400 => $"redirects are not followed; if {PlaceOf(reply.Location)} is right, ask it there with 'curl -v' and write the whole address as 'url'",
        401 or 403 or 407 => "check 'authorization_file', 'secret_file' and the key in 'url'",
        404 or 405 or 410 => "the hook is not there: make a new one and write its address as 'url'",
        413 => "let the server take larger requests: these are up to 256 KiB",
        429 => "it has had too many; they wait until it takes more",
        >= 500 => "see the server's own log; they wait until it works",
        _ => $"check that format = \"{_format}\" is what it takes",
    };

    private string Authorization()
    {
        var value = _authorization?.Reveal() ?? "";
        // "\r\n" in it would begin another header.
        return value.All(c => c is >= ' ' and <= '~') ? value : throw new SinkException($"the authorization of {Name} holds more than one line, or letters outside of ASCII; write the header's value alone: Bearer ...");
    }
}
