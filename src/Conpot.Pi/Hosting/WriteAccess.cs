using System.Runtime.InteropServices;

namespace Conpot.Pi.Hosting;

/// <summary>Whether this user may write to a file, or make one in a directory.</summary>
internal static partial class WriteAccess
{
    private const int Search = 1, Write = 2; // access(2): X_OK, W_OK

    /// <summary>True where nobody can say.</summary>
    public static bool To(string path) => Problem(path) is null;

    /// <summary>What stands against it: "Permission denied", "Read-only file system".</summary>
    public static string? Problem(string path) =>
        !OperatingSystem.IsLinux() || Access(path, Directory.Exists(path) ? Write | Search : Write) == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    /// <summary>The directory itself, or the one above in which it would have to be made.</summary>
    /// <remarks>Whoever may not look into a directory does not see that there is one in it: it is then the one that denies it.</remarks>
    public static string Nearest(string directory)
    {
        while (!Path.Exists(directory) && Path.GetDirectoryName(directory) is { } above) directory = above;
        return directory;
    }

    [LibraryImport("libc", EntryPoint = "access", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Access(string path, int mode);
}
