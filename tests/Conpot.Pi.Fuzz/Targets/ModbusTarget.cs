using System.Buffers.Binary;
using Conpot.Pi.Net;
using Conpot.Pi.Plc;
using Conpot.Pi.Protocols.Modbus;

namespace Conpot.Pi.Fuzz.Targets;

/// <summary>Modbus/TCP: a reply is a frame of at most 260 bytes with the request's transaction and unit.</summary>
internal sealed class ModbusTarget() : StreamTarget("modbus", 502, VariantsOf("modbus"))
{
    private readonly Dictionary<Variant, ModbusSettings> _settings = [];

    public override IEnumerable<Input> Seeds => Vectors("modbus");

    public override IReadOnlyList<byte[]> Words { get; } =
        [.. new byte[] { 1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 15, 16, 17, 20, 22, 23, 24, 43 }.Select(f => (byte[])[f]), [0xFF, 0], [0x2B, 0x0E, 1, 0], [0, 0, 0, 0, 0, 6, 1, 3, 0, 0, 0, 1]];

    protected override IConversation Converse(Variant variant, Cpu cpu, TimeProvider time)
    {
        if (!_settings.TryGetValue(variant, out var settings)) _settings.Add(variant, settings = ModbusSettings.Read(variant.Section("modbus"), new ProcessImage(), lowPorts: true));
        return new ModbusConversation(new ModbusServer(settings, cpu), cpu);
    }

    protected override void Check(ReadOnlySpan<byte> request, ReadOnlySpan<byte> reply)
    {
        // Messaging Guide V1.0b, 3.1.3; Application Protocol V1.1b3, 4.1.
        Violation.Unless(reply.Length is >= 9 and <= 260, "a reply is no frame");
        Violation.Unless(request[..4].SequenceEqual(reply[..4]) && request[6] == reply[6], "a reply with another transaction or unit");
        Violation.Unless(BinaryPrimitives.ReadUInt16BigEndian(reply[4..]) == reply.Length - 6, "a reply whose length does not fit");
        Violation.Unless(reply[7] == request[7] || (reply[7] == (request[7] | 0x80) && reply.Length == 9), "a reply of another function");
    }

    public override byte[] Repair(byte[] message, Random random)
    {
        if (message.Length < 8 || message.Length > 260) return message;
        var repaired = message.ToArray();
        if (random.Next(8) > 0) repaired[2] = repaired[3] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(repaired.AsSpan(4), (ushort)(message.Length - 6));
        // Byte counts of function 15 and 16, then 23.
        if (random.Next(3) > 0)
        {
            if (repaired[7] is 15 or 16 && repaired.Length > 12) repaired[12] = (byte)(repaired.Length - 13);
            if (repaired[7] is 23 && repaired.Length > 16) repaired[16] = (byte)(repaired.Length - 17);
        }
        return repaired;
    }
}
