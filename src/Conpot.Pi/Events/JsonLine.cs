using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace Conpot.Pi.Events;

/// <summary>Writes one JSON object as one line into a span: pure ASCII, bounded, never throws, always well-formed.</summary>
/// <remarks>
/// Everything outside printable ASCII is written as \uXXXX: an attacker's text can neither break a line nor drive a terminal.
/// What does not fit is cut and marked with "truncated": true. Members' names are the caller's own literals and are written as they are.
/// </remarks>
internal ref partial struct JsonLine
{
    /// <summary>Kept free so that an open line can always be closed: the mark, the braces and the newline.</summary>
    private const int Reserve = 64;

    /// <summary>A surrogate pair as two \uXXXX.</summary>
    private const int LongestRune = 12;

    private readonly Span<byte> _buffer;
    private int _length;
    private int _depth;
    private bool _comma;
    private bool _list;
    private bool _truncated;

    public JsonLine(Span<byte> buffer)
    {
        _buffer = buffer;
        _buffer[_length++] = (byte)'{';
        _depth = 1;
    }

    /// <summary>What has been written so far.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _buffer[.._length];

    /// <summary>Closes all that is open and ends the line.</summary>
    public int Finish()
    {
        CloseList();
        if (_truncated)
        {
            if (_comma) _buffer[_length++] = (byte)',';
            "\"truncated\":true"u8.CopyTo(_buffer[_length..]);
            _length += "\"truncated\":true"u8.Length;
        }
        while (_depth-- > 0) _buffer[_length++] = (byte)'}';
        _buffer[_length++] = (byte)'\n';
        return _length;
    }

    public void Open(scoped ReadOnlySpan<byte> name)
    {
        if (!Name(name, 1)) return;
        _buffer[_length++] = (byte)'{';
        _depth++;
        _comma = false;
    }

    public void Close()
    {
        if (_depth <= 1 || _truncated) return; // once cut, Finish closes what is open
        _buffer[_length++] = (byte)'}';
        _depth--;
        _comma = true;
    }

    /// <summary>Members rendered beforehand, without a leading comma.</summary>
    public void Members(scoped ReadOnlySpan<byte> json)
    {
        if (json.IsEmpty || !Fits(json.Length + 1)) return;
        if (_comma) _buffer[_length++] = (byte)',';
        Append(json);
        _comma = true;
    }

    /// <summary>A fragment rendered beforehand that begins with its own comma, or nothing.</summary>
    public void Raw(scoped ReadOnlySpan<byte> json)
    {
        if (Fits(json.Length)) Append(json);
    }

    public void Number(scoped ReadOnlySpan<byte> name, long value)
    {
        if (Name(name, 20)) AppendNumber(value);
    }

    /// <summary>A text made of a fixed beginning and a number, such as an event's id.</summary>
    public void Numbered(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> plain, long number)
    {
        if (!Name(name, plain.Length + 22)) return;
        _buffer[_length++] = (byte)'"';
        Append(plain);
        AppendNumber(number);
        _buffer[_length++] = (byte)'"';
    }

    public void Flag(scoped ReadOnlySpan<byte> name, bool value)
    {
        if (Name(name, 5)) Append(value ? "true"u8 : "false"u8);
    }

    /// <summary>A number of seconds with six decimals.</summary>
    public void Seconds(scoped ReadOnlySpan<byte> name, TimeSpan value)
    {
        if (!Name(name, 28)) return;
        var micros = Math.Max(0, value.Ticks / TimeSpan.TicksPerMicrosecond);
        AppendNumber(micros / 1_000_000);
        _buffer[_length++] = (byte)'.';
        Digits6((int)(micros % 1_000_000));
    }

    /// <summary>RFC 3339 in UTC with microseconds, the whole seconds rendered beforehand.</summary>
    /// <param name="second">"2026-11-22T19:44:36."</param>
    public void Time(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> second, int microseconds)
    {
        if (!Name(name, second.Length + 9)) return;
        _buffer[_length++] = (byte)'"';
        Append(second);
        Digits6(microseconds);
        _buffer[_length++] = (byte)'Z';
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>A text of our own: printable ASCII without quotes and backslashes, written as it is.</summary>
    public void Word(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> ascii)
    {
        if (!Name(name, ascii.Length + 2)) return;
        _buffer[_length++] = (byte)'"';
        Append(ascii);
        _buffer[_length++] = (byte)'"';
    }

    public void Hex(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> bytes)
    {
        if (!Name(name, bytes.Length * 2 + 2)) return;
        _buffer[_length++] = (byte)'"';
        Convert.TryToHexString(bytes, _buffer[_length..], out var written);
        _length += written;
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>Big-endian words as an array of unsigned numbers.</summary>
    public void Words(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> words)
    {
        if (!Name(name, words.Length / 2 * 6 + 2)) return;
        _buffer[_length++] = (byte)'[';
        for (var i = 0; i + 1 < words.Length; i += 2)
        {
            if (i > 0) _buffer[_length++] = (byte)',';
            AppendNumber(words[i] << 8 | words[i + 1]);
        }
        _buffer[_length++] = (byte)']';
    }

    /// <summary>Bits in the order of their addresses as a string of 0 and 1; the first is bit 0 of the first byte.</summary>
    public void Bits(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> packed, int count)
    {
        count = Math.Clamp(count, 0, packed.Length * 8);
        if (!Name(name, count + 2)) return;
        _buffer[_length++] = (byte)'"';
        for (var i = 0; i < count; i++) _buffer[_length++] = (byte)('0' + (packed[i >> 3] >> (i & 7) & 1));
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>Text, cut after <paramref name="limit"/> characters or where the line is full; half a surrogate pair becomes U+FFFD.</summary>
    public void Text(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<char> text, int limit = 512)
    {
        if (text.Length > limit) text = text[..limit];
        if (!Name(name, 2)) return;
        _buffer[_length++] = (byte)'"';
        foreach (var rune in text.EnumerateRunes())
            if (!AppendRune(rune)) break;
        _buffer[_length++] = (byte)'"';
    }

    /// <summary>UTF-8 text from a stranger, cut after <paramref name="limit"/> bytes or where the line is full; what is no UTF-8 becomes U+FFFD.</summary>
    public void Text(scoped ReadOnlySpan<byte> name, scoped ReadOnlySpan<byte> utf8, int limit = 512)
    {
        if (Name(name, 2)) AppendQuoted(utf8, limit);
    }

    private void AppendQuoted(scoped ReadOnlySpan<byte> utf8, int limit)
    {
        if (utf8.Length > limit) utf8 = utf8[..limit];
        _buffer[_length++] = (byte)'"';
        while (!utf8.IsEmpty)
        {
            Rune.DecodeFromUtf8(utf8, out var rune, out var consumed);
            if (!AppendRune(rune)) break;
            utf8 = utf8[consumed..];
        }
        _buffer[_length++] = (byte)'"';
    }

    private bool Name(scoped ReadOnlySpan<byte> name, int valueSize)
    {
        if (!Fits(name.Length + 4 + valueSize)) return false;
        if (_comma) _buffer[_length++] = (byte)',';
        _comma = true;
        _buffer[_length++] = (byte)'"';
        Append(name);
        _buffer[_length++] = (byte)'"';
        _buffer[_length++] = (byte)':';
        return true;
    }

    private bool Fits(int size)
    {
        if (!_truncated && _length + size + Reserve <= _buffer.Length) return true;
        _truncated = true;
        return false;
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_buffer[_length..]);
        _length += bytes.Length;
    }

    private void AppendNumber(long value)
    {
        Utf8Formatter.TryFormat(value, _buffer[_length..], out var written);
        _length += written;
    }

    private void Digits6(int value)
    {
        for (var i = 5; i >= 0; i--)
        {
            _buffer[_length + i] = (byte)('0' + value % 10);
            value /= 10;
        }
        _length += 6;
    }

    /// <summary>False when the line has no room for it.</summary>
    private bool AppendRune(Rune rune)
    {
        if (!Fits(LongestRune + 1)) return false; // and the closing quote
        Span<char> chars = stackalloc char[2];
        foreach (var c in chars[..rune.EncodeToUtf16(chars)]) AppendEscaped(c);
        return true;
    }

    private void AppendEscaped(char c)
    {
        if (c is >= ' ' and < (char)0x7F and not '"' and not '\\')
        {
            _buffer[_length++] = (byte)c;
            return;
        }
        _buffer[_length++] = (byte)'\\';
        if (c is '"' or '\\')
        {
            _buffer[_length++] = (byte)c;
            return;
        }
        _buffer[_length++] = (byte)'u';
        Utf8Formatter.TryFormat((int)c, _buffer[_length..], out var written, new StandardFormat('x', 4));
        _length += written;
    }
}
