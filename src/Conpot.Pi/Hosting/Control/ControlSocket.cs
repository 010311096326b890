using System.Net.Sockets;
using Conpot.Pi.Events;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Makes the control socket in the file system: for its owner and group only, and in nobody's place but a dead sensor's.</summary>
internal static class ControlSocket
{
    private const int Backlog = 16;

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
        if (FileStatus.Of(path, follow: false) is not { } there) return;
        if (!there.IsSocket) throw new IOException("a file that is no socket has its name");
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
}
