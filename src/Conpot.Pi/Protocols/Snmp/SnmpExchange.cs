namespace Conpot.Pi.Protocols.Snmp;

/// <summary>What a datagram asked for and what became of it: the description that goes into the event.</summary>
/// <param name="scratch">Room for the values that a SET replaced; what does not fit is not described.</param>
internal ref struct SnmpExchange(Span<byte> scratch)
{
    /// <summary>Variable bindings that are described one by one; all are counted.</summary>
    public const int Described = 8;

    private readonly Span<byte> _scratch = scratch;
    private int _beforeLength;

    /// <summary>The datagram as it was understood.</summary>
    public SnmpMessage Message;

    /// <summary>The community is not one of the device's.</summary>
    public bool BadCommunity { get; set; }

    /// <summary>error-status and error-index of the reply.</summary>
    public byte ErrorStatus { get; set; }

    public int ErrorIndex { get; set; }

    /// <summary>Why no reply leaves, or null.</summary>
    public string? Unanswered { get; set; }

    /// <summary>The usmStats counter that a v3 report named (its last sub-identifier but one), or 0.</summary>
    public uint Reported { get; set; }

    /// <summary>A SET was carried out.</summary>
    public bool Written { get; set; }

    /// <summary>Elements: the values that the first <see cref="Described"/> bindings of a SET replaced.</summary>
    public readonly ReadOnlySpan<byte> Before => _scratch[.._beforeLength];

    public void Replaced(in MibValue value)
    {
        var writer = new BerWriter(_scratch[_beforeLength..]);
        writer.Value(in value);
        if (!writer.Full) _beforeLength += writer.Length;
    }
}
