using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Conpot.Pi.Cli.Capture;

/// <summary>TCP's control bits (RFC 9293, 3.1).</summary>
[Flags]
internal enum TcpFlags : byte { None = 0, Fin = 1, Syn = 2, Reset = 4, Push = 8, Ack = 16 }

/// <summary>Builds an Ethernet frame with its IP and TCP or UDP header around bytes.</summary>
internal static class Frame
{
    public const int Ethernet = 14, IPv4 = 20, IPv6 = 40, Tcp = 20, Udp = 8, LargestSegmentOption = 4;

    /// <summary>Ethernet's 1500 bytes without the two headers.</summary>
    public static int LargestSegment(IPAddress address) => 1500 - IpHeader(address) - Tcp;

    private const byte ProtocolTcp = 6, ProtocolUdp = 17, HopLimit = 64;

    /// <summary>A common window; what is shown never fills it.</summary>
    private const ushort Window = 64240;

    /// <param name="length">How long the payload was; what the journal did not keep of it is missing at the end of the frame.</param>
    public static byte[] TcpSegment(IPEndPoint from, IPEndPoint to, ushort id, uint sequence, uint acknowledged, TcpFlags flags, ReadOnlySpan<byte> payload, int length)
    {
        var options = (flags & TcpFlags.Syn) != 0 ? LargestSegmentOption : 0;
        var frame = Headers(from, to, id, ProtocolTcp, Tcp + options, length, payload.Length, out var segment);
        BinaryPrimitives.WriteUInt16BigEndian(segment, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(segment[2..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt32BigEndian(segment[4..], sequence);
        BinaryPrimitives.WriteUInt32BigEndian(segment[8..], (flags & TcpFlags.Ack) != 0 ? acknowledged : 0);
        segment[12] = (byte)((Tcp + options) / 4 << 4);
        segment[13] = (byte)flags;
        BinaryPrimitives.WriteUInt16BigEndian(segment[14..], (flags & TcpFlags.Reset) != 0 ? (ushort)0 : Window);
        if (options > 0)
        {
            (segment[20], segment[21]) = (2, LargestSegmentOption); // RFC 9293, 3.7.1
            BinaryPrimitives.WriteUInt16BigEndian(segment[22..], (ushort)LargestSegment(from.Address));
        }
        payload.CopyTo(segment[(Tcp + options)..]);
        if (length > payload.Length) return frame; // no checksum can be made of a part, and nobody checks that of one
        BinaryPrimitives.WriteUInt16BigEndian(segment[16..], InternetChecksum.OfTransport(from.Address, to.Address, ProtocolTcp, segment));
        return frame;
    }

    /// <param name="length">How long the payload was; what the journal did not keep of it is missing at the end of the frame.</param>
    public static byte[] UdpDatagram(IPEndPoint from, IPEndPoint to, ushort id, ReadOnlySpan<byte> payload, int length)
    {
        length = Math.Clamp(length, payload.Length, ushort.MaxValue - Udp - IPv4);
        var frame = Headers(from, to, id, ProtocolUdp, Udp, length, payload.Length, out var datagram);
        BinaryPrimitives.WriteUInt16BigEndian(datagram, (ushort)from.Port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[2..], (ushort)to.Port);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[4..], (ushort)(Udp + length));
        payload.CopyTo(datagram[Udp..]);
        if (length > payload.Length) return frame; // 0 is "none made" (RFC 768); it cannot be made of a part
        var sum = InternetChecksum.OfTransport(from.Address, to.Address, ProtocolUdp, datagram);
        BinaryPrimitives.WriteUInt16BigEndian(datagram[6..], sum == 0 ? ushort.MaxValue : sum);
        return frame;
    }

    private static int IpHeader(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? IPv4 : IPv6;

    /// <param name="header">The transport header.</param>
    /// <param name="payload">All of what follows it, as the IP header tells it.</param>
    /// <param name="kept">The payload that is there.</param>
    private static byte[] Headers(IPEndPoint from, IPEndPoint to, ushort id, byte protocol, int header, int payload, int kept, out Span<byte> transport)
    {
        var ip = IpHeader(from.Address);
        var length = header + payload;
        var frame = new byte[Ethernet + ip + header + kept];
        MadeUpMac(to.Address, frame);
        MadeUpMac(from.Address, frame.AsSpan(6));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(12), ip == IPv4 ? (ushort)0x0800 : (ushort)0x86DD);
        var span = frame.AsSpan(Ethernet);
        if (ip == IPv4)
        {
            span[0] = 0x45;
            BinaryPrimitives.WriteUInt16BigEndian(span[2..], (ushort)(IPv4 + length));
            BinaryPrimitives.WriteUInt16BigEndian(span[4..], id);
            span[6] = 0x40; // don't fragment
            (span[8], span[9]) = (HopLimit, protocol);
            from.Address.TryWriteBytes(span[12..], out _);
            to.Address.TryWriteBytes(span[16..], out _);
            BinaryPrimitives.WriteUInt16BigEndian(span[10..], InternetChecksum.Of(span[..IPv4]));
        }
        else
        {
            span[0] = 0x60;
            BinaryPrimitives.WriteUInt16BigEndian(span[4..], (ushort)length);
            (span[6], span[7]) = (protocol, HopLimit);
            from.Address.TryWriteBytes(span[8..], out _);
            to.Address.TryWriteBytes(span[24..], out _);
        }
        transport = span[ip..];
        return frame;
    }

    /// <summary>02 (locally administered, IEEE 802 8.2) and 00, then the end of the address: the journal knows no MAC, and none is to look like a real one.</summary>
    private static void MadeUpMac(IPAddress address, Span<byte> mac)
    {
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out var length);
        mac[0] = 0x02;
        bytes[(length - 4)..length].CopyTo(mac[2..]);
    }
}
