namespace Conpot.Pi.Protocols.S7comm;

/// <summary>Writes the PDUs of an answer one behind the other, each in a TPKT of its own, or in several where the transport's size is smaller.</summary>
/// <param name="reply">Room for all of them: <see cref="Longest"/> for each.</param>
/// <param name="tpdu">The size of a transport PDU that the connection has agreed upon, in bytes with its header.</param>
internal ref struct S7Frames(Span<byte> reply, int tpdu)
{
    private readonly Span<byte> _reply = reply;

    /// <summary>Bytes of all finished frames.</summary>
    public int Length { get; private set; }

    /// <summary>Where the next PDU is to be written, from its 32 on.</summary>
    public readonly Span<byte> Pdu => _reply[(Length + Cotp.Framing)..];

    /// <summary>Frames a PDU that now stands at <see cref="Pdu"/>.</summary>
    public void Send(int length)
    {
        var part = tpdu - Cotp.DataHeader;
        var last = Math.Max(0, (length - 1) / part); // of the parts' numbers
        // From the end: each part makes room for the headers in front of it.
        for (var i = last; i >= 0; i--)
        {
            var frame = _reply[(Length + i * (Cotp.Framing + part))..];
            var bytes = i == last ? length - i * part : part;
            Pdu.Slice(i * part, bytes).CopyTo(frame[Cotp.Framing..]);
            Cotp.CompleteData(frame, bytes, i == last);
        }
        Length += length + (last + 1) * Cotp.Framing;
    }

    /// <summary>Bytes on the wire of the longest PDU, in transport PDUs of the smallest size.</summary>
    public static int Longest(int pdu) => pdu + (pdu / (Cotp.SmallestSize - Cotp.DataHeader) + 1) * Cotp.Framing;
}
