using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Events;

/// <summary>A path, and which file stood there when it was opened: another hand may put another one under the same name.</summary>
internal sealed unsafe partial class OpenedFile
{
    /// <summary>struct statx, the same on every architecture: statx(2).</summary>
    private const int StatxBytes = 256, StatxInode = 32, StatxDevice = 136;

    private const int CurrentDirectory = -100, EmptyPath = 0x1000, WantInode = 0x100;

    private readonly (ulong Device, ulong Inode)? _identity;

    public OpenedFile(string path, SafeFileHandle opened) => (Path, _identity) = (path, IdentityOf((int)opened.DangerousGetHandle(), "", EmptyPath));

    public string Path { get; }

    /// <summary>Null while the path leads to the file that was opened; else what became of it. Its number is nobody else's while it is open.</summary>
    public string? Fate()
    {
        if (!File.Exists(Path)) return "deleted";
        return _identity is { } own && IdentityOf(CurrentDirectory, Path, 0) is { } there && there != own ? "replaced" : null;
    }

    /// <summary>Null where the system does not say.</summary>
    private static (ulong Device, ulong Inode)? IdentityOf(int directory, string path, int flags)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var about = stackalloc byte[StatxBytes];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            return Statx(directory, name, flags, WantInode, about) == 0 ? (*(ulong*)(about + StatxDevice), *(ulong*)(about + StatxInode)) : null;
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, byte* path, int flags, uint mask, byte* about);
}
