namespace Conpot.Pi.Protocols.Snmp;

/// <summary>What an SNMPv3 engine without a single user answers: reports of the user-based security model (RFC 3414, 3.2).</summary>
/// <param name="engineId">snmpEngineID as it is now.</param>
/// <param name="clock">snmpEngineBoots, and the seconds since the last of them.</param>
internal sealed class UsmReports(Func<byte[]> engineId, Func<(int Boots, int Time)> clock)
{
    /// <summary>1.3.6.1.6.3.15.1.1.N.0 of SNMP-USER-BASED-SM-MIB.</summary>
    public const uint UnknownUserNames = 3, UnknownEngineIds = 4;

    /// <summary>A report is not longer than so many times its request: the shortest discovery is 60 bytes, its report 106.</summary>
    public const int MostAmplification = 3;

    private readonly uint[] _name = [1, 3, 6, 1, 6, 3, 15, 1, 1, 0, 0];
    private readonly uint[] _counts = new uint[UnknownEngineIds + 1];

    public int Answer(Span<byte> reply, ref SnmpExchange exchange, SnmpCounters counters)
    {
        ref readonly var message = ref exchange.Message;
        var asked = message.Usm;
        if (!asked.IsUsm) return Silence("unknown security model", ref exchange);
        if (!asked.IsValidLevel) return Silence("privacy without authentication", ref exchange);
        if (message.Problem is not null)
        {
            counters.Count(SnmpCounters.InAsnParseErrs);
            return Silence("malformed", ref exchange);
        }
        var engine = engineId();
        var counter = asked.EngineId.SequenceEqual(engine) ? UnknownUserNames : UnknownEngineIds;
        _counts[counter]++;
        exchange.Reported = counter;
        // RFC 3412, 7.1 (3): never about a response, a trap or a report, and only to whoever wants it.
        if (!asked.IsReportable || message.Pdu is SnmpType.Response or SnmpType.TrapV1 or SnmpType.TrapV2 or SnmpType.Report) return Silence("no report wanted", ref exchange);
        var length = Write(engine, counter, reply, in exchange.Message);
        if (length == 0) exchange.Unanswered = "even the report is too big";
        return length;
    }

    private static int Silence(string why, ref SnmpExchange exchange)
    {
        exchange.Unanswered = why;
        return 0;
    }

    private int Write(byte[] engine, uint counter, Span<byte> reply, scoped in SnmpMessage message)
    {
        var (boots, time) = clock();
        _name[9] = counter;
        // An encrypted request hides its request-id: 0 (RFC 3412, 7.1 (3)).
        var requestId = message.RequestId.IsEmpty ? [0] : message.RequestId;
        var usm = message.Usm;

        var parameters = BerWriter.Size(engine.Length) + BerWriter.Size(BerWriter.IntegerLength(boots)) + BerWriter.Size(BerWriter.IntegerLength(time))
            + BerWriter.Size(usm.UserName.Length) + 2 + 2;
        var value = MibValue.OfNumber(SnmpType.Counter32, _counts[counter]);
        var binding = BerWriter.Size(BerOid.EncodedLength(_name)) + BerWriter.Size(BerWriter.ValueLength(in value));
        var pdu = BerWriter.Size(requestId.Length) + 3 + 3 + BerWriter.Size(BerWriter.Size(binding));
        var scopedPdu = BerWriter.Size(engine.Length) + 2 + BerWriter.Size(pdu);
        var header = BerWriter.Size(BerWriter.IntegerLength(usm.MessageId)) + BerWriter.Size(BerWriter.IntegerLength(LargestAccepted)) + 3 + 3;

        var writer = new BerWriter(reply);
        writer.Header(SnmpType.Sequence, 3 + BerWriter.Size(header) + BerWriter.Size(BerWriter.Size(parameters)) + BerWriter.Size(scopedPdu));
        writer.Integer(SnmpType.Integer, SnmpMessage.V3);
        writer.Header(SnmpType.Sequence, header);
        writer.Integer(SnmpType.Integer, usm.MessageId);
        writer.Integer(SnmpType.Integer, LargestAccepted);
        writer.Bytes(SnmpType.OctetString, [0]); // noAuthNoPriv, not reportable
        writer.Integer(SnmpType.Integer, usm.SecurityModel);
        writer.Header(SnmpType.OctetString, BerWriter.Size(parameters));
        writer.Header(SnmpType.Sequence, parameters);
        writer.Bytes(SnmpType.OctetString, engine);
        writer.Integer(SnmpType.Integer, boots);
        writer.Integer(SnmpType.Integer, time);
        writer.Bytes(SnmpType.OctetString, usm.UserName);
        writer.Header(SnmpType.OctetString, 0);
        writer.Header(SnmpType.OctetString, 0);
        writer.Header(SnmpType.Sequence, scopedPdu);
        writer.Bytes(SnmpType.OctetString, engine);
        writer.Header(SnmpType.OctetString, 0); // the default context
        writer.Header(SnmpType.Report, pdu);
        writer.Bytes(SnmpType.Integer, requestId);
        writer.Integer(SnmpType.Integer, 0);
        writer.Integer(SnmpType.Integer, 0);
        writer.Header(SnmpType.Sequence, BerWriter.Size(binding));
        writer.VarBind(_name, in value);
        return writer.Full ? 0 : writer.Length;
    }

    /// <summary>msgMaxSize: what the device says it can take; one Ethernet frame.</summary>
    private const int LargestAccepted = 1472;
}
