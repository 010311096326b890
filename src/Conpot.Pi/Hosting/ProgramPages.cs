using System.Globalization;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Hosting;

/// <summary>Gives back the pages of the program's own file that only a start needs: types are packed in it and unpacked once, and settings are read once.</summary>
/// <remarks>They stay in the kernel's cache while there is room, and what is needed again is mapped again from there.</remarks>
internal static unsafe partial class ProgramPages
{
    private const int DontNeed = 4; // MADV_DONTNEED, linux/mman.h

    /// <summary>Nothing where the system does not say what is mapped.</summary>
    public static void GiveBack()
    {
        if (!OperatingSystem.IsLinux() || Environment.ProcessPath is not { } program) return;
        try
        {
            foreach (var (start, end) in Untouched(File.ReadLines("/proc/self/smaps"), program)) _ = Advise((nuint)start, (nuint)(end - start), DontNeed);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It is a matter of 4 MB.
        }
    }

    /// <summary>First byte and the one behind the last of what is mapped from the file, cannot be written and never was, so that the file has all of it (proc_pid_smaps(5)).</summary>
    /// <remarks>What was written and then protected is Anonymous, or in Swap. QEMU's user mode makes its own list up, in which nothing is in memory: then nothing is known.</remarks>
    internal static IEnumerable<(ulong Start, ulong End)> Untouched(IEnumerable<string> smaps, string program)
    {
        (ulong, ulong)? mapped = null;
        bool present = false, written = false;
        foreach (var line in smaps)
        {
            switch (line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                case [[.., not ':'], ..] words:
                    if (mapped is { } before && present && !written) yield return before;
                    (mapped, present, written) = (Range(line, words, program), false, false);
                    break;
                case ["Rss:", var pages, ..]:
                    present = pages != "0";
                    break;
                case ["Anonymous:" or "Swap:", not "0", ..]:
                    written = true;
                    break;
            }
        }
        if (mapped is { } last && present && !written) yield return last;
    }

    /// <summary>Of a line such as "555e79593000-555e79aa5000 r-xp 00011000 fe:00 12052418   /usr/bin/conpot-pi"; null for what is another's or can be written.</summary>
    private static (ulong Start, ulong End)? Range(string line, string[] words, string program)
    {
        if (!line.EndsWith(" " + program, StringComparison.Ordinal) || words[1] is not ['r', '-', ..]) return null;
        var dash = words[0].IndexOf('-', StringComparison.Ordinal);
        return (ulong.Parse(words[0].AsSpan(0, dash), NumberStyles.HexNumber, CultureInfo.InvariantCulture), ulong.Parse(words[0].AsSpan(dash + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(nuint start, nuint length, int advice);
}
