using Xunit;

namespace Conpot.Pi.Tests.Config;

public class OneOrMoreTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("[webhook]\nurl = \"a\"", 1)]
    [InlineData("[[webhook]]\nurl = \"a\"", 1)]
    [InlineData("[[webhook]]\nurl = \"a\"\n[[webhook]]\nurl = \"b\"", 2)]
    [InlineData("webhook = []", 0)]
    public void A_person_may_write_one_section_or_several(string toml, int count)
    {
        var sheet = new Sheet(toml);
        Assert.Equal(((string[])["a", "b"]).Take(count), sheet.Root.OneOrMore("webhook").Select(s => s.Text("url", "")));
        sheet.File.ReportUnread();
        Assert.Empty(sheet.Messages);
    }

    [Fact]
    public void A_value_is_neither()
    {
        var sheet = new Sheet("webhook = 1");
        Assert.Empty(sheet.Root.OneOrMore("webhook"));
        Assert.Contains("write [webhook] in a line of its own", sheet.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a = 1\nb = [\"x\", 2]\n[w.c]\nd = true", "b = [ 'x', 2 ]\na = 1 # the same\n[w]\nc = { d = true }", true)]
    [InlineData("a = 1", "a = \"1\"", false)]
    [InlineData("a = 1", "b = 1", false)]
    [InlineData("a = [\"x\", \"y\"]", "a = [\"x y\"]", false)]
    [InlineData("a = \"x\"\nb = \"y\"", "a = \"x\\u0000b1:y\"", false)]
    [InlineData("[w]", "", false)]
    public void The_text_of_a_section_is_the_same_when_it_says_the_same(string one, string other, bool same) =>
        Assert.Equal(same, new Sheet(one).Root.Print() == new Sheet(other).Root.Print());
}
