using System.Globalization;
using System.Text;

namespace Conpot.Pi.Config;

/// <summary>Words of a file as they appear in a message: cut to a length, with nothing in them that could move a terminal's cursor.</summary>
internal static class Shown
{
    private const int MostCharacters = 60;
    private const int MostNames = 12;

    public static string Plain(ReadOnlySpan<char> text)
    {
        var shown = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length >= MostCharacters)
                return shown.Append("...").ToString();
            if (Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
                shown.Append(CultureInfo.InvariantCulture, $"<{Codepoint(rune.Value)}>");
            else
                shown.Append(rune.ToString());
        }

        return shown.ToString();
    }

    /// <summary>In double quotes, as it would stand in the file.</summary>
    public static string Quoted(ReadOnlySpan<char> text) => $"\"{Plain(text)}\"";

    public static string Codepoint(int value) => string.Create(CultureInfo.InvariantCulture, $"U+{value:X4}");

    /// <summary>A name as it is written in a key: bare, or in quotes where TOML wants them.</summary>
    public static string Key(string name) => KeyPath.IsBare(name) ? Plain(name) : Quoted(name);

    public static string List(IEnumerable<string> names)
    {
        var all = names.Take(MostNames + 1).ToList();
        return all.Count > MostNames ? $"{string.Join(", ", all.Take(MostNames))} ..." : string.Join(", ", all);
    }
}
