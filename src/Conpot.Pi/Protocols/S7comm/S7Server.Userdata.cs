using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data: system status lists, clock, blocks, passwords, subscriptions.</content>
internal sealed partial class S7Server
{
    private void Userdata(in S7Pdu pdu, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Unknown;
        exchange.Unanswered = "not yet";
    }
}
