using System.Globalization;
using System.Text;
using Conpot.Pi.Config;
using Conpot.Pi.Hosting;
using Conpot.Pi.Net;
using Conpot.Pi.Tests.Vectors;
using Microsoft.Extensions.Time.Testing;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>SNMP with the profiles' whole tables: a datagram in, at most one out, well-formed and no longer than the device's messages are.</summary>
internal sealed class SnmpTarget : ITarget
{
    /// <summary>Executions after which the agents are new: what was set and counted before must be within reach of a replay.</summary>
    private const int Life = 20_000;

    private static readonly string[][] Settings = [["plc.profile=s7-200"], ["plc.profile=s7-300-cp343"], ["plc.profile=conpot-2013"], ["plc.profile=s7-200", "snmp.versions=[\"1\", \"2c\", \"3\"]"]];

    private readonly Recorder _recorder = new("udp", "snmp", 161);
    private readonly (IDatagramConversation Agent, SensorPlan Plan)[] _agents = new (IDatagramConversation, SensorPlan)[Settings.Length];
    private readonly byte[] _reply = new byte[64 * 1024];
    private int _runs;

    public string Name => "snmp";

    public int Variants => Settings.Length;

    public bool IsStream => false;

    public IEnumerable<Input> Seeds
    {
        get
        {
            foreach (var vector in WireVector.LoadAll("snmp"))
                foreach (var wire in vector.Cases)
                    for (byte variant = 0; variant < Settings.Length; variant++)
                        yield return Input.Of(variant, wire.Exchanges.Select(e => e.Sent));
        }
    }

    public IReadOnlyList<byte[]> Words { get; } =
    [
        [5, 0], [2, 1, 0], [2, 4, 0x7F, 0xFF, 0xFF, 0xFF], [4, 6, .. "public"u8], [4, 7, .. "private"u8], [6, 8, 0x2B, 6, 1, 2, 1, 1, 1, 0], [6, 7, 0x2B, 6, 1, 2, 1, 1, 5], [6, 8, 0x2B, 6, 1, 2, 1, 1, 6, 0],
        [6, 5, 0x2B, 6, 1, 2, 1], [6, 7, 0x2B, 6, 1, 2, 1, 6, 13], [6, 7, 0x2B, 6, 1, 2, 1, 4, 20], [6, 8, 0x2B, 6, 1, 2, 1, 2, 2, 1], [6, 8, 0x2B, 6, 1, 4, 1, 0xA1, 0x69, 1], [0x88, 0x80, 0x80, 0x80, 0], [0x8F, 0xFF, 0xFF, 0xFF, 0x7F],
        [0x30, 0x80], [0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFF], [0x30, 0x82, 1, 0], [0x30, 0], [0xA0], [0xA1], [0xA3], [0xA5], [0x40, 4, 127, 0, 0, 1], [0x41, 1, 0], [0x43, 1, 0], [0x46, 8, 0xFF, 0, 0, 0, 0, 0, 0, 0],
    ];

    public Answer Run(Input input, Random? cuts)
    {
        if (_runs++ % Life == 0) SwitchOn();
        var (agent, _) = _agents[input.Variant % _agents.Length];
        _recorder.Begin();
        var replies = new List<byte>();
        foreach (var (_, datagram) in input.Messages)
        {
            _recorder.MakeRoom();
            var before = _recorder.Events;
            var room = _reply.AsSpan(0, agent.LargestReply);
            var length = agent.Answer(datagram, room, _recorder.Log);
            Violation.Unless(length >= 0 && length <= room.Length, "a reply longer than the largest");
            Violation.Unless(_recorder.Events == before + 1, "not one event for a datagram");
            if (length > 0) Check(room[..length], 0);
            replies.AddRange(room[..length]);
        }
        return new Answer([.. replies], _recorder.Look());
    }

