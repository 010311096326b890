using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Makes the control socket in the file system: for its owner and group only, and in nobody's place but a dead sensor's.</summary>
internal static unsafe partial class ControlSocket
{
    private const int Backlog = 16;

    /// <summary>struct statx, the same on every architecture: statx(2).</summary>
    private const int StatxBytes = 256, StatxMode = 28;

    private const int CurrentDirectory = -100, NoFollow = 0x100, WantType = 1;
    private const int TypeMask = 0xF000, TypeSocket = 0xC000;

    /// <summary>The socket, listening; its file goes when it is disposed.</summary>
    /// <exception cref="ControlException">Another sensor has it.</exception>
    /// <exception cref="IOException">It cannot be made; the message is complete.</exception>
    public static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            if (OperatingSystem.IsWindows()) throw new PlatformNotSupportedException("no file modes");
            // Made by us it is for the owner and the group; what others made keeps their rights.
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, (Rights | UnixFileMode.UserExecute | UnixFileMode.GroupExecute) & ~UnixFileMode.GroupWrite);
            ClearDead(path);
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Before it listens: until then a connection is refused, so nobody slips in under the umask's rights.
            File.SetUnixFileMode(path, Rights);
            socket.Listen(Backlog);
            return socket;
        }
        catch (Exception e) when (e is SocketException or UnauthorizedAccessException or (IOException and not ControlException) or PlatformNotSupportedException)
        {
            socket.Dispose();
            throw new IOException($"the control socket {path} cannot be made ({e.Message}), so 'conpot-pi status' and 'io' will not reach this sensor; "
                + "give its directory to this user, or set [control] socket", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private const UnixFileMode Rights = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;

    /// <summary>Removes the socket of a sensor that died; anything else in its place stays.</summary>
    private static void ClearDead(string path)
    {
        if (ModeOf(path) is not { } mode) return;
        if ((mode & TypeMask) != TypeSocket) throw new IOException("a file that is no socket has its name");
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Blocking = false; // a sensor that hangs with a full backlog is alive too
            probe.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionRefused)
        {
            File.Delete(path);
            return;
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock)
        {
            // Alive.
        }
        throw new ControlException($"another conpot-pi has the control socket {path}; stop it, or give this one a state_directory (or [control] socket) of its own");
    }

    /// <summary>File type and rights, or null when nothing has this name.</summary>
    private static int? ModeOf(string path)
    {
        var about = stackalloc byte[StatxBytes];
        fixed (byte* name = Encoding.UTF8.GetBytes(path + "\0"))
            return Statx(CurrentDirectory, name, NoFollow, WantType, about) == 0 ? *(ushort*)(about + StatxMode) : null;
    }

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int Statx(int directory, byte* path, int flags, uint mask, byte* about);
}
