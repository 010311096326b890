using System.Globalization;
using System.Text;

namespace Conpot.Pi.Cli;

/// <summary>How something was found to be, from best to worst.</summary>
internal enum Verdict { Skipped, Ok, Warning, Failure }

/// <summary>Lines of a name, a verdict and what was found, for test-alert and doctor: plain letters, so that any terminal and any log shows them.</summary>
internal static class VerdictText
{
    private const string Reset = "\e[0m", Green = "\e[32m", Yellow = "\e[1;33m", Red = "\e[1;31m", Dim = "\e[2m";

    public static string Line(string name, int width, Verdict verdict, string text, bool colour)
    {
        var (word, paint) = verdict switch
        {
            Verdict.Ok => ("ok", Green),
            Verdict.Warning => ("warn", Yellow),
            Verdict.Failure => ("FAIL", Red),
            _ => ("skip", Dim),
        };
        var shown = colour ? $"{paint}{word}{Reset}{new string(' ', 4 - word.Length)}" : word.PadRight(4);
        return $"{shown}  {PlainText.Of(name).PadRight(width)}  {PlainText.Of(text)}";
    }

    /// <summary>What to do, under the line that it belongs to.</summary>
    public static string Remedy(int width, string text) => $"{new string(' ', width + 8)}-> {PlainText.Of(text)}";

    /// <summary>"3 ok, 1 warning, 2 failures".</summary>
    public static string Summary(IReadOnlyCollection<Verdict> verdicts)
    {
        var text = new StringBuilder();
        Count(Verdict.Ok, "ok", "ok");
        Count(Verdict.Warning, "warning", "warnings");
        Count(Verdict.Failure, "failure", "failures");
        Count(Verdict.Skipped, "skipped", "skipped");
        return text.ToString();

        void Count(Verdict verdict, string one, string many)
        {
            var count = verdicts.Count(v => v == verdict);
            if (count > 0) text.Append(CultureInfo.InvariantCulture, $"{(text.Length > 0 ? ", " : "")}{count} {(count == 1 ? one : many)}");
        }
    }
}
