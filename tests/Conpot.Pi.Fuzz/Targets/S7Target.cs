using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.S7comm;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>S7comm: whole conversations, from the transport's connect on; replies are whole packets, none larger than the PDU agreed to.</summary>
internal sealed class S7Target() : StreamTarget("s7comm", 102, VariantsOf("s7comm", ("s7-200", []), ("s7-300-cp343", [])))
{
    private static readonly byte[] Hello = Convert.FromHexString("0300001611E00000000400C1020100C2020102C0010A"), Setup = Convert.FromHexString("0300001902F08032010000000000080000F0000001000101E0");
    private static readonly DeviceSeed Device = DeviceSeed.From("fuzz");

    private readonly Dictionary<Variant, (CpuSettings Cpu, S7Settings S7)> _settings = [];

    /// <summary>As in <see cref="S7Conversation.LargestReply"/>: TPKT and COTP before a PDU of at most 960 bytes (the S7-300's 240 here).</summary>
    private const int MostPdu = 960, Framing = 7;

    public override IEnumerable<Input> Seeds
    {
        get
        {
            foreach (var input in Vectors("s7comm")) yield return input;
            // What real clients asked real CPUs, a capture at a time.
            foreach (var capture in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Vectors", "s7comm", "real-replies.txt")).Where(l => !l.StartsWith('#')).Select(l => l.Split(' ')).GroupBy(w => w[0]))
                foreach (var some in capture.Chunk(6))
                    yield return Input.Of(1, some.Select(w => Convert.FromHexString(w[2])).Prepend(Setup).Prepend(Hello));
        }
    }

    public override IReadOnlyList<byte[]> Words { get; } =
    [
        Hello, Setup, .. "P_PROGRAM|_MODU|_INSE|_DELE|_GARB|EP|C |_0A00001P|_0800001B|_0A00001A|$0B00001P".Split('|').Select(w => System.Text.Encoding.ASCII.GetBytes(w)),
        [0x12, 0x0A, 0x10, 2, 0, 2, 0, 1, 0x84, 0, 0x1F, 0x40], [0, 1, 0x12, 4, 0x11, 0x44, 1, 0], [0xFF, 9, 0, 4], [0xFF, 4, 0, 8], [0x1A], [0x1B], [0x1C], [0x1D], [0x1E], [0x1F], [0x28], [0x29],
        [0x32, 1, 0, 0], [0x32, 7, 0, 0], [0x32, 3, 0, 0], [0x11, 0x41], [0x11, 0x42, 1], [0x11, 0x43, 1], [0x11, 0x45, 1], [0x11, 0x47, 2],
    ];

    protected override Cpu CpuOf(Variant variant, TimeProvider time) => new(new ProcessImage(), IoProgram.Empty, Of(variant).Cpu, time);

    protected override IConversation Converse(Variant variant, Cpu cpu, TimeProvider time)
    {
        var settings = Of(variant).S7;
        var memories = new S7Memories(new S7Blocks(settings.Memory, Device), new DownloadStore("/nowhere", _ => { }), new ReturnToRun(cpu, time));
        return new S7Conversation(new S7Server(settings, cpu, new S7Device(cpu, Device, time, TimeSpan.FromHours(50)), memories), settings, cpu);
    }

    private (CpuSettings Cpu, S7Settings S7) Of(Variant variant)
    {
        if (_settings.TryGetValue(variant, out var settings)) return settings;
        var plc = CpuSettings.Read(variant.Section("plc"));
        using var cpu = new Cpu(new ProcessImage(), IoProgram.Empty, plc, TimeProvider.System);
        return _settings[variant] = (plc, S7Settings.Read(variant.Section("s7comm"), variant.Section("identity"), cpu, Device, lowPorts: true));
    }

    protected override void Check(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply)
    {
        var pdu = new List<byte>();
        for (var messages = 0; !reply.IsEmpty;)
        {
            // RFC 1006, 6; X.224, 13.
            Violation.Unless(reply.Length >= Framing && reply[0] == 3 && messages < 2, "a reply is no packet");
            var length = BinaryPrimitives.ReadUInt16BigEndian(reply[2..]);
            Violation.Unless(length >= Framing && length <= reply.Length && length <= Framing + MostPdu, "a reply whose length does not fit");
            var packet = reply[..length];
            if (packet[5] == 0xF0)
            {
                Violation.Unless(packet[4] == 2, "a reply is no PDU");
                pdu.AddRange(packet[Framing..]);
            }
            reply = reply[length..];
            // A PDU is in several TPDUs where the visitor wants them small; the last has the mark (X.224, 13.7.3).
            if (packet[5] == 0xF0 && (packet[6] & 0x80) == 0) continue;
            messages++;
            if (packet[5] == 0xF0 || pdu.Count > 0) CheckPdu(CollectionsMarshal.AsSpan(pdu));
            pdu.Clear();
        }
        Violation.Unless(pdu.Count == 0, "a PDU without its end");
    }

    private static void CheckPdu(ReadOnlySpan<byte> pdu)
    {
        Violation.Unless(pdu.Length is >= 10 and <= MostPdu && pdu[0] == 0x32, "a reply is no PDU");
        var header = pdu[1] is 2 or 3 ? 12 : 10;
        var parts = BinaryPrimitives.ReadUInt16BigEndian(pdu[6..]) + BinaryPrimitives.ReadUInt16BigEndian(pdu[8..]);
        Violation.Unless(header + parts == pdu.Length, "a PDU whose lengths do not fit");
    }

    public override byte[] Repair(byte[] message, Random random)
    {
        if (message.Length < 8) return message;
        var repaired = message.ToArray();
        (repaired[0], repaired[1]) = (3, 0);
        BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(2), (ushort)message.Length);
        if (repaired[5] != 0xF0)
        {
            repaired[4] = (byte)(message.Length - 5);
            return repaired;
        }
        if (random.Next(4) > 0 && message.Length >= 17 && repaired[7] == 0x32)
        {
            var header = repaired[8] is 2 or 3 ? 12 : 10;
            var rest = message.Length - Framing - header;
            if (rest < 0) return repaired;
            var parameter = Math.Min(rest, (int)BinaryPrimitives.ReadUInt16BigEndian(repaired.AsSpan(13)));
            BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(13), (ushort)parameter);
            BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(15), (ushort)(rest - parameter));
            // The head of a user datum: its length.
            var data = Framing + header + parameter;
            if (random.Next(2) == 0 && rest - parameter >= 4) BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(data + 2), (ushort)(rest - parameter - 4));
        }
        return repaired;
    }
}
