using Conpot.Pi.Config;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Plc;

/// <summary>Reads [plc] program: a built-in statement list by its name, or a file.</summary>
internal static class ProgramConfig
{
    /// <summary>Every built-in program; a new one is an .awl beside the profiles and its name here.</summary>
    public static readonly string[] Names = ["pumping-station"];

    /// <param name="readFile">Reads the file that the text names, or says why not; null where there are no files.</param>
    /// <returns>The program if there is one and nothing is wrong with it, and whether it came with the profile.</returns>
    public static (StlProgram? List, bool IsProfiles) Read(ConfigSection root, ConfigSection profile, int vMemory, TryParse<byte[]>? readFile)
    {
        var own = root.Section("plc");
        var plc = own.Over(profile.Section("plc"));
        var name = plc.Text("program", "");
        if (name.Length == 0)
            return default;
        var isProfiles = !own.Has("program");
        byte[] bytes = [];
        if (Names.Contains(name, StringComparer.Ordinal))
            bytes = Text(name);
        else if (readFile is null)
            plc.Error("program", $"'program' is \"{name}\"; built in: {string.Join(", ", Names)}");
        else
            bytes = plc.Parsed("program", bytes, readFile);
        return (StlProgram.Parse(name, bytes, vMemory, plc.Errors), isProfiles);
    }

    /// <summary>The text of a built-in program.</summary>
    public static byte[] Text(string name)
    {
        using var stream = typeof(ProgramConfig).Assembly.GetManifestResourceStream($"program.{name}.awl")
            ?? throw new ArgumentException($"no program '{name}'; there are: {string.Join(", ", Names)}", nameof(name));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
