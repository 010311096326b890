using System.Net.Sockets;
using Xunit;

namespace Conpot.Pi.Tests.Net;

/// <summary>What a device says unasked, over real sockets.</summary>
public class PushTests
{
    [Fact]
    public void It_comes_in_order_between_replies_and_ends_with_the_connection()
    {
        using var rig = new NetRig();
        var client = rig.Connect();
        client.Send(EchoConversation.Frame(EchoConversation.Often));
        Assert.Equal(EchoConversation.Frame(EchoConversation.Often), NetRig.Read(client, 2));
        for (byte i = 1; i <= 20; i++) Assert.Equal([1, i], NetRig.Read(client, 2));
        client.Shutdown(SocketShutdown.Send);
        NetRig.Read(client, 1 << 16);
        var actions = rig.Events().Select(NetRig.Action).ToList();
        Assert.Equal("modbus.write", actions[^2]); // the conversation's last word stands in front of the end
        Assert.Equal("session.end", actions[^1]);
    }

    [Fact]
    public void It_waits_for_no_reply_and_holds_none_up()
    {
        using var rig = new NetRig(latency: (20, 20));
        var client = rig.Connect();
        client.Send(EchoConversation.Frame(EchoConversation.Often));
        byte last = 0;
        for (var echoes = 0; echoes < 5;)
        {
            var got = NetRig.Read(client, 2)[1];
            if (got == EchoConversation.Often && last != EchoConversation.Often - 1)
            {
                if (++echoes < 5) client.Send(EchoConversation.Frame(EchoConversation.Often));
            }
            else if (got != EchoConversation.Often || last == EchoConversation.Often - 1)
            {
                Assert.Equal(last + 1, got);
                last = got;
            }
        }
        Assert.True(last > 5, $"{last} pushes between five replies of 20 ms");
    }

    [Fact]
    public void Who_does_not_read_is_told_nothing_more_and_keeps_no_memory()
    {
        using var rig = new NetRig();
        var client = rig.Connect(receiveBuffer: 4096);
        client.Send(EchoConversation.Frame(EchoConversation.Often));
        NetRig.Read(client, 2);
        var other = rig.Connect();
        other.Send(EchoConversation.Frame([.. Enumerable.Repeat((byte)9, 200)]));
        Assert.Equal(201, NetRig.Read(other, 201).Length);
        Assert.Equal(0, rig.Loop.Backlog);
        NetRig.Reset(client);
        NetRig.Reset(other);
        rig.Settle();
        Assert.Equal(2, rig.Events("session.start").Count);
    }
}
