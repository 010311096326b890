using System.Globalization;
using System.Text;
using System.Xml.Linq;
using Conpot.Pi.Cli.Report;
using Conpot.Pi.Events;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Report;

/// <summary>What attackers sent can be read in the page, and is never a part of it.</summary>
public class HtmlTextTests
{
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "</td>", "\" onload=\"x", "' style='x", "<!--", "-->", "]]>", "&lt;", "&#x3C;", "&", "</style>", "</title>", "<bdi>", "</bdi>", "\u202E", "\u2066", "\u200F", "\uFEFF",
        "\0", "\e[2J", "\r\n", "\u0085", "\u2028", "\uD83D", "\uDE00", "\U000E0041", "😀", "é", "a", " ", "=", "`", "${jndi:ldap://x}",
    ];

    private static readonly Gen<string> Text = Gen.OneOf(Gen.Int[0, Hostile.Length - 1].Select(i => Hostile[i]), Gen.Char.Select(c => c.ToString())).Array[0, 12].Select(string.Concat);

    [Fact]
    public void Text_is_read_back_as_one_text_between_tags_and_in_attributes() => Text.Sample(text =>
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        new HtmlText(output).Markup("<p title=\"").Text(text).Markup("\">").Foreign(text).Markup("</p>");
        var p = XElement.Parse(output.ToString());
        Assert.Equal(["title"], p.Attributes().Select(a => a.Name.LocalName));
        Assert.Equal("bdi", Assert.Single(p.Elements()).Name.LocalName);
        Assert.All(p.Value.EnumerateRunes(), rune => Assert.False(Rune.IsControl(rune) || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Format or UnicodeCategory.Surrogate));
    });

    [Fact]
    public void What_can_be_read_stays_readable()
    {
        var output = new StringWriter(CultureInfo.InvariantCulture);
        new HtmlText(output).Text("<b>\"Käse\" & 'x'</b> 😀\u202E");
        Assert.Equal("&lt;b&gt;&quot;Käse&quot; &amp; &#39;x&#39;&lt;/b&gt; 😀·", output.ToString());
    }

    [Fact]
    public void A_page_has_the_same_elements_and_attributes_whatever_an_attacker_says() => Text.Sample(text =>
    {
        // The length is bounded for all; a text of that length is as hostile as any.
        Assert.Equal(Skeleton(Page("plain" + new string('x', 40))), Skeleton(Page("plain" + text + new string('x', 40))));
    }, iter: 300);

    [Fact]
    public void The_page_may_load_nothing() =>
        Assert.Contains("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">", Page("x"), StringComparison.Ordinal);

    private static string Page(string text)
    {
        var tally = new Tally(EventLines.Noon.AddDays(-7), EventLines.Noon.AddMinutes(1));
        EventLines.Details hostile = (ref JsonLine line) =>
        {
            line.Text("community"u8, text);
            line.Text("range"u8, text);
            line.OpenList("before"u8);
            line.TextItem(Encoding.UTF8.GetBytes(text), 255);
            line.CloseList();
            line.OpenList("after"u8);
            line.TextItem(Encoding.UTF8.GetBytes(text), 255);
            line.CloseList();
            line.Text("version"u8, text);
            line.Text("profile"u8, text);
            line.Text("listening"u8, text);
            line.Text("user"u8, text);
        };
        foreach (var kind in EventCatalog.All) tally.Take(EventLines.Make(kind, hostile, sensor: text.Length > 60 ? text[..60] : text, protocol: "modbus"));
        var output = new StringWriter(CultureInfo.InvariantCulture);
        new ReportPage(tally, TimeZoneInfo.Utc, new HtmlText(output)).Write();
        return output.ToString();
    }

    /// <summary>Elements and attributes with the attributes' values, without any text; the page is well-formed XML but for its five void tags.</summary>
    private static string Skeleton(string page)
    {
        page = page.Replace("<!DOCTYPE html>", "", StringComparison.Ordinal);
        page = System.Text.RegularExpressions.Regex.Replace(page, "<meta [^>]*>", m => m.Value[..^1] + "/>");
        return string.Join('\n', XElement.Parse(page).DescendantsAndSelf().Select(e => e.Name + " " + string.Join(' ', e.Attributes().Select(a => $"{a.Name}={a.Value}"))));
    }
}
