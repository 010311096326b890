using System.Diagnostics;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>The verb <c>fleet</c>: many sensors' forwarders in this process against one mosquitto; what it holds, how late it is, and what a broker's restart sets off.</summary>
internal static class FleetBenchmark
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(150), Idle = TimeSpan.FromSeconds(30);

    public static int Run(FleetOptions options)
    {
        using var scope = new RigScope();
        try
        {
            var report = Measure(scope, options).GetAwaiter().GetResult();
            Console.Out.Write(report);
            if (options.Write) File.WriteAllText(Path.Combine(scope.ProjectDirectory, "RESULTS-FLEET.md"), report);
            return 0;
        }
        catch (Exception) when (scope.Interrupted)
        {
            return 130;
        }
        catch (RigException e)
        {
            Console.Error.WriteLine($"fleet: {e.Message}");
            return 1;
        }
    }

    private static async Task<string> Measure(RigScope scope, FleetOptions options)
    {
        using var broker = new FleetBroker(scope);
        var empty = ProcessFacts.ResidentMegabytes(broker.Pid);
        await using var listener = new FleetListener(broker.Port, options.Sensors);
        await Until(() => listener.IsConnected, "the collector connects to mosquitto");
        var sensors = new List<FleetSensor>();
        try
        {
            for (var number = 0; number < options.Sensors; number++)
                sensors.Add(new FleetSensor(scope.Temporary, number, $"mqtt://127.0.0.1:{broker.Port}", Random.Shared.NextDouble));
            var report = new FleetReport(scope, options, empty);
            var began = Stopwatch.GetTimestamp();
            foreach (var sensor in sensors) sensor.Start();
            await Until(() => listener.Online.Length == sensors.Count, "every sensor is online");
            report.Connected(began, listener.Online, Figures.Of(broker));
            report.Idle(await Over(broker, Idle));
            foreach (var rate in options.Rates)
            {
                listener.TakeLags();
                var before = listener.Count;
                var emitted = 0L;
                var figures = await Over(broker, TimeSpan.FromSeconds(options.Seconds), time => emitted = Emit(sensors, rate, time));
                var within = listener.Count.Events - before.Events;
                await Delivered(sensors, listener);
                report.Held(rate, emitted, within, listener.TakeLags(), figures);
            }
            foreach (var outage in options.Outages)
            {
                await Restart(broker, listener, sensors, outage, options.Rates[0], report);
            }
            report.End(sensors.Sum(s => s.Events), [.. sensors.Select((s, number) => listener.Missing(number, s.Events))], listener.Count);
            return report.ToString();
        }
        finally
        {
            Parallel.ForEach(sensors, new ParallelOptions { MaxDegreeOfParallelism = 16 }, sensor => sensor.Dispose());
        }
    }

    /// <summary>The broker is away for so long while everybody goes on being touched.</summary>
    private static async Task Restart(FleetBroker broker, FleetListener listener, List<FleetSensor> sensors, int outage, int rate, FleetReport report)
    {
        broker.Stop();
        listener.Forget();
        listener.TakeLags();
        var emitted = await Task.Run(() => Emit(sensors, rate, TimeSpan.FromSeconds(outage)));
        broker.Start();
        var back = Stopwatch.GetTimestamp();
        var cpu = ProcessFacts.CpuMilliseconds(broker.Pid);
        await Until(() => listener.Online.Length == sensors.Count, "every sensor is online again");
        var online = listener.Online;
        await Delivered(sensors, listener);
        report.Returned(outage, emitted, back, online, Stopwatch.GetElapsedTime(back), ProcessFacts.CpuMilliseconds(broker.Pid) - cpu, ProcessFacts.ResidentMegabytes(broker.Pid));
    }

    /// <summary>Touches the sensors in turn, so many times a second in all, in steps of 5 ms; as a thread of its own would.</summary>
    /// <returns>How many events that made.</returns>
    private static long Emit(List<FleetSensor> sensors, int rate, TimeSpan time)
    {
        var began = Stopwatch.GetTimestamp();
        var made = 0L;
        while (Stopwatch.GetElapsedTime(began) is var elapsed && elapsed < time)
        {
            for (var due = (long)(elapsed.TotalSeconds * rate); made < due; made++)
                sensors[(int)(made % sensors.Count)].Touch(Stopwatch.GetTimestamp());
            Thread.Sleep(5);
        }
        return made;
    }

    private static async Task<Figures> Over(FleetBroker broker, TimeSpan time, Action<TimeSpan>? work = null)
    {
        var (before, began) = (Figures.Of(broker), Stopwatch.GetTimestamp());
        await Task.Factory.StartNew(() => (work ?? Thread.Sleep)(time), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return Figures.Of(broker).Since(before, Stopwatch.GetElapsedTime(began));
    }

    /// <summary>Until nothing more comes: what was acknowledged by a broker that was stopped then may never.</summary>
    private static async Task Delivered(List<FleetSensor> sensors, FleetListener listener)
    {
        var (count, quiet) = (listener.Count.Events, Stopwatch.GetTimestamp());
        while (sensors.Sum(s => s.Events) > listener.Count.Events && Stopwatch.GetElapsedTime(quiet) < TimeSpan.FromSeconds(5))
        {
            await Task.Delay(20);
            if (listener.Count.Events == count) continue;
            (count, quiet) = (listener.Count.Events, Stopwatch.GetTimestamp());
        }
    }

    private static async Task Until(Func<bool> so, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!so())
        {
            if (Stopwatch.GetElapsedTime(began) > Patience) throw new RigException($"within {Patience.TotalSeconds:0} s it did not come that {what}");
            await Task.Delay(10);
        }
    }
}

/// <summary>What broker and fleet have used so far, or over a time: milliseconds of CPU, or percent of one core.</summary>
internal readonly record struct Figures(double BrokerCpu, double FleetCpu, double BrokerMegabytes, double FleetMegabytes)
{
    public static Figures Of(FleetBroker broker)
    {
        using var self = Process.GetCurrentProcess();
        return new Figures(ProcessFacts.CpuMilliseconds(broker.Pid), self.TotalProcessorTime.TotalMilliseconds, ProcessFacts.ResidentMegabytes(broker.Pid), ProcessFacts.ResidentMegabytes(Environment.ProcessId));
    }

    public Figures Since(Figures before, TimeSpan time) =>
        this with { BrokerCpu = (BrokerCpu - before.BrokerCpu) / time.TotalMilliseconds * 100, FleetCpu = (FleetCpu - before.FleetCpu) / time.TotalMilliseconds * 100 };
}
