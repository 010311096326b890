using System.Globalization;
using System.Text;

namespace Conpot.Pi.Protocols.Http;

/// <summary>Writes a page into a span: bounded, never throws; what does not fit is left out.</summary>
internal ref struct HtmlWriter(Span<byte> room)
{
    private readonly Span<byte> _room = room;

    public int Length { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _room[..Length];

    /// <summary>Our own text, as it stands.</summary>
    public void Raw(scoped ReadOnlySpan<byte> text)
    {
        if (text.Length > _room.Length - Length) return;
        text.CopyTo(_room[Length..]);
        Length += text.Length;
    }

    public void Raw(string text)
    {
        if (Encoding.UTF8.TryGetBytes(text, _room[Length..], out var written)) Length += written;
    }

    public void Number(long value)
    {
        if (value.TryFormat(_room[Length..], out var written, provider: CultureInfo.InvariantCulture)) Length += written;
    }

    public void Decimal(double value, int decimals)
    {
        if (value.TryFormat(_room[Length..], out var written, decimals switch { 0 => "F0", 1 => "F1", 2 => "F2", _ => "F3" }, CultureInfo.InvariantCulture)) Length += written;
    }

    /// <summary>"Sun, 22 Nov 2026 08:00:00 GMT" (RFC 9110, 5.6.7).</summary>
    public void Date(DateTimeOffset time)
    {
        if (time.TryFormat(_room[Length..], out var written, "R", CultureInfo.InvariantCulture)) Length += written;
    }

    public void Time(DateTimeOffset time, string format)
    {
        if (time.TryFormat(_room[Length..], out var written, format, CultureInfo.InvariantCulture)) Length += written;
    }

    /// <summary>A text of the settings, for any place in a page.</summary>
    public void Text(string text)
    {
        Span<byte> utf8 = stackalloc byte[4];
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.IsAscii) Escaped((byte)rune.Value);
            else Raw(utf8[..rune.EncodeToUtf8(utf8)]);
        }
    }

    /// <summary>Bytes of <see cref="Text"/> in a page.</summary>
    public static int Size(string text)
    {
        const int longest = 6; // &quot;
        var writer = new HtmlWriter(new byte[text.Length * longest]);
        writer.Text(text);
        return writer.Length;
    }

    /// <summary>A stranger's bytes, for any place in a page: printable ASCII alone, and of that nothing that means something there.</summary>
    public void Foreign(scoped ReadOnlySpan<byte> bytes, int most = 200)
    {
        foreach (var b in bytes[..Math.Min(bytes.Length, most)]) Escaped(b is >= 0x20 and < 0x7F ? b : (byte)'?');
    }

    private void Escaped(byte b)
    {
        switch (b)
        {
            case (byte)'<': Raw("&lt;"u8); break;
            case (byte)'>': Raw("&gt;"u8); break;
            case (byte)'&': Raw("&amp;"u8); break;
            case (byte)'"': Raw("&quot;"u8); break;
            case (byte)'\'': Raw("&#39;"u8); break;
            default: Raw([b]); break;
        }
    }
}
