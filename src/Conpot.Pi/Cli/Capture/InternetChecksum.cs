using System.Buffers.Binary;
using System.Net;

namespace Conpot.Pi.Cli.Capture;

/// <summary>The Internet checksum (RFC 1071) of a header, or of a segment with its pseudo-header.</summary>
internal static class InternetChecksum
{
    /// <param name="bytes">With zeros where the checksum goes; over bytes that hold theirs it is 0.</param>
    public static ushort Of(ReadOnlySpan<byte> bytes) => Complement(Sum(bytes));

    /// <summary>Source, destination, protocol and length in front (RFC 9293, 3.1 and RFC 8200, 8.1).</summary>
    public static ushort OfTransport(IPAddress from, IPAddress to, byte protocol, ReadOnlySpan<byte> segment)
    {
        Span<byte> address = stackalloc byte[16];
        ulong sum = protocol + (ulong)segment.Length;
        from.TryWriteBytes(address, out var length);
        sum += Sum(address[..length]);
        to.TryWriteBytes(address, out length);
        sum += Sum(address[..length]);
        return Complement(sum + Sum(segment));
    }

    private static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ulong sum = 0;
        for (; bytes.Length > 1; bytes = bytes[2..]) sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.Length == 1 ? sum + ((ulong)bytes[0] << 8) : sum;
    }

    private static ushort Complement(ulong sum)
    {
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return (ushort)~sum;
    }
}
