using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>An S7 PDU, taken apart: header, parameter and data. All numbers are big-endian.</summary>
/// <remarks>No public specification exists; the names are those of Wireshark's dissector, packet-s7comm.c, the bytes those of captures (WIRE 3).</remarks>
internal readonly ref struct S7Pdu
{
    public const byte Protocol = 0x32, ProtocolPlus = 0x72;

    /// <summary>Message types (ROSCTR): a request, an acknowledgement without and with data, and user data.</summary>
    public const byte Job = 1, Ack = 2, AckData = 3, Userdata = 7;

    /// <summary>Of a request and of user data; an acknowledgement has two bytes of error behind it.</summary>
    public const int Header = 10, AckHeader = 12;

    private S7Pdu(ReadOnlySpan<byte> pdu, int header, int parameter)
    {
        Type = pdu[1];
        Reference = BinaryPrimitives.ReadUInt16BigEndian(pdu[4..]);
        if (header == AckHeader) Error = BinaryPrimitives.ReadUInt16BigEndian(pdu[10..]);
        Parameter = pdu.Slice(header, parameter);
        Data = pdu[(header + parameter)..];
    }

    public byte Type { get; }

    /// <summary>Chosen by the asker, echoed in the answer.</summary>
    public ushort Reference { get; }

    /// <summary>Error class and code of an acknowledgement.</summary>
    public ushort Error { get; }

    public ReadOnlySpan<byte> Parameter { get; }

    public ReadOnlySpan<byte> Data { get; }

    /// <summary>The first byte of the parameter; 0 when there is none.</summary>
    public byte Function => Parameter.IsEmpty ? (byte)0 : Parameter[0];

    /// <returns>False when it is another protocol or its lengths contradict each other.</returns>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out S7Pdu pdu)
    {
        pdu = default;
        if (bytes.Length < Header || bytes[0] != Protocol) return false;
        if (bytes[1] is not (Job or Ack or AckData or Userdata)) return false;
        var header = bytes[1] is Ack or AckData ? AckHeader : Header;
        var parameter = BinaryPrimitives.ReadUInt16BigEndian(bytes[6..]);
        var data = BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]);
        if (bytes.Length != header + parameter + data) return false;
        pdu = new S7Pdu(bytes, header, parameter);
        return true;
    }

    /// <summary>Puts a header in front of parameter and data that already stand behind it.</summary>
    /// <returns>Bytes of the whole PDU.</returns>
    public static int Complete(Span<byte> reply, byte type, ushort reference, int parameter, int data, ushort error = 0)
    {
        var header = type is Ack or AckData ? AckHeader : Header;
        reply[0] = Protocol;
        reply[1] = type;
        reply[2] = reply[3] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], reference);
        BinaryPrimitives.WriteUInt16BigEndian(reply[6..], (ushort)parameter);
        BinaryPrimitives.WriteUInt16BigEndian(reply[8..], (ushort)data);
        if (header == AckHeader) BinaryPrimitives.WriteUInt16BigEndian(reply[10..], error);
        return header + parameter + data;
    }
}
