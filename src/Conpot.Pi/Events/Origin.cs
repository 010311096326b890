using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Conpot.Pi.Events;

/// <summary>Who talks to us over what: bound to a session once, so that nothing said later can claim another source.</summary>
internal sealed class Origin
{
    private readonly byte[] _fields, _sessionField;

    /// <param name="session">The session's id.</param>
    /// <param name="transport">"tcp" or "udp".</param>
    /// <param name="protocol">"modbus", "snmp" ...</param>
    public Origin(string session, IPEndPoint source, IPEndPoint destination, string transport, string protocol)
    {
        (Session, Protocol) = (session, protocol);
        (Source, Destination) = (source, destination);
        _sessionField = Encoding.UTF8.GetBytes($"\"session\":\"{session}\"");
        _fields = Encoding.UTF8.GetBytes(
            $"\"source\":{{\"ip\":\"{source.Address}\",\"port\":{source.Port}}}," +
            $"\"destination\":{{\"ip\":\"{destination.Address}\",\"port\":{destination.Port}}}," +
            $"\"network\":{{\"transport\":\"{transport}\",\"protocol\":\"{protocol}\",\"community_id\":\"{CommunityId(source, destination, transport)}\"}}");
    }

    public string Session { get; }

    /// <summary>As in network.protocol.</summary>
    public string Protocol { get; }

    public IPEndPoint Source { get; }

    /// <summary>Our own end.</summary>
    public IPEndPoint Destination { get; }

    /// <summary>The members source, destination and network as UTF-8 JSON.</summary>
    public ReadOnlySpan<byte> Fields => _fields;

    /// <summary>The member conpot.session.</summary>
    public ReadOnlySpan<byte> SessionField => _sessionField;

    /// <summary>Community ID flow hash, version 1, seed 0 (corelight/community-id-spec): the same for both directions.</summary>
    internal static string CommunityId(IPEndPoint a, IPEndPoint b, string transport)
    {
        Span<byte> left = stackalloc byte[18], right = stackalloc byte[18];
        var leftLength = Endpoint(a, left);
        var rightLength = Endpoint(b, right);
        left = left[..leftLength];
        right = right[..rightLength];
        var ordered = left.SequenceCompareTo(right) <= 0;
        var (first, second) = (ordered ? a : b, ordered ? b : a);

        Span<byte> data = stackalloc byte[2 + 16 + 16 + 2 + 4];
        data.Clear();
        var length = 2; // the seed
        first.Address.TryWriteBytes(data[length..], out var written);
        length += written;
        second.Address.TryWriteBytes(data[length..], out written);
        length += written;
        data[length] = transport == "udp" ? (byte)17 : (byte)6;
        length += 2;
        BinaryPrimitives.WriteUInt16BigEndian(data[length..], (ushort)first.Port);
        BinaryPrimitives.WriteUInt16BigEndian(data[(length + 2)..], (ushort)second.Port);
        length += 4;
        Span<byte> hash = stackalloc byte[Sha1.Size];
        Sha1.Hash(data[..length], hash);
        return "1:" + Convert.ToBase64String(hash);
    }

    private static int Endpoint(IPEndPoint endpoint, Span<byte> bytes)
    {
        endpoint.Address.TryWriteBytes(bytes, out var length);
        BinaryPrimitives.WriteUInt16BigEndian(bytes[length..], (ushort)endpoint.Port);
        return length + 2;
    }
}
