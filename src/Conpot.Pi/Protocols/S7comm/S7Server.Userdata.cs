using System.Buffers.Binary;
using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data: who is asked for what, system status lists, and answers in parts.</content>
internal sealed partial class S7Server
{
    /// <summary>"Nothing": what stands for data in an answer without any.</summary>
    private static ReadOnlySpan<byte> NoData => [0x0A, 0, 0, 0];

    private void Userdata(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        if (!S7Userdata.TryRead(in pdu, out var asked) || !asked.IsRequest)
        {
            link.Drop();
            exchange.Kind = S7commEvents.Malformed;
            exchange.Unanswered = "user data that is no request"; // [G]
            return;
        }
        if (asked.IsContinuation)
        {
            Continue(in pdu, in asked, link, ref frames, ref exchange);
            return;
        }
        link.Drop(); // whoever asks for something else has given up the rest
        switch (asked.Group, asked.Subfunction)
        {
            case (S7Userdata.Cpu, 1):
                ReadList(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case (S7Userdata.Cpu, Messages):
                MessageService(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case (S7Userdata.Time, _):
                TimeOfDay(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case (S7Userdata.Blocks, _):
                BlockFunction(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case (S7Userdata.Cyclic, _):
                Cyclic(in pdu, in asked, link, ref frames, ref exchange);
                break;
            case (S7Userdata.Security, _):
                Security(in pdu, in asked, link, ref frames, ref exchange);
                break;
            default:
                exchange.Kind = S7commEvents.Unknown;
                exchange.Operation = asked.Group switch
                {
                    S7Userdata.Programmer => "programmer command"u8,
                    S7Userdata.Cpu => "message service"u8,
                    S7Userdata.Pbc => "block communication"u8,
                    _ => "unknown user data"u8,
                };
                Fail(in pdu, in asked, S7Error.NotAvailable, link, ref frames, ref exchange);
                break;
        }
    }

    /// <summary>Id and index, two bytes each.</summary>
    private void ReadList(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Identify;
        exchange.Operation = "read SZL"u8;
        if (asked.Data.Length < 4)
        {
            exchange.Kind = S7commEvents.Malformed;
            Fail(in pdu, in asked, S7Error.WrongSize, link, ref frames, ref exchange);
            return;
        }
        var id = BinaryPrimitives.ReadUInt16BigEndian(asked.Data);
        var index = BinaryPrimitives.ReadUInt16BigEndian(asked.Data[2..]);
        (exchange.SzlId, exchange.SzlIndex) = (id, index);
        exchange.Kind = (id & 0xFF, index) switch
        {
            (0x32, 8) => S7commEvents.Clock,
            (0x24 or 0x32 or 0x74, _) => S7commEvents.Mode,
            _ => S7commEvents.Identify,
        };
        Span<byte> list = stackalloc byte[SystemStatusLists.Longest];
        var length = settings.Lists.Write(id, index, station, list, out var error);
        if (error != 0) Fail(in pdu, in asked, error, link, ref frames, ref exchange);
        else Reply(in pdu, in asked, list[..length], link, ref frames);
    }

    /// <summary>The next part of an answer that was larger than the PDU.</summary>
    private void Continue(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Identify;
        exchange.Operation = "next part"u8;
        if (link.Rest.IsEmpty || link.RestGroup != asked.Group || link.RestSubfunction != asked.Subfunction)
        {
            link.Drop();
            Fail(in pdu, in asked, SystemStatusLists.WrongIndex, link, ref frames, ref exchange); // [G]
            return;
        }
        var rest = link.Rest;
        var part = Math.Min(rest.Length, Math.Max(1, Room(link) / link.RestRecord * link.RestRecord));
        link.Sent(part);
        SendPart(in pdu, in asked, rest.Span[..part], link.RestReference, part < rest.Length, link.Sequence, ref frames);
    }

    /// <summary>Data in an answer of its own, or in its first part.</summary>
    /// <param name="record">
    /// What a part must not cut through, in bytes. System status lists are cut anywhere (captures); block lists between blocks, as clients that work with
    /// real CPUs count them part by part [I].
    /// </param>
    private void Reply(in S7Pdu pdu, in S7Userdata asked, scoped ReadOnlySpan<byte> data, S7Link link, ref S7Frames frames, int record = 1)
    {
        Count(link);
        var room = Math.Max(1, Room(link) / record * record);
        if (data.Length <= room)
        {
            SendPart(in pdu, in asked, data, 0, false, link.Sequence, ref frames);
            return;
        }
        var reference = station.NextReference();
        link.Keep(data[room..], asked.Group, asked.Subfunction, reference, record);
        SendPart(in pdu, in asked, data[..room], reference, true, link.Sequence, ref frames);
    }

    private static int Room(S7Link link) => Math.Max(1, link.Pdu - S7Pdu.Header - S7Userdata.AnswerParameter - S7Userdata.DataHeader);

    private static void SendPart(in S7Pdu pdu, in S7Userdata asked, scoped ReadOnlySpan<byte> data, byte reference, bool more, byte sequence, ref S7Frames frames)
    {
        WriteParameter(frames.Pdu[S7Pdu.Header..], (byte)(FromDevice | asked.Group), asked.Subfunction, sequence, reference, more, 0);
        SendData(pdu.Reference, data, ref frames);
    }

    /// <summary>Data behind a parameter that stands in its place.</summary>
    private static void SendData(ushort reference, scoped ReadOnlySpan<byte> data, ref S7Frames frames)
    {
        var answer = frames.Pdu;
        var body = answer[(S7Pdu.Header + S7Userdata.AnswerParameter)..];
        body[0] = ItemCode.Done;
        body[1] = 9; // octet string: the length is in bytes
        BinaryPrimitives.WriteUInt16BigEndian(body[2..], (ushort)data.Length);
        data.CopyTo(body[S7Userdata.DataHeader..]);
        frames.Send(S7Pdu.Complete(answer, S7Pdu.Userdata, reference, S7Userdata.AnswerParameter, S7Userdata.DataHeader + data.Length));
    }

    /// <summary>An answer without data: done, or with an error.</summary>
    private void Acknowledge(in S7Pdu pdu, in S7Userdata asked, ushort error, S7Link link, ref S7Frames frames)
    {
        Count(link);
        var answer = frames.Pdu;
        WriteParameter(answer[S7Pdu.Header..], (byte)(FromDevice | asked.Group), asked.Subfunction, link.Sequence, 0, false, error);
        SendNoData(pdu.Reference, ref frames);
    }

    private static void SendNoData(ushort reference, ref S7Frames frames)
    {
        NoData.CopyTo(frames.Pdu[(S7Pdu.Header + S7Userdata.AnswerParameter)..]);
        frames.Send(S7Pdu.Complete(frames.Pdu, S7Pdu.Userdata, reference, S7Userdata.AnswerParameter, NoData.Length));
    }

    private void Fail(in S7Pdu pdu, in S7Userdata asked, ushort error, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Fail(error);
        Acknowledge(in pdu, in asked, error, link, ref frames);
    }

    /// <summary>Upper half of the group's byte: an answer, and what comes unasked.</summary>
    private const byte FromDevice = 0x80, Unasked = 0x00;

    /// <summary>00 01 12 08 12, type and group, subfunction, sequence, reference, more, error (2).</summary>
    private static void WriteParameter(Span<byte> parameter, byte group, byte subfunction, byte sequence, byte reference, bool more, ushort error)
    {
        ReadOnlySpan<byte> head = [0, 1, 0x12, 8, 0x12, group, subfunction, sequence, reference, more ? (byte)1 : (byte)0];
        head.CopyTo(parameter);
        BinaryPrimitives.WriteUInt16BigEndian(parameter[10..], error);
    }

    private void Count(S7Link link)
    {
        if (link.Number == 0) link.Number = station.NextLink();
        link.Sequence = settings.CountsAnswers ? (byte)(link.Sequence % 255 + 1) : link.Number;
    }
}
