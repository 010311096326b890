using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>One transport PDU of class 0 (ISO 8073 / X.224, section 13), taken apart.</summary>
internal readonly ref struct Cotp
{
    public const byte ConnectRequest = 0xE0, ConnectConfirm = 0xD0, DisconnectRequest = 0x80, Data = 0xF0;

    /// <summary>Length indicator, code, number and end mark: what stands before the bytes of a data TPDU.</summary>
    public const int DataHeader = 3;

    /// <summary>TPKT and data header.</summary>
    public const int Framing = Tpkt.Header + DataHeader;

    /// <summary>Sizes of a transport PDU, header and all, that these devices agree to: codes 07 (128 bytes) to 0a (1024); 0a and less is echoed (WIRE 3.1).</summary>
    public const byte SmallestSizeCode = 7, LargestSizeCode = 0x0A;

    public const int SmallestSize = 1 << SmallestSizeCode, LargestSize = 1 << LargestSizeCode;

    /// <summary>In the number of a data TPDU: the last one of what it carries.</summary>
    private const byte EndMark = 0x80;

    private const byte SizeParameter = 0xC0, CallingTsap = 0xC1, CalledTsap = 0xC2;

    /// <summary>X.224 bounds a TSAP to 32 bytes; no Siemens device has more than 16.</summary>
    private const int LongestTsap = 32;

    private Cotp(byte code, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload)
    {
        Code = code;
        Payload = payload;
        if (header.Length >= 6)
        {
            DestinationReference = BinaryPrimitives.ReadUInt16BigEndian(header[2..]);
            SourceReference = BinaryPrimitives.ReadUInt16BigEndian(header[4..]);
        }
    }

    /// <summary>The TPDU code without its credit bits.</summary>
    public byte Code { get; }

    public ushort DestinationReference { get; }

    /// <summary>The sender's own; echoed as destination.</summary>
    public ushort SourceReference { get; }

    /// <summary>The size code asked for (0a is 1024 bytes); 0 when the request has none.</summary>
    public byte SizeCode { get; private init; }

    /// <summary>Who calls.</summary>
    public ReadOnlySpan<byte> Calling { get; private init; }

    /// <summary>Who is called: of "01 02" the 01 is a programming device's resource, the 02 rack 0, slot 2.</summary>
    public ReadOnlySpan<byte> Called { get; private init; }

    /// <summary>The last part of what it carries.</summary>
    public bool EndOfData { get; private init; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <param name="tpdu">What stands behind the TPKT header, at least three bytes.</param>
    /// <returns>False when its lengths contradict each other.</returns>
    public static bool TryRead(ReadOnlySpan<byte> tpdu, out Cotp packet)
    {
        packet = default;
        var indicator = tpdu[0]; // counts the header without itself
        if (indicator < 2 || indicator + 1 > tpdu.Length) return false;
        var header = tpdu[..(indicator + 1)];
        var payload = tpdu[(indicator + 1)..];
        var code = (byte)(header[1] & 0xF0);
        switch (code)
        {
            case Data:
                packet = new Cotp(code, default, payload) { EndOfData = (header[2] & EndMark) != 0 };
                return true;
            case ConnectRequest or ConnectConfirm:
                return TryReadConnect(code, header, payload, out packet);
            default:
                packet = new Cotp(code, header, payload);
                return true;
        }
    }

    /// <summary>The confirmation as real CPUs give it: size, calling and called TSAP in this order, whatever the order of the request (WIRE 3.1).</summary>
    /// <returns>Bytes written, TPKT header and all.</returns>
    public static int WriteConfirm(Span<byte> reply, in Cotp request, ushort reference, byte sizeCode)
    {
        var at = Tpkt.Header + 1;
        reply[at++] = ConnectConfirm;
        BinaryPrimitives.WriteUInt16BigEndian(reply[at..], request.SourceReference);
        BinaryPrimitives.WriteUInt16BigEndian(reply[(at + 2)..], reference);
        reply[at + 4] = 0; // class 0, no options
        at += 5;
        reply[at++] = SizeParameter;
        reply[at++] = 1;
        reply[at++] = sizeCode;
        at += WriteTsap(reply[at..], CallingTsap, request.Calling);
        at += WriteTsap(reply[at..], CalledTsap, request.Called);
        reply[Tpkt.Header] = (byte)(at - Tpkt.Header - 1);
        Tpkt.WriteHeader(reply[..at]);
        return at;
    }

    /// <summary>A refusal to connect: the TSAP is not attached (X.224, 13.5.3, reason 3).</summary>
    public static int WriteDisconnect(Span<byte> reply, in Cotp request)
    {
        ReadOnlySpan<byte> fixedPart = [6, DisconnectRequest, (byte)(request.SourceReference >> 8), (byte)request.SourceReference, 0, 0, 3];
        fixedPart.CopyTo(reply[Tpkt.Header..]);
        Tpkt.WriteHeader(reply[..(Tpkt.Header + fixedPart.Length)]);
        return Tpkt.Header + fixedPart.Length;
    }

    /// <summary>Puts TPKT and data header in front of <paramref name="length"/> bytes that already stand at <see cref="Framing"/>.</summary>
    /// <param name="end">The last part of what they carry.</param>
    public static void CompleteData(Span<byte> reply, int length, bool end)
    {
        reply[Tpkt.Header] = DataHeader - 1;
        reply[Tpkt.Header + 1] = Data;
        reply[Tpkt.Header + 2] = end ? EndMark : (byte)0;
        Tpkt.WriteHeader(reply[..(Framing + length)]);
    }

    private static bool TryReadConnect(byte code, ReadOnlySpan<byte> header, ReadOnlySpan<byte> payload, out Cotp packet)
    {
        packet = default;
        const int fixedPart = 7; // indicator, code, two references, class
        if (header.Length < fixedPart) return false;
        byte size = 0;
        ReadOnlySpan<byte> calling = default, called = default;
        var rest = header[fixedPart..];
        while (!rest.IsEmpty)
        {
            if (rest.Length < 2 || rest.Length < 2 + rest[1]) return false;
            var value = rest.Slice(2, rest[1]);
            switch (rest[0])
            {
                case SizeParameter when value.Length == 1:
                    size = value[0];
                    break;
                case CallingTsap or CalledTsap when value.Length > LongestTsap:
                    return false;
                case CallingTsap:
                    calling = value;
                    break;
                case CalledTsap:
                    called = value;
                    break;
                // Others (version, checksum, class alternatives) mean nothing to class 0 and are skipped (X.224, 13.3.4).
            }
            rest = rest[(2 + value.Length)..];
        }
        packet = new Cotp(code, header, payload) { SizeCode = size, Calling = calling, Called = called };
        return true;
    }

    private static int WriteTsap(Span<byte> reply, byte parameter, ReadOnlySpan<byte> tsap)
    {
        reply[0] = parameter;
        reply[1] = (byte)tsap.Length;
        tsap.CopyTo(reply[2..]);
        return 2 + tsap.Length;
    }
}
