using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using Conpot.Pi.Events;
using MQTTnet;
using MQTTnet.Protocol;

namespace Conpot.Pi.Benchmarks.Fleet;

/// <summary>The collector: subscribes to every sensor with QoS 1 and notes what came, when, and how often. It connects again at once.</summary>
internal sealed class FleetListener : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly MqttClientOptions _options;
    private readonly CancellationTokenSource _ending = new();
    private readonly HashSet<long>[] _seen;
    private readonly long[] _online;
    private readonly List<double> _lags = [];
    private readonly Task _running;
    private long _events, _twice, _bytes;

    public FleetListener(int port, int sensors)
    {
        _options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", port).WithClientId("collector").Build();
        _seen = [.. Enumerable.Range(0, sensors).Select(_ => new HashSet<long>())];
        _online = new long[sensors];
        _client.ApplicationMessageReceivedAsync += Heard;
        _running = Task.Run(Stay);
    }

    /// <summary>Different events, those that came once more, and the bytes of the first.</summary>
    public (long Events, long Twice, long Bytes) Count
    {
        get { lock (_gate) return (_events, _twice, _bytes); }
    }

    public bool IsConnected => _client.IsConnected;

    /// <summary>When each sensor that has said "online" since <see cref="Forget"/> did so, in Stopwatch ticks and in order.</summary>
    public long[] Online
    {
        get { lock (_gate) return [.. _online.Where(at => at > 0).Order()]; }
    }

    /// <summary>Of a sensor's events those that never came.</summary>
    public long Missing(int sensor, long events)
    {
        lock (_gate) return events - _seen[sensor].Count;
    }

    public void Forget()
    {
        lock (_gate) Array.Clear(_online);
    }

    /// <summary>Milliseconds from the journal to here of what came since the last call.</summary>
    public double[] TakeLags()
    {
        lock (_gate)
        {
            var taken = _lags.Order().ToArray();
            _lags.Clear();
            return taken;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _running;
        _client.Dispose();
        _ending.Dispose();
    }

    private async Task Stay()
    {
        while (!_ending.IsCancellationRequested)
        {
            try
            {
                if (!_client.IsConnected)
                {
                    await _client.ConnectAsync(_options, _ending.Token);
                    foreach (var topic in (string[])["conpot/+/status", "conpot/+/events"])
                        await _client.SubscribeAsync(topic, MqttQualityOfServiceLevel.AtLeastOnce, _ending.Token);
                }
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The broker is away, which is what is looked at.
            }
            await Task.Delay(10).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private Task Heard(MqttApplicationMessageReceivedEventArgs e)
    {
        var now = Stopwatch.GetTimestamp();
        var topic = e.ApplicationMessage.Topic.AsSpan("conpot/sensor-".Length);
        var sensor = int.Parse(topic[..topic.IndexOf('/')], CultureInfo.InvariantCulture);
        var payload = e.ApplicationMessage.Payload.IsSingleSegment ? e.ApplicationMessage.Payload.FirstSpan : e.ApplicationMessage.Payload.ToArray();
        lock (_gate)
        {
            if (topic.EndsWith("/status"))
            {
                if (payload.IndexOf("\"online\""u8) >= 0 && _online[sensor] == 0) _online[sensor] = now;
                return Task.CompletedTask;
            }
            if (!_seen[sensor].Add(Segments.SequenceOf(payload)))
            {
                _twice++;
                return Task.CompletedTask;
            }
            _events++;
            _bytes += payload.Length;
            _lags.Add(Stopwatch.GetElapsedTime(SentAt(payload), now).TotalMilliseconds);
        }
        return Task.CompletedTask;
    }

    private static long SentAt(ReadOnlySpan<byte> line)
    {
        line = line[(line.IndexOf("\"sent\":"u8) + 7)..];
        return long.Parse(line[..line.IndexOfAnyExceptInRange((byte)'0', (byte)'9')], CultureInfo.InvariantCulture);
    }
}
