using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>One packet as it came: its type, its flags, and what follows its length.</summary>
internal sealed record MqttPacket(int Type, int Flags, byte[] Body)
{
    public const int Connect = 1, ConnAck = 2, Publish = 3, PubAck = 4, Disconnect = 14;

    /// <summary>Of a PUBLISH of QoS 1.</summary>
    public string Topic => Encoding.UTF8.GetString(Body, 2, TopicLength);

    public int Identifier => BinaryPrimitives.ReadUInt16BigEndian(Body.AsSpan(2 + TopicLength));

    public bool Retain => (Flags & 1) != 0;

    public int Quality => (Flags >> 1) & 3;

    /// <param name="version">5 has properties in front of it; none are expected here.</param>
    public byte[] Payload(int version) => Body[(4 + TopicLength + (version == 5 ? 1 + Body[4 + TopicLength] : 0))..];

    private int TopicLength => BinaryPrimitives.ReadUInt16BigEndian(Body);
}

/// <summary>A broker by hand, packet by packet: MQTTnet shall not be judged by itself.</summary>
internal sealed class MqttPeer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationToken _limit;
    private TcpClient? _client;

    public MqttPeer(CancellationToken limit)
    {
        _limit = limit;
        _listener.Start();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>Takes the next connection and its CONNECT.</summary>
    public async Task<MqttPacket> Accept()
    {
        _client?.Dispose();
        _client = await _listener.AcceptTcpClientAsync(_limit);
        return await Read();
    }

    /// <summary>Takes the next connection, says yes, and acknowledges what is published until the status has come; returns that.</summary>
    public async Task<MqttPacket> Welcome(int version, params byte[] properties)
    {
        await Accept();
        await Send(version == 5 ? [0x20, (byte)(3 + properties.Length), 0, 0, (byte)properties.Length, .. properties] : [0x20, 2, 0, 0]);
        return await Take();
    }

    /// <summary>The next PUBLISH, acknowledged.</summary>
    public async Task<MqttPacket> Take()
    {
        var packet = await Read();
        Xunit.Assert.Equal(MqttPacket.Publish, packet.Type);
        await Acknowledge(packet);
        return packet;
    }

    public Task Acknowledge(MqttPacket packet) => Send([0x40, 2, (byte)(packet.Identifier >> 8), (byte)packet.Identifier]);

    public Task Send(byte[] bytes) => _client!.GetStream().WriteAsync(bytes, _limit).AsTask();

    /// <summary>Whether something has come that was not read.</summary>
    public bool HasMore => _client!.Available > 0;

    public async Task<MqttPacket> Read()
    {
        var stream = _client!.GetStream();
        var one = new byte[1];
        await stream.ReadExactlyAsync(one, _limit);
        var type = one[0];
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            await stream.ReadExactlyAsync(one, _limit);
            length |= (one[0] & 0x7F) << shift;
            if (one[0] < 0x80) break;
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body, _limit);
        return new MqttPacket(type >> 4, type & 15, body);
    }

    public void Hang() => _client!.Dispose();

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }
}
