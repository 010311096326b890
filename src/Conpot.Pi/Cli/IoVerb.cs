using System.Device.I2c;
using System.Text.Json;
using Conpot.Pi.Hardware;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi io</c>: what there is to wire to, what is wired; the verbs that need the running sensor have files of their own.</summary>
internal static class IoVerb
{
    public static ExitCode Run(CommandLine line) => line.Words switch
    {
        ["list"] => List(line),
        ["wiring"] => Wiring(line),
        ["watch"] => IoWatchVerb.Run(line),
        ["test", var address] => IoTestVerb.Run(line, address),
        ["ack"] => IoAckVerb.Run(line),
        _ => Usage(line),
    };

    private static ExitCode Usage(CommandLine line)
    {
        Console.Error.WriteLine($"conpot-pi: usage: conpot-pi io {line.Verb.Usage}");
        return ExitCode.Usage;
    }

    private static ExitCode List(CommandLine line)
    {
        var parts = new Inventory("/", I2cDevice.Create).Look();
        if (line.Json)
        {
            PrintJson(parts);
            return ExitCode.Ok;
        }
        foreach (var part in parts)
        {
            Console.Out.WriteLine(part.Title);
            foreach (var found in part.Found) Console.Out.WriteLine($"  {found}");
            if (part.Remedy is not null) Console.Out.WriteLine($"  -> {part.Remedy}");
        }
        return ExitCode.Ok;
    }

    private static void PrintJson(IReadOnlyList<InventoryPart> parts)
    {
        using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
        json.WriteStartArray();
        foreach (var part in parts)
        {
            json.WriteStartObject();
            json.WriteString("part", part.Title);
            json.WriteStartArray("found");
            foreach (var found in part.Found) json.WriteStringValue(found);
            json.WriteEndArray();
            json.WriteString("remedy", part.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.Flush();
        Console.Out.WriteLine();
    }

    private static ExitCode Wiring(CommandLine line)
    {
        if (Settings.Read(line, create: false, out _) is not { } settings) return ExitCode.BadConfig;
        settings.Cpu.Dispose();
        var plan = new WiringPlan(settings.Io.Pins, settings.Io.Points);
        var text = line.Has("--svg") ? plan.Svg($"{settings.Name}: {settings.Profile.Title}") : plan.Text();
        if (line.Value("--output") is not { } path)
        {
            Console.Out.Write(text);
            return ExitCode.Ok;
        }
        try
        {
            File.WriteAllText(path, text);
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"conpot-pi: {path} cannot be written ({e.Message}); name another file after -o");
            return ExitCode.Failed;
        }
    }
}
