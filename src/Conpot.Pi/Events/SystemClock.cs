using System.Runtime.InteropServices;

namespace Conpot.Pi.Events;

/// <summary>Whether the kernel holds the wall clock for synchronised; a Pi has no battery clock and starts wrong.</summary>
internal static partial class SystemClock
{
    private const int TimeError = 5; // adjtimex(2): clock not synchronized

    /// <summary>False only when the kernel says so; true when it cannot be asked (another system, a sandbox).</summary>
    public static unsafe bool IsSynchronised()
    {
        if (!OperatingSystem.IsLinux()) return true;
        var timex = stackalloc long[64]; // struct timex is 208 bytes; modes = 0 asks without setting
        new Span<long>(timex, 64).Clear();
        return Adjtimex(timex) != TimeError;
    }

    [LibraryImport("libc", EntryPoint = "adjtimex")]
    private static unsafe partial int Adjtimex(void* timex);
}
