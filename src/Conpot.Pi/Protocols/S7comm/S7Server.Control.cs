using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>PLC control, upload and download.</content>
internal sealed partial class S7Server
{
    private void Control(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Control;
        Refuse(in pdu, S7Error.NotAvailable, ref frames, ref exchange);
    }

    private void Transfer(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Upload;
        Refuse(in pdu, S7Error.NotAvailable, ref frames, ref exchange);
    }

    /// <summary>The client's answer to a job of the device's own: in a download the device asks for each part.</summary>
    private void Acknowledged(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Unknown;
        exchange.Unanswered = "answers nothing that was asked";
    }
}
