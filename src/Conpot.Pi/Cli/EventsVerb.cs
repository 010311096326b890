using System.Globalization;
using System.Runtime.InteropServices;
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
        DateTimeOffset since = default;
        if (line.Value("--since") is { } text && !TryParseSince(text, TimeProvider.System.GetUtcNow(), out since))
        {
            Console.Error.WriteLine($"conpot-pi: '{text}' is no time; write 30m, 12h, 7d or 2026-11-22T08:00Z behind --since");
            return ExitCode.Usage;
        }
        var directory = line.Value("--journal");
        if (directory is null)
        {
            if (Settings.Read(line, create: false, out _) is not { } plan) return ExitCode.BadConfig;
            plan.Cpu.Dispose();
            directory = plan.Journal.Directory;
        }
        try
        {
            return Show(line, directory, since);
        }
        catch (UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"conpot-pi: the journal {directory} cannot be read by this user; try 'sudo conpot-pi events' or join the group conpot-pi");
            return ExitCode.Failed;
        }
        catch (IOException e) when (e.HResult == BrokenPipe)
        {
            return ExitCode.Ok; // | head has seen enough
        }
    }

    private const int BrokenPipe = 32; // EPIPE

    private static ExitCode Show(CommandLine line, string directory, DateTimeOffset since)
    {
        var segments = Segments.List(directory);
        if (segments.Count == 0 && !line.Has("--follow"))
        {
            Console.Error.WriteLine($"no events in {directory}; is the sensor running with this journal? -c FILE or --journal DIRECTORY names another");
            return ExitCode.Ok;
        }
        using var reader = new JournalReader(directory);
        if (since != default) SkipOlder(reader, segments, since);
        using var output = new StreamWriter(Output());
        using var stop = new ManualResetEventSlim();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, c =>
        {
            c.Cancel = true;
            stop.Set();
        });
        var session = line.Value("--session");
        while (true)
        {
            while (!stop.IsSet && reader.TryRead(out var json)) Print(output, json, line, since, session);
            output.Flush();
            if (!line.Has("--follow") || stop.Wait(FollowInterval)) return ExitCode.Ok;
        }
    }

    /// <summary>The class library's stdout swallows EPIPE, and 'events --follow | head' would run for ever; a plain stream over the pipe does not.</summary>
    private static Stream Output()
    {
        if (!Console.IsOutputRedirected) return Console.OpenStandardOutput();
        var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        return pipe.CanSeek ? Console.OpenStandardOutput() : pipe;
    }

    private static void Print(StreamWriter output, ReadOnlySpan<byte> json, CommandLine line, DateTimeOffset since, string? session)
    {
        if (EventText.Parse(json) is not { } e || e.Time < since || (session is not null && e.Session != session)) return;
        if (line.Json)
        {
            foreach (var b in json) output.Write((char)b); // a journal's line is plain ASCII
            output.Write('\n');
        }
        else
        {
            output.WriteLine(e.Render(line.Colour));
        }
    }

    /// <summary>Goes to the last segment that begins before <paramref name="since"/>.</summary>
    private static void SkipOlder(JournalReader reader, List<(string Path, long First)> segments, DateTimeOffset since)
    {
        for (var i = segments.Count - 1; i > 0; i--)
        {
            using var first = new JournalReader(Path.GetDirectoryName(segments[i].Path)!);
            first.SkipTo(segments[i].First);
            if (!first.TryRead(out var json) || EventText.Parse(json) is not { } e || e.Time > since) continue;
            reader.SkipTo(segments[i].First);
            return;
        }
    }

    /// <summary>"30m" back from now, or a time.</summary>
    internal static bool TryParseSince(string text, DateTimeOffset now, out DateTimeOffset since)
    {
        since = default;
        if (text.Length > 1 && double.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) && number is >= 0 and < 100_000)
        {
            double? seconds = text[^1] switch { 's' => 1, 'm' => 60, 'h' => 3600, 'd' => 86400, 'w' => 7 * 86400, _ => null };
            if (seconds is not null)
            {
                since = now - TimeSpan.FromSeconds(number * seconds.Value);
                return true;
            }
        }
        return DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeLocal, out since);
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
