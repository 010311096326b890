using System.Text.Json;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;

namespace Conpot.Pi.Cli;

/// <summary><c>conpot-pi profiles [show NAME]</c>.</summary>
internal static class ProfilesVerb
{
    public static ExitCode Run(CommandLine line)
    {
        if (line.Words is ["show", var name])
        {
            if (!PlcProfile.Names.Contains(name))
            {
                Console.Error.WriteLine($"conpot-pi: no profile '{name}'; there are: {string.Join(", ", PlcProfile.Names)}");
                return ExitCode.Failed;
            }
            Console.Out.Write(PlcProfile.Text(name));
            return ExitCode.Ok;
        }
        if (line.Words.Count > 0)
        {
            Console.Error.WriteLine("conpot-pi: usage: conpot-pi profiles [show NAME]");
            return ExitCode.Usage;
        }
        var profiles = PlcProfile.Names.Select(n => PlcProfile.Load(n, new ConfigErrors()));
        if (line.Json)
        {
            using var json = new Utf8JsonWriter(Console.OpenStandardOutput());
            json.WriteStartArray();
            foreach (var profile in profiles)
            {
                json.WriteStartObject();
                json.WriteString("name", profile.Name);
                json.WriteString("title", profile.Title);
                json.WriteString("description", profile.Description);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.Flush();
            Console.Out.WriteLine();
            return ExitCode.Ok;
        }
        foreach (var profile in profiles)
            Console.Out.WriteLine($"{profile.Name,-14} {profile.Title}{(profile.Name == PlcProfile.Default ? " (default)" : "")}\n{"",-14} {profile.Description}");
        return ExitCode.Ok;
    }
}
