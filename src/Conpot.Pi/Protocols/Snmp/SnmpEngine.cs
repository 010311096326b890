namespace Conpot.Pi.Protocols.Snmp;

/// <summary>The SNMP agent: one datagram in, at most one reply and its description out.</summary>
/// <remarks>
/// Rules and their order are those of RFC 1157 (v1), RFC 3416 (v2c) and RFC 3414 (v3, reports alone). Nothing here waits, allocates, throws or
/// looks at a clock, whatever the bytes are. It works in buffers of its own: one thread at a time, the network loop's.
/// </remarks>
internal sealed partial class SnmpEngine(SnmpSettings settings, Mib mib, SnmpCounters counters, UsmReports usm)
{
    /// <summary>A variable binding is 7 bytes at least: 30 05 06 01 00 05 00.</summary>
    private const int SmallestVarBind = 7;

    private const string EvenTheError = "even the error is too big";

    private readonly byte[] _bindings = new byte[settings.LargestMessage];
    private readonly uint[] _name = new uint[BerOid.MostParts], _value = new uint[BerOid.MostParts];

    /// <summary>Where each repeater of a GETBULK stands; more of them never fit into one reply.</summary>
    private readonly int[] _repeaters = new int[settings.LargestMessage / SmallestVarBind + 1];

    private enum Access { None, Read, Write }

    /// <summary>Answers one datagram.</summary>
    /// <param name="reply">Room for the largest message; less bounds the reply.</param>
    /// <returns>Bytes of the reply; 0 for none, and then <see cref="SnmpExchange.Unanswered"/> says why.</returns>
    public int Answer(ReadOnlySpan<byte> datagram, Span<byte> reply, ref SnmpExchange exchange)
    {
        counters.Count(SnmpCounters.InPkts);
        exchange.Message.Parse(datagram);
        if (reply.Length > settings.LargestMessage) reply = reply[..settings.LargestMessage];
        var length = Serve(reply, ref exchange);
        if (length > 0) counters.Count(SnmpCounters.OutPkts);
        return length;
    }

    private int Serve(Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        if (!message.HasVersion) return Malformed(ref exchange);
        // Versions come before all else (RFC 1157, 4.1): an agent of v1 alone counts 141 bad versions and answers none (WIRE 1.2).
        if (!Speaks(message.Version)) return Silence(SnmpCounters.InBadVersions, "version not spoken", ref exchange);
        if (!message.HasHeader) return Malformed(ref exchange);
        if (message.Version == SnmpMessage.V3) return usm.Answer(reply, ref exchange, counters);

        var access = AccessOf(message.Community);
        exchange.BadCommunity = access == Access.None;
        if (exchange.BadCommunity) return Silence(SnmpCounters.InBadCommunityNames, "unknown community", ref exchange);
        if (message.Problem is not null) return Malformed(ref exchange);
        if (message.Version == SnmpMessage.V1 ? message.Pdu > SnmpType.TrapV1 : message.Pdu == SnmpType.TrapV1)
            return Silence(SnmpCounters.InAsnParseErrs, "no PDU of this version", ref exchange);
        CountReceivedStatus(in message);
        switch (message.Pdu)
        {
            case SnmpType.Get:
                counters.Count(SnmpCounters.InGetRequests);
                return Get(reply, ref exchange);
            case SnmpType.GetNext:
                counters.Count(SnmpCounters.InGetNexts);
                return GetNext(reply, ref exchange);
            case SnmpType.GetBulk:
                return GetBulk(reply, ref exchange); // RFC 1213 has no counter for it
            case SnmpType.Set:
                counters.Count(SnmpCounters.InSetRequests);
                return Set(access == Access.Write, reply, ref exchange);
            case SnmpType.Response:
                return Silence(SnmpCounters.InGetResponses, "a response", ref exchange);
            case SnmpType.TrapV1:
            case SnmpType.TrapV2:
                return Silence(SnmpCounters.InTraps, "a trap", ref exchange);
            case SnmpType.Inform:
                exchange.Unanswered = "an inform"; // RFC 1213 has no counter for these two
                return 0;
            default:
                exchange.Unanswered = "a report";
                return 0;
        }
    }

    private bool Speaks(long version) => version switch
    {
        SnmpMessage.V1 => settings.V1,
        SnmpMessage.V2c => settings.V2c,
        SnmpMessage.V3 => settings.V3,
        _ => false,
    };

    private Access AccessOf(ReadOnlySpan<byte> community)
    {
        foreach (var name in settings.WriteCommunities)
            if (community.SequenceEqual(name)) return Access.Write;
        foreach (var name in settings.ReadCommunities)
            if (community.SequenceEqual(name)) return Access.Read;
        return Access.None;
    }

    /// <summary>RFC 1213, snmpInTooBigs to snmpInGenErrs: PDUs that came with such an error-status, whatever they are.</summary>
    private void CountReceivedStatus(in SnmpMessage message)
    {
        if (message.Pdu is not (SnmpType.GetBulk or SnmpType.TrapV1) && message.ErrorStatus is >= ErrorStatus.TooBig and <= ErrorStatus.GenErr)
            counters.Count(SnmpCounters.InTooBigs + (int)message.ErrorStatus - ErrorStatus.TooBig);
    }

