using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What the front of an ISO-on-TCP stream is.</summary>
internal enum TpktKind
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    Packet,

    /// <summary>No TPKT: the stream is lost, and the connection with it.</summary>
    Malformed,
}

/// <summary>The packet header of ISO transport over TCP (RFC 1006, section 6): version 3, reserved, length with the header; big-endian.</summary>
internal static class Tpkt
{
    public const int Header = 4;

    /// <summary>The header, and a TPDU of 2048 bytes: twice what a CPU negotiates (size code 0a).</summary>
    public const int Longest = Header + 2048;

    /// <summary>The header, a length indicator, and a TPDU code (RFC 1006 asks for 7 bytes).</summary>
    private const int Shortest = 7;

    /// <param name="size">The packet's bytes, header and all; for <see cref="TpktKind.Packet"/>.</param>
    public static TpktKind Frame(ReadOnlySpan<byte> stream, out int size)
    {
        size = 0;
        if (stream[0] != 3) return TpktKind.Malformed; // at once: TLS, HTTP and others are told apart by their first byte
        if (stream.Length < Header) return TpktKind.Incomplete;
        var length = BinaryPrimitives.ReadUInt16BigEndian(stream[2..]);
        if (length is < Shortest or > Longest) return TpktKind.Malformed;
        if (stream.Length < length) return TpktKind.Incomplete;
        size = length;
        return TpktKind.Packet;
    }

    public static void WriteHeader(Span<byte> packet)
    {
        packet[0] = 3;
        packet[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
    }
}
