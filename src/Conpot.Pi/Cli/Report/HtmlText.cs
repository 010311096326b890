using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Conpot.Pi.Cli.Report;

/// <summary>Writes HTML: markup is a constant of this program, everything else is escaped.</summary>
/// <remarks>The compiler refuses markup that is not a constant (CA1857), so nothing an attacker sent can become any.</remarks>
internal sealed class HtmlText(TextWriter output)
{
    /// <summary>Elements and attributes as they stand.</summary>
    public HtmlText Markup([ConstantExpected] string markup)
    {
        output.Write(markup);
        return this;
    }

    /// <summary>Text for an element's content or between an attribute's quotes.</summary>
    public HtmlText Text(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            switch (rune.Value)
            {
                case '&': output.Write("&amp;"); break;
                case '<': output.Write("&lt;"); break;
                case '>': output.Write("&gt;"); break;
                case '"': output.Write("&quot;"); break;
                case '\'': output.Write("&#39;"); break;
                default: Plain(rune); break;
            }
        }
        return this;
    }

    /// <summary>Text that a stranger had a hand in: its direction does not reach beyond it.</summary>
    public HtmlText Foreign(string text) => Markup("<bdi>").Text(text).Markup("</bdi>");

    public HtmlText Number(long number)
    {
        output.Write(number.ToString("N0", CultureInfo.InvariantCulture));
        return this;
    }

    /// <summary>A number for an attribute: no thousands separators.</summary>
    public HtmlText Length(long number)
    {
        output.Write(number.ToString(CultureInfo.InvariantCulture));
        return this;
    }

    private void Plain(Rune rune)
    {
        if (rune.Value is >= ' ' and < 0x7F)
        {
            output.Write((char)rune.Value);
            return;
        }
        // Half a surrogate pair arrives here as U+FFFD; controls and formats (bidirectional ones, tags, joiners) become a dot.
        Span<char> chars = stackalloc char[2];
        output.Write(PlainText.Of(new string(chars[..rune.EncodeToUtf16(chars)])));
    }
}
