using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Events;

/// <summary>What the system knows of a file and the class library does not tell: which one it is, and of which type (statx(2)).</summary>
/// <param name="Mode">st_mode: type and rights (inode(7)).</param>
/// <param name="Device">With the inode, what tells a file from all others that are there at the same time.</param>
internal readonly unsafe partial record struct FileStatus(int Mode, ulong Device, ulong Inode)
{
    private const int TypeMask = 0xF000, TypeSocket = 0xC000, TypeRegular = 0x8000, TypeDirectory = 0x4000; // S_IFMT, S_IFSOCK, S_IFREG, S_IFDIR

    private const int CurrentDirectory = -100, NoFollow = 0x100, EmptyPath = 0x1000; // AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH

    private const uint WantType = 1, WantInode = 0x100; // STATX_TYPE, STATX_INO

    /// <summary>struct statx, the same on every architecture.</summary>
    private const int Bytes = 256, ModeAt = 28, InodeAt = 32, DeviceAt = 136;

    public bool IsSocket => (Mode & TypeMask) == TypeSocket;

    /// <summary>Bytes go through it and do not stay: a device, a pipe, a socket.</summary>
    public bool IsPassage => (Mode & TypeMask) is not (TypeRegular or TypeDirectory);

    /// <summary>Null when nothing has this name, or the system does not say.</summary>
    /// <param name="follow">Whether a symbolic link stands for what it leads to.</param>
    public static FileStatus? Of(string path, bool follow) => Ask(CurrentDirectory, path, follow ? 0 : NoFollow);

    public static FileStatus? Of(SafeFileHandle opened) => Ask((int)opened.DangerousGetHandle(), "", EmptyPath);

    private static FileStatus? Ask(int directory, string path, int flags)
    {
        if (!OperatingSystem.IsLinux()) return null;
        var about = stackalloc byte[Bytes];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            return Statx(directory, name, flags, WantType | WantInode, about) == 0 ? new(*(ushort*)(about + ModeAt), *(ulong*)(about + DeviceAt), *(ulong*)(about + InodeAt)) : null;
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, byte* path, int flags, uint mask, byte* about);
}
