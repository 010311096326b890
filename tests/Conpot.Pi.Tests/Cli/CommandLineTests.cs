using Conpot.Pi.Cli;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

public class CommandLineTests
{
    [Theory]
    [InlineData("", "help", "")]
    [InlineData("-h", "help", "")]
    [InlineData("--help", "help", "")]
    [InlineData("--version", "version", "")]
    [InlineData("help events", "help", "events")]
    [InlineData("run -h", "help", "run")]
    [InlineData("events --follow --help", "help", "events")]
    [InlineData("profiles show s7-200", "profiles", "show s7-200")]
    [InlineData("events -f", "events", "")]
    public void A_line_names_its_verb_and_words(string line, string verb, string words)
    {
        var parsed = Parse(line);
        Assert.Equal((verb, words), (parsed.Verb.Name, string.Join(' ', parsed.Words)));
    }

    [Theory]
    [InlineData("rnu", "'rnu' is not a verb; did you mean 'run'?; 'conpot-pi help' lists them")]
    [InlineData("event", "'event' is not a verb; did you mean 'events'?; 'conpot-pi help' lists them")]
    [InlineData("frobnicate", "'frobnicate' is not a verb; 'conpot-pi help' lists them")]
    [InlineData("--json", "'--json' is not a verb; 'conpot-pi help' lists them")]
    [InlineData("run --confg x", "'--confg' is not a flag of 'run'; did you mean '--config'?; 'conpot-pi help run' lists them")]
    [InlineData("run -x", "'-x' is not a flag of 'run'; 'conpot-pi help run' lists them")]
    [InlineData("validate --follow", "'--follow' is not a flag of 'validate'; 'conpot-pi help validate' lists them")]
    [InlineData("run --", "'--' is not a flag of 'run'; 'conpot-pi help run' lists them")]
    [InlineData("run --confg=x", "'--confg' is not a flag of 'run'; did you mean '--config'?; 'conpot-pi help run' lists them")]
    [InlineData("run --config", "'--config' needs a value; write --config FILE")]
    [InlineData("run -c", "'-c' needs a value; write --config FILE")]
    [InlineData("run --config=", "'--config' needs a value; write --config FILE")]
    [InlineData("events --since", "'--since' needs a value; write --since TIME")]
    [InlineData("events --follow=yes", "'--follow' takes no value; write it alone")]
    [InlineData("run now", "'now' is one word too many; usage: conpot-pi run [-c FILE] [--set SECTION.KEY=VALUE]... [--last-good]")]
    [InlineData("profiles show s7-200 more", "'more' is one word too many; usage: conpot-pi profiles [show NAME]")]
    [InlineData("run -", "'-' is one word too many; usage: conpot-pi run [-c FILE] [--set SECTION.KEY=VALUE]... [--last-good]")]
    public void A_mistake_is_named_with_its_remedy(string line, string problem)
    {
        Assert.Null(CommandLine.Parse(Split(line), Verbs.All, Verbs.Common, out var told));
        Assert.Equal(problem, told);
    }

    [Fact]
    public void An_empty_word_is_no_value()
    {
        Assert.Null(CommandLine.Parse(["run", "-c", ""], Verbs.All, Verbs.Common, out var told));
        Assert.Equal("'-c' needs a value; write --config FILE", told);
    }

    [Fact]
    public void Values_follow_their_flag_or_an_equals_sign_and_the_last_one_counts()
    {
        var line = Parse("run -c a.toml --set modbus.port=1502 --config=b.toml --set=plc.profile=conpot-2013 -q");
        Assert.Equal("b.toml", line.Value("--config"));
        Assert.Equal(["modbus.port=1502", "plc.profile=conpot-2013"], line.Values("--set"));
        Assert.True(line.Quiet);
        Assert.False(line.Json);
        Assert.Null(line.Value("--session"));
        Assert.Empty(line.Values("--session"));
    }

    [Fact]
    public void The_table_of_verbs_holds_together()
    {
        Assert.Equal(Verbs.All.Count, Verbs.All.Select(v => v.Name).Distinct().Count());
        Assert.All(Verbs.All, verb =>
        {
            var options = verb.Options.Concat(Verbs.Common).ToList();
            Assert.Equal(options.Count, options.Select(o => o.Name).Distinct().Count());
            var letters = options.Where(o => o.Short != '\0').Select(o => o.Short).ToList();
            Assert.Equal(letters.Count, letters.Distinct().Count());
            Assert.All(options, o => Assert.Matches("^--[a-z]+(-[a-z]+)*$", o.Name));
            Assert.All(options, o => Assert.NotEqual('h', o.Short));
            Assert.EndsWith(".", verb.Short, StringComparison.Ordinal);
            Assert.NotEmpty(verb.Long);
        });
    }

    private static CommandLine Parse(string line)
    {
        var parsed = CommandLine.Parse(Split(line), Verbs.All, Verbs.Common, out var problem);
        Assert.Equal("", problem);
        return parsed!;
    }

    private static string[] Split(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
