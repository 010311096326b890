using System.Text.Json;
using Conpot.Pi.Events;
using Microsoft.Win32.SafeHandles;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi events</c>: the journal, one readable line per event.</summary>
internal static class EventsVerb
{
    /// <summary>How often a journal that is followed is looked at: well below what a person notices.</summary>
    private static readonly TimeSpan FollowInterval = TimeSpan.FromMilliseconds(200);

    public static ExitCode Run(CommandLine line)
    {
        if (line.Has("--list")) return List(line);
        if (!JournalScan.TryAsk(line, TimeProvider.System, null, out var directory, out var since, out var code)) return code;
        try
        {
            return Show(line, directory, since);
        }
        catch (UnauthorizedAccessException)
        {
            return JournalScan.Unreachable(directory, "events");
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            return ExitCode.Ok; // | head has seen enough
        }
    }

    private const int BrokenPipe = 32; // EPIPE

    private static ExitCode Show(CommandLine line, string directory, DateTimeOffset since)
    {
        var follow = line.Has("--follow");
        using var scan = JournalScan.Open(line, directory, since, progress: !follow && Console.IsOutputRedirected);
        if (scan.IsEmpty && !follow)
        {
            Console.Error.WriteLine($"no events in {directory}; is the sensor running with this journal? -c FILE or --journal DIRECTORY names another");
            return ExitCode.Ok;
        }
        using var output = new StreamWriter(Output());
        var session = line.Value("--session");
        while (true)
        {
            while (scan.TryRead(out var e))
                if (session is null || e.Session == session) Print(output, e, line);
            output.Flush();
            if (!follow || !scan.Wait(FollowInterval)) return ExitCode.Ok;
        }
    }

    /// <summary>The class library's stdout swallows EPIPE, and 'events --follow | head' would run for ever; a plain stream over the pipe does not.</summary>
    private static Stream Output()
    {
        if (!Console.IsOutputRedirected) return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }

    private static void Print(StreamWriter output, EventRecord e, CommandLine line)
    {
        if (line.Json)
        {
            foreach (var b in e.Line.Span) output.Write((char)b); // a journal's line is plain ASCII
            output.Write('\n');
        }
        else
        {
            output.WriteLine(new EventText(e).Render(line.Colour));
        }
    }

    private static ExitCode List(CommandLine line)
    {
        if (line.Json)
        {
            using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
            json.WriteStartArray();
            foreach (var kind in EventCatalog.All)
            {
                json.WriteStartObject();
                json.WriteString("action", kind.Action);
                json.WriteNumber("severity", kind.Severity);
                json.WriteString("meaning", kind.Meaning);
                json.WriteStartArray("techniques");
                foreach (var technique in kind.Techniques) json.WriteStringValue(technique.Id);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.Flush();
            Console.Out.WriteLine();
            return ExitCode.Ok;
        }
        Console.Out.WriteLine($"Severity 0-100; from {EventKind.AlertSeverity} on ([alerts] minimum) an event raises an alert: one for each source and kind in a window. Techniques: {Attack.Framework}.\n");
        foreach (var kind in EventCatalog.All)
        {
            Console.Out.WriteLine($"{kind.Action,-20} {kind.Severity,3}  {kind.Meaning}");
            foreach (var t in kind.Techniques) Console.Out.WriteLine($"{"",-25} {t.Id} {t.Name}{(t.Successor is null ? "" : $" (from v19 on {t.Successor})")}");
        }
        return ExitCode.Ok;
    }
}
