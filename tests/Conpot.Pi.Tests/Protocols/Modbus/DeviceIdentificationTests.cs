using System.Text;
using Xunit;

namespace Conpot.Pi.Tests.Protocols.Modbus;

/// <summary>Function 43/14 with more than fits one reply: what vectors cannot write down briefly.</summary>
public class DeviceIdentificationTests
{
    private static readonly string[] Settings =
    [
        "modbus.functions=[43]",
        "modbus.identification.vendor=Siemens",
        "modbus.identification.product=SIMATIC",
        "modbus.identification.revision=S7-200",
        "modbus.identification.model_name=" + new string('m', 100),
        $"modbus.identification.extended=[\"128={new string('a', 200)}\", \"130={new string('b', 200)}\", \"255=end\"]",
    ];

    [Fact]
    public void A_stream_goes_on_where_more_follows_says_until_every_object_was_seen_once()
    {
        using var bench = new ModbusBench("s7-200", Settings);
        var seen = new List<(byte Id, string Value)>();
        byte next = 0;
        for (var round = 0; round < 10; round++)
        {
            var reply = Ask(bench, access: 3, next);
            Assert.InRange(reply.Length, 7, 253);
            Assert.Equal(0x83, reply[3]); // extended objects, and individual access
            for (int at = 7, i = 0; i < reply[6]; i++)
            {
                seen.Add((reply[at], Encoding.ASCII.GetString(reply, at + 2, reply[at + 1])));
                at += 2 + reply[at + 1];
            }
            if (reply[4] == 0)
            {
                Assert.Equal(0, reply[5]);
                break;
            }
            Assert.Equal(0xFF, reply[4]);
            next = reply[5];
        }
        Assert.Equal([0, 1, 2, 5, 128, 130, 255], seen.Select(o => o.Id));
        Assert.Equal(["Siemens", "SIMATIC", "S7-200", new('m', 100), new('a', 200), new('b', 200), "end"], seen.Select(o => o.Value));
    }

    [Theory]
    [InlineData(1, new byte[] { 0, 1, 2 })]
    [InlineData(2, new byte[] { 0, 1, 2, 5 })]
    public void A_category_ends_with_its_last_object(byte access, byte[] ids)
    {
        using var bench = new ModbusBench("s7-200", Settings);
        var reply = Ask(bench, access, 0);
        Assert.Equal(ids.Length, reply[6]);
        Assert.Equal(0, reply[4]);
    }

    [Fact]
    public void One_object_alone_is_given_by_its_id()
    {
        using var bench = new ModbusBench("s7-200", Settings);
        Assert.Equal([43, 14, 4, 0x83, 0, 0, 1, 255, 3, .. "end"u8], Ask(bench, access: 4, 255));
    }

    private static byte[] Ask(ModbusBench bench, byte access, byte id) => bench.Connect().Send([0, 1, 0, 0, 0, 5, 1, 43, 14, access, id])[7..];
}
