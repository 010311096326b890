using System.Globalization;
using System.Text;

namespace Conpot.Pi.Events.Sinks;

/// <summary>A stranger's text as printable ASCII: what could move a cursor, end a line or be cut in half is named by its code point.</summary>
internal static class PrintableAscii
{
    /// <param name="limit">Characters of the result; a cut is marked with "...".</param>
    public static string Of(string text, int limit)
    {
        if (text.Length <= limit && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        var shown = new StringBuilder(Math.Min(text.Length, limit));
        foreach (var rune in text.EnumerateRunes())
        {
            var part = rune.Value is >= ' ' and <= '~' ? ((char)rune.Value).ToString() : string.Create(CultureInfo.InvariantCulture, $"<U+{rune.Value:X4}>");
            if (shown.Length + part.Length > limit - 3) return shown.Append("...").ToString();
            shown.Append(part);
        }

        return shown.ToString();
    }

    /// <summary>A token without spaces (PRINTUSASCII of RFC 5424, 6): everything else becomes a hyphen; "-" for none.</summary>
    public static string Token(string text, int limit)
    {
        var token = text.Length > limit ? text[..limit] : text;
        return token.Length == 0 ? "-" : string.Concat(token.Select(c => c is > ' ' and <= '~' ? c : '-'));
    }
}
