namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Writes the PDUs of an answer one behind the other, each in its own TPKT.</summary>
/// <param name="reply">Room for all of them.</param>
internal ref struct S7Frames(Span<byte> reply)
{
    private readonly Span<byte> _reply = reply;

    /// <summary>Bytes of all finished frames.</summary>
    public int Length { get; private set; }

    /// <summary>Where the next PDU is to be written, from its 32 on.</summary>
    public readonly Span<byte> Pdu => _reply[(Length + Cotp.Framing)..];

    /// <summary>Frames a PDU that now stands at <see cref="Pdu"/>.</summary>
    public void Send(int length) => Length += Cotp.CompleteData(_reply[Length..], length);
}
