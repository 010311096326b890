namespace Conpot.Pi.Config;

/// <summary>One TOML text with its positions, read section by section; what nobody read in the end is a mistake.</summary>
internal sealed class ConfigFile
{
    public static ConfigFile Parse(string name, ReadOnlySpan<byte> bytes, ConfigErrors errors) => throw new NotImplementedException();

    /// <summary>Applies one <c>--set section.key=value</c>.</summary>
    public void Set(string assignment) => throw new NotImplementedException();

    public ConfigSection Root => throw new NotImplementedException();

    /// <summary>Reports every key that nobody asked for, with the nearest name that somebody did ask for.</summary>
    public void ReportUnread() => throw new NotImplementedException();
}
