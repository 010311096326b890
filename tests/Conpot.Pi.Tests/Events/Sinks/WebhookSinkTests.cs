using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Tests.Config;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Events.Sinks;

/// <summary>Against a server on the loopback that says what the test wants, and sees every byte.</summary>
public sealed class WebhookSinkTests : IDisposable
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _limit = new(TimeSpan.FromSeconds(30));
    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 22, 0, 0, TimeSpan.Zero));

    public WebhookSinkTests() => _server.Start();

    public void Dispose()
    {
        _server.Dispose();
        _directory.Dispose();
        _limit.Dispose();
    }

    private int Port => ((IPEndPoint)_server.LocalEndpoint).Port;

    [Fact]
    public async Task One_connection_carries_one_request_after_the_other()
    {
        await using var sink = Sink("/hook?key=1");
        var sending = sink.Send([SyslogEvents.Numbered(1), SyslogEvents.Numbered(2)], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        var (head, body) = await Answer(client, Ok);
        Assert.Contains($"200 OK from http://127.0.0.1:{Port} \"ok\"; WARNING: not encrypted", await sending, StringComparison.Ordinal);
        Assert.StartsWith($"POST /hook?key=1 HTTP/1.1\r\nHost: 127.0.0.1:{Port}\r\nUser-Agent: Conpot.Pi/", head, StringComparison.Ordinal);
        Assert.Contains("\r\nContent-Type: application/json\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nIdempotency-Key: 088e1f08-1..088e1f08-2\r\n", head, StringComparison.Ordinal);
        Assert.DoesNotContain("Authorization", head, StringComparison.Ordinal);
        Assert.Equal(["088e1f08-1", "088e1f08-2"], JsonElement.Parse(body).EnumerateArray().Select(e => e.GetProperty("event").GetProperty("id").GetString()));

        sending = sink.Send([SyslogEvents.Numbered(3)], _limit.Token);
        (head, _) = await Answer(client, "HTTP/1.1 204 No Content\r\n\r\n");
        Assert.Contains("204 No Content from", await sending, StringComparison.Ordinal);
        Assert.Contains("\r\nIdempotency-Key: 088e1f08-3\r\n", head, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_connection_that_died_meanwhile_is_replaced_and_costs_nothing(bool before)
    {
        await using var sink = Sink("/");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        var client = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(client, Ok);
        await sending;
        if (before) client.Dispose();
        sending = sink.Send([SyslogEvents.End], _limit.Token);
        if (!before)
        {
            await Request(client);
            client.Dispose();
        }

        using var next = await _server.AcceptTcpClientAsync(_limit.Token);
        var (_, body) = await Answer(next, Ok);
        Assert.Contains("088e1f08-4", Encoding.ASCII.GetString(body), StringComparison.Ordinal);
        await sending;
    }

    [Fact]
    public async Task A_connection_that_lay_idle_for_long_is_not_trusted()
    {
        await using var sink = Sink("/");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(client, Ok);
        await sending;
        _time.Advance(WebhookConnection.LongestIdle);
        sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var next = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(next, Ok);
        await sending;
    }

    [Theory]
    [InlineData("400 Bad Request", true, null, "check that format = \"json\"")]
    [InlineData("401 Unauthorized", false, null, "check 'authorization_file'")]
    [InlineData("404 Not Found", false, null, "make a new one")]
    [InlineData("413 Content Too Large", true, null, "256 KiB")]
    [InlineData("422 Unprocessable", true, null, "check that format")]
    [InlineData("408 Request Timeout", false, 7, "")]
    [InlineData("425 Too Early", false, 7, "")]
    [InlineData("429 Too Many Requests", false, 7, "they wait")]
    [InlineData("500 Internal Server Error", false, 7, "the server's own log")]
    [InlineData("503 Service Unavailable", false, 7, "the server's own log")]
    [InlineData("302 Found", false, null, "redirects are not followed")]
    [InlineData("304 Not Modified", false, null, "redirects are not followed")]
    public async Task What_the_server_says_decides_what_becomes_of_it(string status, bool isRefusal, int? pause, string remedy)
    {
        var e = await Refused("/secret-key", $"HTTP/1.1 {status}\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n");
        Assert.Contains($"http://127.0.0.1:{Port} answers {status}", e.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-key", e.Message, StringComparison.Ordinal);
        Assert.Equal(isRefusal, e.IsRefusal);
        Assert.Equal(pause is { } seconds ? TimeSpan.FromSeconds(seconds) : null, e.RetryAfter);
    }

    [Theory]
    [InlineData("https://other.example/secret-key?x", "if https://other.example is right")]
    [InlineData("https://other.example", "if https://other.example is right")]
    [InlineData("/secret-key", "if another path of the server is right")]
    [InlineData("https://\u001B[2J", "if https://<U+001B>[2J is right")]
    public async Task A_redirect_is_named_without_its_path_and_nobody_asks_there(string location, string expected)
    {
        var e = await Refused("/secret-key", $"HTTP/1.1 307 Temporary Redirect\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
        Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-key", e.Message, StringComparison.Ordinal);
        Assert.False(_server.Pending());
    }

    [Fact]
    public async Task What_the_server_says_is_told_without_the_path_and_moves_no_cursor()
    {
        var e = await Refused("/hooks/secret-key", "HTTP/1.1 404 N\u001B[2J\r\n\r\nCannot POST /hooks/secret-key\r\n\u001B[2J");
        Assert.Contains("404 N<U+001B>[2J \"Cannot POST (path)<U+000D><U+000A><U+001B>[2J\"", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_never_answers_is_given_up()
    {
        await using var sink = Sink("/");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        await Request(client);
        _time.Advance(WebhookConnection.AnswerPatience);
        var e = await Assert.ThrowsAsync<SinkException>(() => sending);
        Assert.Contains("has not answered within 18 s", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsRefusal);
        Assert.True(WebhookConnection.ConnectPatience + WebhookConnection.AnswerPatience < Forwarder.AttemptTimeout);
    }

    [Fact]
    public async Task A_server_that_never_shakes_hands_is_given_up()
    {
        await using var sink = Sink("/", scheme: "https");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        _time.Advance(WebhookConnection.ConnectPatience);
        Assert.Contains("cannot be reached within 10 s", (await Assert.ThrowsAsync<SinkException>(() => sending)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_answer_that_ends_half_way_counts_and_its_connection_does_not()
    {
        await using var sink = Sink("/");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(client, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhal");
        client.Client.Shutdown(SocketShutdown.Send);
        Assert.Contains("200 OK", await sending, StringComparison.Ordinal);
        sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var next = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(next, Ok);
        await sending;
    }

    [Fact]
    public async Task Where_nobody_listens_it_says_so()
    {
        var port = Port;
        _server.Stop();
        await using var sink = Sink("/", port: port);
        var e = await Assert.ThrowsAsync<SinkException>(() => sink.Send([SyslogEvents.Read], _limit.Token));
        Assert.Contains($"nobody listens on http://127.0.0.1:{port}", e.Message, StringComparison.Ordinal);
        Assert.False(e.IsRefusal);
    }

    [Fact]
    public async Task It_signs_and_says_who_it_is()
    {
        Write("key", "a secret\n");
        Write("token", "Bearer tk_1\n");
        await using var sink = Sink("/", "secret_file = \"key\"\nauthorization_file = \"token\"");
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        var (head, body) = await Answer(client, Ok);
        await sending;
        var timestamp = _time.GetUtcNow().ToUnixTimeSeconds();
        var expected = Convert.ToHexStringLower(HMACSHA256.HashData("a secret"u8, [.. Encoding.ASCII.GetBytes($"{timestamp}."), .. body]));
        Assert.Contains($"\r\nX-Conpot-Timestamp: {timestamp}\r\nX-Conpot-Signature: sha256={expected}\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nAuthorization: Bearer tk_1\r\n", head, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_authorization_of_two_lines_is_no_other_header()
    {
        Write("token", "Bearer a\r\nX-Other: b\n");
        await using var sink = Sink("/", "authorization_file = \"token\"");
        Assert.Contains("more than one line", (await Assert.ThrowsAsync<SinkException>(() => sink.Send([SyslogEvents.Read], _limit.Token))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_chats_get_alerts_one_by_one_and_their_own_headers()
    {
        await using var sink = Sink("", "format = \"ntfy\"");
        Assert.True(sink.Filter.AlertsOnly);
        Assert.Equal(1, sink.BatchSize);
        var sending = sink.Send([SyslogEvents.Snmp], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        var (head, body) = await Answer(client, Ok);
        await sending;
        Assert.StartsWith("POST / HTTP/1.1\r\n", head, StringComparison.Ordinal);
        Assert.Contains("\r\nTitle: pump-house: snmp.walk from fd00::5\r\nPriority: 3\r\nTags: eyes\r\n", head, StringComparison.Ordinal);
        Assert.StartsWith("What: A step of a walk through ", Encoding.ASCII.GetString(body), StringComparison.Ordinal);
        Assert.Contains("\nDetails: ", Encoding.ASCII.GetString(body), StringComparison.Ordinal);
        await using var all = Sink("", "format = \"ntfy\"\nevents = \"all\"");
        Assert.False(all.Filter.AlertsOnly);
        await using var json = Sink("");
        Assert.False(json.Filter.AlertsOnly);
        Assert.Equal(100, json.BatchSize);
    }

    private async Task<SinkException> Refused(string path, string answer)
    {
        await using var sink = Sink(path);
        var sending = sink.Send([SyslogEvents.Read], _limit.Token);
        using var client = await _server.AcceptTcpClientAsync(_limit.Token);
        await Answer(client, answer);
        client.Client.Shutdown(SocketShutdown.Send);
        return await Assert.ThrowsAsync<SinkException>(() => sending);
    }

    private ISink Sink(string path, string settings = "", string scheme = "http", int? port = null)
    {
        var sheet = new Sheet($"[webhook]\nurl = \"{scheme}://127.0.0.1:{port ?? Port}{path}\"\n{settings}\n");
        var sink = WebhookSink.Create(new SinkSurroundings
        {
            Section = sheet.Root.Section("webhook"),
            Sensor = "pump-house",
            Device = "CPU 224XP",
            Time = _time,
            StateDirectory = _directory.Path,
            ConfigDirectory = _directory.Path,
        });
        Assert.Empty(sheet.Messages);
        Assert.NotNull(sink);
        return sink;
    }

    private void Write(string name, string text)
    {
        File.WriteAllText(_directory[name], text);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(_directory[name], UnixFileMode.UserRead);
    }

    private async Task<(string Head, byte[] Body)> Answer(TcpClient client, string answer)
    {
        var request = await Request(client);
        await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(answer), _limit.Token);
        return request;
    }

    private async Task<(string Head, byte[] Body)> Request(TcpClient client)
    {
        var stream = client.GetStream();
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            await stream.ReadExactlyAsync(one, _limit.Token);
            head.Append((char)one[0]);
        }

        var length = head.ToString().Split("\r\n").Single(l => l.StartsWith("Content-Length: ", StringComparison.Ordinal))["Content-Length: ".Length..];
        var body = new byte[int.Parse(length, System.Globalization.CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _limit.Token);
        return (head.ToString(), body);
    }
}
