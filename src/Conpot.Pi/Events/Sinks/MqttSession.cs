using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using MQTTnet;
using MQTTnet.Diagnostics.Logger;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Conpot.Pi.Events.Sinks;

/// <summary>Who connects to which broker, and what the broker says when we are gone.</summary>
internal sealed record MqttAccount(SinkAddress Address, SinkTls Tls, MqttProtocolVersion Version, string ClientId, string User, Secret? Password, string WillTopic, byte[] Will);

/// <summary>The connection to a broker, made anew where it is gone: a last will, a keep-alive, and publishes that count when they are acknowledged.</summary>
/// <remarks>Nothing is kept for us by the broker (clean start, no expiry): the journal is the queue, and what was not acknowledged is published again.</remarks>
/// <param name="greeting">What is published first on every new connection.</param>
internal sealed class MqttSession(MqttAccount account, TimeProvider time, Func<IReadOnlyList<MqttApplicationMessage>> greeting) : IAsyncDisposable
{
    /// <summary>A broker that hears nothing for one and a half of it publishes the will.</summary>
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(30);

    /// <summary>Unacknowledged at once, where the broker names no number; mosquitto and others name 20.</summary>
    private const int UsualWindow = 32;

    private MqttClient? _client;
    private int _window;
    private long _largest;
    private string? _complaint;
    private TaskCompletionSource _ended = new();

    /// <exception cref="SinkException">There is no connection.</exception>
    public async Task Connect(CancellationToken cancel)
    {
        if (_client is { IsConnected: true }) return;
        // Why it ended is said a moment after it has.
        if (_client is not null) await Task.WhenAny(_ended.Task, Task.Delay(TimeSpan.FromSeconds(1), time, cancel));
        Drop();
        if (Interlocked.Exchange(ref _complaint, null) is { } complaint) throw new SinkException(complaint);
        using var timeout = new CancellationTokenSource(SinkSocket.Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel, timeout.Token);
        var client = new MqttClient(new MqttChannels(account.Address, account.Tls), MqttNetNullLogger.Instance);
        _ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.DisconnectedAsync += Lost;
        try
        {
            var result = await client.ConnectAsync(Options(), patience.Token);
            if (result.ResultCode != MqttClientConnectResultCode.Success) throw Refused(result);
            _window = result.ReceiveMaximum is > 0 and < UsualWindow ? (int)result.ReceiveMaximum : UsualWindow;
            _largest = result.MaximumPacketSize ?? 0;
            _client = client;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            client.Dispose();
            cancel.ThrowIfCancellationRequested();
            throw Explain(timeout.IsCancellationRequested ? new OperationCanceledException() : e, isConnecting: true);
        }

        try
        {
            await Publish(greeting(), cancel);
        }
        catch
        {
            Drop(); // so that it is said again by the next
            throw;
        }
    }

