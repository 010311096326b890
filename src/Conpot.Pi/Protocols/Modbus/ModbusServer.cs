using System.Buffers.Binary;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>The Modbus application layer over the process image: one request PDU in, one reply PDU and its description out.</summary>
/// <remarks>
/// Rules and their order are those of the Application Protocol V1.1b3: function code (01), quantity, value and byte count (03), address (02),
/// processing (04). What is stricter comes from the profile's device. Nothing here waits, allocates or throws, whatever the bytes are.
/// </remarks>
internal sealed partial class ModbusServer(ModbusSettings settings, Cpu cpu)
{
    /// <summary>The longest reply PDU (V1.1b3, section 4.1).</summary>
    public const int LongestPdu = 253;

    private const int MostBitsRead = 2000, MostRegistersRead = 125, MostCoilsWritten = 1968, MostRegistersWritten = 123;
    private const int MostRegistersReadWrite = 125, MostRegistersWrittenReadWrite = 121;

    private readonly ProcessImage _image = cpu.Image;
    private readonly CommCounters _counters = new();

    /// <summary>Answers one PDU addressed to <paramref name="unitId"/>.</summary>
    /// <param name="pdu">Function code and data, at least one byte.</param>
    /// <param name="reply">At least <see cref="LongestPdu"/> bytes.</param>
    /// <returns>Bytes of the reply PDU; 0 for none, and then <see cref="ModbusExchange.Unanswered"/> says why.</returns>
    public int Answer(byte unitId, ReadOnlySpan<byte> pdu, Span<byte> reply, ref ModbusExchange exchange)
    {
        exchange.Unit = unitId;
        exchange.Function = pdu[0];
        _counters.Received();
        if (cpu.Mode == OperatingMode.Stop && settings.Stop == Refusal.Silence) return Refuse(Refusal.Silence, "CPU in STOP", reply, ref exchange);
        var unit = settings.Units[unitId];
        var broadcast = unitId == 0 && settings.BroadcastOnZero;
        if (unit is null && !broadcast && settings.UnknownUnit != Refusal.None) return Refuse(settings.UnknownUnit, "unknown unit", reply, ref exchange);

        var length = Serve(unit ?? settings.DefaultUnit, pdu, reply, ref exchange);
        if (broadcast)
        {
            exchange.Unanswered = "broadcast";
            length = 0;
        }
        _counters.Answered(exchange.Function, exchange.Exception, length > 0);
        return length;
    }

    private int Serve(ModbusUnit unit, ReadOnlySpan<byte> pdu, Span<byte> reply, ref ModbusExchange exchange)
    {
        var function = pdu[0];
        var data = pdu[1..];
        if (!settings.Functions[function]) return Fail(ExceptionCode.IllegalFunction, reply, ref exchange);
        reply[0] = function;
        return function switch
        {
            FunctionCode.ReadCoils => ReadBits(unit.Coils, data, reply, ref exchange),
            FunctionCode.ReadDiscreteInputs => ReadBits(unit.DiscreteInputs, data, reply, ref exchange),
            FunctionCode.ReadHoldingRegisters => ReadRegisters(unit.HoldingRegisters, settings.RegistersPerRequest, data, reply, ref exchange),
            FunctionCode.ReadInputRegisters => ReadRegisters(unit.InputRegisters, MostRegistersRead, data, reply, ref exchange),
            FunctionCode.WriteSingleCoil => WriteCoil(unit.Coils, data, reply, ref exchange),
            FunctionCode.WriteSingleRegister => WriteRegister(unit.HoldingRegisters, data, reply, ref exchange),
            FunctionCode.WriteMultipleCoils => WriteCoils(unit.Coils, data, reply, ref exchange),
            FunctionCode.WriteMultipleRegisters => WriteRegisters(unit.HoldingRegisters, data, reply, ref exchange),
            FunctionCode.MaskWriteRegister => MaskWrite(unit.HoldingRegisters, data, reply, ref exchange),
            FunctionCode.ReadWriteMultipleRegisters => ReadWriteRegisters(unit.HoldingRegisters, data, reply, ref exchange),
            FunctionCode.ReadFifoQueue => ReadFifo(unit.HoldingRegisters, data, reply, ref exchange),
            FunctionCode.ReadExceptionStatus => ReadExceptionStatus(unit.Coils, data, reply, ref exchange),
            FunctionCode.Diagnostics => Diagnose(data, reply, ref exchange),
            FunctionCode.GetCommEventCounter => CommEventCounter(data, reply, ref exchange),
            FunctionCode.GetCommEventLog => CommEventLog(data, reply, ref exchange),
            FunctionCode.ReportServerId => ReportServerId(data, reply, ref exchange),
            _ => ReadIdentification(data, reply, ref exchange),
        };
    }

    private static int Refuse(Refusal refusal, string why, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (refusal == Refusal.Silence)
        {
            exchange.Unanswered = why;
            return 0;
        }
        return Fail(refusal == Refusal.GatewayTargetFailed ? ExceptionCode.GatewayTargetFailed : ExceptionCode.ServerDeviceFailure, reply, ref exchange);
    }

