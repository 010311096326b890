namespace Conpot.Pi.Config;

/// <summary>One mistake in a configuration: where it stands, the fact, and the remedy.</summary>
/// <param name="Line">1-based; 0 when the mistake has no place (a file that cannot be read).</param>
/// <param name="Column">1-based, counted in characters.</param>
internal readonly record struct ConfigError(string File, int Line, int Column, string Message)
{
    public override string ToString() => Line == 0 ? $"{File}: {Message}" : $"{File}:{Line}:{Column}: {Message}";
}

/// <summary>All mistakes of one configuration, so that a person mends them in one go.</summary>
internal sealed class ConfigErrors
{
    private readonly List<ConfigError> _errors = [];

    public bool Any => _errors.Count > 0;

    /// <summary>In the order of file and place.</summary>
    public IEnumerable<ConfigError> InOrder => _errors.OrderBy(e => e.File, StringComparer.Ordinal).ThenBy(e => e.Line).ThenBy(e => e.Column);

    public void Add(string file, int line, int column, string message) => _errors.Add(new ConfigError(file, line, column, message));
}
