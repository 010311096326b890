using Conpot.Pi.Cli;
using Conpot.Pi.Events.Sinks;
using Conpot.Pi.Hosting;
using Conpot.Pi.Tests.Events;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Conpot.Pi.Tests.Hosting;

/// <summary>The test event's way through the sinks.</summary>
public class AlertRoundTests
{
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public async Task Each_sink_answers_for_itself()
    {
        var well = new RecordingSink("file");
        var down = new RecordingSink("mqtt") { Receiving = (_, _) => throw new SinkException("nobody listens; start it") };
        var odd = new RecordingSink("syslog") { Receiving = (_, _) => throw new InvalidDataException("what is this.") };
        var answers = await Send([well, down, odd]);
        Assert.Equal(
        [
            ("file", true, "1 accepted"),
            ("mqtt", false, "nobody listens; start it"),
            ("syslog", false, "what is this; see whether the other side is up and reachable"),
        ], answers.Select(a => (a.Sink, a.Taken, a.Text)));
        var e = Assert.Single(well.Received);
        Assert.Equal(("sensor.test", "pump-3", 60), (e.Action, e.Sensor, e.Severity));
    }

    [Fact]
    public async Task A_sink_that_hangs_is_given_up_and_the_others_are_not_kept_waiting()
    {
        var never = new TaskCompletionSource();
        var deaf = new RecordingSink("deaf") { Receiving = (_, _) => never.Task };
        var waiting = new RecordingSink("waiting") { Receiving = (_, cancel) => Task.Delay(Timeout.Infinite, cancel) };
        await using var answers = Answers([deaf, waiting, new RecordingSink("well")]).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        Assert.True(await answers.MoveNextAsync());
        Assert.Equal(("well", true), (answers.Current.Sink, answers.Current.Taken)); // and no time has passed
        for (var i = 0; i < 2; i++)
        {
            var next = answers.MoveNextAsync().AsTask();
            while (!next.IsCompleted)
            {
                _time.Advance(TimeSpan.FromSeconds(1)); // however late the pool's threads begin
                await Task.Yield();
            }
            Assert.True(await next);
            Assert.False(answers.Current.Taken);
            Assert.StartsWith("no answer within 15 s; ", answers.Current.Text, StringComparison.Ordinal);
        }
        never.SetResult();
    }

    [Theory]
    [InlineData("webhook nfty", "no sink is called 'webhook nfty'; did you mean 'webhook ntfy'?; there are: mqtt, webhook ntfy")]
    [InlineData("elephant", "no sink is called 'elephant'; there are: mqtt, webhook ntfy")]
    public void An_unknown_name_gets_the_nearest(string name, string expected)
    {
        Assert.False(AlertRound.TryChoose(Names("mqtt", "webhook ntfy"), name, out _, out var problem));
        Assert.Equal(expected, problem);
    }

    [Fact]
    public void One_or_all_are_chosen_and_none_is_a_problem()
    {
        Assert.True(AlertRound.TryChoose(Names("mqtt", "webhook ntfy"), "webhook ntfy", out var one, out _));
        Assert.Equal("webhook ntfy", Assert.Single(one).Name);
        Assert.True(AlertRound.TryChoose(Names("mqtt", "webhook ntfy"), null, out var all, out _));
        Assert.Equal(2, all.Count);
        Assert.False(AlertRound.TryChoose([], null, out _, out var problem));
        Assert.StartsWith("no sink is configured", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void An_answer_is_a_line_with_its_time()
    {
        Assert.Equal("ok    mqtt          PUBACK (13 ms)", TestAlertVerb.Text(new SinkAnswer("mqtt", true, "PUBACK", TimeSpan.FromMilliseconds(12.3)), colour: false));
        Assert.Equal("FAIL  webhook ntfy  it says·no (1 ms)", TestAlertVerb.Text(new SinkAnswer("webhook ntfy", false, "it says\nno", TimeSpan.FromMilliseconds(1)), colour: false));
    }

    private static List<TestedSink> Names(params string[] names) => [.. names.Select(n => new TestedSink(n, (_, _) => Task.FromResult("")))];

    private async Task<List<SinkAnswer>> Send(ISink[] sinks)
    {
        var answers = new List<SinkAnswer>();
        await foreach (var answer in Answers(sinks)) answers.Add(answer);
        return [.. answers.OrderBy(a => a.Sink, StringComparer.Ordinal)];
    }

    private IAsyncEnumerable<SinkAnswer> Answers(ISink[] sinks) =>
        AlertRound.Send([.. sinks.Select(s => new TestedSink(s.Name, (e, cancel) => s.Send([e], cancel)))], "pump-3", _time, CancellationToken.None);
}
