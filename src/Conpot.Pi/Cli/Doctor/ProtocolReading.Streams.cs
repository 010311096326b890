using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Conpot.Pi.Protocols.S7comm;

namespace Conpot.Pi.Cli.Doctor;

/// <content>S7comm and HTTP: a value over a connection with a handshake, and a page.</content>
internal sealed partial record ProtocolReading
{
    /// <summary>Of a page its front is enough: status and title.</summary>
    private const int LongestPage = 16 * 1024;

    /// <summary>Connect, agree on a PDU size, read the memory byte that every CPU of the family has.</summary>
    private static async Task<string?> ReadS7comm(IPEndPoint server, Patient patient, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancel);
        byte[] reply = [];
        foreach (var request in (byte[][])[S7Connect(TsapOf(patient)), S7Setup, S7ReadMemory])
        {
            await socket.SendAsync(request, cancel);
            reply = await Packet(socket, cancel);
            // COTP: D0 confirms the connection, F0 carries data (RFC 905, 13.1).
            if (reply.Length < 7 || reply[5] != (request[5] == 0xE0 ? 0xD0 : 0xF0)) return null;
        }
        return S7Answer(reply);
    }

    internal static byte[] S7Connect(ushort tsap) => [3, 0, 0, 22, 17, 0xE0, 0, 0, 0, 4, 0, 0xC1, 2, 1, 0, 0xC2, 2, (byte)(tsap >> 8), (byte)tsap, 0xC0, 1, 0x0A];

    /// <summary>Job F0: one job at a time, 240 bytes.</summary>
    private static byte[] S7Setup => [3, 0, 0, 25, 2, 0xF0, 0x80, 0x32, 1, 0, 0, 0x44, 0x43, 0, 8, 0, 0, 0xF0, 0, 0, 1, 0, 1, 0, 240];

    /// <summary>Job 04 with one item: a byte (02) of area M (83) at bit 0.</summary>
    private static byte[] S7ReadMemory => [3, 0, 0, 31, 2, 0xF0, 0x80, 0x32, 1, 0, 0, 0x44, 0x44, 0, 14, 0, 0, 4, 1, 0x12, 10, 0x10, 2, 0, 1, 0, 0, 0x83, 0, 0, 0];

    /// <summary>Null when it is no answer to that job.</summary>
    internal static string? S7Answer(ReadOnlySpan<byte> packet)
    {
        // TPKT and COTP 7, header 12 with its error, function and number of items 2; then return code, size, length of the item.
        if (packet.Length < 19 || packet[7] != 0x32 || packet[8] != 3 || BinaryPrimitives.ReadUInt16BigEndian(packet[11..]) != 0x4444) return null;
        if (packet[17] != 0 || packet[18] != 0) return $"MB0 is answered with error {Convert.ToHexString(packet[17..19])}";
        if (packet.Length < 22 || packet[19] != 4 || packet[20] != 1) return null;
        if (packet[21] != 0xFF) return $"MB0 is answered with return code {Convert.ToHexString(packet[21..22])}";
        return packet.Length >= 26 ? $"MB0 is {packet[25]}" : null;
    }

    /// <summary>One TPKT packet (RFC 1006, 6), or as much of it as came.</summary>
    private static async Task<byte[]> Packet(Socket socket, CancellationToken cancel)
    {
        var packet = new byte[1024];
        var length = 0;
        while (length < 4 || length < BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(2)))
        {
            var got = await socket.ReceiveAsync(packet.AsMemory(length), cancel);
            if (got == 0 || (length += got) == packet.Length) break;
        }
        return packet[..length];
    }

    /// <summary>The first that the device answers to, with zeros for the digits that are left open.</summary>
    private static ushort TsapOf(Patient patient) =>
        patient.Plan?.Protocols.OfType<S7commProtocol>().FirstOrDefault()?.Settings.Tsaps is [var first, ..] ? first.Value : (ushort)0x0102;

    /// <summary>GET / as the oldest client would.</summary>
    private static async Task<string?> ReadHttp(IPEndPoint server, Patient patient, CancellationToken cancel)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server, cancel);
        await socket.SendAsync("GET / HTTP/1.0\r\n\r\n"u8.ToArray(), cancel);
        var page = new byte[LongestPage];
        var length = 0;
        while (length < page.Length)
        {
            var got = await socket.ReceiveAsync(page.AsMemory(length), cancel);
            if (got == 0) break;
            length += got;
        }
        return HttpAnswer(Encoding.UTF8.GetString(page, 0, length));
    }

    /// <summary>Null when it is no HTTP.</summary>
    internal static string? HttpAnswer(string page)
    {
        if (!page.StartsWith("HTTP/1.", StringComparison.Ordinal) || page.Length < 12 || !page[9..12].All(char.IsAsciiDigit)) return null;
        var (from, to) = (page.IndexOf("<title>", StringComparison.OrdinalIgnoreCase), page.IndexOf("</title>", StringComparison.OrdinalIgnoreCase));
        return $"GET / is answered with {page[9..12]}{(from >= 0 && to > from ? $", title {page[(from + 7)..to]}" : "")}";
    }
}
