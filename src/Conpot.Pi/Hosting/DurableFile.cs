using System.Runtime.InteropServices;
using Conpot.Pi.Config;

namespace Conpot.Pi.Hosting;

/// <summary>A small file that is either the old one or the new one, whole, whenever the power goes: written beside, synchronised, renamed.</summary>
internal static partial class DurableFile
{
    /// <summary>Leaves a file alone that holds the bytes already: a card bears only so many writes.</summary>
    /// <exception cref="IOException">It cannot be written; the old one stands.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not; the old one stands.</exception>
    public static void Write(string path, ReadOnlySpan<byte> bytes, UnixFileMode mode)
    {
        if (Holds(path, bytes)) return;
        var temporary = path + ".new";
        try
        {
            File.Delete(temporary); // of a run that was cut off, perhaps with another mode
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
            using (var file = new FileStream(temporary, options))
            {
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file.SafeFileHandle, mode); // whatever the umask is
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
            Synchronise(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            TryDelete(temporary);
            throw;
        }
    }

    public static bool Holds(string path, ReadOnlySpan<byte> bytes) => SmallFile.Read(path, bytes.Length) is { } held && held.AsSpan().SequenceEqual(bytes);

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The half-written file is not the one that anybody reads.
        }
    }

    /// <summary>The new name is on the medium too: fsync(2), "explicit fsync() on a file descriptor for the directory".</summary>
    private static void Synchronise(string directory)
    {
        const int readOnlyDirectoryCloseOnExec = 0x0 | 0x80000; // O_RDONLY, O_CLOEXEC
        var descriptor = Open(directory, readOnlyDirectoryCloseOnExec);
        if (descriptor < 0) return;
        _ = Sync(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync")]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);
}
