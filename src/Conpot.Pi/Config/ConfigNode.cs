namespace Conpot.Pi.Config;

/// <summary>What a key stands for: a value, a table or a list of tables; it remembers whether anybody asked for it.</summary>
internal abstract class ConfigNode(Place place)
{
    public Place Place { get; } = place;

    /// <summary>Where the name stands; <see cref="Place"/> is where the value does.</summary>
    public Place KeyPlace { get; set; } = place;

    public bool IsRead { get; set; }

    /// <summary>A mistake in it is reported already; what follows from the mistake is not worth a second line.</summary>
    public bool IsFaulty { get; set; }
}

/// <summary>How the code asked for a name, so that a suggestion is written the way the file must write it.</summary>
internal enum Asked
{
    Value,
    Section,
    Sections,
}

/// <summary>One table of a file, or the absence of one (<see cref="Exists"/> false), with the names that the code asked it for.</summary>
internal sealed class ConfigTable(ConfigFile file, Place place, string path, string name, bool isElement = false) : ConfigNode(place)
{
    public ConfigFile File { get; } = file;

    /// <summary>"modbus.unit": as in a header.</summary>
    public string Path { get; } = path;

    /// <summary>"modbus.unit[2]": the path with the number of each list element, from 1.</summary>
    public string Name { get; } = name;

    /// <summary>"[modbus]", "[[modbus.unit]]"; empty for the root.</summary>
    public string Title => Path.Length == 0 ? "" : isElement ? $"[[{Path}]]" : $"[{Path}]";

    public bool Exists { get; init; } = true;

    /// <summary>Written by a header, in braces or with dotted keys, not just passed through by the header of a sub-table.</summary>
    public bool IsDefined { get; set; }

    /// <summary>Written in braces: TOML lets nobody add to it.</summary>
    public bool IsInline { get; init; }

    public Dictionary<string, ConfigNode> Items { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, Asked> AskedFor { get; } = new(StringComparer.Ordinal);

    /// <summary>The code takes any key here ([io]: keys are addresses).</summary>
    public bool TakesAnyKey { get; set; }

    public string PathOf(string key) => Path.Length == 0 ? Shown.Key(key) : $"{Path}.{Shown.Key(key)}";

    public string NameOf(string key) => Name.Length == 0 ? Shown.Key(key) : $"{Name}.{Shown.Key(key)}";

    public ConfigTable Child(string key, Place place) => new(File, place, PathOf(key), NameOf(key));

    public ConfigTable Missing(string key) => new(File, default, PathOf(key), NameOf(key)) { Exists = false };

    /// <summary>"'port' in [modbus]"</summary>
    public string Describe(string key) => Title.Length == 0 ? $"'{Shown.Plain(key)}'" : $"'{Shown.Plain(key)}' in {Title}";
}

/// <summary>A list of tables: [[modbus.unit]] headers, or an array of tables in braces.</summary>
internal sealed class ConfigTables(Place place) : ConfigNode(place)
{
    public List<ConfigTable> Items { get; } = [];

    /// <summary>By headers; an array in braces takes no further headers.</summary>
    public bool IsOpen { get; init; }
}
