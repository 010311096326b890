using Conpot.Pi.Events;
using Conpot.Pi.Net;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>SNMP on its UDP port: every datagram answered, or not, and recorded.</summary>
/// <remarks>The agent keeps no state per source, so one conversation serves them all.</remarks>
internal sealed class SnmpConversation(SnmpEngine engine, SnmpSettings settings, SnmpState? state = null) : IDatagramConversation
{
    /// <summary>As many bytes of a datagram are recorded: whole Ethernet frames, and of larger ones what tells what they are.</summary>
    private const int BytesKept = 2048;

    /// <summary>DisplayString's 255, and its tag and length.</summary>
    private const int LongestValue = 258;

    /// <summary>An OID's text; longer ones are cut.</summary>
    private const int LongestOid = 192;

    private readonly byte[] _scratch = new byte[SnmpExchange.Described * LongestValue];

    public int LargestReply => settings.LargestMessage;

    public int Answer(ReadOnlySpan<byte> datagram, Span<byte> reply, SessionLog log)
    {
        var exchange = new SnmpExchange(_scratch);
        var length = engine.Answer(datagram, reply, ref exchange);
        Record(in exchange, datagram, reply[..length], log);
        if (exchange.Written) state?.Tick();
        return length;
    }

    public void Tick() => state?.Tick();

    private static void Record(in SnmpExchange exchange, ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply, SessionLog log)
    {
        ref readonly var message = ref exchange.Message;
        var failed = exchange.Unanswered is not null || exchange.ErrorStatus != ErrorStatus.NoError || exchange.Reported != 0;
        var line = log.Begin(KindOf(in exchange), failed ? Outcome.Failure : Outcome.Success);
        if (message.HasVersion) line.Word("version"u8, VersionText(message.Version));
        if (message.HasHeader && message.Version != SnmpMessage.V3) line.Text("community"u8, message.Community, 255);
        if (message.Version == SnmpMessage.V3 && message.HasHeader) RecordUser(ref line, message.Usm);
        if (message.Pdu != 0)
        {
            line.Word("operation"u8, SnmpType.PduName(message.Pdu));
            RecordNames(ref line, in message);
            line.Number("varbinds"u8, message.Count);
        }
        if (message.Pdu == SnmpType.GetBulk)
        {
            line.Number("non_repeaters"u8, message.ErrorStatus);
            line.Number("max_repetitions"u8, message.ErrorIndex);
        }
        if (exchange.ErrorStatus != ErrorStatus.NoError)
        {
            line.Number("error_status"u8, exchange.ErrorStatus);
            line.Word("error"u8, ErrorStatus.Name(exchange.ErrorStatus));
            line.Number("error_index"u8, exchange.ErrorIndex);
        }
        if (exchange.Reported != 0) line.Word("report"u8, exchange.Reported == UsmReports.UnknownUserNames ? "usmStatsUnknownUserNames"u8 : "usmStatsUnknownEngineIDs"u8);
        if (exchange.Unanswered is not null) line.Text("unanswered"u8, exchange.Unanswered);
        if (message.Problem is not null)
        {
            line.Text("problem"u8, message.Problem);
            line.Number("problem_at"u8, message.ProblemAt);
        }
        if (message.Trailing > 0) line.Number("trailing"u8, message.Trailing);
        if (request.Length > BytesKept) line.Number("request_bytes"u8, request.Length);
        line.Hex("request"u8, request[..Math.Min(request.Length, BytesKept)]);
        if (!reply.IsEmpty) line.Hex("response"u8, reply[..Math.Min(reply.Length, BytesKept)]);
        if (exchange.Written) RecordWrite(ref line, in exchange);
        log.End(ref line);
        if (exchange.BadCommunity) log.Seen(Sweep.Community, Hash(message.Community));
    }

    /// <summary>FNV-1a: to tell one community from another.</summary>
    private static uint Hash(scoped ReadOnlySpan<byte> text)
    {
        var hash = 2166136261;
        foreach (var b in text) hash = (hash ^ b) * 16777619;
        return hash;
    }

    private static ReadOnlySpan<byte> VersionText(long version) => version switch
    {
        SnmpMessage.V1 => "1"u8,
        SnmpMessage.V2c => "2c"u8,
        SnmpMessage.V3 => "3"u8,
        _ => "unknown"u8,
    };

