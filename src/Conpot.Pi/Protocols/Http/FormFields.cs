using System.Text;

namespace Conpot.Pi.Protocols.Http;

/// <summary>The fields of a form, application/x-www-form-urlencoded, and the percent coding of paths.</summary>
internal static class FormFields
{
    /// <summary>The value of the first field of that name, decoded into the front of <paramref name="scratch"/>, which moves on; empty when it is missing.</summary>
    public static ReadOnlySpan<byte> Value(ReadOnlySpan<byte> form, scoped ReadOnlySpan<byte> name, scoped ref Span<byte> scratch)
    {
        foreach (var range in form.Split((byte)'&'))
        {
            var field = form[range];
            var equals = field.IndexOf((byte)'=');
            if (equals < 0 || !field[..equals].SequenceEqual(name)) continue;
            var value = scratch[..Decode(field[(equals + 1)..], scratch, plusIsBlank: true)];
            scratch = scratch[value.Length..];
            return value;
        }
        return [];
    }

    /// <summary>Undoes the percent coding; what is none stays as it is. As much as there is room for.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<byte> destination, bool plusIsBlank)
    {
        var length = 0;
        for (var i = 0; i < text.Length && length < destination.Length; i++)
        {
            var b = text[i];
            if (b == '%' && i + 2 < text.Length && char.IsAsciiHexDigit((char)text[i + 1]) && char.IsAsciiHexDigit((char)text[i + 2]))
            {
                b = (byte)(Digit(text[i + 1]) << 4 | Digit(text[i + 2]));
                i += 2;
            }
            else if (b == '+' && plusIsBlank)
            {
                b = (byte)' ';
            }
            destination[length++] = b;
        }
        return length;
    }

    /// <summary>The user and the password of an Authorization header; false when it is of another kind.</summary>
    public static bool TryBasic(ReadOnlySpan<byte> header, Span<byte> scratch, out ReadOnlySpan<byte> user, out ReadOnlySpan<byte> password)
    {
        user = password = [];
        if (header.Length < 7 || !Ascii.EqualsIgnoreCase(header[..6], "basic "u8)) return false;
        var coded = header[6..].Trim((byte)' ');
        if (coded.Length > scratch.Length
            || System.Buffers.Text.Base64.DecodeFromUtf8(coded, scratch, out _, out var length) != System.Buffers.OperationStatus.Done) return false;
        ReadOnlySpan<byte> both = scratch[..length];
        var colon = both.IndexOf((byte)':');
        user = colon < 0 ? both : both[..colon];
        password = colon < 0 ? [] : both[(colon + 1)..];
        return true;
    }

    private static int Digit(byte b) => b <= '9' ? b - '0' : (b | 0x20) - 'a' + 10;
}
