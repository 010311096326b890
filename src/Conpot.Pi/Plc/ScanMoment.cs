namespace Conpot.Pi.Plc;

/// <summary>When a scan happens: all that a signal may know of time.</summary>
/// <param name="Time">Seconds since 1970 by the wall clock of power-up, monotonic from there: a restart goes on where the last run was. A double counts microseconds of this.</param>
/// <param name="Step">Seconds since the scan before, never more than <see cref="Cpu.LongestStep"/>.</param>
internal readonly record struct ScanMoment(double Time, double Step);
