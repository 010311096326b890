using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.S7comm;

/// <summary>S7 on one TCP connection: packets cut from the stream, the transport's connect, the PDUs answered, and each recorded.</summary>
internal sealed class S7Conversation(S7Server server, S7Settings settings, Cpu cpu) : IConversation
{
    /// <summary>Of a stream that is no ISO transport, as much is recorded as tells what it is.</summary>
    private const int MalformedKept = 2048;

    private readonly S7Link _link = new(settings.Pdu);
    private byte[]? _parts;
    private int _partsLength;
    private bool _connected;

    public int LargestRequest => Tpkt.Longest;

    /// <summary>Two PDUs at most: an answer, and a job of the device's own behind it.</summary>
    public int LargestReply => 2 * S7Frames.Longest(settings.Pdu) + 64;

    public bool HasBegun => _connected;

    public long Due => _link.Due;

    public Step Push(Span<byte> reply, SessionLog log)
    {
        cpu.Refresh();
        Span<byte> values = stackalloc byte[1024];
        Span<AddressRange> ranges = stackalloc AddressRange[S7Exchange.MostItems];
        var exchange = new S7Exchange(values, ranges);
        scoped var frames = new S7Frames(reply, _link.TransportSize);
        if (server.Push(_link, ref frames, ref exchange)) Record(in exchange, [], reply[..frames.Length], log);
        return new Step(0, frames.Length);
    }

    public void Ended(SessionLog log)
    {
        Span<byte> values = stackalloc byte[1024];
        var jobs = new S7Exchange(values, []);
        if (server.EndJobs(_link, ref jobs)) Record(in jobs, [], [], log);
        var download = new S7Exchange(values, []);
        if (server.EndDownload(_link, ref download)) Record(in download, [], [], log);
        // Parts were taken off the stream one by one, and none was an event of its own.
        if (_partsLength > 0) RecordBytes("parts of a PDU without an end", _parts.AsSpan(0, _partsLength), log);
    }

    public Step Next(ReadOnlySpan<byte> received, Span<byte> reply, SessionLog log)
    {
        switch (Tpkt.Frame(received, out var size))
        {
            case TpktKind.Incomplete:
                return Step.NeedMore;
            case TpktKind.Malformed:
                RecordBytes("no ISO transport packet (TPKT)", received[..Math.Min(received.Length, MalformedKept)], log);
                return new Step(received.Length, 0, "malformed request");
        }
        var packet = received[..size];
        if (!Cotp.TryRead(packet[Tpkt.Header..], out var cotp))
        {
            RecordBytes("no ISO transport PDU (COTP)", packet, log);
            return new Step(size, 0, "malformed request");
        }
        switch (cotp.Code)
        {
            case Cotp.ConnectRequest when !_connected:
                return Connect(in cotp, packet, reply, log);
            case Cotp.Data when _connected:
                return Data(in cotp, packet, reply, log);
            case Cotp.DisconnectRequest:
                RecordBytes("disconnect requested", packet, log);
                return new Step(size, 0, "disconnect requested");
            default:
                RecordBytes(_connected ? "a transport PDU out of place" : "data before the connect", packet, log);
                return new Step(size, 0, "protocol error");
        }
    }

    private Step Connect(in Cotp request, ReadOnlySpan<byte> packet, Span<byte> reply, SessionLog log)
    {
        var called = request.Called;
        _connected = settings.Tsaps.Count == 0;
        foreach (var pattern in settings.Tsaps) _connected |= pattern.Matches(called);
        var length = 0;
        if (_connected)
        {
            var size = request.SizeCode is >= Cotp.SmallestSizeCode and <= Cotp.LargestSizeCode ? request.SizeCode : Cotp.LargestSizeCode;
            length = Cotp.WriteConfirm(reply, in request, settings.Reference, size);
            _link.TransportSize = 1 << size;
        }
        else if (settings.SaysDisconnect)
        {
            length = Cotp.WriteDisconnect(reply, in request);
        }
        log.Seen(Sweep.Tsap, called.Length == 2 ? (uint)(called[0] << 8 | called[1]) : 0);
        var line = log.Begin(S7commEvents.Connect, _connected ? Outcome.Success : Outcome.Failure);
        line.Hex("calling_tsap"u8, request.Calling);
        line.Hex("called_tsap"u8, called);
        if (!_connected) line.Text("problem"u8, "no such TSAP");
        line.Hex("request"u8, packet);
        if (length > 0) line.Hex("response"u8, reply[..length]);
        log.End(ref line);
        return new Step(packet.Length, length, _connected ? null : "wrong TSAP");
    }

