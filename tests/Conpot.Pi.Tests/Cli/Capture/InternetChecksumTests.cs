using System.Net;
using Conpot.Pi.Cli.Capture;
using CsCheck;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Capture;

public class InternetChecksumTests
{
    [Fact]
    public void The_example_of_RFC_1071_comes_out() =>
        Assert.Equal(0x220D, InternetChecksum.Of([0x00, 0x01, 0xF2, 0x03, 0xF4, 0xF5, 0xF6, 0xF7])); // section 3: the sum is ddf2

    [Fact]
    public void A_known_IPv4_header_comes_out() =>
        Assert.Equal(0xB861, InternetChecksum.Of(Convert.FromHexString("450000730000400040110000C0A80001C0A800C7"))); // 192.168.0.1 to 192.168.0.199, UDP

    [Fact]
    public void Over_a_frame_that_holds_its_checksums_they_are_zero() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Bool, Gen.Bool).Sample((payload, v6, udp) =>
        {
            var from = IPEndPoint.Parse(v6 ? "[2001:db8::7]:40000" : "192.0.2.7:40000");
            var to = IPEndPoint.Parse(v6 ? "[2001:db8::1]:502" : "192.0.2.1:502");
            var frame = udp ? Frame.UdpDatagram(from, to, 1, payload, payload.Length) : Frame.TcpSegment(from, to, 1, 2, 3, TcpFlags.Ack | TcpFlags.Push, payload, payload.Length);
            var ip = v6 ? Frame.IPv6 : Frame.IPv4;
            if (!v6) Assert.Equal(0, InternetChecksum.Of(frame.AsSpan(Frame.Ethernet, ip)));
            Assert.Equal(0, InternetChecksum.OfTransport(from.Address, to.Address, udp ? (byte)17 : (byte)6, frame.AsSpan(Frame.Ethernet + ip)));
        });
}
