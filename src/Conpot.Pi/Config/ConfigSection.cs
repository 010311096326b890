namespace Conpot.Pi.Config;

/// <summary>Reads a text into a value, or says in <paramref name="problem"/> what is wrong and what would be right.</summary>
internal delegate bool TryParse<T>(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out T? value, out string problem);

/// <summary>One table of a configuration, typed: each read names a key, its default and its range, and reports mistakes with their place.</summary>
internal sealed class ConfigSection
{
    /// <summary>"modbus", "modbus.unit[2]"; empty for the root.</summary>
    public string Name => throw new NotImplementedException();

    /// <summary>True when the table stands in the file.</summary>
    public bool Exists => throw new NotImplementedException();

    /// <summary>Whether the key stands here (does not count as reading it).</summary>
    public bool Has(string key) => throw new NotImplementedException();

    /// <summary>This section with <paramref name="defaults"/> (a profile's) behind it: a key missing here is read there.</summary>
    public ConfigSection Over(ConfigSection defaults) => throw new NotImplementedException();

    /// <summary>The sub-table, empty when it is missing.</summary>
    public ConfigSection Section(string key) => throw new NotImplementedException();

    /// <summary>An array of tables, such as [[modbus.unit]]; empty when missing. Layered: this section's own if it has any, else the defaults'.</summary>
    public IReadOnlyList<ConfigSection> Sections(string key) => throw new NotImplementedException();

    /// <summary>Every key of the section that holds a plain value ([io]: keys are addresses), layered by key; the caller reads each by name.</summary>
    public IEnumerable<string> Keys => throw new NotImplementedException();

    public string Text(string key, string fallback) => throw new NotImplementedException();

    public bool Flag(string key, bool fallback) => throw new NotImplementedException();

    public long Integer(string key, long fallback, long minimum, long maximum) => throw new NotImplementedException();

    public double Number(string key, double fallback, double minimum, double maximum) => throw new NotImplementedException();

    /// <summary>"3ms", "1.5s", "5m", "12h", "7d" or "0".</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan minimum, TimeSpan maximum) => throw new NotImplementedException();

    /// <summary>"3ms..6ms", or one duration for both ends, or "0".</summary>
    public (TimeSpan From, TimeSpan To) DurationRange(string key, (TimeSpan From, TimeSpan To) fallback, TimeSpan maximum) => throw new NotImplementedException();

    /// <summary>Bytes: 65536, "64KiB", "16MB", "1GiB".</summary>
    public long Size(string key, long fallback, long minimum, long maximum) => throw new NotImplementedException();

    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed) => throw new NotImplementedException();

    /// <summary>A string, or an array of strings; empty when missing.</summary>
    public IReadOnlyList<string> Texts(string key) => throw new NotImplementedException();

    /// <summary>Whole numbers as an array; empty when missing.</summary>
    public IReadOnlyList<long> Integers(string key, long minimum, long maximum) => throw new NotImplementedException();

    /// <summary>A string in a grammar of the caller's (an address, a signal).</summary>
    public T Parsed<T>(string key, T fallback, TryParse<T> parse) => throw new NotImplementedException();

    /// <summary>Reports a mistake at the key's value (at the section's header when the key is missing).</summary>
    public void Error(string key, string message) => throw new NotImplementedException();
}
