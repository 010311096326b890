using System.Text;
using Conpot.Pi.Events.Sinks;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

public sealed class MqttTopicsTests
{
    [Theory]
    [InlineData("pump-house-3", "pump-house-3")]
    [InlineData("Pumpenhäuschen", "Pumpenhäuschen")]
    [InlineData("a/b+c#d", "a-b-c-d")]
    [InlineData("x\0\n\u007F\u0085\uFFFE", "x-----")]
    [InlineData("$SYS", "$SYS")] // behind a prefix it is nothing special
    [InlineData("", "-")]
    public void A_name_is_one_level(string name, string expected) => Assert.Equal(expected, MqttTopics.Level(name));

    [Fact]
    public void No_name_makes_a_wildcard_another_level_or_what_is_no_UTF8()
    {
        Gen.OneOf(SyslogEvents.Text, Gen.String).Sample(name =>
        {
            var level = MqttTopics.Level(name);
            Assert.NotEmpty(level);
            Assert.DoesNotContain(level, c => c is '/' or '+' or '#' || char.IsControl(c));
            Assert.Equal(level, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(level)));
            Assert.Equal(level, MqttTopics.Level(level));

            var id = MqttTopics.Id(name);
            Assert.InRange(id.Length, 1, 57);
            Assert.All(id, c => Assert.True(char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));
        });
    }

    [Fact]
    public void Names_that_look_alike_as_identifiers_stay_apart()
    {
        Assert.Equal("pump-house-3", MqttTopics.Id("pump-house-3"));
        Assert.NotEqual(MqttTopics.Id("pümp"), MqttTopics.Id("pömp"));
        Assert.NotEqual(MqttTopics.Id(new string('a', 60)), MqttTopics.Id(new string('a', 61)));
    }

    [Theory]
    [InlineData("conpot", true)]
    [InlineData("plant/hall 2/decoys", true)]
    [InlineData("", false)]
    [InlineData("/conpot", false)]
    [InlineData("conpot/", false)]
    [InlineData("a//b", false)]
    [InlineData("+/a", false)]
    [InlineData("a/#", false)]
    [InlineData("$SYS/a", false)]
    [InlineData("a\n", false)]
    public void A_prefix_is_levels_of_their_own(string prefix, bool expected) => Assert.Equal(expected, MqttTopics.IsPrefix(prefix));

    [Fact]
    public void Frames_are_found_however_they_are_cut()
    {
        var packets = new byte[] { 0x20, 3, 0, 0, 0, 0x40, 2, 0, 1, 0xD0, 0, 0xE0, 0x80, 0x01 }.Concat(new byte[128]).Concat(new byte[] { 0x40, 2, 0xFF, 0xFF }).ToArray();
        for (var cut = 0; cut <= packets.Length; cut++)
        {
            var frames = new MqttFrames();
            frames.Take(packets.AsSpan(0, cut));
            frames.Take(packets.AsSpan(cut));
            Assert.Throws<InvalidDataException>(() => frames.Take([0x30, 0x81, 0x80, 0x04])); // where a packet begins, again
        }
    }

    [Theory]
    [InlineData(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0x7F })]
    [InlineData(new byte[] { 0x30, 0x81, 0x80, 0x04 })]
    [InlineData(new byte[] { 0x30, 0x80, 0x80, 0x80, 0x80, 0x01 })]
    public void A_packet_longer_than_any_for_us_is_refused(byte[] head) => Assert.Throws<InvalidDataException>(() => new MqttFrames().Take(head));

    [Fact]
    public void The_longest_that_is_taken() => new MqttFrames().Take([0x30, 0x80, 0x80, 0x04, .. new byte[65536], 0x40, 2, 0, 1]);
}
