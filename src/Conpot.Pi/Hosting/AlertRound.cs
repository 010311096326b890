using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Conpot.Pi.Config;
using Conpot.Pi.Events;
using Conpot.Pi.Events.Sinks;

namespace Conpot.Pi.Hosting;

/// <summary>What one sink said to the test event.</summary>
/// <param name="Text">The other side's answer, or why there is none and what to do.</param>
internal sealed record SinkAnswer(string Sink, bool Taken, string Text, TimeSpan Took);

/// <summary>One sink as a test reaches it: through its forwarder, or by itself.</summary>
internal sealed record TestedSink(string Name, Func<EventRecord, CancellationToken, Task<string>> Send);

/// <summary>One test event to several sinks at once; each answers in its own time, and none is waited for without an end.</summary>
internal static class AlertRound
{
    /// <summary>A little more than a sink takes to find out that nobody answers.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>All of them, or the one that is called so.</summary>
    public static bool TryChoose(IReadOnlyList<TestedSink> all, string? name, [NotNullWhen(true)] out IReadOnlyList<TestedSink>? chosen, out string problem)
    {
        (chosen, problem) = (name is null ? all : [.. all.Where(s => s.Name == name)], "");
        if (chosen.Count > 0) return true;
        chosen = null;
        problem = all.Count == 0
            ? "no sink is configured, so nobody is told of anything; add one to the settings, such as [syslog] server = \"udp://192.168.1.10\""
            : $"no sink is called '{name}'{(NearestName.Find(name!, all.Select(s => s.Name)) is { } nearest ? $"; did you mean '{nearest}'?" : "")}; there are: {string.Join(", ", all.Select(s => s.Name))}";
        return false;
    }

    /// <summary>In the order in which they answer.</summary>
    public static async IAsyncEnumerable<SinkAnswer> Send(IReadOnlyList<TestedSink> sinks, string sensor, TimeProvider time, [EnumeratorCancellation] CancellationToken cancel)
    {
        var e = TestEvent.Make(sensor, time);
        // On threads of the pool's own: a sink that blocks (a file on a dead share) blocks none of the others.
        var trials = sinks.Select(sink => Task.Run(() => Try(sink, e, time, cancel), CancellationToken.None)).ToList();
        await foreach (var trial in Task.WhenEach(trials).WithCancellation(cancel).ConfigureAwait(false)) yield return await trial.ConfigureAwait(false);
    }

    private static async Task<SinkAnswer> Try(TestedSink sink, EventRecord e, TimeProvider time, CancellationToken cancel)
    {
        var began = time.GetTimestamp();
        using var late = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            var sending = Task.Run(() => sink.Send(e, either.Token), CancellationToken.None);
            return Answered(true, await sending.WaitAsync(Patience + TimeSpan.FromSeconds(1), time, cancel).ConfigureAwait(false));
        }
        catch (SinkException problem)
        {
            return Answered(false, problem.Message);
        }
        catch (Exception problem) when (problem is OperationCanceledException or TimeoutException)
        {
            return Answered(false, $"no answer within {Patience.TotalSeconds:0} s; see whether the other side is up and reachable");
        }
        catch (Exception problem) when (problem is not OutOfMemoryException)
        {
            return Answered(false, $"{problem.Message.TrimEnd('.')}; see whether the other side is up and reachable");
        }

        SinkAnswer Answered(bool taken, string text) => new(sink.Name, taken, text, time.GetElapsedTime(began));
    }
}
