using System.Globalization;
using System.Text;

namespace Conpot.Pi.Cli;

/// <summary>Text without anything that could drive a terminal or turn a line around: attackers choose some of what is shown.</summary>
internal static class PlainText
{
    /// <summary>Every rune that is not for reading (controls, formats such as the bidirectional ones, line separators) becomes a middle dot.</summary>
    public static string Of(string text)
    {
        if (text.All(c => c is >= ' ' and < (char)0x7F)) return text;
        var plain = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
            plain.Append(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? "·" : rune.ToString());
        return plain.ToString();
    }

    /// <summary>The same, and no longer than that many characters.</summary>
    public static string Of(string text, int longest)
    {
        var plain = Of(text.Length > longest ? text[..longest] : text);
        return text.Length > longest ? plain + "…" : plain;
    }
}
