using System.Buffers.Binary;

namespace Conpot.Pi.Appliance;

/// <summary>ICMP "port unreachable" as the device sends it: the header of the datagram and 8 bytes, where Linux quotes all of it.</summary>
/// <remarks>
/// nmap-os-db, "Siemens Simatic 300": IPL=38 (56 bytes in all), UN=0, RIPL, RID, RIPCK and RUD good, RUCK=1B88; and a time to live in the quote of 1, which is
/// how the record's T comes to be 60 more than the one that the device sends. RFC 1122, 3.2.2 says what is never answered.
/// </remarks>
internal static class PortUnreachable
{
    public const int Size = 56;

    private const int IpHeader = 20, IcmpHeader = 8, UdpHeader = 8;
    private const int Icmp = 1, Udp = 17;

    /// <summary>The port that a packet asks for, if it is one that may be answered; else -1.</summary>
    /// <param name="packet">From the IP header on; the end of the data may be missing.</param>
    /// <param name="local">This machine's own address as the kernel has found it for the packet: another than the packet's is a broadcast or a group.</param>
    public static int AskedPort(ReadOnlySpan<byte> packet, uint local)
    {
        // Options would make the quote longer than the device's.
        if (packet.Length < IpHeader + UdpHeader || packet[0] != 0x45 || packet[9] != Udp) return -1;
        int total = Word(packet[2..]), datagram = Word(packet[24..]);
        // More fragments, or an offset.
        if (datagram < UdpHeader || total < IpHeader + datagram || (Word(packet[6..]) & 0x3FFF) != 0) return -1;
        uint from = BinaryPrimitives.ReadUInt32BigEndian(packet[12..]), to = BinaryPrimitives.ReadUInt32BigEndian(packet[16..]);
        return to == local && IsHost(to) && IsHost(from) && from != to ? Word(packet[22..]) : -1;
    }

    /// <summary>Writes the whole packet, <see cref="Size"/> bytes, that answers one of which <see cref="AskedPort"/> gave the port.</summary>
    public static void Write(ReadOnlySpan<byte> packet, StackSettings stack, Span<byte> reply)
    {
        reply = reply[..Size];
        reply.Clear();
        reply[0] = 0x45;
        reply[3] = Size;
        // Number and checksum of the packet are the kernel's: raw(7), IP_HDRINCL.
        if (stack.DontFragment) reply[6] = 0x40;
        reply[8] = (byte)stack.TtlClosed;
        reply[9] = Icmp;
        packet.Slice(16, 4).CopyTo(reply[12..]);
        packet.Slice(12, 4).CopyTo(reply[16..]);

        var icmp = reply[IpHeader..];
        icmp[0] = 3; // destination unreachable
        icmp[1] = 3; // port
        var quote = icmp[IcmpHeader..];
        packet[..(IpHeader + UdpHeader)].CopyTo(quote);
        quote[8] = (byte)stack.QuotedTtl;
        quote[10] = quote[11] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(quote[10..], Checksum(quote[..IpHeader]));
        if (stack.QuotedChecksum is { } checksum) BinaryPrimitives.WriteUInt16BigEndian(quote[26..], checksum);
        BinaryPrimitives.WriteUInt16BigEndian(icmp[2..], Checksum(icmp));
    }

    /// <summary>One machine's: neither this network, nor loopback, nor a group, nor reserved, nor the broadcast.</summary>
    private static bool IsHost(uint address) => address >> 24 is not (0 or 127 or >= 224);

    private static int Word(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt16BigEndian(bytes);

    /// <summary>RFC 1071, over an even number of bytes.</summary>
    private static ushort Checksum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (; bytes.Length > 1; bytes = bytes[2..]) sum += Word(bytes);
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
