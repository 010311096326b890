using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Net;

/// <summary>Datagrams with the local address they were sent to: a sensor with several addresses answers from the right one.</summary>
internal static unsafe partial class Libc
{
    private const int IpProtocolIp = 0, IpPacketInfo = 8;

    private const int InterNetwork = 2, InterNetworkV6 = 10;

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

    /// <summary>-1 with errno when there is none.</summary>
    public static int ReceiveFrom(int fd, Span<byte> buffer, out DatagramPeer peer)
    {
        var name = stackalloc byte[28];
        var control = stackalloc byte[64];
        fixed (byte* data = buffer)
        {
            var vector = stackalloc nint[2] { (nint)data, buffer.Length };
            var message = new Message { Name = name, NameLength = 28, Vector = vector, VectorLength = 1, Control = control, ControlLength = 64 };
            var received = (int)ReceiveMessage(fd, &message, DontWait);
            peer = default;
            if (received < 0) return received;
            var v6 = name[0] == InterNetworkV6;
            UInt128 address = 0;
            Unsafe.CopyBlock(&address, name + (v6 ? 8 : 4), v6 ? 16u : 4u);
            peer = new DatagramPeer(address, BinaryPrimitives.ReadUInt16BigEndian(new ReadOnlySpan<byte>(name + 2, 2)), v6 ? 0 : LocalAddress(control, message.ControlLength), v6);
            return received;
        }
    }

    /// <summary>Sends from the address that the peer had sent to; what the kernel has no room for is dropped, as datagrams are.</summary>
    public static void SendTo(int fd, ReadOnlySpan<byte> bytes, in DatagramPeer peer)
    {
        var name = stackalloc byte[28];
        new Span<byte>(name, 28).Clear();
        *(ushort*)name = (ushort)(peer.IsV6 ? InterNetworkV6 : InterNetwork);
        BinaryPrimitives.WriteUInt16BigEndian(new Span<byte>(name + 2, 2), peer.Port);
        var address = peer.Address;
        Unsafe.CopyBlock(name + (peer.IsV6 ? 8 : 4), &address, peer.IsV6 ? 16u : 4u);
        // struct cmsghdr (length, level, type) and struct in_pktinfo (interface, source, destination).
        var control = stackalloc byte[32];
        new Span<byte>(control, 32).Clear();
        *(nint*)control = 28;
        *(int*)(control + 8) = IpProtocolIp;
        *(int*)(control + 12) = IpPacketInfo;
        *(uint*)(control + 20) = peer.Local;
        fixed (byte* data = bytes)
        {
            var vector = stackalloc nint[2] { (nint)data, bytes.Length };
            var message = new Message { Name = name, NameLength = peer.IsV6 ? 28 : 16, Vector = vector, VectorLength = 1 };
            if (peer.Local != 0)
            {
                message.Control = control;
                message.ControlLength = 32;
            }
            _ = SendMessage(fd, &message, DontWait | NoSignal);
        }
    }

    private static uint LocalAddress(byte* control, nint length)
    {
        // The only ancillary message that is asked for is IP_PKTINFO: 16 bytes of header, then interface and address.
        if (length < 28 || *(int*)(control + 8) != IpProtocolIp || *(int*)(control + 12) != IpPacketInfo) return 0;
        return *(uint*)(control + 20);
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int fd, Message* message, int flags);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int fd, Message* message, int flags);
}
