using System.Globalization;
using System.Text;

namespace Conpot.Pi.Cli.Report;

/// <summary><c>conpot-pi report</c>: the journal as a page that a plant manager understands in a minute.</summary>
internal static class ReportVerb
{
    private static readonly TimeSpan Usual = TimeSpan.FromDays(7);

    public static ExitCode Run(CommandLine line)
    {
        var time = TimeProvider.System;
        if (!JournalScan.TryAsk(line, time, Usual, out var directory, out var since, out var code)) return code;
        try
        {
            var tally = new Tally(since, time.GetUtcNow());
            using (var scan = JournalScan.Open(line, directory, since, progress: true))
            {
                if (scan.IsEmpty) Console.Error.WriteLine($"conpot-pi: no events in {directory}; the report will be empty. -c FILE or --journal DIRECTORY names another journal");
                while (scan.TryRead(out var e)) tally.Take(e);
                tally.Unreadable = scan.Unreadable;
                if (scan.IsStopped)
                {
                    Console.Error.WriteLine("conpot-pi: stopped; nothing was written");
                    return ExitCode.Failed;
                }
            }
            var path = line.Value("--output") ?? DefaultPath(tally, time.LocalTimeZone);
            using var file = new ResultFile(path);
            using (var text = new StreamWriter(file.Stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true)) new ReportPage(tally, time.LocalTimeZone, new HtmlText(text)).Write();
            file.Complete();
            if (!line.Quiet && path != "-") Console.Error.WriteLine($"{ReportWords.Verdict(tally)}. The report is {path}");
            return ExitCode.Ok;
        }
        catch (UnauthorizedAccessException)
        {
            return JournalScan.Unreachable(directory, "report");
        }
    }

    /// <summary>A journal may come from another hand: of a name only what is harmless in a file's name is used.</summary>
    internal static string DefaultPath(Tally tally, TimeZoneInfo zone)
    {
        var name = string.Concat((tally.Names.Count == 0 ? "sensor" : tally.Names[0]).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' ? c : '-'));
        return string.Create(CultureInfo.InvariantCulture, $"conpot-pi-report-{name}-{TimeZoneInfo.ConvertTime(tally.To, zone):yyyy-MM-dd}.html");
    }
}
