using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Events;

/// <summary>A path, and which file stood there when it was opened: another hand may put another one under the same name.</summary>
internal sealed class OpenedFile(string path, SafeFileHandle opened)
{
    private readonly (ulong Device, ulong Inode)? _identity = Identity(FileStatus.Of(opened));

    public string Path => path;

    /// <summary>Null while the path leads to the file that was opened; else what became of it. Its number is nobody else's while it is open.</summary>
    public string? Fate()
    {
        if (!File.Exists(path)) return "deleted";
        return _identity is { } own && Identity(FileStatus.Of(path, follow: true)) is { } there && there != own ? "replaced" : null;
    }

    private static (ulong, ulong)? Identity(FileStatus? status) => status is { } known ? (known.Device, known.Inode) : null;
}
