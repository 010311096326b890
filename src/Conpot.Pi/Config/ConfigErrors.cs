namespace Conpot.Pi.Config;

/// <summary>One mistake in a configuration: where it stands, the fact, and the remedy.</summary>
/// <param name="Line">1-based; 0 when the mistake has no place (a file that cannot be read, a --set).</param>
/// <param name="Column">1-based, counted in characters.</param>
internal readonly record struct ConfigError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>All mistakes of one configuration, so that a person mends them in one go.</summary>
internal sealed class ConfigErrors
{
    /// <summary>Nobody mends more in one go; a file with more is most likely the wrong one.</summary>
    private const int Most = 200;

    /// <summary>Of a message; a longer one quotes a text without end, and its fact and its remedy stand at its ends.</summary>
    private const int MostCharacters = 800;

    private readonly List<ConfigError> _errors = [];
    private readonly HashSet<ConfigError> _seen = [];

    public bool Any => _errors.Count > 0;

    /// <summary>In the order of file and place.</summary>
    public IEnumerable<ConfigError> InOrder => _errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column);

    /// <summary>A setting that two parts of the program read is wrong once, not twice.</summary>
    public void Add(string file, int line, int column, string message)
    {
        if (message.Length > MostCharacters)
            message = $"{message[..(MostCharacters / 2)]} ... {message[^(MostCharacters / 2 - 5)..]}";
        var error = new ConfigError(file, line, column, message);
        if (_errors.Count < Most && _seen.Add(error))
            _errors.Add(error);
    }

    public void Add(Place place, string message) => Add(place.File, place.Line, place.Column, message);
}
