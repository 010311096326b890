using System.Diagnostics;
using System.Globalization;
using System.Text;
using Conpot.Pi.Benchmarks.Processes;
using Conpot.Pi.Benchmarks.Reporting;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>The page of a fleet's run, in Markdown.</summary>
internal sealed class FleetReport
{
    private readonly StringBuilder _page = new();
    private readonly StringBuilder _rates = new(), _outages = new(), _spread = new();
    private readonly FleetOptions _options;
    private readonly double _empty;

    /// <param name="empty">What the broker takes before anybody has connected, in MB.</param>
    public FleetReport(RigScope scope, FleetOptions options, double empty)
    {
        (_options, _empty) = (options, empty);
        Line($"""
            # A fleet: {options.Sensors:N0} sensors and one mosquitto

            Written by the verb `fleet`; README.md says what is measured. MB are 1024 x 1024 bytes; CPU is percent of one core.

            |||
            |---|---|
            """);
        foreach (var (what, value) in Machine.Describe(scope, "mosquitto")) Line($"|{what}|{value}|");
        Line($"""

            ```
            dotnet run -c Release --project tests/Conpot.Pi.Benchmarks -- fleet --sensors {options.Sensors} --seconds {options.Seconds}
            ```
            """);
    }

    public void Connected(long began, long[] online, Figures figures) => Line($"""

        ## All switched on at once

        |all online after|broker's CPU for it|broker, empty|broker, all connected|per session|this process, JIT, all sensors|
        |---|---|---|---|---|---|
        |{Seconds(began, online[^1]):0.00} s|{figures.BrokerCpu:0} ms|{_empty:0.0} MB|{figures.BrokerMegabytes:0.0} MB|{(figures.BrokerMegabytes - _empty) * 1024 / online.Length:0.0} KB|{figures.FleetMegabytes:0} MB|
        """);

    public void Idle(Figures figures) => Line($"""

        ## Idle, only kept alive: 30 s

        |broker's CPU|broker|CPU of all sensors|
        |---|---|---|
        |{figures.BrokerCpu:0.00} %|{figures.BrokerMegabytes:0.0} MB|{figures.FleetCpu:0.0} %|
        """);

    public void Held(int rate, long emitted, long within, double[] lags, Figures figures) => _rates.AppendLine(CultureInfo.InvariantCulture,
        $"|{rate:N0}|{emitted / (double)_options.Seconds:N0}|{within / (double)_options.Seconds:N0}|{At(lags, 0.5):0.0}|{At(lags, 0.99):0}|{At(lags, 1):0}|{figures.BrokerCpu:0} %|{figures.BrokerMegabytes:0.0} MB|{figures.FleetCpu:0} %|");

    public void Returned(int outage, long emitted, long back, long[] online, TimeSpan drained, double cpu, double megabytes)
    {
        var seconds = online.Select(at => Seconds(back, at)).ToArray();
        var most = seconds.CountBy(at => (int)at).MaxBy(each => each.Value);
        _outages.AppendLine(CultureInfo.InvariantCulture,
            $"|{outage} s|{emitted:N0}|{At(seconds, 0.01):0.0} s|{At(seconds, 0.5):0.0} s|{At(seconds, 0.99):0.0} s|{seconds[^1]:0.0} s|{most.Value} in second {most.Key}|{drained.TotalSeconds:0.0} s|{cpu / 1000:0.00} s|{megabytes:0.0} MB|");
        _spread.Append("    after ").Append(outage).Append(" s:  ")
            .AppendJoin(' ', Enumerable.Range(0, (int)seconds[^1] + 1).Select(second => seconds.Count(at => (int)at == second))).AppendLine();
    }

    public void End(long events, long[] missing, (long Events, long Twice, long Bytes) heard) => Line($"""

        ## Rates

        |asked for, events/s|made|heard in the same time|lag p50 ms|p99 ms|max ms|broker's CPU|broker|CPU of all sensors and the collector|
        |---|---|---|---|---|---|---|---|---|
        {_rates}
        ## The broker stopped and started again, {_options.Rates[0]:N0} events/s going on

        |away|events meanwhile|1 % back|half|99 %|all|most in one second|everything delivered|broker's CPU until then|broker|
        |---|---|---|---|---|---|---|---|---|---|
        {_outages}
        Sensors back in each second from the broker's return:

        {_spread}
        ## Account

        |events|never heard|of so many sensors|most of one|heard twice|bytes per event|
        |---|---|---|---|---|---|
        |{events:N0}|{missing.Sum():N0}|{missing.Count(m => m > 0):N0}|{missing.Max():N0}|{heard.Twice:N0}|{heard.Bytes / (double)Math.Max(1, heard.Events):0}|
        """);

    public override string ToString() => _page.ToString();

    private void Line(FormattableString text) => _page.AppendLine(text.ToString(CultureInfo.InvariantCulture));

    private static double Seconds(long from, long to) => Math.Max(0, Stopwatch.GetElapsedTime(from, to).TotalSeconds);

    private static double At(double[] sorted, double part) => sorted.Length == 0 ? 0 : sorted[(int)Math.Min(sorted.Length - 1, part * sorted.Length)];
}
