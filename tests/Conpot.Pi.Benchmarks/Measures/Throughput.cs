using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>One server under one scenario in one round.</summary>
internal sealed record Sample(Scenario Scenario, string Target, int Round, LoadResult Load, double ResidentMb, double PeakMb, JournalCount? Journal);

/// <summary>Rates, latencies and CPU of all servers, taken in turns: what disturbs the machine disturbs all of them.</summary>
internal sealed class Throughput(Contest contest, IReadOnlyList<Sample> samples, IReadOnlyList<string> targets)
{
    private const double Warmup = 0.4;

    public Contest Contest => contest;

    public IReadOnlyList<Sample> Samples => samples;

    public IReadOnlyList<string> Targets => targets;

    /// <summary>What must not happen, noise or not: wrong replies, closed connections, answers that are in no journal.</summary>
    public List<string> Faults { get; } = [];

    public static Throughput Measure(RigScope scope, Contest contest, IReadOnlyList<Target> targets, LoadGenerator generator, ServerOptions options)
    {
        var samples = new List<Sample>();
        var throughput = new Throughput(contest, samples, [.. targets.Select(t => t.Name)]);
        for (var round = 0; round < options.Rounds; round++)
            foreach (var scenario in contest.Scenarios)
                for (var turn = 0; turn < targets.Count; turn++)
                {
                    // Each round begins with another server: none is always the one that runs just after the compiler, say.
                    var target = targets[(turn + round) % targets.Count];
                    var sample = throughput.Take(scope, target, generator, scenario, round, options.Seconds);
                    samples.Add(sample);
                    Console.Error.WriteLine($"round {round + 1}/{options.Rounds}  {scenario.Asks}, {scenario.Name,-30}{target.Name,-16}{sample.Load.Rps,12:N0} req/s {sample.Load.CpuUs,8:0.00} µs CPU");
                }
        return throughput;
    }

    public IEnumerable<Sample> Of(Scenario scenario, string target) =>
        samples.Where(s => s.Scenario == scenario && s.Target == target);

    public Spread Of(Scenario scenario, string target, Func<Sample, double> figure) => Spread.Of(Of(scenario, target).Select(figure));

    /// <summary>The figure as a multiple of a peer's, round by round: a slow minute cancels out.</summary>
    public Spread Ratio(Scenario scenario, string target, string peer, Func<Sample, double> figure) =>
        Spread.Of(from one in Of(scenario, target)
                  join other in Of(scenario, peer) on one.Round equals other.Round
                  where figure(other) > 0
                  select figure(one) / figure(other));

    private Sample Take(RigScope scope, Target target, LoadGenerator generator, Scenario scenario, int round, double seconds)
    {
        using var server = target.Start(scope);
        var load = generator.Run(scope, server, scenario.Connections, scenario.Depth, scenario.Load, seconds, Warmup);
        var (resident, peak) = (ProcessFacts.ResidentMegabytes(server.Pid), ProcessFacts.PeakMegabytes(server.Pid));
        var willing = server.Stop();
        var journal = target.Journals ? server.CountJournal() : null;
        var where = $"{target.Name}, {scenario.Asks}, {scenario.Name}, round {round + 1}";
        if (load.Errors > 0 || load.Closed > 0 || load.Unanswered > 0)
            Faults.Add($"{where}: {load.Errors} wrong replies, {load.Unanswered} unanswered, {load.Closed} connections closed. {server.Talk}");
        if (journal is not null && JournalFault(journal, load.Answered) is { } fault)
            Faults.Add($"{where}: {fault}");
        if (target.Journals && !willing)
            Faults.Add($"{where}: did not stop within 5 s of SIGTERM");
        return new Sample(scenario, target.Name, round, load, resident, peak, journal);
    }

    public static long Lost(JournalCount journal, long answered) => Math.Max(0, answered - journal.Answers);

    public static string? JournalFault(JournalCount journal, long answered)
    {
        var lost = Lost(journal, answered);
        // Old segments go when the cap is reached: then fewer lines are no loss, and nothing can be said.
        var capped = journal.Bytes > ((long)Target.JournalCapGiB << 30) * 9 / 10;
        return lost == 0 ? null : capped ? "the journal reached its cap; take fewer seconds" : $"{lost} answered requests are in no journal line";
    }
}
