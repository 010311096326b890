using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>[hpfeeds]: events to a broker of the honeypot community, in Conpot's payload on Conpot's channel.</summary>
/// <remarks>hpfeeds has no receipt either, but the broker says "error" and ends: what was sent shortly before then goes again.</remarks>
internal sealed class HpfeedsSink : ISink
{
    private readonly SinkAddress _address;
    private readonly SinkStream _stream;
    private readonly ConpotLine _lines;
    private readonly string _ident, _channel, _warning;

    private HpfeedsSink(SinkSettings common, SinkAddress address, SinkTls tls, Secret secret, string ident, string channel, ConpotLine lines, TimeProvider time)
    {
        (Name, Filter, _address, _ident, _channel, _lines) = (common.Name, common.Filter, address, ident, channel, lines);
        _warning = address.Scheme == "tls" ? tls.Warning : "";
        _stream = new SinkStream(address, tls, time, (stream, cancel) => Greet(stream, secret, cancel), Listen);
    }

    public string Name { get; }

    public SinkFilter Filter { get; }

    public int BatchSize => 64;

    public static ISink? Create(SinkSurroundings s)
    {
        var common = SinkSettings.Read(s.Section, "hpfeeds", alertsOnly: false);
        var address = common.Enabled || s.Section.Has("server") ? SinkAddress.Read(s.Section, "server", mayHavePath: false, ("tcp", 20000), ("tls", 20000)) : null;
        var tls = SinkTls.Read(s.Section, s.ConfigDirectory, inUse: address is null || address.Scheme == "tls");
        var ident = ShortText("ident", "");
        var channel = ShortText("channel", "conpot.events");
        var publicIp = s.Section.Text("public_ip", "");
        var secret = Secret.Read(s.Section, "secret", s.ConfigDirectory);
        if (!common.Enabled || address is null) return null;
        if (ident.Length == 0) s.Section.Error("ident", $"[{s.Section.Name}] has no 'ident'; write the one that the broker's owner gave you");
        if (secret is null && !s.Section.Has("secret") && !s.Section.Has("secret_file"))
            s.Section.Error("secret", $"[{s.Section.Name}] has no 'secret'; write secret_file = \"/etc/conpot-pi/hpfeeds\", with the broker's secret in it");
        return secret is null ? null : new HpfeedsSink(common, address, tls, secret, ident, channel, new ConpotLine(s.Sensor, s.Device, publicIp.Length > 0 ? publicIp : null), s.Time);

        string ShortText(string key, string fallback)
        {
            var text = s.Section.Text(key, fallback);
            // Its length is one byte on the wire.
            if (Encoding.UTF8.GetByteCount(text) > 255) s.Section.Error(key, $"'{key}' in [{s.Section.Name}] is too long; write at most 255 characters");
            return text;
        }
    }

    public async Task<string> Send(IReadOnlyList<EventRecord> batch, CancellationToken cancel)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        var count = 0;
        foreach (var e in batch.Where(ConpotLine.Has))
        {
            HpfeedsMessage.Publish(bytes, _ident, _channel, _lines.Payload(e));
            count++;
        }

        if (count > 0) await _stream.Send(bytes.WrittenSpan.ToArray(), cancel);
        var left = batch.Count - count;
        return $"{count} published on {_channel} at {_address}{(left > 0 ? $", {left} without a visitor left out" : "")}{_warning}";
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private async Task Greet(Stream stream, Secret secret, CancellationToken cancel)
    {
        var (operation, body) = await HpfeedsMessage.Read(stream, cancel) ?? throw new SinkException($"{_address} ended the connection without a word; it may be no hpfeeds broker");
        if (operation == HpfeedsMessage.Error) throw new SinkException($"{_address} says: {PrintableAscii.Of(Encoding.UTF8.GetString(body), 200)}");
        if (operation != HpfeedsMessage.Info || body.Length == 0 || body.Length < 1 + body[0])
            throw new SinkException($"{_address} is no hpfeeds broker; correct the address");
        var auth = new ArrayBufferWriter<byte>();
        HpfeedsMessage.Authenticate(auth, _ident, body.AsSpan(1 + body[0]), Encoding.UTF8.GetBytes(secret.Reveal()));
        await stream.WriteAsync(auth.WrittenMemory, cancel);
    }

    private async Task<string?> Listen(Stream stream, CancellationToken cancel)
    {
        while (await HpfeedsMessage.Read(stream, cancel) is var (operation, body))
            if (operation == HpfeedsMessage.Error)
                return $"\"{PrintableAscii.Of(Encoding.UTF8.GetString(body), 200)}\"; check ident, secret and that '{_ident}' may publish on '{_channel}'";
        return null;
    }
}

/// <summary>The messages of hpfeeds: a length of four bytes that counts itself, an operation, and its fields.</summary>
internal static class HpfeedsMessage
{
    public const byte Error = 0, Info = 1, Auth = 2, PublishOperation = 3;

    /// <summary>A broker tells us its name, a nonce or an error: nothing of it is longer.</summary>
    private const int Longest = 64 * 1024;

    /// <summary>Null when the other side has ended.</summary>
    public static async Task<(byte Operation, byte[] Body)?> Read(Stream stream, CancellationToken cancel)
    {
        var head = new byte[5];
        if (await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancel) < head.Length) return null;
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        if (length is < 5 or > Longest) throw new InvalidDataException($"a message of {length} bytes, which no hpfeeds broker sends; correct the address");
        var body = new byte[length - 5];
        await stream.ReadExactlyAsync(body, cancel);
        return (head[4], body);
    }

    public static void Publish(IBufferWriter<byte> to, string ident, string channel, ReadOnlySpan<byte> payload)
    {
        Head(to, PublishOperation, 1 + Encoding.UTF8.GetByteCount(ident) + 1 + Encoding.UTF8.GetByteCount(channel) + payload.Length);
        Short(to, ident);
        Short(to, channel);
        to.Write(payload);
    }

    /// <summary>Proof of the secret: SHA-1 over nonce and secret.</summary>
    public static void Authenticate(IBufferWriter<byte> to, string ident, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> secret)
    {
        Head(to, Auth, 1 + Encoding.UTF8.GetByteCount(ident) + Sha1.Size);
        Short(to, ident);
        Sha1.Hash([.. nonce, .. secret], to.GetSpan(Sha1.Size));
        to.Advance(Sha1.Size);
    }

    private static void Head(IBufferWriter<byte> to, byte operation, int body)
    {
        var head = to.GetSpan(5);
        BinaryPrimitives.WriteInt32BigEndian(head, body + 5);
        head[4] = operation;
        to.Advance(5);
    }

    private static void Short(IBufferWriter<byte> to, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        to.Write([(byte)bytes.Length]);
        to.Write(bytes);
    }
}
