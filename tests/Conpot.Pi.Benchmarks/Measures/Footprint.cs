using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>What the sensor costs besides requests: memory in each state, size, start, and doing nothing.</summary>
internal sealed class Footprint
{
    private const int Held = 2000;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    public double BinaryMb { get; private init; }

    public double IdleMb { get; private set; }

    public long Requests { get; private set; }

    public double LoadedMb { get; private set; }

    public double LoadedPeakMb { get; private set; }

    public double HeldMb { get; private set; }

    public double HeldAskedMb { get; private set; }

    public double HeldPeakMb { get; private set; }

    public Spread FirstAnswerMs { get; private set; }

    public double IdleSeconds { get; private set; }

    public double IdleCpuMsPerMinute { get; private set; }

    public double IdleDiskKbPerHour { get; private set; }

    public double BytesPerEvent { get; private set; }

    public (long Answered, long Recorded) Killed { get; private set; }

    public List<string> Faults { get; } = [];

    public static Footprint Measure(RigScope scope, Target sensor, LoadGenerator generator, ServerOptions options)
    {
        var footprint = new Footprint { BinaryMb = new FileInfo(options.Binary!).Length / 1048576.0 };
        footprint.MeasureIdle(scope, sensor, options.Quick ? 5 : 20);
        footprint.MeasureLoaded(scope, sensor, generator, options.Quick ? 100_000 : 1_000_000);
        footprint.MeasureHeld(scope, sensor, generator);
        footprint.MeasureStart(scope, sensor, generator, options.Quick ? 3 : 10);
        footprint.MeasureKilled(scope, sensor, generator);
        return footprint;
    }

    private void MeasureIdle(RigScope scope, Target sensor, double seconds)
    {
        Say($"doing nothing for {seconds:0} s");
        using var server = sensor.Start(scope);
        Thread.Sleep(Settle);
        IdleMb = ProcessFacts.ResidentMegabytes(server.Pid);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (cpu, disk) = (ProcessFacts.CpuMilliseconds(server.Pid), ProcessFacts.DiskBytes(server.Pid));
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        IdleSeconds = watch.Elapsed.TotalSeconds;
        IdleCpuMsPerMinute = (ProcessFacts.CpuMilliseconds(server.Pid) - cpu) / IdleSeconds * 60;
        IdleDiskKbPerHour = (ProcessFacts.DiskBytes(server.Pid) - disk) / IdleSeconds * 3600 / 1000;
    }

    private void MeasureLoaded(RigScope scope, Target sensor, LoadGenerator generator, long requests)
    {
        Say($"{requests:N0} requests");
        using var server = sensor.Start(scope);
        // 16 in flight: the deepest buffers that the scenarios know, and the quickest way to that many.
        var load = generator.RunRequests(scope, server, Scenario.Pipelined.Connections, Scenario.Pipelined.Depth, requests);
        Requests = load.Answered;
        (LoadedMb, LoadedPeakMb) = (ProcessFacts.ResidentMegabytes(server.Pid), ProcessFacts.PeakMegabytes(server.Pid));
        server.Stop();
        var journal = server.CountJournal();
        BytesPerEvent = journal.BytesPerEvent;
        if (load.Answered != requests)
            Faults.Add($"{load.Answered} of {requests} requests were answered ({load.Errors} wrong replies). {server.Talk}");
        if (Throughput.JournalFault(journal, load.Answered) is { } fault)
            Faults.Add($"{requests:N0} requests: {fault}");
    }

    private void MeasureHeld(RigScope scope, Target sensor, LoadGenerator generator)
    {
        Say($"{Held:N0} held connections");
        using var server = sensor.Start(scope);
        Check(generator.Hold(scope, server, Held, ask: false, () => HeldMb = ProcessFacts.ResidentMegabytes(server.Pid)));
        Check(generator.Hold(scope, server, Held, ask: true, () => HeldAskedMb = ProcessFacts.ResidentMegabytes(server.Pid)));
        HeldPeakMb = ProcessFacts.PeakMegabytes(server.Pid);

        void Check(HoldResult held)
        {
            if (held.Opened < Held || held.Alive < Held)
                Faults.Add($"{held.Opened} of {Held} connections opened, {held.Alive} still open a moment later. {server.Talk}");
        }
    }

    private void MeasureStart(RigScope scope, Target sensor, LoadGenerator generator, int times)
    {
        Say($"{times} starts");
        FirstAnswerMs = Spread.Of(Enumerable.Range(0, times).Select(_ =>
        {
            var port = Target.FreePort();
            return generator.First(scope, port, sensor.Command(port, scope.NewJournalDirectory())).Micros / 1000.0;
        }).ToArray());
    }

    /// <summary>SIGKILL in full flight: every answer that the generator has seen must be in the journal all the same.</summary>
    private void MeasureKilled(RigScope scope, Target sensor, LoadGenerator generator)
    {
        Say("kill -9 under load");
        using var server = sensor.Start(scope);
        var load = generator.RunWhile(scope, server, Scenario.Pipelined.Connections, Scenario.Pipelined.Depth, 5, () =>
        {
            Thread.Sleep(1000);
            server.Kill();
        });
        var journal = server.CountJournal();
        Killed = (load.Answered, journal.Answers);
        if (load.Closed == 0)
            Faults.Add("kill -9 under load: the server was gone before, or not hit");
        if (Throughput.JournalFault(journal, load.Answered) is { } fault)
            Faults.Add($"kill -9 under load: {fault}");
    }

    private static void Say(string what) => Console.Error.WriteLine($"footprint: {what}");
}
