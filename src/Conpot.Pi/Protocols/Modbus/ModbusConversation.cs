using Conpot.Pi.Events;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>Modbus on a TCP connection: frames cut from the stream, answered, and each recorded.</summary>
/// <remarks>The server keeps no state per connection, so one conversation serves them all.</remarks>
internal sealed class ModbusConversation(ModbusServer server, Cpu cpu) : IConversation
{
    /// <summary>Of a stream that is no Modbus, as much is recorded as tells what it is.</summary>
    private const int MalformedKept = 4096;

    public int LargestRequest => Mbap.LongestFrame;

    public int LargestReply => Mbap.LongestFrame;

    public Step Next(ReadOnlySpan<byte> received, Span<byte> reply, SessionLog log)
    {
        switch (Mbap.Frame(received, out var size))
        {
            case FrameKind.Incomplete:
                return Step.NeedMore;
            case FrameKind.OtherProtocol:
                RecordBytes(EventCatalog.ModbusDiscarded, "protocol identifier is not 0", received[..size], log);
                return new Step(size, 0);
            case FrameKind.Malformed:
                RecordBytes(EventCatalog.ModbusMalformed, "length is not 2 to 254", received[..Math.Min(received.Length, MalformedKept)], log);
                // The specification only says that the frame is discarded; Siemens' stack drops the connection [G].
                return new Step(received.Length, 0, "malformed request");
        }
        var request = received[..size];
        cpu.Refresh();
        Span<byte> scratch = stackalloc byte[512];
        var exchange = new ModbusExchange(scratch);
        var pduLength = server.Answer(request[6], request[Mbap.Header..], reply[Mbap.Header..], ref exchange);
        var length = pduLength == 0 ? 0 : Mbap.Complete(reply, request, pduLength);
        Record(in exchange, request, reply[..length], log);
        return new Step(size, length);
    }

    private static void Record(in ModbusExchange exchange, ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply, SessionLog log)
    {
        var kind = KindOf(in exchange);
        var line = log.Begin(kind, exchange.Exception == 0 && exchange.Unanswered is null ? Outcome.Success : Outcome.Failure);
        line.Number("unit"u8, exchange.Unit);
        line.Number("function"u8, exchange.Function);
        // Of a read or a write, action, number and range say it all, in 41 bytes less of every line.
        var isAccess = kind == EventCatalog.ModbusRead || kind == EventCatalog.ModbusWrite || kind == EventCatalog.ModbusWriteMany;
        if (!isAccess) line.Word("function_name"u8, FunctionCode.Name(exchange.Function));
        Span<byte> text = stackalloc byte[AddressUtf8.Longest];
        if (exchange.Range.Count > 0) line.Word("range"u8, AddressUtf8.Print(exchange.Range, text));
        if (exchange.From >= 0) line.Number("from"u8, exchange.From);
        if (exchange.Count >= 0) line.Number("count"u8, exchange.Count);
        if (exchange.Written) RecordWrite(ref line, in exchange);
        if (exchange.Exception != 0) line.Number("exception"u8, exchange.Exception);
        if (exchange.Unanswered is not null) line.Text("unanswered"u8, exchange.Unanswered);
        line.Hex("request"u8, request);
        if (!reply.IsEmpty) line.Hex("response"u8, reply);
        log.End(ref line);
        log.Seen(Sweep.Unit, exchange.Unit);
        if (kind == EventCatalog.ModbusRead) log.Seen(Sweep.Register, (uint)Math.Max(0, exchange.From));
        else if (kind == EventCatalog.ModbusWrite || kind == EventCatalog.ModbusWriteMany) log.Seen(Sweep.Write, (uint)Math.Max(0, exchange.From));
    }

    private static void RecordWrite(ref JsonLine line, in ModbusExchange exchange)
    {
        Span<byte> text = stackalloc byte[AddressUtf8.Longest];
        if (exchange.Function == FunctionCode.ReadWriteMultipleRegisters) line.Word("written"u8, AddressUtf8.Print(exchange.WrittenRange, text));
        if (exchange.WrittenRange.Width == Width.Bit)
        {
            line.Bits("before"u8, exchange.Before, exchange.WrittenCount);
            line.Bits("after"u8, exchange.After, exchange.WrittenCount);
        }
        else
        {
            line.Words("before"u8, exchange.Before[..(exchange.WrittenCount * 2)]);
            line.Words("after"u8, exchange.After[..(exchange.WrittenCount * 2)]);
        }
    }

    private static void RecordBytes(EventKind kind, string problem, ReadOnlySpan<byte> bytes, SessionLog log)
    {
        var line = log.Begin(kind, Outcome.Failure);
        line.Text("problem"u8, problem);
        line.Hex("request"u8, bytes);
        log.End(ref line);
    }

    /// <summary>By what was wanted, answered or not: a write that is done in silence is a write.</summary>
    private static EventKind KindOf(in ModbusExchange exchange) => exchange.Function switch
    {
        FunctionCode.ReadCoils or FunctionCode.ReadDiscreteInputs or FunctionCode.ReadHoldingRegisters or FunctionCode.ReadInputRegisters
            or FunctionCode.ReadFifoQueue => EventCatalog.ModbusRead,
        FunctionCode.WriteSingleCoil or FunctionCode.WriteSingleRegister or FunctionCode.MaskWriteRegister => EventCatalog.ModbusWrite,
        FunctionCode.WriteMultipleCoils or FunctionCode.WriteMultipleRegisters or FunctionCode.ReadWriteMultipleRegisters => EventCatalog.ModbusWriteMany,
        FunctionCode.ReportServerId or FunctionCode.EncapsulatedInterface => EventCatalog.ModbusIdentify,
        FunctionCode.ReadExceptionStatus or FunctionCode.Diagnostics or FunctionCode.GetCommEventCounter or FunctionCode.GetCommEventLog => EventCatalog.ModbusDiagnose,
        _ => EventCatalog.ModbusUnknown,
    };
}
