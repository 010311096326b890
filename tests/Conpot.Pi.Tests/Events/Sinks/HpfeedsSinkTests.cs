using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events.Sinks;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Against a broker of a few lines.</summary>
public sealed class HpfeedsSinkTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly TcpListener _broker = new(IPAddress.Loopback, 0);

    public HpfeedsSinkTests() => _broker.Start();

    public void Dispose()
    {
        _broker.Dispose();
        _directory.Dispose();
        _limit.Dispose();
    }

    [Fact]
    public async Task It_proves_the_secret_and_publishes_Conpots_payload()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Sensor, SyslogEvents.Start, SyslogEvents.Read], _limit.Token);
        using var client = await _broker.AcceptTcpClientAsync(_limit.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Frame(1, [6, .. "broker"u8, 1, 2, 3, 4]), _limit.Token);

        var (operation, body) = await Next(stream);
        Assert.Equal(2, operation);
        Assert.Equal("me", Encoding.ASCII.GetString(body, 1, body[0]));
#pragma warning disable CA5350 // The protocol prescribes it.
        Assert.Equal(SHA1.HashData([1, 2, 3, 4, .. "a secret that is quite a bit longer than one block of the hash, of 64 bytes"u8]), body[3..]);
#pragma warning restore CA5350

        foreach (var milliseconds in new[] { "0", "500" })
        {
            (operation, body) = await Next(stream);
            Assert.Equal(3, operation);
            Assert.Equal("me", Encoding.ASCII.GetString(body, 1, 2));
            Assert.Equal("conpot.events", Encoding.ASCII.GetString(body, 4, body[3]));
            var payload = JsonElement.Parse(body.AsSpan(4 + body[3]));
            Assert.Equal("ttblkfl26rlk", payload.GetProperty("id").GetString());
            Assert.Equal(35228, payload.GetProperty("remote")[1].GetInt32());
            Assert.Equal("2026-11-22T22:03:29.500000", payload.GetProperty("timestamp").GetString());
            Assert.True(payload.GetProperty("data").TryGetProperty(milliseconds, out var data));
            Assert.Equal(milliseconds == "0" ? "NEW_CONNECTION" : null, data.GetProperty("type").GetString());
        }

        Assert.Contains("2 published on conpot.events", await sending, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broker_that_refuses_is_heard()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _broker.AcceptTcpClientAsync(_limit.Token);
        var stream = client.GetStream();
        await stream.WriteAsync(Frame(1, [6, .. "broker"u8, 1, 2, 3, 4]), _limit.Token);
        await Next(stream);
        await stream.WriteAsync(Frame(0, [.. "accessfail\e[2J"u8]), _limit.Token);
        var e = await Assert.ThrowsAsync<SinkException>(() => sending);
        Assert.Contains("\"accessfail<U+001B>[2J\"; check ident, secret", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_broker_is_told()
    {
        await using var sink = Sink();
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _broker.AcceptTcpClientAsync(_limit.Token);
        await client.GetStream().WriteAsync("HTTP/1.1 400 Bad Request\r\n\r\n"u8.ToArray(), _limit.Token);
        var e = await Assert.ThrowsAsync<SinkException>(() => sending);
        Assert.Contains("correct the address", e.Message, StringComparison.Ordinal);
    }

    private ISink Sink() => SyslogSheet.Sink(
        HpfeedsSink.Create,
        "hpfeeds",
        $"server = \"tcp://127.0.0.1:{((IPEndPoint)_broker.LocalEndpoint).Port}\"\nident = \"me\"\nsecret = \"a secret that is quite a bit longer than one block of the hash, of 64 bytes\"",
        _directory.Path);

    private static byte[] Frame(byte operation, byte[] body)
    {
        var frame = new byte[5 + body.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame, frame.Length);
        frame[4] = operation;
        body.CopyTo(frame, 5);
        return frame;
    }

    private async Task<(byte Operation, byte[] Body)> Next(Stream stream)
    {
        var head = new byte[5];
        await stream.ReadExactlyAsync(head, _limit.Token);
        var body = new byte[BinaryPrimitives.ReadInt32BigEndian(head) - 5];
        await stream.ReadExactlyAsync(body, _limit.Token);
        return (head[4], body);
    }
}
