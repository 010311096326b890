using System.Globalization;
using System.Text;
using Conpot.Pi.Appliance;
using Conpot.Pi.Tests.Vectors;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>The packet that answers a datagram to nobody: 56 bytes or none, to the one who asked, checksums good.</summary>
internal sealed class UnreachableTarget : ITarget
{
    /// <summary>192.0.2.1, the device's in the vectors.</summary>
    private const uint Device = 0xC0000201;

    private static readonly string[][] Settings = [[], ["stack.quoted_checksum=-1"], ["stack.quoted_ttl=0"], ["stack.dont_fragment=true"]];

    private readonly StackSettings[] _settings = [.. Settings.Select(s => StackSettings.Read(Variant.Read("s7-200", s).Section("stack")))];

    public string Name => "unreachable";

    public int Variants => Settings.Length;

    public bool IsStream => false;

    public IEnumerable<Input> Seeds => WireVector.LoadAll("stack").SelectMany(v => v.Cases).Select(c => Input.Of(0, c.Exchanges.Select(e => e.Sent)));

    public IReadOnlyList<byte[]> Words { get; } = [[0x45], [0x46], [17], [1], [6], [0xC0, 0, 2, 1], [0xFF, 0xFF, 0xFF, 0xFF], [127, 0, 0, 1], [224, 0, 0, 1], [0x20, 0], [0x40, 0], [0, 8], [0, 28], [0, 0xA1]];

    public Answer Run(Input input, Random? cuts)
    {
        var time = new FakeTimeProvider();
        var bench = new Unreachables(_settings[input.Variant % _settings.Length], [161], port => port == 123, time);
        var replies = new List<byte>();
        var sent = 0;
        foreach (var (pause, packet) in input.Messages)
        {
            if (pause > 0)
            {
                time.Advance(TimeSpan.FromMilliseconds(250 * pause));
                sent = 0;
            }
            // As the loop hands it over: the beginning of the packet, and room for the reply with something else in it.
            var reply = Enumerable.Repeat((byte)0xAA, PortUnreachable.Size + 8).ToArray();
            var length = bench.Answer(packet.AsSpan(0, Math.Min(packet.Length, RawSockets.Wanted)), Device, reply);
            Violation.Unless(length is 0 or PortUnreachable.Size, "a reply of another length");
            Violation.Unless(reply.AsSpan(PortUnreachable.Size).IndexOfAnyExcept((byte)0xAA) < 0, "written beyond the reply");
            if (length == 0) continue;
            Violation.Unless(reply[12] == 0xC0 && reply[13] == 0 && reply[14] == 2 && reply[15] == 1, "a reply from another");
            Violation.Unless(reply.AsSpan(16, 4).SequenceEqual(packet.AsSpan(12, 4)) && reply[16] is not (0 or 127 or >= 224), "a reply to another, or to many");
            Violation.Unless(!reply.AsSpan(16, 4).SequenceEqual(reply.AsSpan(12, 4)), "a reply to itself");
            Violation.Unless(Sum(reply.AsSpan(20, 36)) == 0 && Sum(reply.AsSpan(28, 20)) == 0, "a reply whose checksum is wrong");
            Violation.Unless(++sent <= Unreachables.PerSecond * 2, "more replies than a second may have");
            replies.AddRange(reply[..length]);
        }
        return new Answer([.. replies], 0);
    }

    /// <summary>RFC 1071: over a whole that holds its checksum it is 0.</summary>
    private static int Sum(ReadOnlySpan<byte> bytes)
    {
        var sum = 0;
        for (var i = 0; i < bytes.Length; i += 2) sum += bytes[i] << 8 | bytes[i + 1];
        while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
        return ~sum & 0xFFFF;
    }

    public byte[] Repair(byte[] message, Random random)
    {
        if (message.Length < 28) return message;
        var repaired = message.ToArray();
        (repaired[0], repaired[9]) = (0x45, 17);
        (repaired[2], repaired[3]) = ((byte)(message.Length >> 8), (byte)message.Length);
        (repaired[24], repaired[25]) = ((byte)((message.Length - 20) >> 8), (byte)(message.Length - 20));
        if (random.Next(4) > 0) repaired[6] = repaired[7] = 0;
        return repaired;
    }

    public string Show(Input input)
    {
        var text = new StringBuilder($"# {string.Join(' ', Settings[input.Variant % Settings.Length])}\n--- found by fuzzing\n");
        foreach (var (_, bytes) in input.Messages) text.AppendLine(CultureInfo.InvariantCulture, $"> {Convert.ToHexString(bytes)}");
        return text.ToString();
    }

    public void Dispose()
    {
    }
}
