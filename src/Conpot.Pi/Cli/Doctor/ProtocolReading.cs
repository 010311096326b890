using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Protocols.Modbus;
using Conpot.Pi.Protocols.Snmp;

namespace Conpot.Pi.Cli.Doctor;

/// <summary>How one value is read through a protocol, as a visitor would.</summary>
/// <param name="Read">Returns what came, or null when it was no answer of the device; what a socket throws may propagate.</param>
internal sealed partial record ProtocolReading(string Protocol, string Transport, Func<IPEndPoint, Patient, CancellationToken, Task<string?>> Read)
{
    /// <summary>The list of protocols that can be read. A new one is a line here.</summary>
    public static readonly IReadOnlyList<ProtocolReading> All =
    [
        new("modbus", "tcp", ReadModbus),
        new("snmp", "udp", ReadSnmp),
        new("s7comm", "tcp", ReadS7comm),
        new("http", "tcp", ReadHttp),
    ];

    public static string TransportOf(string protocol) => All.FirstOrDefault(r => r.Protocol == protocol)?.Transport ?? "tcp";

    /// <summary>Function 3, one register at address 0.</summary>
    private static async Task<string?> ReadModbus(IPEndPoint server, Patient patient, CancellationToken cancel)
    {
        const ushort transaction = 0x4443;
        var unit = UnitOf(patient);
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancel);
        await socket.SendAsync(ModbusRequest(transaction, unit), cancel);
        var reply = new byte[260];
        var length = 0;
        // Transaction, protocol, length, unit, function and one byte more: the shortest reply there is.
        while (length < 9 || length < 6 + BinaryPrimitives.ReadUInt16BigEndian(reply.AsSpan(4)))
        {
            var got = await socket.ReceiveAsync(reply.AsMemory(length), cancel);
            if (got == 0) return null;
            length += got;
            if (length == reply.Length) break;
        }
        return ModbusAnswer(reply.AsSpan(0, length), transaction, unit);
    }

    internal static byte[] ModbusRequest(ushort transaction, byte unit) => [(byte)(transaction >> 8), (byte)transaction, 0, 0, 0, 6, unit, FunctionCode.ReadHoldingRegisters, 0, 0, 0, 1];

    /// <summary>Null when it is no answer to that request.</summary>
    internal static string? ModbusAnswer(ReadOnlySpan<byte> reply, ushort transaction, byte unit)
    {
        if (reply.Length < 9 || BinaryPrimitives.ReadUInt16BigEndian(reply) != transaction || BinaryPrimitives.ReadUInt16BigEndian(reply[2..]) != 0) return null;
        // An exception is an answer too: that unit has no holding registers.
        if (reply[7] == (FunctionCode.ReadHoldingRegisters | 0x80)) return $"unit {unit} answers exception {reply[8]}";
        return reply[7] == FunctionCode.ReadHoldingRegisters && reply[8] == 2 && reply.Length >= 11
            ? $"holding register 0 of unit {unit} is {BinaryPrimitives.ReadUInt16BigEndian(reply[9..])}"
            : null;
    }

    /// <summary>One that shows a register at address 0, if there is one.</summary>
    private static byte UnitOf(Patient patient)
    {
        if (patient.Plan?.Protocols.OfType<ModbusProtocol>().FirstOrDefault()?.Settings is not { } settings) return 1;
        var own = Array.FindIndex(settings.Units, u => u is not null && u.HoldingRegisters.TryMap(0, 1, out _));
        if (own < 0 && settings.UnknownUnit != Refusal.None) own = Array.FindIndex(settings.Units, u => u is not null);
        return (byte)(own < 0 ? 1 : own);
    }

    /// <summary>GET sysDescr.0.</summary>
    private static async Task<string?> ReadSnmp(IPEndPoint agent, Patient patient, CancellationToken cancel)
    {
        const int request = 0x4443;
        var settings = patient.Plan?.Protocols.OfType<SnmpProtocol>().FirstOrDefault()?.Settings;
        var community = settings?.ReadCommunities.FirstOrDefault() ?? [.. "public"u8];
        var version = settings is { V1: false } ? 1 : 0; // RFC 1901: 0 is v1, 1 is v2c
        using var socket = new Socket(agent.AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        await socket.ConnectAsync(agent, cancel);
        await socket.SendAsync(SnmpRequest(version, community, request), cancel);
        var reply = new byte[1500];
        var length = await socket.ReceiveAsync(reply, cancel);
        return SnmpAnswer(reply.AsSpan(0, length), request);
    }

    /// <summary>RFC 1157, 4.1: sequence of version, community, and a request with its number, two zeros and one name.</summary>
    internal static byte[] SnmpRequest(int version, ReadOnlySpan<byte> community, int request)
    {
        ReadOnlySpan<byte> binding = [0x30, 0x0E, 0x30, 0x0C, 0x06, 0x08, 0x2B, 6, 1, 2, 1, 1, 1, 0, 0x05, 0x00]; // 1.3.6.1.2.1.1.1.0, NULL
        byte[] message = new byte[64 + community.Length];
        var inner = new BerWriter(message);
        inner.Integer(SnmpType.Integer, request);
        inner.Integer(SnmpType.Integer, 0);
        inner.Integer(SnmpType.Integer, 0);
        inner.Raw(binding);
        byte[] pdu = [.. inner.Written];
        var body = new BerWriter(message);
        body.Integer(SnmpType.Integer, version);
        body.Bytes(SnmpType.OctetString, community);
        body.Bytes(0xA0, pdu); // GetRequest
        byte[] contents = [.. body.Written];
        var whole = new BerWriter(message);
        whole.Bytes(SnmpType.Sequence, contents);
        return [.. whole.Written];
    }

    /// <summary>Null when it is no answer to that request.</summary>
    internal static string? SnmpAnswer(ReadOnlySpan<byte> reply, int request)
    {
        var message = new BerReader(reply);
        if (!message.TryTake(SnmpType.Sequence, "", out var contents)) return null;
        var body = new BerReader(contents);
        if (!body.TryTakeInteger("", out _, out _) || !body.TryTake(SnmpType.OctetString, "", out _) || !body.TryTake(0xA2, "", out var pdu)) return null;
        var inner = new BerReader(pdu);
        if (!inner.TryTakeInteger("", out _, out var id) || id != request || !inner.TryTakeInteger("", out _, out var error) || !inner.TryTakeInteger("", out _, out _)) return null;
        if (error != 0) return $"sysDescr is answered with error {error}";
        if (!inner.TryTake(SnmpType.Sequence, "", out var bindings)) return null;
        var list = new BerReader(bindings);
        if (!list.TryTake(SnmpType.Sequence, "", out var binding)) return null;
        var pair = new BerReader(binding);
        return pair.TryTake(SnmpType.ObjectIdentifier, "", out _) && pair.TryTake(out _, out var value) ? $"sysDescr is {Encoding.Latin1.GetString(value)}" : null;
    }
}
