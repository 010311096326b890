namespace Conpot.Pi.Config;

/// <summary>One TOML text with its positions, read section by section; what nobody read in the end is a mistake.</summary>
internal sealed class ConfigFile
{
    private readonly ConfigTable _root;

    private ConfigFile(string name, ConfigErrors errors)
    {
        Name = name;
        Errors = errors;
        _root = new ConfigTable(this, new Place(name, 0, 0), "", "") { IsDefined = true, IsRead = true };
    }

    public string Name { get; }

    public ConfigErrors Errors { get; }

    /// <summary>Part of the text could not be read, so nothing can be said about what is missing.</summary>
    public bool IsDamaged { get; private init; }

    public ConfigSection Root => new(_root);

    public static ConfigFile Empty(string name, ConfigErrors errors) => new(name, errors);

    /// <summary>Never throws, whatever the bytes; what could not be read is in <paramref name="errors"/> and missing from the file.</summary>
    public static ConfigFile Parse(string name, ReadOnlySpan<byte> bytes, ConfigErrors errors)
    {
        if (!ConfigText.TryDecode(name, bytes, errors, out var text))
            return new ConfigFile(name, errors) { IsDamaged = true };

        var whole = ConfigSyntax.TryRead(name, text, errors, out var statements);
        var file = new ConfigFile(name, errors) { IsDamaged = !whole };
        new ConfigTree(file, errors, name, isCommandLine: false).Add(file._root, statements);
        return file;
    }

    /// <summary>Applies one <c>--set section.key=value</c>; it overrides the file and every --set before it.</summary>
    public void Set(string assignment)
    {
        var place = new Place($"--set {Shown.Plain(assignment)}", 0, 0);
        var equals = Equals(assignment);
        if (equals < 0 || !KeyPath.TryParse(assignment.AsSpan(0, equals), out var path))
        {
            Errors.Add(place, "not understood; write --set section.key=value, with quotes around a name with dots: --set 'io.\"I0.0\"=gpio 17'");
            return;
        }

        var text = assignment[(equals + 1)..].Trim(' ');
        var tree = new ConfigTree(this, Errors, place.File, isCommandLine: true);
        if (text.Length <= ConfigText.MostBytes && ConfigSyntax.Value(text) is { } value)
            tree.Put(_root, path, place, value);
        else
            tree.Put(_root, path, place, text);
    }

    /// <summary>Reports every key that nobody asked for, with the nearest name that somebody did ask for.</summary>
    public void ReportUnread() => Unread.Report(_root, _root, Errors);

    /// <summary>The equals sign that ends the key: the first outside of quotes.</summary>
    private static int Equals(string assignment)
    {
        var quote = '\0';
        for (var i = 0; i < assignment.Length; i++)
        {
            var c = assignment[i];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'')
                quote = c;
            else if (c == '=')
                return i;
        }

        return -1;
    }
}
