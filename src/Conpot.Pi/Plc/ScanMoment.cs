namespace Conpot.Pi.Plc;

/// <summary>When a scan happens: all that a signal may know of time.</summary>
/// <param name="Time">Seconds since power-up. A double counts milliseconds exactly for longer than any device runs.</param>
/// <param name="Step">Seconds since the scan before, never more than <see cref="Cpu.LongestStep"/>.</param>
internal readonly record struct ScanMoment(double Time, double Step);
