namespace Conpot.Pi.Protocols.Snmp;

/// <summary>A datagram taken apart: as much as was understood, and what was wrong with the rest. Its spans lie in the datagram.</summary>
internal ref struct SnmpMessage
{
    public const int V1 = 0, V2c = 1, V3 = 3;

    /// <summary>The datagram begins as a message does.</summary>
    public bool HasVersion { get; private set; }

    /// <summary>As on the wire.</summary>
    public long Version { get; private set; }

    /// <summary>The message was understood as far as its community, or its v3 header.</summary>
    public bool HasHeader { get; private set; }

    public ReadOnlySpan<byte> Community { get; private set; }

    /// <summary>What v3 has in place of a community.</summary>
    public UsmHeader Usm { get; private set; }

    /// <summary>Tag of the PDU; 0 when it was not reached (or is encrypted).</summary>
    public byte Pdu { get; private set; }

    /// <summary>Contents of the request-id, as they came.</summary>
    public ReadOnlySpan<byte> RequestId { get; private set; }

    /// <summary>error-status, or non-repeaters of a GETBULK.</summary>
    public long ErrorStatus { get; private set; }

    /// <summary>error-index, or max-repetitions of a GETBULK.</summary>
    public long ErrorIndex { get; private set; }

    /// <summary>Contents of the variable-bindings: <see cref="Count"/> well-formed ones when there is no <see cref="Problem"/>.</summary>
    public ReadOnlySpan<byte> VarBinds { get; private set; }

    public int Count { get; private set; }

    /// <summary>Bytes behind the message; they are no harm.</summary>
    public int Trailing { get; private set; }

    public string? Problem { get; private set; }

    /// <summary>Offset in the datagram.</summary>
    public int ProblemAt { get; private set; }

    public void Parse(ReadOnlySpan<byte> datagram)
    {
        var outer = new BerReader(datagram);
        if (outer.TryTake(SnmpType.Sequence, "no sequence", out var contents))
        {
            Trailing = datagram.Length - outer.Offset;
            var reader = new BerReader(contents, outer.ContentsOffset);
            if (reader.TryTakeInteger("no version", out _, out var version)) ParseVersion(version, ref reader);
            outer.Adopt(in reader);
        }
        if (outer.Problem is not null) Fail(outer.Problem, outer.ProblemAt);
    }

    private void ParseVersion(long version, ref BerReader reader)
    {
        (HasVersion, Version) = (true, version);
        if (version is V1 or V2c)
        {
            if (reader.TryTake(SnmpType.OctetString, "no community", out var community))
            {
                Community = community;
                HasHeader = true;
                ParsePdu(ref reader);
            }
        }
        else if (version == V3)
        {
            Usm = UsmHeader.Take(ref reader);
            HasHeader = reader.Problem is null;
            if (HasHeader) ParseScoped(ref reader);
        }
    }

    /// <summary>RFC 3412, 6: a ScopedPDU in the clear, or an OCTET STRING that nobody here can decrypt.</summary>
    private void ParseScoped(ref BerReader reader)
    {
        if (Usm.IsEncrypted)
        {
            reader.TryTake(SnmpType.OctetString, "no encrypted PDU", out _);
            return;
        }
        if (!reader.TryTake(SnmpType.Sequence, "no scoped PDU", out var contents)) return;
        var scoped = new BerReader(contents, reader.ContentsOffset);
        if (scoped.TryTake(SnmpType.OctetString, "no context engine id", out _) && scoped.TryTake(SnmpType.OctetString, "no context name", out _)) ParsePdu(ref scoped);
        reader.Adopt(in scoped);
    }

    private void ParsePdu(ref BerReader reader)
    {
        var start = reader.Offset;
        if (!reader.TryTake(out var tag, out var contents)) return;
        if (tag is < SnmpType.Get or > SnmpType.Report)
        {
            Fail("no PDU", start);
            return;
        }
        Pdu = tag;
        var pdu = new BerReader(contents, reader.ContentsOffset);
        if (tag == SnmpType.TrapV1) PassTrapHeader(ref pdu);
        else if (pdu.TryTakeInteger("no request-id", out var requestId, out _))
        {
            RequestId = requestId;
            if (pdu.TryTakeInteger("no error-status", out _, out var status)) ErrorStatus = status;
            if (pdu.TryTakeInteger("no error-index", out _, out var index)) ErrorIndex = index;
        }
        if (pdu.TryTake(SnmpType.Sequence, "no variable-bindings", out var list)) CountVarBinds(list, pdu.ContentsOffset);
        reader.Adopt(in pdu);
    }

    /// <summary>RFC 1157, 4.1.6: enterprise, agent-addr, generic-trap, specific-trap, time-stamp.</summary>
    private static void PassTrapHeader(ref BerReader pdu)
    {
        for (var i = 0; i < 5 && pdu.TryTake(out _, out _); i++)
        {
        }
    }

    private void CountVarBinds(ReadOnlySpan<byte> list, int origin)
    {
        VarBinds = list;
        var varbinds = new VarBindReader(list, origin);
        Span<uint> parts = stackalloc uint[BerOid.MostParts];
        while (varbinds.TryTake(out var name, out var type, out var value))
        {
            if (BerOid.Decode(name, parts) < 0)
            {
                Fail("name is no object identifier", varbinds.NameOffset);
                return;
            }
            if (!RequestValue.TryRead(type, value, out _))
            {
                Fail("value is none of its type", varbinds.ValueOffset);
                return;
            }
            Count++;
        }
        if (varbinds.Problem is not null) Fail(varbinds.Problem, varbinds.ProblemAt);
    }

    private void Fail(string problem, int at)
    {
        if (Problem is null) (Problem, ProblemAt) = (problem, at);
    }
}

/// <summary>Variable bindings one after the other.</summary>
internal ref struct VarBindReader(ReadOnlySpan<byte> list, int origin = 0)
{
    private BerReader _list = new(list, origin);

    public string? Problem { get; private set; }

    public int ProblemAt { get; private set; }

    /// <summary>Where the contents of the name taken last stand in the datagram.</summary>
    public int NameOffset { get; private set; }

    public int ValueOffset { get; private set; }

    /// <summary>Contents of the next name, tag and contents of its value; false at the end, or with a <see cref="Problem"/>.</summary>
    public bool TryTake(out ReadOnlySpan<byte> name, out byte type, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        type = 0;
        if (_list.AtEnd) return false;
        if (!_list.TryTake(SnmpType.Sequence, "no variable binding", out var contents)) return Fail(in _list);
        var binding = new BerReader(contents, _list.ContentsOffset);
        if (!binding.TryTake(SnmpType.ObjectIdentifier, "no name", out name)) return Fail(in binding);
        NameOffset = binding.ContentsOffset;
        if (!binding.TryTake(out type, out value)) return Fail(in binding);
        ValueOffset = binding.ContentsOffset;
        return true;
    }

    private bool Fail(in BerReader reader)
    {
        (Problem, ProblemAt) = (reader.Problem, reader.ProblemAt);
        return false;
    }
}
