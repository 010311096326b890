using System.Globalization;
using Conpot.Pi.Benchmarks.Processes;

namespace Conpot.Pi.Benchmarks.Measures;

/// <summary>One line of what was promised, what came out, and whether that is enough.</summary>
internal sealed record Goal(string What, string Wanted, string Measured, bool Reached);

/// <summary>The goals that a run of this rig can decide.</summary>
internal static class Goals
{
    public static IReadOnlyList<Goal> Of(Throughput throughput, Footprint footprint)
    {
        static double Rate(Sample s) => s.Load.Rps;
        static double Cpu(Sample s) => s.Load.CpuUs;
        Spread Ratio(Scenario scenario, string peer, Func<Sample, double> figure) => throughput.Ratio(scenario, Target.Sensor, peer, figure);

        var lostByKill = Math.Max(0, footprint.Killed.Answered - footprint.Killed.Recorded);
        return
        [
            AtLeast("rate, 50 connections, every exchange in the journal, against libmodbus (logs nothing)", 1.0, Ratio(Scenario.Many, Target.Libmodbus, Rate)),
            AtLeast("the same against the floor", 0.6, Ratio(Scenario.Many, Target.Floor, Rate)),
            AtLeast("rate, 16 in flight, against libmodbus", 5, Ratio(Scenario.Pipelined, Target.Libmodbus, Rate)),
            AtMost("CPU per request, 1 connection, against the floor", 1.5, Ratio(Scenario.Single, Target.Floor, Cpu)),
            NoneLost(throughput),
            new("the same after kill -9 under load", "0", $"{lostByKill} of {footprint.Killed.Answered:N0}", lostByKill == 0 && footprint.Killed.Answered > 0),
            Below("RSS idle", 12, footprint.Idle.Resident, "MB"),
            Below($"RSS after {footprint.Requests:N0} requests", 16, footprint.Loaded.Resident, "MB"),
            Below("RSS with 2,000 connections (each asked once)", 32, Math.Max(footprint.Held.Resident, footprint.HeldAsked.Resident), "MB"),
            Below("binary", 10, footprint.BinaryMb, "MB"),
            Below("start to first answer", 30, footprint.FirstAnswerMs.Median, "ms"),
            new("idle CPU, of one core", "<= 0.3 %", (footprint.IdleCpuMsPerMinute / 600).ToString("0.000", CultureInfo.InvariantCulture) + " %", footprint.IdleCpuMsPerMinute <= 180),
            new("disk writes when idle, an hour", "<= 100 KB", footprint.IdleDiskKbPerHour.ToString("0", CultureInfo.InvariantCulture) + " KB", footprint.IdleDiskKbPerHour <= 100),
            Below("journal bytes per event", 700, footprint.BytesPerEvent, "B", "0"),
        ];
    }

    public static IReadOnlyList<Goal> OfSnmp(Throughput throughput)
    {
        var rate = throughput.Ratio(Scenario.GetMany, Target.Sensor, Target.Snmpd, s => s.Load.Rps);
        return
        [
            AtLeast("SNMP GET, 50 sockets, journal on, against snmpd (logs nothing)", 2.5, rate),
            NoneLost(throughput),
        ];
    }

    private static Goal NoneLost(Throughput throughput)
    {
        var journalled = throughput.Samples.Where(s => s.Journal is not null).ToList();
        var lost = journalled.Sum(s => Throughput.Lost(s.Journal!, s.Load.Answered));
        return new("answered requests in no journal line", "0", $"{lost} of {journalled.Sum(s => s.Journal!.Answers):N0}", lost == 0);
    }

    private static Goal AtLeast(string what, double wanted, Spread ratio) =>
        new(what, $">= {wanted:0.0} x", ratio.Text("0.00") + " x", ratio.Median >= wanted);

    private static Goal AtMost(string what, double wanted, Spread ratio) =>
        new(what, $"<= {wanted:0.0} x", ratio.Text("0.00") + " x", ratio.Median > 0 && ratio.Median <= wanted);

    // Nothing that exists measures zero: such a figure was not taken.
    private static Goal Below(string what, double limit, double measured, string unit, string format = "0.0") =>
        new(what, $"<= {limit} {unit}", measured.ToString(format, CultureInfo.InvariantCulture) + $" {unit}", measured > 0 && measured <= limit);
}
