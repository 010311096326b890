using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Config;

/// <summary>A small file in a directory where another user may have put anything: read without waiting, and no more of it than it may have.</summary>
/// <remarks>Root reads the sensor's identity before the network is up: a FIFO in its place would hold up the whole machine, a link could lead to a device.</remarks>
internal static partial class SmallFile
{
    /// <returns>Null when there is no such file, when it is no regular file (a FIFO, a link, a device, a directory), has more bytes, or cannot be read.</returns>
    public static byte[]? Read(string path, int most)
    {
        const int readOnlyNonBlockNoTerminalCloseOnExec = 0x800 | 0x100 | 0x80000; // O_RDONLY is 0
        // asm-generic/fcntl.h, and arm's own.
        var noFollow = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;
        var descriptor = Open(path, readOnlyNonBlockNoTerminalCloseOnExec | noFollow);
        if (descriptor < 0) return null;
        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        try
        {
            _ = RandomAccess.GetLength(file); // NotSupportedException: a FIFO
            var bytes = new byte[most + 1];
            var length = 0;
            while (length < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(length), length) is > 0 and var read) length += read;
            return length <= most ? bytes[..length] : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
