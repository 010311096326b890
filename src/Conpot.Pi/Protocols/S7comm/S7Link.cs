namespace Conpot.Pi.Protocols.S7comm;

/// <summary>What the device remembers of one S7 connection.</summary>
internal sealed class S7Link(int pdu)
{
    /// <summary>The PDU size in force, in bytes.</summary>
    public int Pdu { get; set; } = pdu;

    /// <summary>Counts the user data answers of the connection, from 0 on (WIRE 3.3).</summary>
    public byte Sequence { get; set; }

    public S7Transfers Transfers { get; } = new();
}
