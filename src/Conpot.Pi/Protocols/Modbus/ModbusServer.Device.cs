using System.Buffers.Binary;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Protocols.Modbus;

/// <summary>The functions that ask about the device itself: identification, diagnostics, counters.</summary>
internal sealed partial class ModbusServer
{
    private const byte ReadDeviceIdentification = 0x0E;

    private const ushort ReturnQueryData = 0, RestartCommunications = 1, ReturnDiagnosticRegister = 2, ClearCounters = 10, FirstCounter = 11, LastCounter = 18, ClearOverrun = 20;

    /// <summary>Eight outputs that the vendor chooses (V1.1b3, 6.7): the unit's first eight coils.</summary>
    private int ReadExceptionStatus(RegisterTable coils, ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!data.IsEmpty) return BadValue(reply, ref exchange);
        reply[1] = 0;
        if (coils.TryMap(0, 8, out var range)) _image.ReadBits(range.Area, range.First.BitIndex, 8, reply.Slice(1, 1));
        return 2;
    }

    private int Diagnose(ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (data.Length < 4) return BadValue(reply, ref exchange);
        var subfunction = BinaryPrimitives.ReadUInt16BigEndian(data);
        exchange.From = subfunction;
        if (subfunction == ReturnQueryData) return Echo(data, reply);
        if (subfunction is not (RestartCommunications or ReturnDiagnosticRegister or ClearOverrun or (>= ClearCounters and <= LastCounter)))
            return BadValue(reply, ref exchange); // S7-1200 MB_SERVER, status 8385: 03 (WIRE 2.2); V1.1b3, figure 18, would have 01
        var value = BinaryPrimitives.ReadUInt16BigEndian(data[2..]);
        if (data.Length != 4 || (value != 0 && !(subfunction == RestartCommunications && value == 0xFF00))) return BadValue(reply, ref exchange);
        switch (subfunction)
        {
            case RestartCommunications:
            case ClearCounters:
                _counters.Clear(alsoLog: value == 0xFF00);
                break;
            case >= FirstCounter and <= LastCounter:
                value = _counters.Counter(subfunction - FirstCounter);
                break;
        }
        data[..2].CopyTo(reply[1..]);
        BinaryPrimitives.WriteUInt16BigEndian(reply[3..], value);
        return 5;
    }

    private int CommEventCounter(ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!data.IsEmpty) return BadValue(reply, ref exchange);
        BinaryPrimitives.WriteUInt16BigEndian(reply[1..], 0); // not busy with an earlier command
        BinaryPrimitives.WriteUInt16BigEndian(reply[3..], _counters.Events);
        return 5;
    }

    private int CommEventLog(ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!data.IsEmpty) return BadValue(reply, ref exchange);
        var logged = _counters.CopyLog(reply[8..]);
        reply[1] = (byte)(6 + logged);
        BinaryPrimitives.WriteUInt16BigEndian(reply[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(reply[4..], _counters.Events);
        BinaryPrimitives.WriteUInt16BigEndian(reply[6..], _counters.Messages);
        return 8 + logged;
    }

    private int ReportServerId(ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        if (!data.IsEmpty) return BadValue(reply, ref exchange);
        settings.ServerId.CopyTo(reply[1..]);
        return 1 + settings.ServerId.Length;
    }

    /// <summary>Function 43/14 (V1.1b3, 6.21): streams of a category with "more follows", or one object alone.</summary>
    private int ReadIdentification(ReadOnlySpan<byte> data, Span<byte> reply, ref ModbusExchange exchange)
    {
        const int Stream = 1, LastStream = 3, Individual = 4, HeaderLength = 7;
        if (data.Length < 1) return BadValue(reply, ref exchange);
        if (data[0] != ReadDeviceIdentification) return Fail(ExceptionCode.IllegalFunction, reply, ref exchange); // 43/13 is CANopen
        if (data.Length != 3) return BadValue(reply, ref exchange);
        var (access, wanted) = (data[1], data[2]);
        if (access is < Stream or > Individual) return BadValue(reply, ref exchange);

        var objects = settings.Identification.Objects;
        var last = access switch { Stream => 0x02, Stream + 1 => 0x7F, LastStream => 0xFF, _ => wanted };
        var first = 0;
        while (first < objects.Count && objects[first].Id != wanted) first++;
        if (first == objects.Count || wanted > last)
        {
            if (access == Individual) return BadAddress(reply, ref exchange);
            first = 0; // "If the Object Id does not match any known object, the server responds as if object 0 were pointed out"
        }
        reply[1] = ReadDeviceIdentification;
        reply[2] = access;
        reply[3] = settings.Identification.Conformity;
        reply[4] = reply[5] = reply[6] = 0;
        var length = HeaderLength;
        for (var i = first; i < objects.Count && objects[i].Id <= last; i++)
        {
            var (id, value) = objects[i];
            if (length + 2 + value.Length > LongestPdu)
            {
                (reply[4], reply[5]) = (0xFF, id); // more follows, from this object on
                break;
            }
            reply[length] = id;
            reply[length + 1] = (byte)value.Length;
            value.CopyTo(reply[(length + 2)..]);
            length += 2 + value.Length;
            reply[6]++;
        }
        return length;
    }
}
