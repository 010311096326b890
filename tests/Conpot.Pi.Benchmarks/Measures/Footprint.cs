using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>What the sensor costs besides requests: memory in each state, size, start, and doing nothing.</summary>
internal sealed class Footprint
{
    private const int Connections = 2000;
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(2);

    /// <summary>[journal] sync is 5 s, and the medium is looked at as often.</summary>
    private static readonly TimeSpan BetweenSyncs = TimeSpan.FromSeconds(11);

    public double BinaryMb { get; private init; }

    public MemoryUse Idle { get; private set; }

    public long Requests { get; private set; }

    public MemoryUse Loaded { get; private set; }

    public double LoadedPeakMb { get; private set; }

    public MemoryUse Held { get; private set; }

    public MemoryUse HeldAsked { get; private set; }

    public double HeldPeakMb { get; private set; }

    public Spread FirstAnswerMs { get; private set; }

    public double IdleSeconds { get; private set; }

    public double IdleCpuMsPerMinute { get; private set; }

    public double IdleDiskKbPerHour { get; private set; }

    /// <summary>kB written to the medium for a visit of one request (three events) that nothing else shares.</summary>
    public double LoneDiskKb { get; private set; }

    public double BytesPerEvent { get; private set; }

    public double DiskBytesPerEvent { get; private set; }

    public (long Answered, long Recorded) Killed { get; private set; }

    public List<string> Faults { get; } = [];

    public static Footprint Measure(RigScope scope, Target sensor, LoadGenerator generator, ServerOptions options)
    {
        var footprint = new Footprint { BinaryMb = new FileInfo(options.Binary!).Length / 1048576.0 };
        footprint.MeasureIdle(scope, sensor, options.Idle);
        if (!options.Quick) footprint.MeasureLone(scope, sensor, generator);
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
        Idle = ProcessFacts.Memory(server.Pid);
        var watch = System.Diagnostics.Stopwatch.StartNew();
        var (cpu, disk) = (ProcessFacts.CpuMilliseconds(server.Pid), ProcessFacts.DiskBytes(server.Pid));
        Thread.Sleep(TimeSpan.FromSeconds(seconds));
        IdleSeconds = watch.Elapsed.TotalSeconds;
        IdleCpuMsPerMinute = (ProcessFacts.CpuMilliseconds(server.Pid) - cpu) / IdleSeconds * 60;
        IdleDiskKbPerHour = (ProcessFacts.DiskBytes(server.Pid) - disk) / IdleSeconds * 3600 / 1000;
    }

    /// <summary>Single events, each written back before the next: what a rare visitor costs the card.</summary>
    private void MeasureLone(RigScope scope, Target sensor, LoadGenerator generator)
    {
        const int visits = 4;
        Say($"{visits} lone requests");
        using var server = sensor.Start(scope);
        Thread.Sleep(Settle);
        var before = ProcessFacts.DiskBytes(server.Pid);
        for (var i = 0; i < visits; i++)
        {
            _ = generator.RunRequests(scope, server, 1, 1, 1);
            Thread.Sleep(BetweenSyncs);
        }
        LoneDiskKb = (ProcessFacts.DiskBytes(server.Pid) - before) / 1000.0 / visits;
    }

    private void MeasureLoaded(RigScope scope, Target sensor, LoadGenerator generator, long requests)
    {
        Say($"{requests:N0} requests");
        using var server = sensor.Start(scope);
        // 16 in flight: the deepest buffers that the scenarios know, and the quickest way to that many.
        var disk = ProcessFacts.DiskBytes(server.Pid);
        var load = generator.RunRequests(scope, server, Scenario.Pipelined.Connections, Scenario.Pipelined.Depth, requests);
        Requests = load.Answered;
        (Loaded, LoadedPeakMb) = (ProcessFacts.Memory(server.Pid), ProcessFacts.PeakMegabytes(server.Pid));
        disk = ProcessFacts.DiskBytes(server.Pid) - disk;
        server.Stop();
        var journal = server.CountJournal();
        BytesPerEvent = journal.BytesPerEvent;
        DiskBytesPerEvent = (double)disk / journal.Events;
        if (load.Answered != requests)
            Faults.Add($"{load.Answered} of {requests} requests were answered ({load.Errors} wrong replies). {server.Talk}");
        if (Throughput.JournalFault(journal, load.Answered) is { } fault)
            Faults.Add($"{requests:N0} requests: {fault}");
    }

    private void MeasureHeld(RigScope scope, Target sensor, LoadGenerator generator)
    {
        Say($"{Connections:N0} held connections");
        using var server = sensor.Start(scope);
        Check(generator.Hold(scope, server, Connections, ask: false, () => Held = ProcessFacts.Memory(server.Pid)));
        Check(generator.Hold(scope, server, Connections, ask: true, () => HeldAsked = ProcessFacts.Memory(server.Pid)));
        HeldPeakMb = ProcessFacts.PeakMegabytes(server.Pid);

        void Check(HoldResult held)
        {
            if (held.Opened < Connections || held.Alive < Connections)
                Faults.Add($"{held.Opened} of {Connections} connections opened, {held.Alive} still open a moment later. {server.Talk}");
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
