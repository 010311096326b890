using Conpot.Pi.Config;

namespace Conpot.Pi.Plc;

/// <summary>Who the decoy claims to be: a TOML text in this file that every module layers the user's section over.</summary>
internal sealed class PlcProfile
{
    public const string Default = "s7-200";

    /// <summary>Every profile; a new one is a .toml beside the others and its name here.</summary>
    public static readonly string[] Names = [Default, "s7-300-cp343", "conpot-2013"];

    private PlcProfile(string name, ConfigFile file)
    {
        Name = name;
        Root = file.Root;
        Title = Root.Text("title", name);
        Description = Root.Text("description", "");
    }

    public string Name { get; }

    /// <summary>One line, for a list.</summary>
    public string Title { get; }

    public string Description { get; }

    public ConfigSection Root { get; }

    /// <param name="name">One of <see cref="Names"/>.</param>
    /// <param name="errors">Gets nothing unless a profile of ours is broken, which a test rules out.</param>
    public static PlcProfile Load(string name, ConfigErrors errors) => new(name, ConfigFile.Parse($"profile {name}", Bytes(name), errors));

    /// <summary>The text as it was written, for "profiles show".</summary>
    public static string Text(string name) => System.Text.Encoding.UTF8.GetString(Bytes(name));

    private static byte[] Bytes(string name)
    {
        using var stream = typeof(PlcProfile).Assembly.GetManifestResourceStream($"profile.{name}.toml")
            ?? throw new ArgumentException($"no profile '{name}'; there are: {string.Join(", ", Names)}", nameof(name));
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
