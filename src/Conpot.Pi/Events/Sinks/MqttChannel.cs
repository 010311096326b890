using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using MQTTnet;
using MQTTnet.Adapter;
using MQTTnet.Channel;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;

namespace Conpot.Pi.Events.Sinks;

/// <summary>The bytes below MQTTnet: a socket of ours, with the same TLS as every other sink has.</summary>
/// <remarks>MQTTnet's own channels would bring WebSockets into the binary, and take a message of any length that the other side announces.</remarks>
internal sealed class MqttChannel(SinkAddress address, SinkTls tls) : IMqttChannel
{
    private readonly MqttFrames _frames = new();
    private Stream? _stream;

    public X509Certificate2? ClientCertificate => null;

    public EndPoint? RemoteEndPoint => null;

    public EndPoint? LocalEndPoint => null;

    public bool IsSecureConnection => address.Scheme == "mqtts";

    public async Task ConnectAsync(CancellationToken cancellationToken) =>
        (_, _stream) = await SinkSocket.Connect(address, IsSecureConnection ? tls : null, cancellationToken);

    public Task DisconnectAsync(CancellationToken cancellationToken)
    {
        Dispose();
        return Task.CompletedTask;
    }

    public async Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
    {
        if (_stream is not { } stream) return 0;
        var length = await stream.ReadAsync(buffer.AsMemory(offset, count), cancellationToken);
        _frames.Take(buffer.AsSpan(offset, length));
        return length;
    }

    public async Task WriteAsync(ReadOnlySequence<byte> buffer, bool isEndOfPacket, CancellationToken cancellationToken)
    {
        var stream = _stream ?? throw new SocketException((int)SocketError.NotConnected);
        foreach (var part in buffer) await stream.WriteAsync(part, cancellationToken);
    }

    public void Dispose() => Interlocked.Exchange(ref _stream, null)?.Dispose();
}

/// <summary>The lengths in what a broker sends: nobody but us has subscribed to nothing, so its packets are short, and others are refused before memory is taken for them.</summary>
internal sealed class MqttFrames
{
    /// <summary>A CONNACK or DISCONNECT with all its texts.</summary>
    private const int Longest = 64 * 1024;

    private long _body;
    private int _length, _shift = -1;

    /// <exception cref="InvalidDataException">A packet is longer than any that we are to get.</exception>
    public void Take(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            if (_body > 0)
            {
                var skipped = (int)Math.Min(_body, bytes.Length);
                _body -= skipped;
                bytes = bytes[skipped..];
                continue;
            }

            var b = bytes[0];
            bytes = bytes[1..];
            if (_shift < 0)
            {
                (_shift, _length) = (0, 0); // the packet's type; its length follows, seven bits in each byte (MQTT 5.0, 1.5.5)
                continue;
            }

            _length |= (b & 0x7F) << _shift;
            _shift += 7;
            if (_length > Longest || _shift > 28) throw new InvalidDataException($"a packet of more than {Longest} bytes, which no MQTT broker sends to us; correct the address");
            if (b < 0x80) (_body, _shift) = (_length, -1);
        }
    }
}

/// <summary>What MQTTnet asks for the bytes below it.</summary>
internal sealed class MqttChannels(SinkAddress address, SinkTls tls) : IMqttClientAdapterFactory
{
    public IMqttChannelAdapter CreateClientAdapter(MqttClientOptions options, MqttPacketInspector packetInspector, IMqttNetLogger logger) =>
        new MqttChannelAdapter(new MqttChannel(address, tls), new MqttPacketFormatterAdapter(options.ProtocolVersion, new MqttBufferWriter(4096, 65535)), logger) { AllowPacketFragmentation = false };
}
