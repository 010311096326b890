namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What the device remembers of one S7 connection.</summary>
internal sealed class S7Link(int pdu)
{
    private byte[]? _answer;

    /// <summary>The PDU size in force, in bytes.</summary>
    public int Pdu { get; set; } = pdu;

    /// <summary>The transport's size in force, in bytes: a PDU that does not fit leaves in parts.</summary>
    public int TransportSize { get; set; } = Cotp.LargestSize;

    /// <summary>Counts the user data answers of the connection. Its first is 1: 00 was seen on a device's first connection ever only (WIRE 3.3), and counting leaves it out.</summary>
    public byte Sequence { get; set; }

    /// <summary>The connection's number at the device; 0 until its first user data.</summary>
    public byte Number { get; set; }

    /// <summary>The password was right: the protection level does not hold for this connection.</summary>
    public bool Legitimised { get; set; }

    /// <summary>What is left of an answer in parts, and the head it continues under; empty when nothing is.</summary>
    public ReadOnlyMemory<byte> Rest { get; private set; }

    public byte RestGroup { get; private set; }

    public byte RestSubfunction { get; private set; }

    public byte RestReference { get; private set; }

    /// <summary>Bytes that no part may cut through.</summary>
    public int RestRecord { get; private set; } = 1;

    /// <summary>Keeps what did not fit; one answer at a time, of <see cref="SystemStatusLists.Longest"/> bytes at most.</summary>
    public void Keep(scoped ReadOnlySpan<byte> rest, byte group, byte subfunction, byte reference, int record)
    {
        _answer ??= new byte[SystemStatusLists.Longest]; // once a connection: many lists read one after the other are no garbage
        rest.CopyTo(_answer);
        (Rest, RestGroup, RestSubfunction, RestReference, RestRecord) = (_answer.AsMemory(0, rest.Length), group, subfunction, reference, record);
    }

    /// <summary>So many bytes of it have been sent.</summary>
    public void Sent(int part) => Rest = Rest[part..];

    public void Drop() => Rest = default;

    public S7Transfers Transfers { get; } = new();

    public S7Subscriptions Subscriptions { get; } = new();

    public S7Messages Messages { get; } = new();

    /// <summary>When something is to be said unasked, in the clock's ticks.</summary>
    public long Due => Math.Min(Subscriptions.Due, Messages.Due);
}
