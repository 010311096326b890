using System.Globalization;
using System.Text;
using Conpot.Pi.Benchmarks.Measures;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Reporting;

/// <summary>The measurements as one Markdown page.</summary>
internal sealed class Report
{
    private readonly StringBuilder _page = new();

    public static string Write(RigScope scope, ServerOptions options, Throughput throughput, Footprint? footprint, IReadOnlyList<Goal> goals)
    {
        var report = new Report();
        report.Head(scope, options, throughput.Contest);
        if (goals.Count > 0)
            report.Table("Goals", "goal|wanted|measured|reached", goals.Select(g => $"{g.What}|{g.Wanted}|{g.Measured}|{(g.Reached ? "yes" : "**no**")}"));
        report.Rates(throughput);
        report.Journal(throughput);
        if (footprint is not null)
            report.Costs(footprint);
        report.Faults([.. throughput.Faults, .. footprint?.Faults ?? []]);
        return report._page.ToString();
    }

    private void Head(RigScope scope, ServerOptions options, Contest contest)
    {
        Line($"# {contest.Title} as a process: results");
        Line();
        Line("Written by the rig in this folder; README.md there says what is measured and how to read it. Ratios are taken round by");
        Line("round; every other figure is the median over the rounds, with (least..greatest). MB are 1024 x 1024 bytes.");
        Line();
        Table(null, "|", Machine.Describe(scope, contest.PeerPackage).Select(m => $"{m.What}|{m.Value}"));
        Line("```");
        Line($"dotnet run -c Release --project tests/Conpot.Pi.Benchmarks -- {options.Verb}{Arguments(options)}");
        if (options.Binary is not null)
            Line("conpot-pi " + string.Join(' ', Target.SensorArguments("PORT", "PORT", "DIR", options.Settings)));
        Line("```");
        Line();
    }

    private static string Arguments(ServerOptions options) => string.Concat(
        options.Binary is null ? "" : " --binary conpot-pi",
        string.Create(CultureInfo.InvariantCulture, $" --seconds {options.Seconds} --rounds {options.Rounds}"),
        options.Quick ? " --quick" : "",
        string.Concat(options.Settings.Select(s => $" --set {s}")));

    private void Rates(Throughput throughput)
    {
        var peer = throughput.Contest.Peer;
        foreach (var scenario in throughput.Contest.Scenarios)
            Table(
                $"{scenario.Asks}: {scenario.Name}",
                $"server|req/s|x floor|x {peer}|p50 µs|p90 µs|p99 µs|p99.9 µs|max µs|CPU µs/req|CPU x floor|RSS MB|peak MB",
                throughput.Targets.Select(target =>
                {
                    Spread Figure(Func<Sample, double> figure) => throughput.Of(scenario, target, figure);
                    string Against(string other, Func<Sample, double> figure) => throughput.Ratio(scenario, target, other, figure).Text("0.00");
                    return string.Join('|',
                        target, Figure(s => s.Load.Rps).Text("N0"), Against(Target.Floor, s => s.Load.Rps), Against(peer, s => s.Load.Rps),
                        Figure(s => s.Load.P50).Text("0"), Middle(s => s.Load.P90), Figure(s => s.Load.P99).Text("0"), Middle(s => s.Load.P999), Middle(s => s.Load.Max),
                        Figure(s => s.Load.CpuUs).Text("0.00"), Against(Target.Floor, s => s.Load.CpuUs),
                        Figure(s => s.ResidentMb).Median.ToString("0.0", CultureInfo.InvariantCulture),
                        Figure(s => s.PeakMb).Greatest.ToString("0.0", CultureInfo.InvariantCulture));

                    string Middle(Func<Sample, double> figure) => Figure(figure).Median.ToString("0", CultureInfo.InvariantCulture);
                }));
    }

    private void Journal(Throughput throughput)
    {
        var journalled = throughput.Samples.Where(s => s.Journal is not null).GroupBy(s => s.Scenario).ToList();
        if (journalled.Count > 0)
            Table(
                "Journal: every answered request, counted in the files after the run",
                "scenario|answered|their lines|lost|bytes per event",
                journalled.Select(g => string.Create(CultureInfo.InvariantCulture,
                    $"{g.Key.Asks}, {g.Key.Name}|{g.Sum(s => s.Load.Answered):N0}|{g.Sum(s => s.Journal!.Answers):N0}|{g.Sum(s => Throughput.Lost(s.Journal!, s.Load.Answered)):N0}|{Spread.Of(g.Select(s => s.Journal!.BytesPerEvent)).Median:0}")));
    }

    private void Costs(Footprint f) => Table(
        "Footprint",
        "what|measured",
        ((FormattableString[])
        [
            $"binary|{f.BinaryMb:0.00} MB",
            $"start to first answer|{f.FirstAnswerMs.Text("0.0")} ms",
            $"RSS (PSS, anonymous) 2 s after ready, before any request|{f.Idle}",
            $"RSS after {f.Requests:N0} requests|{f.Loaded}, peak {f.LoadedPeakMb:0.0}",
            $"RSS with 2,000 connections open|{f.Held}",
            $"RSS with 2,000 connections, each asked once|{f.HeldAsked}, peak {f.HeldPeakMb:0.0}",
            $"CPU when idle, over {f.IdleSeconds:0} s|{f.IdleCpuMsPerMinute:0.0} ms per minute",
            $"disk writes when idle, over {f.IdleSeconds:0} s, as if for an hour|{f.IdleDiskKbPerHour:0.0} KB",
            $"disk writes under load|{f.DiskBytesPerEvent:0} bytes per event",
            $"disk writes for a lone visit of one request, three events|{f.LoneDiskKb:0.0} KB",
            $"kill -9 under load: answered / in the journal|{f.Killed.Answered:N0} / {f.Killed.Recorded:N0}",
        ]).Select(row => row.ToString(CultureInfo.InvariantCulture)));

    private void Faults(IReadOnlyList<string> faults)
    {
        Line("## Faults");
        Line();
        Line(faults.Count == 0 ? "None: no wrong reply, no closed connection, no answer without its event." : string.Join('\n', faults.Select(f => $"- {f}")));
    }

    private void Table(string? title, string head, IEnumerable<string> rows)
    {
        if (title is not null)
        {
            Line($"## {title}");
            Line();
        }
        Line($"|{head}|");
        Line($"|{string.Concat(Enumerable.Repeat("---|", head.Count(c => c == '|') + 1))}");
        foreach (var row in rows)
            Line($"|{row}|");
        Line();
    }

    // Not AppendLine: the page is kept in the repository, with one kind of line end.
    private void Line(string text = "") => _page.Append(text).Append('\n');
}