    private int Malformed(ref SnmpExchange exchange) => Silence(SnmpCounters.InAsnParseErrs, "malformed", ref exchange);

    private int Silence(int counter, string why, ref SnmpExchange exchange)
    {
        counters.Count(counter);
        exchange.Unanswered = why;
        return 0;
    }

    /// <summary>An error reply: the request's own bindings, and which of them it was.</summary>
    private int Refuse(byte status, int index, Span<byte> reply, ref SnmpExchange exchange)
    {
        if (exchange.Message.Version == SnmpMessage.V1) status = V1Status(status);
        var echo = Echo(in exchange.Message);
        return echo.Full ? TooBig(reply, ref exchange) : Respond(status, index, echo.Written, reply, ref exchange);
    }

    /// <summary>RFC 1157 4.1.2 (3): the request with the error, index 0; RFC 3416 4.2.1: the same without its bindings.</summary>
    private int TooBig(Span<byte> reply, ref SnmpExchange exchange)
    {
        var echo = exchange.Message.Version == SnmpMessage.V1 ? Echo(in exchange.Message) : default;
        if (!echo.Full) return Respond(ErrorStatus.TooBig, 0, echo.Written, reply, ref exchange);
        exchange.Unanswered = EvenTheError;
        return 0;
    }

    /// <summary>The request's bindings, names and values as they were understood: in shortest form, whatever the request's was [G].</summary>
    private BerWriter Echo(in SnmpMessage message)
    {
        var writer = new BerWriter(_bindings);
        var bindings = new VarBindReader(message.VarBinds);
        while (!writer.Full && bindings.TryTake(out var name, out var type, out var contents))
        {
            if (type == SnmpType.ObjectIdentifier)
            {
                writer.VarBind(Decode(name), _value.AsSpan(0, BerOid.Decode(contents, _value)));
                continue;
            }
            RequestValue.TryRead(type, contents, out var value);
            writer.VarBind(Decode(name), in value);
        }
        return writer;
    }

    /// <summary>Bytes of the whole reply around so many bytes of bindings.</summary>
    private static int Size(in SnmpMessage message, int index, int bindings) =>
        BerWriter.Size(MessageLength(in message, BerWriter.Size(PduLength(in message, index, bindings))));

    private static int MessageLength(in SnmpMessage message, int pdu) => 3 + BerWriter.Size(message.Community.Length) + pdu;

    private static int PduLength(in SnmpMessage message, int index, int bindings) =>
        BerWriter.Size(message.RequestId.Length) + 3 + BerWriter.Size(BerWriter.IntegerLength(index)) + BerWriter.Size(bindings);

    /// <summary>How many bytes of bindings fit into a reply without an error.</summary>
    private int RoomFor(in SnmpMessage message, int limit)
    {
        var room = Math.Min(_bindings.Length, limit - Size(in message, 0, 0));
        while (room > 0 && Size(in message, 0, room) > limit) room--; // longer lengths: a few steps
        return Math.Max(0, room);
    }

    /// <summary>The response message, or tooBig when it does not fit, or nothing when that does not fit either.</summary>
    private int Respond(byte status, int index, scoped ReadOnlySpan<byte> bindings, Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        if (Size(in message, index, bindings.Length) > reply.Length)
        {
            if (status != ErrorStatus.TooBig) return TooBig(reply, ref exchange);
            exchange.Unanswered = EvenTheError;
            return 0;
        }
        var pdu = PduLength(in message, index, bindings.Length);
        var writer = new BerWriter(reply);
        writer.Header(SnmpType.Sequence, MessageLength(in message, BerWriter.Size(pdu)));
        writer.Integer(SnmpType.Integer, message.Version);
        writer.Bytes(SnmpType.OctetString, message.Community);
        writer.Header(SnmpType.Response, pdu);
        writer.Bytes(SnmpType.Integer, message.RequestId);
        writer.Integer(SnmpType.Integer, status);
        writer.Integer(SnmpType.Integer, index);
        writer.Bytes(SnmpType.Sequence, bindings);
        (exchange.ErrorStatus, exchange.ErrorIndex) = (status, index);
        counters.Count(SnmpCounters.OutGetResponses);
        var counter = status switch
        {
            ErrorStatus.TooBig => SnmpCounters.OutTooBigs,
            ErrorStatus.NoSuchName => SnmpCounters.OutNoSuchNames,
            ErrorStatus.BadValue => SnmpCounters.OutBadValues,
            ErrorStatus.GenErr => SnmpCounters.OutGenErrs,
            _ => 0,
        };
        if (counter != 0) counters.Count(counter);
        return writer.Length;
    }

    /// <summary>RFC 2576, 4.3: a v2c status in the words of v1. readOnly is not among them: RFC 1157's own rules never give it.</summary>
    private static byte V1Status(byte status) => status switch
    {
        <= ErrorStatus.GenErr => status,
        ErrorStatus.WrongType or ErrorStatus.WrongLength or ErrorStatus.WrongEncoding or ErrorStatus.WrongValue or ErrorStatus.InconsistentValue => ErrorStatus.BadValue,
        ErrorStatus.NoAccess or ErrorStatus.NotWritable or ErrorStatus.NoCreation or ErrorStatus.InconsistentName or ErrorStatus.AuthorizationError => ErrorStatus.NoSuchName,
        _ => ErrorStatus.GenErr,
    };
}
