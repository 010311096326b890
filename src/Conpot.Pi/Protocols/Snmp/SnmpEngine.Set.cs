namespace Conpot.Pi.Protocols.Snmp;

/// <summary>SET: everything is checked before anything is changed.</summary>
internal sealed partial class SnmpEngine
{
    /// <summary>RFC 1157 4.1.5, RFC 3416 4.2.5; statuses are those of v2c, <see cref="Refuse"/> has the words of v1.</summary>
    private int Set(bool mayWrite, Span<byte> reply, ref SnmpExchange exchange)
    {
        ref readonly var message = ref exchange.Message;
        // The reply is the request's bindings whatever comes of them, so it is known to fit before anything is changed.
        var echo = Echo(in message);
        if (echo.Full || Size(in message, 0, echo.Length) > reply.Length) return TooBig(reply, ref exchange);
        if (!mayWrite && message.Count > 0)
        {
            // [G] WIRE 1.4 leaves it open whether the CP answers. RFC 1157 4.1.5 (1) does: objects outside the community's write view are
            // noSuchName (v2c: noAccess), and RFC 1213 counts such a use of a community.
            counters.Count(SnmpCounters.InBadCommunityUses);
            return Refuse(ErrorStatus.NoAccess, 1, reply, ref exchange);
        }
        var objects = mib.Objects;
        var bindings = new VarBindReader(message.VarBinds);
        for (var index = 1; bindings.TryTake(out var name, out var type, out var contents); index++)
        {
            var status = Check(objects, name, type, contents);
            if (status != ErrorStatus.NoError) return Refuse(status, index, reply, ref exchange);
        }
        bindings = new VarBindReader(message.VarBinds);
        for (var index = 0; bindings.TryTake(out var name, out var type, out var contents); index++)
        {
            var target = objects[Mib.Find(objects, Decode(name), out _)];
            RequestValue.TryRead(type, contents, out var value);
            if (index < SnmpExchange.Described) exchange.Replaced(target.Read());
            target.Write(in value);
        }
        exchange.Written = true;
        counters.Count(SnmpCounters.InTotalSetVars, (uint)message.Count);
        return Respond(ErrorStatus.NoError, 0, echo.Written, reply, ref exchange);
    }

    /// <summary>The order of RFC 3416 4.2.5: notWritable, noCreation, wrongType, then what the object has to say (wrongLength, wrongValue ...).</summary>
    private byte Check(ReadOnlySpan<MibObject> objects, ReadOnlySpan<byte> name, byte type, ReadOnlySpan<byte> contents)
    {
        var wanted = Decode(name);
        var at = Mib.Find(objects, wanted, out var exact);
        if (!exact) return IsInstanceOfWritable(objects, at, wanted) ? ErrorStatus.NoCreation : ErrorStatus.NotWritable;
        var target = objects[at];
        if (!target.IsWritable) return ErrorStatus.NotWritable;
        if (type != target.Type) return ErrorStatus.WrongType;
        RequestValue.TryRead(type, contents, out var value);
        return target.Check(in value);
    }

    /// <summary>sysName.1: the object could be modified, this instance of it can never be created.</summary>
    private static bool IsInstanceOfWritable(ReadOnlySpan<MibObject> objects, int at, ReadOnlySpan<uint> name) =>
        at > 0 && objects[at - 1].IsWritable && IsOfType(objects[at - 1].Oid, name)
        || at < objects.Length && objects[at].IsWritable && IsOfType(objects[at].Oid, name);
}
