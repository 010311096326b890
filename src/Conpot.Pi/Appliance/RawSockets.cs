using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Appliance;

/// <summary>Datagrams of one interface as they came, and packets with a header of our own: raw(7). To open them takes CAP_NET_RAW, to use them nothing.</summary>
/// <remarks>
/// A raw socket and not a packet socket: it hears what the kernel would have answered, after the firewall, whole and meant for this machine.
/// Constants are those of x86-64 and arm64, which agree.
/// </remarks>
internal sealed unsafe partial class RawSockets : IDisposable
{
    /// <summary>How much of a datagram is looked at.</summary>
    public const int Wanted = 64;

    private const int InterNetwork = 2, Raw = 3, CloseOnExec = 0x80000;
    private const int ProtocolUdp = 17, ProtocolRaw = 255;
    private const int SolSocket = 1, SoBindToDevice = 25, SoReceiveTimeout = 20, SoAttachFilter = 26, SolIp = 0, IpPacketInfo = 8;

    /// <summary>How often, in silence, it is seen whether the interface is still the one; in seconds.</summary>
    private const int LookInterval = 10;

    private readonly int _incoming, _outgoing;
    private readonly BoundInterface _interface;
    private volatile bool _hung;

    private RawSockets(BoundInterface plant, int incoming, int outgoing) => (_interface, _incoming, _outgoing) = (plant, incoming, outgoing);

    /// <exception cref="IOException">With what to do about it.</exception>
    public static RawSockets Open(string plant)
    {
        var sockets = new RawSockets(new BoundInterface(plant, n => (int)IndexOf(n)), Create(InterNetwork, Raw | CloseOnExec, ProtocolUdp), Create(InterNetwork, Raw | CloseOnExec, ProtocolRaw));
        try
        {
            if (sockets._incoming < 0 || sockets._outgoing < 0) throw Failure("cannot open a raw socket", "it takes CAP_NET_RAW: in a unit AmbientCapabilities=CAP_NET_RAW, by hand sudo");
            sockets.Prepare(plant);
            return sockets;
        }
        catch
        {
            sockets.Dispose();
            throw;
        }
    }

    /// <summary>Waits for the next datagram.</summary>
    /// <param name="local">The address of this machine that the kernel would answer it from.</param>
    /// <returns>False after <see cref="Hang"/>, and when another interface has the name: then they must be opened anew.</returns>
    public bool Receive(Span<byte> packet, out int length, out uint local)
    {
        var control = stackalloc byte[64];
        fixed (byte* data = packet)
        {
            var vector = stackalloc nint[2] { (nint)data, packet.Length };
            while (true)
            {
                var message = new Message { Vector = vector, VectorLength = 1, Control = control, ControlLength = 64 };
                var received = (int)ReceiveMessage(_incoming, &message, 0);
                (length, local) = (Math.Max(received, 0), 0);
                if (_hung) return false;
                // Nothing came for a while; or an error that is queued on the socket, such as the cable's, which is told once and is over.
                if (received <= 0)
                {
                    if (_interface.IsReplaced) return false;
                    continue;
                }
                // struct cmsghdr (length, level, type), then struct in_pktinfo (interface, own address, the packet's).
                if (message.ControlLength >= 28 && *(int*)(control + 8) == SolIp && *(int*)(control + 12) == IpPacketInfo)
                    local = BinaryPrimitives.ReadUInt32BigEndian(new ReadOnlySpan<byte>(control + 20, 4));
                return true;
            }
        }
    }

    /// <summary>What the kernel has no room or no way for is dropped.</summary>
    public void Send(ReadOnlySpan<byte> packet)
    {
        var to = stackalloc byte[16];
        new Span<byte>(to, 16).Clear();
        *(ushort*)to = InterNetwork;
        packet.Slice(16, 4).CopyTo(new Span<byte>(to + 4, 4));
        fixed (byte* data = packet) _ = SendTo(_outgoing, data, packet.Length, 0x40 /* MSG_DONTWAIT */, to, 16);
    }

    /// <summary>Ends the waiting of another thread. A raw socket is not connected; the kernel says so, and wakes who waits all the same.</summary>
    public void Hang()
    {
        _hung = true;
        _ = Shutdown(_incoming, 2);
    }

    public void Dispose()
    {
        if (_incoming >= 0) _ = Close(_incoming);
        if (_outgoing >= 0) _ = Close(_outgoing);
    }

    private void Prepare(string plant)
    {
        // Frames for this machine alone (PACKET_HOST is 0), and no more than is looked at: packet type, "equals 0", accept, drop; linux/filter.h.
        var filter = stackalloc ulong[4] { Instruction(0x20, 0, 0, 0xFFFFF004), Instruction(0x15, 0, 1, 0), Instruction(0x06, 0, 0, Wanted), Instruction(0x06, 0, 0, 0) };
        var program = stackalloc nint[2] { 4, (nint)filter };
        var timeout = stackalloc long[2] { LookInterval, 0 }; // struct timeval
        var on = 1;
        Span<byte> name = stackalloc byte[16];
        name.Clear();
        System.Text.Encoding.ASCII.GetBytes(plant.AsSpan(0, Math.Min(plant.Length, 15)), name);
        fixed (byte* device = name)
        {
            foreach (var socket in (int[])[_incoming, _outgoing])
                if (SetSockOpt(socket, SolSocket, SoBindToDevice, device, 16) < 0) throw Failure($"cannot use the interface {plant}", "name the plant's in [appliance] interface; 'ip link' lists them");
        }
        if (SetSockOpt(_incoming, SolSocket, SoAttachFilter, program, 16) < 0 || SetSockOpt(_incoming, SolIp, IpPacketInfo, &on, 4) < 0 || SetSockOpt(_incoming, SolSocket, SoReceiveTimeout, timeout, 16) < 0)
            throw Failure("cannot prepare a raw socket", "the kernel needs socket filters (CONFIG_NET)");
    }

    /// <summary>struct sock_filter: code, two jumps, a constant.</summary>
    private static ulong Instruction(ushort code, byte ifTrue, byte ifFalse, uint constant) => code | (ulong)ifTrue << 16 | (ulong)ifFalse << 24 | (ulong)constant << 32;

    private static IOException Failure(string fact, string remedy) =>
        new($"{fact} ({Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}); {remedy}");

    /// <summary>struct msghdr of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public byte* Name;
        public int NameLength;
        public nint* Vector;
        public nint VectorLength;
        public byte* Control;
        public nint ControlLength;
        public int Flags;
    }

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int Create(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSockOpt(int fd, int level, int option, void* value, int length);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int fd, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    private static partial nint SendTo(int fd, byte* data, nint length, int flags, byte* to, int toLength);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", StringMarshalling = StringMarshalling.Utf8)]
    private static partial uint IndexOf(string name);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int Shutdown(int fd, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int fd);
}
