namespace Conpot.Pi.Protocols.Snmp;

/// <summary>GET, GETNEXT and GETBULK.</summary>
internal sealed partial class SnmpEngine
{
    /// <summary>A repeater whose first step already found nothing.</summary>
    private const int OffTheEnd = -1;

    /// <summary>RFC 1157 4.1.2, RFC 3416 4.2.1. Values in the request are nobody's business.</summary>
    private int Get(Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        var objects = mib.Objects;
        var v1 = message.Version == SnmpMessage.V1;
        var writer = new BerWriter(_bindings.AsSpan(0, RoomFor(in message, reply.Length)));
        var bindings = new VarBindReader(message.VarBinds);
        var retrieved = 0u;
        for (var index = 1; bindings.TryTake(out var name, out _, out _); index++)
        {
            var wanted = Decode(name);
            var at = Mib.Find(objects, wanted, out var exact);
            if (exact && !(v1 && objects[at].Type == SnmpType.Counter64))
            {
                writer.VarBind(wanted, objects[at].Read());
                retrieved++;
            }
            else if (v1) return Refuse(ErrorStatus.NoSuchName, index, reply, ref exchange);
            else writer.VarBind(wanted, MibValue.OfNumber(HasInstances(objects, at, wanted) ? SnmpType.NoSuchInstance : SnmpType.NoSuchObject, 0));
            if (writer.Full && !v1) break; // v1 looks for a missing name further on: that error comes before tooBig
        }
        return Retrieved(in writer, retrieved, reply, ref exchange);
    }

    /// <summary>RFC 1157 4.1.3, RFC 3416 4.2.2.</summary>
    private int GetNext(Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        var objects = mib.Objects;
        var v1 = message.Version == SnmpMessage.V1;
        var writer = new BerWriter(_bindings.AsSpan(0, RoomFor(in message, reply.Length)));
        var bindings = new VarBindReader(message.VarBinds);
        var retrieved = 0u;
        for (var index = 1; bindings.TryTake(out var name, out _, out _); index++)
        {
            var wanted = Decode(name);
            var at = After(objects, wanted);
            while (v1 && at < objects.Length && objects[at].Type == SnmpType.Counter64) at++; // v1 has no such type (RFC 2576, 4.2.2.1)
            if (at < objects.Length)
            {
                writer.VarBind(objects[at].Oid, objects[at].Read());
                retrieved++;
            }
            else if (v1) return Refuse(ErrorStatus.NoSuchName, index, reply, ref exchange);
            else writer.VarBind(wanted, MibValue.OfNumber(SnmpType.EndOfMibView, 0));
            if (writer.Full && !v1) break;
        }
        return Retrieved(in writer, retrieved, reply, ref exchange);
    }

    private int Retrieved(in BerWriter writer, uint count, Span<byte> reply, ref SnmpExchange exchange)
    {
        if (writer.Full) return TooBig(reply, ref exchange);
        counters.Count(SnmpCounters.InTotalReqVars, count);
        return Respond(ErrorStatus.NoError, 0, writer.Written, reply, ref exchange);
    }

    /// <summary>RFC 3416 4.2.3: as many bindings as fit, from the front; tooBig only when not one does.</summary>
    private int GetBulk(Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        var objects = mib.Objects;
        var nonRepeaters = (int)Math.Clamp(message.ErrorStatus, 0, message.Count);
        var repetitions = Math.Max(0, message.ErrorIndex);
        var writer = new BerWriter(_bindings.AsSpan(0, RoomFor(in message, reply.Length)));
        var bindings = new VarBindReader(message.VarBinds);
        var (retrieved, repeaters, ended) = (0u, 0, 0);
        for (var index = 0; !writer.Full && (index < nonRepeaters || repetitions > 0) && bindings.TryTake(out var name, out _, out _); index++)
        {
            var at = After(objects, Decode(name));
            if (at >= objects.Length) at = OffTheEnd;
            Append(ref writer, objects, at, name, ref retrieved);
            if (index < nonRepeaters || writer.Full) continue;
            _repeaters[repeaters++] = at;
            if (at == OffTheEnd) ended++;
        }
        for (var repetition = 1L; repetition < repetitions && ended < repeaters && !writer.Full; repetition++)
        {
            ended = 0; // one whole repetition of endOfMibView is the last
            bindings = new VarBindReader(message.VarBinds);
            for (var index = 0; index < nonRepeaters; index++) bindings.TryTake(out _, out _, out _);
            for (var repeater = 0; repeater < repeaters && !writer.Full; repeater++)
            {
                bindings.TryTake(out var name, out _, out _);
                ref var at = ref _repeaters[repeater];
                if (at != OffTheEnd && at < objects.Length) at++;
                Append(ref writer, objects, at, name, ref retrieved);
                if (at == OffTheEnd || at == objects.Length) ended++;
            }
        }
        if (writer.Full && writer.Length == 0) return TooBig(reply, ref exchange);
        counters.Count(SnmpCounters.InTotalReqVars, retrieved);
        return Respond(ErrorStatus.NoError, 0, writer.Written, reply, ref exchange);
    }

    /// <summary>The object at an index; behind the last one endOfMibView, under the name that came before it: the last object's, or <see cref="OffTheEnd"/> the request's.</summary>
    private void Append(ref BerWriter writer, ReadOnlySpan<MibObject> objects, int at, scoped ReadOnlySpan<byte> name, ref uint retrieved)
    {
        var end = MibValue.OfNumber(SnmpType.EndOfMibView, 0);
        if (at == OffTheEnd) writer.VarBind(Decode(name), in end);
        else if (at == objects.Length) writer.VarBind(objects[^1].Oid, in end);
        else
        {
            writer.VarBind(objects[at].Oid, objects[at].Read());
            if (!writer.Full) retrieved++;
        }
    }

    /// <summary>The sub-identifiers of a name that parsing has seen to be one.</summary>
    private ReadOnlySpan<uint> Decode(ReadOnlySpan<byte> name) => _name.AsSpan(0, BerOid.Decode(name, _name));

    /// <summary>The first object behind a name.</summary>
    private static int After(ReadOnlySpan<MibObject> objects, ReadOnlySpan<uint> name)
    {
        var at = Mib.Find(objects, name, out var exact);
        return exact ? at + 1 : at;
    }

    /// <summary>Whether objects of the type that a name asks for exist, with other instances (RFC 3416, 4.2.1: noSuchInstance, else noSuchObject).</summary>
    /// <param name="at">Where the name would stand: the instances next to it are the ones that share most with it.</param>
    private static bool HasInstances(ReadOnlySpan<MibObject> objects, int at, ReadOnlySpan<uint> name) =>
        at > 0 && IsOfType(objects[at - 1].Oid, name) || at < objects.Length && IsOfType(objects[at].Oid, name);

    private static bool IsOfType(ReadOnlySpan<uint> instance, ReadOnlySpan<uint> name) => name.StartsWith(instance[..TypeLength(instance)]);

    /// <summary>How much of an instance's name is its type. MIB-II alone has rows: 1.3.6.1.2.1.group.table.1.column.index; elsewhere the instance is one number.</summary>
    private static int TypeLength(ReadOnlySpan<uint> instance)
    {
        const int Column = 10;
        return instance.Length > Column && instance.StartsWith(BerOid.Mib2) ? Column : Math.Max(0, instance.Length - 1);
    }
}
