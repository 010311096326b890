using System.Text;
using Conpot.Pi.Cli;
using Conpot.Pi.Plc;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

/// <summary>
/// The package's man page and completion say what the table of verbs says. With CONPOT_PI_WRITE=1 in the environment these tests write the parts
/// between the marks instead of complaining about them.
/// </summary>
public class ManualTests
{
    private static readonly string Page = Repository.File("image", "deb", "conpot-pi.8");
    private static readonly string Completion = Repository.File("image", "deb", "completion.bash");

    [Fact]
    public void The_man_page_has_every_verb() => Same(Page, ".\\\"{ verbs", ".\\\"}", string.Concat(Verbs.All.Select(Section)));

    [Fact]
    public void The_man_page_has_the_flags_of_every_verb() => Same(Page, ".\\\"{ common", ".\\\"}", string.Concat(Verbs.Common.Select(Flag)));

    [Fact]
    public void Bash_completes_every_verb_flag_and_profile()
    {
        var words = new StringBuilder($"        '') echo '{string.Join(' ', Verbs.All.Select(v => v.Name))}' ;;\n");
        foreach (var verb in Verbs.All)
            words.Append($"        {verb.Name}) echo '{string.Join(' ', verb.Options.Concat(Verbs.Common).Select(o => o.Name))}' ;;\n");
        words.Append($"        'profiles show') echo '{string.Join(' ', PlcProfile.Names)}' ;;\n");
        Same(Completion, "#{ verbs", "#}", words.ToString());
    }

    [Fact]
    public void Bash_waits_for_the_value_of_every_flag_that_has_one()
    {
        var text = File.ReadAllText(Completion);
        foreach (var flag in Verbs.All.SelectMany(v => v.Options).Where(o => o.Value is not null).Select(o => o.Name).Distinct())
            Assert.Matches($@"(?m)^ +(\S+\|)?{flag}(\|\S+)?\)$", text);
    }

    private static string Section(Verb verb) =>
        $".SS {verb.Name}\n.RB \"{Roff(verb.Name)} {Roff(verb.Usage)}\"\n.PP\n{Line(verb.Short)}\n"
        + string.Concat(verb.Long.Split('\n').Select(l => $".br\n{Line(l)}\n")) + string.Concat(verb.Options.Select(Flag));

    private static string Flag(Option option)
    {
        var name = (option.Short == '\0' ? "" : $"\\fB\\-{option.Short}\\fR, ") + $"\\fB{Roff(option.Name)}\\fR" + (option.Value is null ? "" : $" \\fI{Roff(option.Value)}\\fR");
        return $".TP\n{name}\n{Line(option.Meaning)}\n";
    }

    /// <summary>A text in roff: hyphens are minus signs, as in what is typed; quotes stand in macros' arguments (groff(7), "Escapes").</summary>
    private static string Roff(string text) => text.Replace("\\", "\\e").Replace("-", "\\-").Replace("\"", "\\(dq");

    /// <summary>A line of text that begins with a dot or a quote would be a request.</summary>
    private static string Line(string text) => Roff(text) is ['.' or '\'', ..] line ? "\\&" + line : Roff(text);

    private static void Same(string path, string begin, string end, string wanted)
    {
        var text = File.ReadAllText(path);
        var from = text.IndexOf(begin + "\n", StringComparison.Ordinal) + begin.Length + 1;
        Assert.True(from > begin.Length, $"{path} has no line {begin}");
        var to = text.IndexOf(end, from, StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable("CONPOT_PI_WRITE") == "1") File.WriteAllText(path, text[..from] + wanted + text[to..]);
        else Assert.Equal(wanted, text[from..to]);
    }
}
