using System.Runtime.InteropServices;

namespace Conpot.Pi.Events;

/// <summary>Whether the wall clock is held for synchronised; a Pi has no battery clock and starts wrong.</summary>
internal static partial class SystemClock
{
    private const int TimeError = 5; // adjtimex(2): clock not synchronized

    /// <summary>What the kernel says; where it may not be asked, what is known of those who set the clock.</summary>
    public static unsafe bool IsSynchronised()
    {
        if (!OperatingSystem.IsLinux()) return true;
        var timex = stackalloc long[64]; // struct timex is 208 bytes; modes = 0 asks without setting
        new Span<long>(timex, 64).Clear();
        return Adjtimex(timex) switch
        {
            TimeError => false,
            < 0 => IsSetBySomebody("/run"),
            _ => true,
        };
    }

    /// <summary>For a service with ProtectClock=, whose filter forbids even the question (systemd.exec).</summary>
    /// <remarks>
    /// systemd-timesyncd leaves a file once it has set the clock (systemd-timesyncd.service, "Files"). Of other daemons it can only be seen that they
    /// are there: then nothing is said against the clock, as on a system without systemd, such as a container's.
    /// </remarks>
    internal static bool IsSetBySomebody(string run) =>
        !Directory.Exists(Path.Combine(run, "systemd/system")) || File.Exists(Path.Combine(run, "systemd/timesync/synchronized"))
        || Directory.Exists(Path.Combine(run, "chrony")) || File.Exists(Path.Combine(run, "ntpd.pid")) || File.Exists(Path.Combine(run, "openntpd.sock"));

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static unsafe partial int Adjtimex(void* timex);
}
