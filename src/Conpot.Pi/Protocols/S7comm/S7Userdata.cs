using System.Buffers.Binary;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The parameter and the data of a user data PDU, taken apart: 00 01 12, length, method, type and group, subfunction, sequence.</summary>
internal readonly ref struct S7Userdata
{
    /// <summary>Groups: the lower half of the byte; the upper is 4 in a request, 8 in an answer.</summary>
    public const byte Programmer = 1, Cyclic = 2, Blocks = 3, Cpu = 4, Security = 5, Pbc = 6, Time = 7;

    /// <summary>Of an answer's parameter: reference, "more follows" and an error behind those of a request.</summary>
    public const int AnswerParameter = 12;

    /// <summary>Return code, transport size and length in front of the data.</summary>
    public const int DataHeader = 4;

    private const byte Request = 0x11, Continue = 0x12;

    public bool IsRequest { get; private init; }

    public byte Group { get; private init; }

    public byte Subfunction { get; private init; }

    /// <summary>Asks for the next part of an answer: the parameter has the form of an answer's.</summary>
    public bool IsContinuation { get; private init; }

    /// <summary>Behind return code, size and length; empty when there is none.</summary>
    public ReadOnlySpan<byte> Data { get; private init; }

    public static bool TryRead(scoped in S7Pdu pdu, out S7Userdata userdata)
    {
        userdata = default;
        var parameter = pdu.Parameter;
        if (parameter.Length < 8 || !parameter.StartsWith((ReadOnlySpan<byte>)[0, 1, 0x12]) || parameter.Length < 4 + parameter[3]) return false;
        if (parameter[4] is not (Request or Continue) || parameter[4] == Continue && parameter.Length < AnswerParameter) return false;
        ReadOnlySpan<byte> data = default;
        if (pdu.Data.Length >= DataHeader)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(pdu.Data[2..]);
            if (length > pdu.Data.Length - DataHeader) return false;
            data = pdu.Data.Slice(DataHeader, length);
        }
        userdata = new S7Userdata
        {
            IsRequest = parameter[5] >> 4 == 4,
            Group = (byte)(parameter[5] & 0xF),
            Subfunction = parameter[6],
            IsContinuation = parameter[4] == Continue,
            Data = data,
        };
        return true;
    }
}