    /// <summary>Returns when the broker has acknowledged all of them, in their order.</summary>
    /// <exception cref="SinkException">It has not.</exception>
    public async Task Publish(IReadOnlyList<MqttApplicationMessage> messages, CancellationToken cancel)
    {
        var client = _client ?? throw new SinkException($"there is no connection to {account.Address}");
        var waiting = new Queue<(MqttApplicationMessage Message, Task<MqttClientPublishResult> Answer)>();
        try
        {
            foreach (var message in messages)
            {
                Measure(message);
                while (waiting.Count >= _window) await Next();
                waiting.Enqueue((message, client.PublishAsync(message, cancel)));
            }

            while (waiting.Count > 0) await Next();
        }
        catch (SinkException)
        {
            // The connection is good; the others' answers belong to it still.
            foreach (var (_, answer) in waiting) await ((Task)answer).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            throw;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            Drop();
            foreach (var (_, answer) in waiting) _ = answer.ContinueWith(static a => a.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            cancel.ThrowIfCancellationRequested();
            throw Explain(e, isConnecting: false);
        }

        async Task Next()
        {
            var (message, answer) = waiting.Peek();
            Check(message, await answer);
            waiting.Dequeue();
        }
    }

    /// <summary>Takes leave with a last message, so that the broker forgets the will; nothing where there is no connection.</summary>
    public async Task Farewell(MqttApplicationMessage message, CancellationToken cancel)
    {
        if (_client is not { IsConnected: true } client) return;
        await Publish([message], cancel);
        await client.DisconnectAsync(new MqttClientDisconnectOptions(), cancel);
    }

    public ValueTask DisposeAsync()
    {
        Drop();
        return ValueTask.CompletedTask;
    }

    private MqttClientOptions Options() => new()
    {
        ChannelOptions = new MqttClientTcpOptions(), // not used: MqttChannel knows where to
        ProtocolVersion = account.Version,
        TryPrivate = false,
        ClientId = account.ClientId,
        CleanSession = true,
        KeepAlivePeriod = KeepAlive,
        AllowPacketFragmentation = false,
        Credentials = account.User.Length > 0 ? new MqttClientCredentials(account.User, account.Password is { } password ? Encoding.UTF8.GetBytes(password.Reveal()) : null) : null,
        WillTopic = account.WillTopic,
        WillPayload = account.Will,
        WillRetain = true,
        WillQualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
    };

    private void Drop()
    {
        var client = _client;
        _client = null;
        if (client is null) return;
        client.DisconnectedAsync -= Lost;
        client.Dispose();
    }

    /// <summary>Why the broker ended it, where that is to be told and not only to be mended.</summary>
    private Task Lost(MqttClientDisconnectedEventArgs e)
    {
        if (e.ClientWasConnected && e.Reason == MqttClientDisconnectReason.SessionTakenOver)
            Volatile.Write(ref _complaint, $"another client connects to {account.Address} as '{account.ClientId}'; give each sensor a name of its own, or each [mqtt] a 'client_id'");
        _ended.TrySetResult();
        return Task.CompletedTask;
    }

    private void Measure(MqttApplicationMessage message)
    {
        const int head = 32; // fixed header, lengths, packet identifier, no properties
        var size = message.Payload.Length + Encoding.UTF8.GetByteCount(message.Topic) + head;
        if (_largest > 0 && size > _largest) throw new SinkException($"{account.Address} takes packets of {_largest} bytes, and this one has {size}; raise its limit (mosquitto: max_packet_size)") { IsRefusal = true };
    }

    private void Check(MqttApplicationMessage message, MqttClientPublishResult result)
    {
        if ((int)result.ReasonCode < 0x80) return; // MQTT 5.0, 2.4: errors begin there
        var said = Said(result.ReasonString);
        throw result.ReasonCode switch
        {
            MqttClientPublishReasonCode.NotAuthorized => new SinkException($"{account.Address} does not let {Who} publish on {PrintableAscii.Of(message.Topic, 200)}{said}; allow it in the broker's access list"),
            MqttClientPublishReasonCode.QuotaExceeded => new SinkException($"{account.Address} says that a quota is exceeded{said}; see the broker's limits"),
            _ => new SinkException($"{account.Address} refuses a message on {PrintableAscii.Of(message.Topic, 200)}: {result.ReasonCode}{said}; see the broker's log")
            {
                IsRefusal = result.ReasonCode is MqttClientPublishReasonCode.PayloadFormatInvalid or MqttClientPublishReasonCode.TopicNameInvalid,
            },
        };
    }

    private SinkException Refused(MqttClientConnectResult result)
    {
        var remedy = result.ResultCode switch
        {
            MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized => $"does not let {Who} in; check 'user' and 'password_file', and the broker's list of users",
            MqttClientConnectResultCode.ClientIdentifierNotValid => $"does not like the client id '{account.ClientId}'; set 'client_id'",
            MqttClientConnectResultCode.UnsupportedProtocolVersion => $"does not speak this version of MQTT; set version = \"{(account.Version == MqttProtocolVersion.V500 ? "3.1.1" : "5")}\"",
            MqttClientConnectResultCode.RetainNotSupported or MqttClientConnectResultCode.QoSNotSupported => "takes no retained messages or no QoS 1, which the status needs; allow them at the broker",
            MqttClientConnectResultCode.Banned => $"has banned {Who}; see the broker's log",
            _ => "is not ready for us; see the broker's log",
        };
        return new SinkException($"{account.Address} {remedy} ({result.ResultCode}{Said(result.ReasonString)})");
    }

    private SinkException Explain(Exception e, bool isConnecting)
    {
        for (var inner = e; inner is not null; inner = inner.InnerException)
            // Whoever resets a connection that was made has a reason beyond the way to it: a certificate that is missing shows so.
            if (inner is SinkException or AuthenticationException or InvalidDataException or SocketException { SocketErrorCode: not (SocketError.ConnectionReset or SocketError.Shutdown) }) return SinkSocket.Explain(account.Address, account.Tls, inner);
        if (e is OperationCanceledException && isConnecting) return SinkSocket.Explain(account.Address, account.Tls, e);
        var fact = PrintableAscii.Of(e.GetBaseException().Message.TrimEnd('.'), 200);
        return isConnecting
            ? new SinkException($"{account.Address} ended the connection before it said yes or no ({fact}); it may be no MQTT broker, speak only TLS (mqtts://) or ask for a client certificate ('certificate' and 'key')", e)
            : new SinkException($"{account.Address} ended the connection ({fact}); see the broker's log", e);
    }

    private string Who => account.User.Length > 0 ? $"'{PrintableAscii.Of(account.User, 60)}'" : "a client without user and password";

    private static string Said(string? reason) => string.IsNullOrEmpty(reason) ? "" : $": \"{PrintableAscii.Of(reason, 120)}\"";
}
