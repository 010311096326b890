using System.Buffers.Binary;
using Conpot.Pi.Events;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>The S7 application layer over the process image: one PDU in, an answer and its description out.</summary>
/// <remarks>Nothing here waits or throws, whatever the bytes are, and reading and writing variables allocates nothing.</remarks>
internal sealed partial class S7Server(S7Settings settings, Cpu cpu, S7Device station, S7Memories memories)
{
    private readonly ProcessImage _image = cpu.Image;

    /// <summary>Answers one PDU of a connection.</summary>
    public void Answer(ReadOnlySpan<byte> bytes, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (!S7Pdu.TryRead(bytes, out var pdu))
        {
            var plus = bytes.Length > 0 && bytes[0] == S7Pdu.ProtocolPlus;
            exchange.Kind = plus ? S7commEvents.Plus : S7commEvents.Malformed;
            // S7CommPlus belongs to the S7-1200 and 1500; an older CPU's stack throws it away (WIRE 9). [G]
            exchange.Unanswered = plus ? "S7CommPlus" : "not an S7 PDU";
            return;
        }
        switch (pdu.Type)
        {
            case S7Pdu.Job:
                Job(in pdu, bytes.Length, link, ref frames, ref exchange);
                return;
            case S7Pdu.Userdata:
                Userdata(in pdu, link, ref frames, ref exchange);
                return;
            default:
                Acknowledged(in pdu, link, ref frames, ref exchange);
                return;
        }
    }

    private void Job(in S7Pdu pdu, int length, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (length > link.Pdu && pdu.Function != S7Function.SetupCommunication)
        {
            exchange.Kind = S7commEvents.Malformed;
            exchange.Operation = "PDU larger than agreed"u8;
            Refuse(in pdu, S7Error.WrongSize, ref frames, ref exchange);
            return;
        }
        switch (pdu.Function)
        {
            case S7Function.SetupCommunication:
                Setup(in pdu, link, ref frames, ref exchange);
                break;
            case S7Function.ReadVar:
                ReadVar(in pdu, link, ref frames, ref exchange);
                break;
            case S7Function.WriteVar:
                WriteVar(in pdu, ref frames, ref exchange);
                break;
            case >= S7Function.RequestDownload and <= S7Function.EndUpload:
                Transfer(in pdu, link, ref frames, ref exchange);
                break;
            case S7Function.PlcControl or S7Function.PlcStop:
                Control(in pdu, link, ref frames, ref exchange);
                break;
            default:
                exchange.Kind = S7commEvents.Unknown;
                exchange.Operation = "unknown function"u8;
                Refuse(in pdu, S7Error.NotAvailable, ref frames, ref exchange);
                break;
        }
    }