    /// <summary>After it, a replay begins from the state of a device just switched on.</summary>
    public void SwitchOn()
    {
        for (var i = 0; i < Settings.Length; i++)
        {
            if (_agents[i].Plan is { } old)
            {
                foreach (var protocol in old.Protocols) protocol.Retire(null);
                old.Cpu.Dispose();
            }
            var state = Path.Combine(Scratch.Directory("snmp"), i.ToString(CultureInfo.InvariantCulture));
            if (Directory.Exists(state)) Directory.Delete(state, recursive: true);
            Directory.CreateDirectory(state);
            var errors = new ConfigErrors();
            var source = new ConfigSource(null, [.. Settings[i], "plc.seed=fuzz"]) { StateDirectory = state };
            var plan = SensorPlan.Read(source, null, new FakeTimeProvider(new DateTimeOffset(2026, 11, 22, 8, 0, 0, TimeSpan.Zero)), create: false, errors)
                ?? throw new InvalidOperationException(string.Join('\n', errors.InOrder));
            _agents[i] = (plan.Protocols.Single(p => p.Name == "snmp").UdpPorts[0].Conversation, plan);
        }
    }

    /// <summary>X.690, 8.1: elements in shortest form, whole, one within the other.</summary>
    private static void Check(ReadOnlySpan<byte> bytes, int depth)
    {
        Violation.Unless(depth <= 6, "a reply nested too deep");
        while (!bytes.IsEmpty)
        {
            Violation.Unless(bytes.Length >= 2, "a reply is cut off");
            var (tag, length, header) = (bytes[0], (int)bytes[1], 2);
            if (length > 0x7F)
            {
                header += length & 0x7F;
                Violation.Unless(header is 3 or 4 && bytes.Length >= header, "a reply with a length of no use");
                length = 0;
                foreach (var b in bytes[2..header]) length = length << 8 | b;
                Violation.Unless(length >= (header == 3 ? 0x80 : 0x100), "a reply with a length not in shortest form");
            }
            Violation.Unless(header + length <= bytes.Length, "a reply is cut off");
            if ((tag & 0x20) != 0) Check(bytes.Slice(header, length), depth + 1);
            bytes = bytes[(header + length)..];
        }
    }

    public byte[] Repair(byte[] message, Random random)
    {
        var at = 0;
        var whole = Element(message, ref at, 0);
        return whole.Length <= 1472 ? whole : message;
    }

    /// <summary>The element at a place, its length made to fit what it holds; constructed ones hold elements as long as there are bytes.</summary>
    private static byte[] Element(byte[] bytes, ref int at, int depth)
    {
        if (bytes.Length - at < 2) return [.. bytes[at..(at = bytes.Length)]];
        var (tag, length) = (bytes[at++], (int)bytes[at++]);
        if (length is 0x81 or 0x82)
        {
            var octets = Math.Min(length & 3, bytes.Length - at);
            length = 0;
            for (; octets > 0; octets--) length = length << 8 | bytes[at++];
        }
        // The outermost ones reach to the end, whatever they say: what was put in is theirs.
        var end = depth == 0 ? bytes.Length : Math.Min(bytes.Length, at + length);
        byte[] contents;
        if ((tag & 0x20) != 0 && depth < 6)
        {
            var parts = new List<byte>();
            if (depth > 0 && (tag is >= 0xA0 and <= 0xA8)) end = bytes.Length;
            while (at < end) parts.AddRange(Element(bytes, ref at, depth + 1));
            contents = [.. parts];
        }
        else
        {
            contents = bytes[at..end];
            at = end;
        }
        return contents.Length switch
        {
            < 0x80 => [tag, (byte)contents.Length, .. contents],
            < 0x100 => [tag, 0x81, (byte)contents.Length, .. contents],
            _ => [tag, 0x82, (byte)(contents.Length >> 8), (byte)contents.Length, .. contents],
        };
    }

    public string Show(Input input)
    {
        var text = new StringBuilder($"# {string.Join(' ', Settings[input.Variant % Settings.Length])}\n--- found by fuzzing\n");
        foreach (var (_, bytes) in input.Messages) text.AppendLine(CultureInfo.InvariantCulture, $"> {Convert.ToHexString(bytes)}");
        return text.ToString();
    }

    public void Dispose() => _recorder.Dispose();
}
