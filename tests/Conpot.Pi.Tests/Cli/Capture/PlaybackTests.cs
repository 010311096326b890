using System.Buffers.Binary;
using System.Text;
using Conpot.Pi.Cli.Capture;
using Conpot.Pi.Events;
using Conpot.Pi.Tests.Cli.Report;
using Xunit;

namespace Conpot.Pi.Tests.Cli.Capture;

/// <summary>From events to packets, read back from the file.</summary>
public class PlaybackTests
{
    [Fact]
    public void A_session_is_a_handshake_its_bytes_and_its_end()
    {
        var packets = Play(Start(), Exchange([1, 2, 3], [4, 5]), Exchange([6], [7], 1), End("closed by client", 2));
        Assert.Equal(
        [
            "> S +0+0 ", "< SA +0+1 ", "> A +1+1 ", "> AP +1+1 010203", "< AP +1+4 0405", "> AP +4+3 06", "< AP +3+5 07", "> AF +5+4 ", "< AF +4+6 ", "> A +6+5 ",
        ], packets.Select(Told));
        Assert.Equal(packets.Select(p => p.Time).Order(), packets.Select(p => p.Time));
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero).ToUnixTimeMilliseconds() * 1000, packets[0].Time);
        Assert.Equal("session.end reason=closed by client", packets[^1].Comment);
    }

    [Theory]
    [InlineData("reset by client", "> AR")]
    [InlineData("idle", "< AR")]
    [InlineData("client does not read", "< AR")]
    [InlineData("malformed request", "< AF,> AF,< A")]
    [InlineData("sensor stops", "< AF,> AF,< A")]
    [InlineData("a reason of another version", "< AF,> AF,< A")]
    public void An_end_is_as_its_reason_says(string reason, string segments) =>
        Assert.Equal(segments, string.Join(',', Play(Start(), End(reason)).Skip(3).Select(p => Told(p)[..(Told(p).IndexOf('+', StringComparison.Ordinal) - 1)])));

    [Fact]
    public void What_was_not_answered_is_acknowledged() => Assert.Equal(["> AP +0+0 01", "< A +0+1 "], Play(Exchange([1], [])).Select(Told));

    [Fact]
    public void A_session_whose_beginning_is_gone_goes_on_in_the_middle() =>
        Assert.Equal(["> AP +0+0 01", "< AP +0+1 02", "> AR +1+1 "], Play(Exchange([1], [2]), End("reset by client")).Select(Told));

    [Fact]
    public void What_never_became_a_request_is_shown_before_the_end()
    {
        var end = EventLines.Make(EventCatalog.SessionEnd, (ref JsonLine line) =>
        {
            line.Text("reason"u8, "closed by client");
            line.Hex("unfinished"u8, [9, 8]);
        });
        Assert.Equal("> AP +1+1 0908", Play(Start(), end).Select(Told).ToList()[3]);
    }

    [Fact]
    public void Long_payloads_are_cut_at_the_largest_segment()
    {
        var bytes = new byte[3000];
        Array.Fill(bytes, (byte)7);
        var packets = Play(Start(), Exchange([1], bytes));
        Assert.Equal([1460, 1460, 80], packets.Where(p => p.FromSensor && p.Payload.Length > 0).Select(p => p.Payload.Length));
    }

    [Fact]
    public void A_page_of_which_the_head_was_kept_is_as_long_as_it_was()
    {
        EventLines.Details page = (ref JsonLine line) =>
        {
            line.Hex("request"u8, [1]);
            line.Hex("response"u8, new byte[175]);
            line.Number("request_bytes"u8, 1);
            line.Number("response_bytes"u8, 3000);
        };
        var packets = Play(Start(), EventLines.Make(EventCatalog.ModbusRead, page), Exchange([2], [3]));
        Assert.Equal([(229, 1514), (54, 1514), (54, 134)], packets.Where(p => p.FromSensor).Skip(1).SkipLast(1).Select(p => (p.Frame.Length, p.Original)));
        Assert.Equal(["> AP +2+3001 02", "< AP +3001+3 03"], packets.Select(Told).ToList()[^2..]);
        Assert.All(packets, p => Assert.Equal(p.Original - 14, p.Frame[16] << 8 | p.Frame[17])); // IP's own length
    }

    [Fact]
    public void Datagrams_have_no_handshake_and_tell_what_is_missing_of_them()
    {
        EventLines.Details cut = (ref JsonLine line) =>
        {
            line.Number("request_bytes"u8, 3000);
            line.Hex("request"u8, new byte[100]);
            line.Hex("response"u8, [1]);
        };
        var packets = Play(
            EventLines.Make(EventCatalog.SessionStart, transport: "udp", protocol: "snmp"),
            EventLines.Make(EventCatalog.SnmpGet, cut, transport: "udp", protocol: "snmp"),
            EventLines.Make(EventCatalog.SessionEnd, transport: "udp", protocol: "snmp"));
        Assert.Equal([(142, 3042), (43, 43)], packets.Select(p => (p.Frame.Length, p.Original)));
    }

    [Fact]
    public void Standard_ports_are_by_protocol() => Assert.Equal([502, 502], Play(standardPorts: true,
        EventLines.Make(EventCatalog.ModbusRead, (ref JsonLine line) => line.Hex("request"u8, [1]), destination: "192.0.2.1:5020")).Select(p => p.FromSensor ? p.SourcePort : p.DestinationPort));

    [Fact]
    public void A_refused_connection_is_accepted_and_reset() =>
        Assert.Equal(["> S +0+0 ", "< SA +0+1 ", "> A +1+1 ", "< AR +1+1 "], Play(EventLines.Make(EventCatalog.SessionRefused)).Select(Told));

    [Fact]
    public void Sessions_beside_each_other_keep_their_own_numbers()
    {
        var packets = Play(Start(), Start("other", "192.0.2.8:9"), Exchange([1], [2], session: "other", source: "192.0.2.8:9"), Exchange([3], [4]));
        Assert.Equal(["> AP +1+1 01", "< AP +1+2 02", "> AP +1+1 03", "< AP +1+2 04"], packets.Select(Told).ToList()[6..]);
    }

    [Fact]
    public void Events_of_any_shape_make_no_packet_and_no_trouble()
    {
        string[] lines =
        [
            "{\"@timestamp\":\"2026-11-22T19:44:36Z\"}",
            "{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":{\"action\":\"modbus.read\"},\"source\":{\"ip\":\"x\"},\"conpot\":{\"session\":\"a\",\"request\":\"01\"}}",
            "{\"@timestamp\":\"2026-11-22T19:44:36Z\",\"event\":{\"action\":\"modbus.read\"},\"source\":{\"ip\":\"1.2.3.4\"},\"destination\":{\"ip\":\"::1\"},\"conpot\":{\"session\":\"a\",\"request\":\"01\"}}",
            "{\"@timestamp\":\"0001-01-01T00:00:00Z\",\"event\":{\"action\":\"modbus.read\"},\"source\":{\"ip\":\"1.2.3.4\",\"port\":-7},\"destination\":{\"ip\":\"1.2.3.4\",\"port\":1e9},\"conpot\":{\"session\":\"a\",\"request\":\"0\",\"response\":7}}",
        ];
        Assert.Empty(Play([.. lines.Select(l => EventRecord.Parse(Encoding.ASCII.GetBytes(l))!)]));
    }

    private static EventRecord Start(string session = "abcdefghijkl", string source = "192.0.2.7:40000") => EventLines.Make(EventCatalog.SessionStart, session: session, source: source);

    private static EventRecord End(string reason, int seconds = 0) => EventLines.Make(EventCatalog.SessionEnd, (ref JsonLine line) => line.Text("reason"u8, reason), seconds: seconds);

    private static EventRecord Exchange(byte[] request, byte[] response, int seconds = 0, string session = "abcdefghijkl", string source = "192.0.2.7:40000") =>
        EventLines.Make(EventCatalog.ModbusRead, (ref JsonLine line) =>
        {
            line.Hex("request"u8, request);
            if (response.Length > 0) line.Hex("response"u8, response);
        }, session: session, seconds: seconds, source: source);

    private static List<Packet> Play(params EventRecord[] events) => Play(false, events);

    private static List<Packet> Play(bool standardPorts, params EventRecord[] events)
    {
        var stream = new MemoryStream();
        var playback = new Playback(new PcapngWriter(stream, "test", "test", "test"), standardPorts);
        foreach (var e in events) playback.Take(e);
        return Packet.Read(stream.ToArray());
    }

    private readonly Dictionary<string, uint> _zero = [];

    /// <summary>"direction flags +sequence+acknowledgement payload", numbers counted from the first that each end sent.</summary>
    private string Told(Packet p)
    {
        var (own, other) = ($"{p.Visitor}{p.FromSensor}", $"{p.Visitor}{!p.FromSensor}");
        _zero.TryAdd(own, p.Sequence);
        if (p.Acknowledged != 0) _zero.TryAdd(other, p.Acknowledged);
        var flags = string.Concat("FSRPA".Where((_, i) => (p.Flags >> i & 1) != 0).Order());
        flags = flags == "AS" ? "SA" : flags;
        return $"{(p.FromSensor ? '<' : '>')} {flags} +{p.Sequence - _zero[own]}+{(p.Acknowledged == 0 ? 0 : p.Acknowledged - _zero[other])} {Convert.ToHexString(p.Payload)}";
    }

    /// <summary>An enhanced packet block, read by the letter of the format.</summary>
    private sealed record Packet(long Time, byte[] Frame, int Original, string Comment)
    {
        private Span<byte> Tcp => Frame.AsSpan(34);

        public int SourcePort => BinaryPrimitives.ReadUInt16BigEndian(Tcp);

        public int DestinationPort => BinaryPrimitives.ReadUInt16BigEndian(Tcp[2..]);

        public bool FromSensor => SourcePort is 502;

        public string Visitor => Convert.ToHexString(Frame.AsSpan(FromSensor ? 30 : 26, 4)) + (FromSensor ? DestinationPort : SourcePort);

        public uint Sequence => BinaryPrimitives.ReadUInt32BigEndian(Tcp[4..]);

        public uint Acknowledged => BinaryPrimitives.ReadUInt32BigEndian(Tcp[8..]);

        public byte Flags => Tcp[13];

        public byte[] Payload => Tcp[(Tcp[12] >> 4 << 2)..].ToArray();

        public static List<Packet> Read(ReadOnlySpan<byte> file)
        {
            var found = new List<Packet>();
            for (var first = true; !file.IsEmpty; first = false)
            {
                var type = BinaryPrimitives.ReadUInt32LittleEndian(file);
                var length = BinaryPrimitives.ReadInt32LittleEndian(file[4..]);
                Assert.Equal(0, length % 4);
                Assert.Equal(length, BinaryPrimitives.ReadInt32LittleEndian(file[(length - 4)..]));
                if (first) Assert.Equal(0x0A0D0D0Au, type);
                if (type == 6) found.Add(Parse(file[8..(length - 4)]));
                file = file[length..];
            }
            return found;
        }

        private static Packet Parse(ReadOnlySpan<byte> body)
        {
            var time = (long)BinaryPrimitives.ReadUInt32LittleEndian(body[4..]) << 32 | BinaryPrimitives.ReadUInt32LittleEndian(body[8..]);
            var length = BinaryPrimitives.ReadInt32LittleEndian(body[12..]);
            var option = body[(20 + (length + 3) / 4 * 4)..];
            Assert.Equal(1, BinaryPrimitives.ReadUInt16LittleEndian(option)); // opt_comment
            var comment = Encoding.UTF8.GetString(option.Slice(4, BinaryPrimitives.ReadUInt16LittleEndian(option[2..])));
            return new Packet(time, body.Slice(20, length).ToArray(), BinaryPrimitives.ReadInt32LittleEndian(body[16..]), comment);
        }
    }
}