    /// <summary>An acknowledgement that carries nothing but its error.</summary>
    private static void Refuse(in S7Pdu pdu, ushort error, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Fail(error);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.Ack, pdu.Reference, 0, 0, error));
    }

    private static void Malformed(in S7Pdu pdu, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Malformed;
        Refuse(in pdu, S7Error.WrongSize, ref frames, ref exchange);
    }

    /// <summary>f0 00, jobs calling (2), jobs called (2), PDU size (2): each is granted up to what the device has (WIRE 3.2).</summary>
    private void Setup(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Setup;
        exchange.Operation = "setup communication"u8;
        if (pdu.Parameter.Length < 8)
        {
            Malformed(in pdu, ref frames, ref exchange);
            return;
        }
        var calling = Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(pdu.Parameter[2..]), (ushort)1, (ushort)settings.Jobs);
        var called = Math.Clamp(BinaryPrimitives.ReadUInt16BigEndian(pdu.Parameter[4..]), (ushort)1, (ushort)settings.Jobs);
        var asked = BinaryPrimitives.ReadUInt16BigEndian(pdu.Parameter[6..]);
        link.Pdu = Math.Clamp(asked, LeastPdu, settings.Pdu);
        exchange.Note = $"PDU {asked} asked, {link.Pdu} granted";
        var parameter = frames.Pdu[S7Pdu.AckHeader..];
        parameter[0] = S7Function.SetupCommunication;
        parameter[1] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(parameter[2..], calling);
        BinaryPrimitives.WriteUInt16BigEndian(parameter[4..], called);
        BinaryPrimitives.WriteUInt16BigEndian(parameter[6..], (ushort)link.Pdu);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.AckData, pdu.Reference, 8, 0));
    }

    /// <summary>Room for the longest header and one item; a client that asks for less gets this. [G]</summary>
    private const int LeastPdu = 32;

    private void ReadVar(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Read;
        exchange.Operation = "read var"u8;
        if (!TakeItems(in pdu, ref exchange, out var specifications))
        {
            Malformed(in pdu, ref frames, ref exchange);
            return;
        }
        var answer = frames.Pdu;
        var used = ReadItems(specifications, answer.Slice(S7Pdu.AckHeader + 2, link.Pdu - S7Pdu.AckHeader - 2), ref exchange);
        if (used < 0)
        {
            if (used == CutOff) Malformed(in pdu, ref frames, ref exchange);
            else Refuse(in pdu, S7Error.WrongSize, ref frames, ref exchange);
            return;
        }
        answer[S7Pdu.AckHeader] = S7Function.ReadVar;
        answer[S7Pdu.AckHeader + 1] = (byte)exchange.Items;
        frames.Send(S7Pdu.Complete(answer, S7Pdu.AckData, pdu.Reference, 2, used));
    }

    /// <summary>Why items cannot be read: their specifications end too early, or the answer would be larger than agreed.</summary>
    private const int CutOff = -1, TooLarge = -2;

    /// <summary>The values of the exchange's items, one behind the other.</summary>
    /// <returns>Their bytes, or <see cref="CutOff"/> or <see cref="TooLarge"/>.</returns>
    private int ReadItems(scoped ReadOnlySpan<byte> specifications, scoped Span<byte> data, ref S7Exchange exchange)
    {
        var used = 0;
        for (var i = 0; i < exchange.Items; i++)
        {
            if (!S7Item.TryTake(ref specifications, settings.Memory, out var item)) return CutOff;
            exchange.Add(item.Range);
            if (i > 0 && used % 2 != 0 && used < data.Length) data[used++] = 0; // words begin at even places
            if (used + 4 + (item.Code == ItemCode.Done ? item.Length : 0) > data.Length) return TooLarge;
            used += ReadItem(in item, data[used..]);
            if (item.Code != ItemCode.Done) exchange.Fail(item.Code);
        }
        return used;
    }

    /// <summary>Code, size, length (2), values. A failed item has no values and a length of 0 (WIRE 3.4).</summary>
    private int ReadItem(in S7Item item, Span<byte> data)
    {
        data[0] = item.Code;
        if (item.Code != ItemCode.Done)
        {
            data[1..4].Clear();
            return 4;
        }
        data[1] = item.AnswerSize;
        var inBits = item.AnswerSize is 4 or 5;
        BinaryPrimitives.WriteUInt16BigEndian(data[2..], (ushort)(inBits ? item.Length * 8 : item.Length));
        if (item.BitNumber >= 0) data[4] = _image[new Address(item.Area, Width.Bit, item.Offset, item.BitNumber)] ? (byte)1 : (byte)0;
        else _image.Read(item.Area, item.Offset, data.Slice(4, item.Length));
        return 4 + item.Length;
    }

    private void WriteVar(in S7Pdu pdu, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Write;
        exchange.Operation = "write var"u8;
        if (!TakeItems(in pdu, ref exchange, out var specifications) || !IsWhole(specifications, pdu.Data, exchange.Items))
        {
            Malformed(in pdu, ref frames, ref exchange);
            return;
        }
        var answer = frames.Pdu;
        var data = pdu.Data;
        for (var i = 0; i < exchange.Items; i++)
        {
            _ = S7Item.TryTake(ref specifications, settings.Memory, out var item) & TryTakeValues(ref data, out var values);
            exchange.Add(item.Range);
            var code = WriteItem(in item, values, ref exchange);
            if (code != ItemCode.Done) exchange.Fail(code);
            answer[S7Pdu.AckHeader + 2 + i] = code;
        }
        answer[S7Pdu.AckHeader] = S7Function.WriteVar;
        answer[S7Pdu.AckHeader + 1] = (byte)exchange.Items;
        frames.Send(S7Pdu.Complete(answer, S7Pdu.AckData, pdu.Reference, 2, exchange.Items));
    }

    /// <summary>Whether every item has its specification and its values: of a job that is cut off nothing is written, not even what stands in front.</summary>
    private bool IsWhole(ReadOnlySpan<byte> specifications, ReadOnlySpan<byte> data, int items)
    {
        for (var i = 0; i < items; i++)
            if (!S7Item.TryTake(ref specifications, settings.Memory, out _) || !TryTakeValues(ref data, out _)) return false;
        return true;
    }

    /// <summary>Takes one item's values off the front: reserved, size, length (2), bytes.</summary>
    private static bool TryTakeValues(ref ReadOnlySpan<byte> data, out ReadOnlySpan<byte> values)
    {
        values = default;
        if (data.Length < 4) return false;
        // Lengths of bits, bytes and integers count bits, all others bytes.
        var length = (int)BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (data[1] is 3 or 4 or 5) length = (length + 7) / 8;
        if (data.Length < 4 + length) return false;
        values = data.Slice(4, length);
        data = data[Math.Min(data.Length, 4 + length + (length & 1))..]; // filled up to words, but for the last
        return true;
    }

    private byte WriteItem(in S7Item item, scoped ReadOnlySpan<byte> values, ref S7Exchange exchange)
    {
        if (item.Code != ItemCode.Done) return item.Code;
        if (values.Length != item.Length) return ItemCode.TypeInconsistent;
        if (MemoryMap.IsReadOnly(item.Area, item.Offset)) return ItemCode.NotAllowed;
        Span<byte> before = stackalloc byte[MostWritten];
        before = before[..values.Length];
        if (item.BitNumber >= 0)
        {
            var address = new Address(item.Area, Width.Bit, item.Offset, item.BitNumber);
            using (_image.Hold())
            {
                before[0] = _image[address] ? (byte)1 : (byte)0;
                _image[address] = values[0] != 0;
            }
        }
        else
        {
            _image.Exchange(item.Area, item.Offset, values, before);
        }
        exchange.Write(before, values);
        return ItemCode.Done;
    }

    /// <summary>No PDU carries more.</summary>
    private const int MostWritten = 960;

    /// <summary>Function and number of items, then their specifications.</summary>
    private static bool TakeItems(in S7Pdu pdu, ref S7Exchange exchange, out ReadOnlySpan<byte> specifications)
    {
        specifications = default;
        if (pdu.Parameter.Length < 2) return false;
        exchange.Items = pdu.Parameter[1];
        specifications = pdu.Parameter[2..];
        return exchange.Items is > 0 and <= S7Exchange.MostItems;
    }
}
