using System.Text.Json;
using Conpot.Pi.Cli;
using Xunit;

namespace Conpot.Pi.Tests.Cli;

/// <summary>The picture of <c>io watch</c>: names, values, and what a window leaves of it.</summary>
public class IoWatchTextTests
{
    private const string Points = """
        {"name":"pump","profile":"s7-200","points":[
          {"address":"I0.0","text":"GPIO17, pin 11","pin":true},{"address":"I0.1","text":"above AIW0 28800 hysteresis 640","pin":false},
          {"address":"Q0.0","text":"GPIO27, pin 13","pin":true},{"address":"QB1","text":"eight of them","pin":false},
          {"address":"AIW0","text":"tank","pin":false},{"address":"AQW0","text":"evil \u001b[2J","pin":false},{"address":"VW0","text":"not shown"},{"address":"?","text":""}]}
        """;

    private readonly IoWatchText _text = new();

    [Fact]
    public void One_column_without_a_terminal()
    {
        Show();
        Assert.Equal("""
            pump (s7-200): RUN, SF

            Inputs
              I0.0        1  GPIO17, pin 11
              I0.1        0  above AIW0 28800 hysteresis 640
              I2.7        1
            Analog inputs
              AIW0     -256  tank

            Outputs
              Q0.0        0  GPIO27, pin 13
              Q1.0        1  eight of them
            """, string.Join('\n', _text.Render(0, 0, colour: false).Take(12)));
        Assert.Contains("  AQW0     4660  evil ·[2J", _text.Render(0, 0, colour: false));
    }

    [Fact]
    public void Two_columns_fit_the_window_and_the_rest_is_counted()
    {
        Show();
        var lines = _text.Render(80, 24, colour: false);
        Assert.All(lines, line => Assert.True(line.Length <= 80, line));
        Assert.Contains(lines, l => l.StartsWith("  I0.1        0  above AIW0 28800 hy...", StringComparison.Ordinal) && l.Contains("  Q1.0        1  eight of them", StringComparison.Ordinal));
        Assert.Equal(5, _text.Render(80, 6, colour: false).Count);
        Assert.StartsWith("... ", _text.Render(80, 6, colour: false)[^1], StringComparison.Ordinal);
        Assert.All(_text.Render(1, 1, colour: false), line => Assert.True(line.Length <= 20, line)); // a window of no size breaks nothing
    }

    [Fact]
    public void Colours_have_no_width()
    {
        Show();
        var (plain, coloured) = (_text.Render(100, 40, colour: false), _text.Render(100, 40, colour: true));
        Assert.Contains(coloured, l => l.Contains("\e[1;32m     1\e[0m", StringComparison.Ordinal));
        Assert.Equal(plain, coloured.Select(l => l.Replace("\e[1;32m", "", StringComparison.Ordinal).Replace("\e[1;31m", "", StringComparison.Ordinal).Replace("\e[0m", "", StringComparison.Ordinal)));
    }

    [Fact]
    public void Names_come_anew_after_a_reload()
    {
        Show();
        Assert.False(Take("{\"name\":\"pump\",\"profile\":\"s7-200\",\"points\":[]}"));
        Assert.DoesNotContain(_text.Render(0, 0, colour: false), l => l.Contains("GPIO17", StringComparison.Ordinal));
    }

    private void Show()
    {
        Assert.False(Take(Points));
        Assert.True(Take("{\"mode\":\"RUN\",\"system_fault\":true,\"i\":\"010080\",\"q\":\"0001\",\"ai\":\"ff00\",\"aq\":\"1234\"}"));
    }

    private bool Take(string json)
    {
        using var document = JsonDocument.Parse(json);
        return _text.Take(document.RootElement);
    }
}
