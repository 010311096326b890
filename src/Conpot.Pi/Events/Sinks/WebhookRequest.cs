using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>A POST of HTTP/1.1 (RFC 9112) as it goes on the wire.</summary>
internal static class WebhookRequest
{
    /// <param name="key">The same for the same events, so that a server that knows Idempotency-Key takes them once.</param>
    /// <param name="authorization">The value of that header; empty for none.</param>
    /// <param name="signature">Timestamp and signature as <see cref="Sign"/> made them, or null.</param>
    public static byte[] Of(SinkAddress address, WebhookBody body, string key, string authorization, (string Timestamp, string Value)? signature)
    {
        var head = new StringBuilder();
        var path = address.Path.StartsWith('/') ? address.Path : "/" + address.Path;
        head.Append(CultureInfo.InvariantCulture, $"POST {path} HTTP/1.1\r\n");
        Header("Host", Authority(address));
        Header("User-Agent", $"{SinkProduct.Name}/{PrintableAscii.Token(SinkProduct.Version, 64)}");
        Header("Accept", "*/*");
        Header("Content-Type", body.Type);
        Header("Content-Length", body.Bytes.Length.ToString(CultureInfo.InvariantCulture));
        Header("Idempotency-Key", key);
        if (authorization.Length > 0) Header("Authorization", authorization);
        if (signature is var (timestamp, value))
        {
            Header("X-Conpot-Timestamp", timestamp);
            Header("X-Conpot-Signature", value);
        }

        foreach (var (name, text) in body.Headers) Header(name, text);
        return [.. Encoding.ASCII.GetBytes(head.Append("\r\n").ToString()), .. body.Bytes];

        void Header(string name, string text) => head.Append(name).Append(": ").Append(text).Append("\r\n");
    }

    /// <summary>"sha256=" and HMAC-SHA256 in hexadecimal over timestamp, a full stop, and the body: who lacks the secret can neither make nor repeat one.</summary>
    /// <exception cref="SinkException">OpenSSL, which has the hash, is not installed.</exception>
    public static (string Timestamp, string Value) Sign(byte[] secret, byte[] body, DateTimeOffset now)
    {
        SinkTls.Require();
        var timestamp = now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        byte[] signed = [.. Encoding.ASCII.GetBytes(timestamp + "."), .. body];
        return (timestamp, "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(secret, signed)));
    }

    /// <summary>The first event's id; of several, the last one's too, as a batch that is cut or grows is another one.</summary>
    public static string Key(IReadOnlyList<EventRecord> batch)
    {
        var first = PrintableAscii.Token(batch[0].Id, 64);
        return batch.Count == 1 ? first : $"{first}..{PrintableAscii.Token(batch[^1].Id, 64)}";
    }

    private static string Authority(SinkAddress address)
    {
        var host = address.Host.Contains(':') ? $"[{address.Host}]" : address.Host;
        return address.Port == (address.Scheme == "https" ? 443 : 80) ? host : string.Create(CultureInfo.InvariantCulture, $"{host}:{address.Port}");
    }
}