    private static int Fail(byte code, Span<byte> reply, ref ModbusExchange exchange)
    {
        exchange.Exception = code;
        reply[0] = (byte)(exchange.Function | FunctionCode.Exception);
        reply[1] = code;
        return 2;
    }

    private static int BadValue(Span<byte> reply, ref ModbusExchange exchange) => Fail(ExceptionCode.IllegalDataValue, reply, ref exchange);

    private static int BadAddress(Span<byte> reply, ref ModbusExchange exchange) => Fail(ExceptionCode.IllegalDataAddress, reply, ref exchange);

    private int ReadBits(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeRange(data, 4, ref exchange) || exchange.Count is < 1 or > MostBitsRead) return BadValue(reply, ref exchange);
        if (!Locate(table, reply, ref exchange, out var failed)) return failed;
        var bytes = (exchange.Count + 7) / 8;
        reply[1] = (byte)bytes;
        _image.ReadBits(exchange.Range.Area, exchange.Range.First.BitIndex, exchange.Count, reply.Slice(2, bytes));
        return 2 + bytes;
    }

    private int ReadRegisters(RegisterTable table, int most, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeRange(data, 4, ref exchange) || exchange.Count < 1 || exchange.Count > most) return BadValue(reply, ref exchange);
        if (!Locate(table, reply, ref exchange, out var failed)) return failed;
        reply[1] = (byte)(exchange.Count * 2);
        _image.Read(exchange.Range.Area, exchange.Range.First.Offset, reply.Slice(2, exchange.Count * 2));
        return 2 + exchange.Count * 2;
    }

    private int WriteCoil(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeAddress(data, 4, ref exchange)) return BadValue(reply, ref exchange);
        var value = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (value is not (0x0000 or 0xFF00)) return BadValue(reply, ref exchange);
        if (!LocateToWrite(table, reply, ref exchange, out var failed)) return failed;
        WriteBits([(byte)(value >> 15)], ref exchange);
        return Echo(data, reply);
    }

    private int WriteRegister(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeAddress(data, 4, ref exchange)) return BadValue(reply, ref exchange);
        if (!LocateToWrite(table, reply, ref exchange, out var failed)) return failed;
        WriteWords(exchange.Range, data.Slice(2, 2), ref exchange);
        return Echo(data, reply);
    }

    private int WriteCoils(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeRange(data, -1, ref exchange) || exchange.Count is < 1 or > MostCoilsWritten || !ByteCountIs(data, (exchange.Count + 7) / 8)) return BadValue(reply, ref exchange);
        if (settings.ByteAlignedCoilWrites)
        {
            // S7-200 System Manual, "Modbus Slave Protocol, functions supported": whole bytes of outputs only.
            if (exchange.Count % 8 != 0) return BadValue(reply, ref exchange);
            if (exchange.From % 8 != 0) return BadAddress(reply, ref exchange);
        }
        if (!LocateToWrite(table, reply, ref exchange, out var failed)) return failed;
        WriteBits(data[5..], ref exchange);
        return Echo(data[..4], reply);
    }

    private int WriteRegisters(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        var most = Math.Min(MostRegistersWritten, settings.RegistersPerRequest);
        if (!TakeRange(data, -1, ref exchange) || exchange.Count < 1 || exchange.Count > most || !ByteCountIs(data, exchange.Count * 2)) return BadValue(reply, ref exchange);
        if (!LocateToWrite(table, reply, ref exchange, out var failed)) return failed;
        WriteWords(exchange.Range, data[5..], ref exchange);
        return Echo(data[..4], reply);
    }

    private int MaskWrite(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeAddress(data, 6, ref exchange)) return BadValue(reply, ref exchange);
        if (!LocateToWrite(table, reply, ref exchange, out var failed)) return failed;
        var and = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        var or = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        Span<byte> word = stackalloc byte[2];
        using (_image.Hold())
        {
            var now = _image.ReadWord(exchange.Range.Area, exchange.Range.First.Offset);
            BinaryPrimitives.WriteUInt16BigEndian(word, (ushort)((now & and) | (or & ~and))); // V1.1b3, 6.16
            WriteWords(exchange.Range, word, ref exchange);
        }
        return Echo(data, reply);
    }

    private int ReadWriteRegisters(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!TakeRange(data, -1, ref exchange) || data.Length < 9) return BadValue(reply, ref exchange);
        var writeFrom = BinaryPrimitives.ReadUInt16BigEndian(data[4..]);
        var writeCount = BinaryPrimitives.ReadUInt16BigEndian(data[6..]);
        if (exchange.Count is < 1 or > MostRegistersReadWrite || writeCount is < 1 or > MostRegistersWrittenReadWrite
            || data[8] != writeCount * 2 || data.Length != 9 + data[8]) return BadValue(reply, ref exchange);
        if (!table.TryMap(writeFrom, writeCount, out var target) || IsReadOnly(target)) return BadAddress(reply, ref exchange);
        if (!Locate(table, reply, ref exchange, out var failed)) return failed;
        reply[1] = (byte)(exchange.Count * 2);
        using (_image.Hold())
        {
            // "The write operation is performed before the read" (V1.1b3, 6.17).
            WriteWords(target, data[9..], ref exchange);
            _image.Read(exchange.Range.Area, exchange.Range.First.Offset, reply.Slice(2, exchange.Count * 2));
        }
        return 2 + exchange.Count * 2;
    }

    private int ReadFifo(RegisterTable table, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        const int MostQueued = 31; // V1.1b3, 6.18
        if (!TakeAddress(data, 2, ref exchange)) return BadValue(reply, ref exchange);
        if (!Locate(table, reply, ref exchange, out var failed)) return failed;
        using (_image.Hold())
        {
            var queued = _image.ReadWord(exchange.Range.Area, exchange.Range.First.Offset);
            if (queued > MostQueued) return BadValue(reply, ref exchange);
            exchange.Count = queued + 1;
            if (!Locate(table, reply, ref exchange, out failed)) return failed;
            BinaryPrimitives.WriteUInt16BigEndian(reply[1..], (ushort)(2 + queued * 2));
            _image.Read(exchange.Range.Area, exchange.Range.First.Offset, reply.Slice(3, 2 + queued * 2)); // the count itself, then what is queued
            return 5 + queued * 2;
        }
    }

    /// <summary>Starting address and quantity; false when the request has another length than the function's (-1: at least that).</summary>
    private static bool TakeRange(ReadOnlySpan<byte> data, int length, ref ModbusExchange exchange)
    {
        if (data.Length < 4) return false;
        exchange.From = BinaryPrimitives.ReadUInt16BigEndian(data);
        exchange.Count = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        return length < 0 || data.Length == length;
    }

    /// <summary>One address; false when the request has another length than the function's.</summary>
    private static bool TakeAddress(ReadOnlySpan<byte> data, int length, ref ModbusExchange exchange)
    {
        if (data.Length < 2) return false;
        exchange.From = BinaryPrimitives.ReadUInt16BigEndian(data);
        exchange.Count = 1;
        return data.Length == length;
    }

    /// <summary>The byte count says what the quantity needs, and as many bytes follow.</summary>
    private static bool ByteCountIs(ReadOnlySpan<byte> data, int bytes) => data.Length == 5 + bytes && data[4] == bytes;

    /// <summary>Finds the addresses in the process image; false with the exception's reply when there are none (02), or the CPU stands (04, after all else).</summary>
    private bool Locate(RegisterTable table, Span<byte> reply, ref ModbusExchange exchange, out int failed)
    {
        failed = 0;
        if (!table.TryMap(exchange.From, exchange.Count, out var range))
        {
            failed = BadAddress(reply, ref exchange);
            return false;
        }
        exchange.Range = range;
        if (cpu.Mode == OperatingMode.Stop && settings.Stop != Refusal.None) failed = Refuse(settings.Stop, "CPU in STOP", reply, ref exchange);
        return failed == 0;
    }

    /// <summary>As <see cref="Locate"/>; what only the CPU writes does not exist to a write.</summary>
    private bool LocateToWrite(RegisterTable table, Span<byte> reply, ref ModbusExchange exchange, out int failed)
    {
        if (!Locate(table, reply, ref exchange, out failed)) return false;
        if (IsReadOnly(exchange.Range)) failed = BadAddress(reply, ref exchange);
        return failed == 0;
    }

    /// <summary>Special memory that is the CPU's own. Analog inputs are left to whoever maps them to a table that can be written.</summary>
    private static bool IsReadOnly(AddressRange range) => range.Area == Area.SM && MemoryMap.IsReadOnly(range.Area, range.First.Offset);

    private void WriteBits(scoped ReadOnlySpan<byte> packed, ref ModbusExchange exchange)
    {
        var (range, bytes) = (exchange.Range, (exchange.Count + 7) / 8);
        _image.ExchangeBits(range.Area, range.First.BitIndex, exchange.Count, packed[..bytes], exchange.Before[..bytes]);
        packed[..bytes].CopyTo(exchange.After);
        (exchange.Written, exchange.WrittenRange, exchange.WrittenCount) = (true, range, exchange.Count);
    }

    private void WriteWords(AddressRange range, scoped ReadOnlySpan<byte> words, ref ModbusExchange exchange)
    {
        _image.Exchange(range.Area, range.First.Offset, words, exchange.Before[..words.Length]);
        words.CopyTo(exchange.After);
        (exchange.Written, exchange.WrittenRange, exchange.WrittenCount) = (true, range, range.Count);
    }

    private static int Echo(ReadOnlySpan<byte> data, Span<byte> reply)
    {
        data.CopyTo(reply[1..]);
        return 1 + data.Length;
    }
}
