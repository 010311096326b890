using System.Globalization;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Benchmarks.Processes;

/// <summary>Memory of a process in MB.</summary>
/// <param name="Resident">VmRSS.</param>
/// <param name="Proportional">PSS.</param>
/// <param name="Anonymous">Pages that no file could give back: heap, stacks, what the start has written to.</param>
internal readonly record struct MemoryUse(double Resident, double Proportional, double Anonymous)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Resident:0.0} MB ({Proportional:0.0}, {Anonymous:0.0})");
}

/// <summary>What the kernel knows about another process: memory, CPU time, bytes written.</summary>
internal static partial class ProcessFacts
{
    private const int SigTerm = 15;

    public static void Terminate(int pid) => _ = kill(pid, SigTerm);

    public static double ResidentMegabytes(int pid) => StatusMegabytes(pid, "VmRSS:");

    /// <summary>What of it is this process's alone (PSS: a page that n processes share counts for a nth), and what of that is no file's (anonymous).</summary>
    public static MemoryUse Memory(int pid) =>
        new(ResidentMegabytes(pid), Number(pid, "smaps_rollup", "Pss:") / 1024.0, Number(pid, "smaps_rollup", "Anonymous:") / 1024.0);

    public static double PeakMegabytes(int pid) => StatusMegabytes(pid, "VmHWM:");

    /// <summary>The process's CPU clock (proc(5) stat counts in steps of 10 ms, too coarse for an idle process).</summary>
    public static double CpuMilliseconds(int pid)
    {
        if (clock_getcpuclockid(pid, out var clock) != 0 || clock_gettime(clock, out var time) != 0)
            throw new RigException($"process {pid} ended while it was measured");
        return time.Seconds * 1e3 + time.Nanoseconds / 1e6;
    }

    /// <summary>Bytes that the process caused to be written to storage since its start (proc(5), io: write_bytes).</summary>
    public static long DiskBytes(int pid) => Number(pid, "io", "write_bytes:");

    private static double StatusMegabytes(int pid, string field) => Number(pid, "status", field) / 1024.0;

    private static long Number(int pid, string file, string field)
    {
        try
        {
            foreach (var line in File.ReadLines($"/proc/{pid}/{file}"))
                if (line.StartsWith(field, StringComparison.Ordinal))
                    return long.Parse(line.AsSpan(field.Length).TrimStart().ToString().Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // Gone between two reads; said below.
        }
        throw new RigException($"process {pid} ended while it was measured");
    }

    [LibraryImport("libc")]
    private static partial int kill(int pid, int signal);

    [LibraryImport("libc")]
    private static partial int clock_getcpuclockid(int pid, out int clock);

    [LibraryImport("libc")]
    private static partial int clock_gettime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