    private Step Data(in Cotp cotp, ReadOnlySpan<byte> packet, Span<byte> reply, SessionLog log)
    {
        // STEP 7 acknowledges with empty packets; no device answers them (WIRE 3.1).
        if (cotp.Payload.IsEmpty && _partsLength == 0) return new Step(packet.Length, 0);
        var pdu = cotp.Payload;
        var asked = packet;
        if (!cotp.EndOfData || _partsLength > 0)
        {
            _parts ??= new byte[Tpkt.Longest];
            if (_partsLength + pdu.Length > _parts.Length)
            {
                pdu[..(_parts.Length - _partsLength)].CopyTo(_parts.AsSpan(_partsLength));
                _partsLength = 0;
                RecordBytes("parts of more than 2 KiB", _parts, log);
                return new Step(packet.Length, 0, "malformed request");
            }
            pdu.CopyTo(_parts.AsSpan(_partsLength));
            _partsLength += pdu.Length;
            if (!cotp.EndOfData) return new Step(packet.Length, 0);
            asked = pdu = _parts.AsSpan(0, _partsLength); // the packets are gone by now, and say no more than this
            _partsLength = 0;
        }
        cpu.Refresh();
        Span<byte> values = stackalloc byte[1024];
        Span<AddressRange> ranges = stackalloc AddressRange[S7Exchange.MostItems];
        var exchange = new S7Exchange(values, ranges);
        scoped var frames = new S7Frames(reply, _link.TransportSize); // as short-lived as the exchange beside it
        server.Answer(pdu, _link, ref frames, ref exchange);
        if (exchange.Kind == S7commEvents.Write && exchange.Ranges.Length > 0) log.Seen(Sweep.Write, (uint)exchange.Ranges[0].First.Offset);
        Record(in exchange, asked, reply[..frames.Length], log);
        return new Step(packet.Length, frames.Length, Delay: exchange.Delay);
    }

    /// <param name="asked">The packet, or the PDU alone where it came in several.</param>
    private static void Record(in S7Exchange exchange, ReadOnlySpan<byte> asked, ReadOnlySpan<byte> reply, SessionLog log)
    {
        var line = log.Begin(exchange.Kind, exchange.Error == 0 && exchange.Unanswered is null ? Outcome.Success : Outcome.Failure);
        if (!exchange.Operation.IsEmpty) line.Word("operation"u8, exchange.Operation);
        if (exchange.Items >= 0) line.Number("items"u8, exchange.Items);
        if (exchange.Ranges.Length > 0)
        {
            Span<byte> text = stackalloc byte[AddressUtf8.Longest];
            line.OpenList("ranges"u8);
            foreach (var range in exchange.Ranges) line.WordItem(AddressUtf8.Print(range, text));
            line.CloseList();
        }
        if (exchange.Written > 0)
        {
            line.Hex("before"u8, exchange.Before[..exchange.Written]);
            line.Hex("after"u8, exchange.After[..exchange.Written]);
        }
        if (exchange.SzlId >= 0) line.Number("szl_id"u8, exchange.SzlId);
        if (exchange.SzlIndex >= 0) line.Number("szl_index"u8, exchange.SzlIndex);
        if (exchange.Block is { } block) line.Text("block"u8, block.ToString());
        if (exchange.Sha256 is not null) line.Text("sha256"u8, exchange.Sha256);
        if (exchange.Bytes >= 0) line.Number("bytes"u8, exchange.Bytes);
        if (exchange.File is not null) line.Text("file"u8, exchange.File);
        if (exchange.Note is not null) line.Text("note"u8, exchange.Note);
        if (!exchange.Said.IsEmpty) line.Text("said"u8, exchange.Said);
        if (exchange.Error != 0) line.Number("error"u8, exchange.Error);
        if (exchange.Unanswered is not null) line.Text("unanswered"u8, exchange.Unanswered);
        if (!asked.IsEmpty) line.Hex("request"u8, asked);
        if (!reply.IsEmpty) line.Hex("response"u8, reply);
        log.End(ref line);
    }

    private static void RecordBytes(string problem, ReadOnlySpan<byte> bytes, SessionLog log)
    {
        var line = log.Begin(S7commEvents.Malformed, Outcome.Failure);
        line.Text("problem"u8, problem);
        line.Hex("request"u8, bytes);
        log.End(ref line);
    }
}
