using Xunit;

namespace Conpot.Pi.Tests.Config;

public class DuplicateTests
{
    [Theory]
    [InlineData("a = 1\na = 2", "2:1: 'a' is given twice (first in line 1); remove one of the two")]
    [InlineData("[b]\nc = 1\n\nc = 2", "4:1: 'c' in [b] is given twice (first in line 2); remove one of the two")]
    [InlineData("[b]\nc = 1\n[d]\n[b]\ne = 1", "4:1: [b] is given twice (first in line 1); move these settings there")]
    [InlineData("b.c = 1\n[b]\ne = 1", "2:1: [b] is given twice (first in line 1); move these settings there")]
    [InlineData("b = { c = 1, c = 2 }", "1:14: 'c' in [b] is given twice (first in line 1); remove one of the two")]
    [InlineData("b = { c = 1 }\n[b]\ne = 1", "2:1: [b] is given twice (first in line 1); remove one of the two")]
    [InlineData("b = { c = 1 }\nb.d = 1", "2:1: 'b' is given in another form already (first in line 1); give all of it in one place")]
    [InlineData("b = { c = 1 }\n[b.d]\ne = 1", "2:1: 'b' is given in another form already (first in line 1); give all of it in one place")]
    [InlineData("a.b = 1\na.b.c = 2", "2:1: 'b' in [a] is given in another form already (first in line 1); give all of it in one place")]
    [InlineData("b = 1\n[b]\ne = 1", "2:1: [b] is given twice (first in line 1); remove one of the two")]
    [InlineData("[a]\nb = 1\n[[a]]\nc = 2", "3:1: [[a]] is given in another form already (first in line 1); write [[a]], with double brackets, for each of them")]
    [InlineData("[[a]]\nb = 1\n[a]\nc = 2", "3:1: [a] is a list (first in line 1); write [[a]], with double brackets, for each further one")]
    [InlineData("a = [{ b = 1 }]\n[[a]]\nc = 2", "2:1: [[a]] is given in another form already (first in line 1); write [[a]], with double brackets, for each of them")]
    public void A_second_one_names_the_first(string text, string expected) => Assert.Equal($"{Sheet.Name}:{expected}", new Sheet(text).Message);

    [Theory]
    [InlineData("[a.b]\nx = 1\n[a]\ny = 1")]
    [InlineData("[a]\n[a.b]\nx = 1\n[a.b.c]\ny = 1")]
    [InlineData("a.b = 1\na.c = 2")]
    [InlineData("a = { b.c = 1, b.d = 2 }")]
    [InlineData("[[a]]\nb = 1\n[a.c]\nd = 1\n[[a]]\nb = 1\n[a.c]\nd = 1")]
    public void What_toml_lets_one_add_to_is_no_duplicate(string text) => Assert.Empty(new Sheet(text).Messages);

    [Fact]
    public void The_first_wins_and_a_second_section_is_still_checked()
    {
        var sheet = new Sheet("[b]\nx = 1\n[b]\nx = 2\ny = \"z\"");
        Assert.Equal(1, sheet.Root.Section("b").Integer("x", 0, 0, 9));
        Assert.Equal(0, sheet.Root.Section("b").Integer("y", 0, 0, 9));
        Assert.Equal(3, sheet.Messages.Count());
    }
}
