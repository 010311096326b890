using Conpot.Pi.Benchmarks.Measures;
using Conpot.Pi.Benchmarks.Reporting;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks;

/// <summary>The verbs <c>server</c> (Modbus) and <c>snmp</c>: builds the rig, measures rates and footprint, prints the report.</summary>
internal static class ServerBenchmark
{
    // What the journals of one run may take before they are deleted: the cap that the sensor is given, and room to spare.
    private const long NeededBytes = 6L << 30;

    public static int Run(ServerOptions options)
    {
        if (Environment.ProcessorCount < 2)
        {
            Console.Error.WriteLine($"{options.Verb}: one core only; server and generator need one each, or each would slow the other");
            return 1;
        }
        using var scope = new RigScope();
        try
        {
            if (scope.FreeBytes < NeededBytes)
                throw new RigException($"{scope.FreeBytes >> 30} GiB free for temporary files; the journals need {NeededBytes >> 30}; set TMPDIR to a roomier place");
            var programs = new RigPrograms(scope);
            var (throughput, footprint, goals) = options.Verb == "snmp" ? Snmp(scope, programs, options) : Modbus(scope, programs, options);
            var report = Report.Write(scope, options, throughput, footprint, goals);
            Console.Out.Write(report);
            if (options.Write)
                File.WriteAllText(Path.Combine(scope.ProjectDirectory, throughput.Contest.ResultFile), report);
            // A goal that is missed on a noisy machine is news; an exchange that is lost or wrong is a failure.
            return throughput.Faults.Count + (footprint?.Faults.Count ?? 0) == 0 ? 0 : 1;
        }
        catch (Exception) when (scope.Interrupted)
        {
            return 130;
        }
        catch (RigException e)
        {
            Console.Error.WriteLine($"{options.Verb}: {e.Message}");
            return 1;
        }
    }

    private static (Throughput, Footprint?, IReadOnlyList<Goal>) Modbus(RigScope scope, RigPrograms programs, ServerOptions options)
    {
        var load = new LoadGenerator(programs.ModbusLoad());
        var targets = Target.ForModbus(scope, programs, options, Contest.Modbus.Answer);
        var throughput = Throughput.Measure(scope, Contest.Modbus, targets, load, options);
        var sensor = targets.FirstOrDefault(t => t.Journals);
        var footprint = sensor is null ? null : Footprint.Measure(scope, sensor, load, options);
        return (throughput, footprint, footprint is null ? [] : Goals.Of(throughput, footprint));
    }

    /// <summary>The footprint is one of the whole sensor: <see cref="Modbus"/> measures it.</summary>
    private static (Throughput, Footprint?, IReadOnlyList<Goal>) Snmp(RigScope scope, RigPrograms programs, ServerOptions options)
    {
        var load = new LoadGenerator(programs.SnmpLoad());
        var throughput = Throughput.Measure(scope, Contest.Snmp, Target.ForSnmp(scope, programs, options, Contest.Snmp.Answer), load, options);
        return (throughput, null, options.Binary is null ? [] : Goals.OfSnmp(throughput));
    }
}
