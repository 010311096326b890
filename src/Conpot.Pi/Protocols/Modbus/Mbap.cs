using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>What the front of a Modbus TCP stream is.</summary>
internal enum FrameKind
{
    /// <summary>More bytes are needed.</summary>
    Incomplete,

    Request,

    /// <summary>A whole frame of another protocol identifier: skipped, "the indication is simply discarded" (Messaging Guide V1.0b, 4.3.2.1).</summary>
    OtherProtocol,

    /// <summary>A length that no frame has: the stream is lost, and the connection with it.</summary>
    Malformed,
}

/// <summary>The MBAP header (Messaging Guide V1.0b, 3.1.3): transaction, protocol, length, unit; all big-endian.</summary>
internal static class Mbap
{
    /// <summary>Transaction, protocol and length: what stands before the bytes that length counts.</summary>
    public const int Prefix = 6;

    /// <summary>With the unit identifier.</summary>
    public const int Header = 7;

    /// <summary>Unit identifier and the longest PDU of 253 bytes.</summary>
    public const int LongestLength = 254;

    public const int LongestFrame = Prefix + LongestLength;

    /// <param name="size">The frame's bytes, header and all; for <see cref="FrameKind.Request"/> and <see cref="FrameKind.OtherProtocol"/>.</param>
    public static FrameKind Frame(ReadOnlySpan<byte> stream, out int size)
    {
        size = 0;
        if (stream.Length < Prefix) return FrameKind.Incomplete;
        var length = BinaryPrimitives.ReadUInt16BigEndian(stream[4..]);
        // At least a unit identifier and a function code.
        if (length is < 2 or > LongestLength) return FrameKind.Malformed;
        if (stream.Length < Prefix + length) return FrameKind.Incomplete;
        size = Prefix + length;
        return stream[2] == 0 && stream[3] == 0 ? FrameKind.Request : FrameKind.OtherProtocol;
    }

    /// <summary>Puts the header in front of a reply PDU that already stands at <see cref="Header"/>; gives the whole frame's size.</summary>
    public static int Complete(Span<byte> reply, ReadOnlySpan<byte> request, int pduLength)
    {
        request[..2].CopyTo(reply); // the client's transaction identifier
        reply[2] = reply[3] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], (ushort)(pduLength + 1));
        reply[6] = request[6]; // the unit identifier is copied back
        return Header + pduLength;
    }
}
