using System.Globalization;
using System.Text.Json;
using Conpot.Pi.Events;
using Conpot.Pi.Hosting;
using Conpot.Pi.Hosting.Control;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi test-alert</c>: a marked event through every sink, by way of the running sensor, else from here.</summary>
internal static class TestAlertVerb
{
    public static ExitCode Run(CommandLine line)
    {
        if (Settings.Control(line) is not { } control) return ExitCode.BadConfig;
        var only = line.Words.Count > 0 ? line.Words[0] : null;
        var answers = ControlClient.TryConnect(control) is { } client ? Through(client, line, only) : FromHere(line, only);
        if (answers is null) return ExitCode.BadConfig;
        if (line.Json) PrintJson(answers);
        return answers.TrueForAll(a => a.Taken) ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <exception cref="ControlException">The sensor refuses: there is no such sink.</exception>
    public static List<SinkAnswer> Through(ControlClient client, CommandLine line, string? only)
    {
        using (client)
        {
            var answers = new List<SinkAnswer>();
            client.Send("test-alert", json =>
            {
                if (only is not null) json.WriteString("sink", only);
            });
            while (client.Read() is { } reply)
            {
                using (reply)
                {
                    var answer = reply.RootElement;
                    answers.Add(new SinkAnswer(answer.Text("sink"), answer.Flag("taken"), answer.Text("answer"), TimeSpan.FromMilliseconds(answer.Number("milliseconds"))));
                    Say(line, answers[^1]);
                }
            }
            return answers.Count > 0 ? answers : throw new ControlException("the sensor ended the test without an answer; is it stopping?");
        }
    }

    /// <summary>Null when the settings are wrong, and a person knows why.</summary>
    private static List<SinkAnswer>? FromHere(CommandLine line, string? only)
    {
        if (Settings.Read(line, create: false, out _) is not { } plan) return null;
        plan.Cpu.Dispose();
        try
        {
            if (!line.Quiet) Console.Error.WriteLine("conpot-pi: no sensor runs with these settings, so the test is sent from here");
            return Send(plan, line, only, TimeProvider.System).GetAwaiter().GetResult();
        }
        finally
        {
            foreach (var sink in plan.Sinks) Forwarders.Discard(sink);
        }
    }

    private static async Task<List<SinkAnswer>> Send(SensorPlan plan, CommandLine line, string? only, TimeProvider time)
    {
        var all = plan.Sinks.Select(s => new TestedSink(s.Sink.Name, (e, cancel) => s.Sink.Send([e], cancel))).ToList();
        if (!AlertRound.TryChoose(all, only, out var sinks, out var problem)) throw new ControlException(problem);
        var answers = new List<SinkAnswer>();
        await foreach (var answer in AlertRound.Send(sinks, plan.Name, time, CancellationToken.None))
        {
            answers.Add(answer);
            Say(line, answer);
        }
        return answers;
    }

    private static void Say(CommandLine line, SinkAnswer answer)
    {
        if (line.Json || (line.Quiet && answer.Taken)) return;
        Console.Out.WriteLine(Text(answer, line.Colour));
    }

    internal static string Text(SinkAnswer answer, bool colour) =>
        VerdictText.Line(answer.Sink, 12, answer.Taken ? Verdict.Ok : Verdict.Failure, $"{answer.Text} ({Math.Ceiling(answer.Took.TotalMilliseconds).ToString("0", CultureInfo.InvariantCulture)} ms)", colour);

    private static void PrintJson(List<SinkAnswer> answers)
    {
        using (var json = new Utf8JsonWriter(Console.OpenStandardOutput()))
        {
            json.WriteStartArray();
            foreach (var answer in answers)
            {
                json.WriteStartObject();
                AlertTest.Write(json, answer);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        Console.Out.WriteLine();
    }
}
