using Conpot.Pi.Events;

namespace Conpot.Pi.Protocols.S7comm;

/// <content>User data of the group "block functions".</content>
internal sealed partial class S7Server
{
    private void BlockFunction(in S7Pdu pdu, in S7Userdata asked, S7Link link, ref S7Frames frames, ref S7Exchange exchange)
    {
        exchange.Kind = S7commEvents.Identify;
        exchange.Operation = "block functions"u8;
        Fail(in pdu, in asked, 0xD209, link, ref frames, ref exchange);
    }
}