    private static void RecordUser(ref JsonLine line, scoped in UsmHeader usm)
    {
        line.Text("user"u8, usm.UserName, 255);
        line.Word("level"u8, usm.Level);
        if (!usm.EngineId.IsEmpty) line.Hex("engine_id"u8, usm.EngineId[..Math.Min(usm.EngineId.Length, 64)]);
        if (!usm.AuthParameters.IsEmpty) line.Hex("digest"u8, usm.AuthParameters[..Math.Min(usm.AuthParameters.Length, 64)]);
    }

    private static void RecordNames(ref JsonLine line, scoped in SnmpMessage message)
    {
        Span<byte> text = stackalloc byte[LongestOid];
        var bindings = new VarBindReader(message.VarBinds);
        line.OpenList("oids"u8);
        for (var i = Math.Min(message.Count, SnmpExchange.Described); i > 0 && bindings.TryTake(out var name, out _, out _); i--) line.WordItem(BerOid.Print(name, text));
        line.CloseList();
    }

    private static void RecordWrite(ref JsonLine line, scoped in SnmpExchange exchange)
    {
        line.OpenList("before"u8);
        for (var before = new BerReader(exchange.Before); before.TryTake(out var type, out var value);) RecordValue(ref line, type, value);
        line.CloseList();
        line.OpenList("after"u8);
        var bindings = new VarBindReader(exchange.Message.VarBinds);
        for (var i = 0; i < SnmpExchange.Described && bindings.TryTake(out _, out var type, out var value); i++) RecordValue(ref line, type, value);
        line.CloseList();
    }

    private static void RecordValue(ref JsonLine line, byte type, scoped ReadOnlySpan<byte> value)
    {
        Span<byte> text = stackalloc byte[LongestOid];
        switch (type)
        {
            case SnmpType.Integer or SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks or SnmpType.Counter64:
                BerReader.TryInteger(value, out var number);
                line.NumberItem(number);
                break;
            case SnmpType.ObjectIdentifier:
                line.WordItem(BerOid.Print(value, text));
                break;
            case SnmpType.IpAddress:
                Span<uint> parts = stackalloc uint[4];
                for (var i = 0; i < Math.Min(4, value.Length); i++) parts[i] = value[i];
                line.WordItem(BerOid.Print(parts, text));
                break;
            default:
                line.TextItem(value, 255);
                break;
        }
    }

    /// <summary>By what was wanted, not by what came of it: an attempt to write weighs as much as a write.</summary>
    private static EventKind KindOf(in SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        if (message.Version == SnmpMessage.V3 && message.HasHeader)
        {
            if (!message.Usm.UserName.IsEmpty) return EventCatalog.SnmpUser;
            return message.Problem is null ? EventCatalog.SnmpDiscover : EventCatalog.SnmpMalformed;
        }
        if (exchange.BadCommunity) return message.Pdu == SnmpType.Set ? EventCatalog.SnmpBadCommunitySet : EventCatalog.SnmpBadCommunity;
        if (message.Problem is not null) return EventCatalog.SnmpMalformed;
        if (message.Pdu == SnmpType.Set) return EventCatalog.SnmpSet;
        if (exchange.Unanswered is not null) return EventCatalog.SnmpUnanswered;
        var (connections, others) = Subjects(in message);
        if (message.Pdu == SnmpType.Get) return !connections ? EventCatalog.SnmpGet : others ? EventCatalog.SnmpGetBoth : EventCatalog.SnmpGetConnections;
        return !connections ? EventCatalog.SnmpWalk : others ? EventCatalog.SnmpWalkBoth : EventCatalog.SnmpWalkConnections;
    }

    /// <summary>Whether names lie in MIB-II's groups of addresses and connections (at 3, ip 4, tcp 6, udp 7), and whether others do not; of the first few.</summary>
    private static (bool Connections, bool Others) Subjects(scoped in SnmpMessage message)
    {
        Span<uint> parts = stackalloc uint[BerOid.MostParts];
        var bindings = new VarBindReader(message.VarBinds);
        var (connections, others) = (false, false);
        for (var i = 0; i < SnmpExchange.Described && bindings.TryTake(out var name, out _, out _); i++)
        {
            var count = BerOid.Decode(name, parts);
            var network = count > BerOid.Mib2.Length && parts.StartsWith(BerOid.Mib2) && parts[BerOid.Mib2.Length] is 3 or 4 or 6 or 7;
            connections |= network;
            others |= !network;
        }
        return (connections, others);
    }
}
