namespace Conpot.Pi.Protocols.Snmp;

/// <summary>Writes elements into a span, every length and number in its shortest form, as the device does (WIRE 1.4).</summary>
/// <remarks>
/// Sizes are known before anything is written, so nothing is patched or moved. What does not fit is not begun: <see cref="Full"/> says so,
/// and all before it stands.
/// </remarks>
internal ref struct BerWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Length { get; private set; }

    /// <summary>Something did not fit; everything after it is left out too.</summary>
    public bool Full { get; private set; }

    public readonly ReadOnlySpan<byte> Written => _buffer[..Length];

    /// <summary>Tag and length of an element, in bytes.</summary>
    public static int HeaderSize(int length) => length < 0x80 ? 2 : length < 0x100 ? 3 : length < 0x10000 ? 4 : 5;

    /// <summary>The whole element around so many bytes.</summary>
    public static int Size(int length) => HeaderSize(length) + length;

    /// <summary>Contents of an INTEGER.</summary>
    public static int IntegerLength(long value)
    {
        var length = 1;
        while (value is < -0x80 or > 0x7F)
        {
            value >>= 8;
            length++;
        }
        return length;
    }

    /// <summary>Contents of a value.</summary>
    public static int ValueLength(scoped in MibValue value) => value.Type switch
    {
        SnmpType.Integer => IntegerLength(value.Number),
        SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks => IntegerLength((uint)value.Number),
        SnmpType.Counter64 => value.Number < 0 ? 9 : IntegerLength(value.Number),
        SnmpType.Null or SnmpType.NoSuchObject or SnmpType.NoSuchInstance or SnmpType.EndOfMibView => 0,
        _ => value.Bytes.Length,
    };

    public void Header(byte tag, int length)
    {
        if (!Room(Size(length))) return; // the contents, too, must fit
        _buffer[Length++] = tag;
        if (length >= 0x80)
        {
            var bytes = HeaderSize(length) - 2;
            _buffer[Length++] = (byte)(0x80 + bytes);
            while (--bytes > 0) _buffer[Length++] = (byte)(length >> 8 * bytes);
        }
        _buffer[Length++] = (byte)length;
    }

    public void Bytes(byte tag, scoped ReadOnlySpan<byte> contents)
    {
        Header(tag, contents.Length);
        Raw(contents);
    }

    /// <summary>Whole elements that were written elsewhere.</summary>
    public void Raw(scoped ReadOnlySpan<byte> elements)
    {
        if (!Room(elements.Length)) return;
        elements.CopyTo(_buffer[Length..]);
        Length += elements.Length;
    }

    public void Integer(byte tag, long value)
    {
        var length = IntegerLength(value);
        Header(tag, length);
        if (Full) return;
        while (--length >= 0) _buffer[Length++] = (byte)(value >> 8 * length);
    }

    public void Oid(scoped ReadOnlySpan<uint> parts)
    {
        var length = BerOid.EncodedLength(parts);
        Header(SnmpType.ObjectIdentifier, length);
        if (Full) return;
        BerOid.Encode(parts, _buffer.Slice(Length, length));
        Length += length;
    }

    public void Value(scoped in MibValue value)
    {
        switch (value.Type)
        {
            case SnmpType.Integer:
                Integer(value.Type, value.Number);
                break;
            case SnmpType.Counter32 or SnmpType.Gauge32 or SnmpType.TimeTicks:
                Integer(value.Type, (uint)value.Number);
                break;
            case SnmpType.Counter64:
                Header(value.Type, ValueLength(in value));
                if (Full) break;
                if (value.Number < 0) _buffer[Length++] = 0; // unsigned: its highest bit is no sign
                for (var i = value.Number < 0 ? 8 : IntegerLength(value.Number); --i >= 0;) _buffer[Length++] = (byte)(value.Number >> 8 * i);
                break;
            case SnmpType.Null or SnmpType.NoSuchObject or SnmpType.NoSuchInstance or SnmpType.EndOfMibView:
                Header(value.Type, 0);
                break;
            default:
                Bytes(value.Type, value.Bytes);
                break;
        }
    }

    public void VarBind(scoped ReadOnlySpan<uint> name, scoped in MibValue value)
    {
        Header(SnmpType.Sequence, Size(BerOid.EncodedLength(name)) + Size(ValueLength(in value)));
        if (Full) return;
        Oid(name);
        Value(in value);
    }

    /// <summary>A variable binding whose value is an OBJECT IDENTIFIER.</summary>
    public void VarBind(scoped ReadOnlySpan<uint> name, scoped ReadOnlySpan<uint> value)
    {
        Header(SnmpType.Sequence, Size(BerOid.EncodedLength(name)) + Size(BerOid.EncodedLength(value)));
        if (Full) return;
        Oid(name);
        Oid(value);
    }

    private bool Room(int size)
    {
        if (!Full && size <= _buffer.Length - Length) return true;
        Full = true;
        return false;
    }
}
