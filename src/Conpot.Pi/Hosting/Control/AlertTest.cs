using System.Text.Json;

namespace Conpot.Pi.Hosting.Control;

/// <summary>Sends the test event through the running sensor's own sinks, and says what each of them answered.</summary>
internal sealed class AlertTest(TimeProvider time)
{
    private int _underWay;

    public async Task Run(Sensor sensor, JsonElement request, ControlReply reply, CancellationToken cancel)
    {
        var name = ControlRequest.Has(request, "sink"u8) ? ControlRequest.Text(request, "sink"u8) : null;
        if (!AlertRound.TryChoose([.. sensor.Forwarders.Select(f => new TestedSink(f.Name, f.Test))], name, out var sinks, out var problem)) throw new ControlException(problem);
        // Whoever may ask must not make the collectors' flood.
        if (Interlocked.Exchange(ref _underWay, 1) == 1) throw new ControlException("another test is under way; wait until that is over");
        try
        {
            await foreach (var answer in AlertRound.Send(sinks, sensor.Plan.Name, time, cancel).ConfigureAwait(false))
                await reply.Line(json => Write(json, answer)).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }

    public static void Write(Utf8JsonWriter json, SinkAnswer answer)
    {
        json.WriteString("sink", answer.Sink);
        json.WriteBoolean("taken", answer.Taken);
        json.WriteString("answer", answer.Text);
        json.WriteNumber("milliseconds", (long)Math.Ceiling(answer.Took.TotalMilliseconds));
    }
}
