namespace Conpot.Pi.Tests.Vectors;

/// <summary>One .wire file: the settings it wants, and its cases. The format is described in README.md beside this file.</summary>
internal sealed record WireVector(string File, string Profile, IReadOnlyList<WireSetting> Settings, IReadOnlyList<WireCase> Cases)
{
    public static WireVector Load(string path) => WireVectorReader.Read(Path.GetFileName(path), System.IO.File.ReadAllText(path));

    /// <summary>All files of one protocol as they lie beside the test assembly, e.g. <c>LoadAll("modbus")</c>.</summary>
    public static IReadOnlyList<WireVector> LoadAll(string protocol)
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "Vectors", protocol);
        return [.. Directory.GetFiles(folder, "*.wire").Order(StringComparer.Ordinal).Select(Load)];
    }
}

/// <summary>One <c>set:</c> line, as for <c>--set key=value</c>.</summary>
internal sealed record WireSetting(string Key, string Value);

/// <summary>One connection on a fresh process image.</summary>
/// <param name="Mode">RUN or STOP when a <c>plc: mode</c> line says so, else null.</param>
/// <param name="Presets">What the process image holds before the first request.</param>
/// <param name="Expectations">What it holds in the end.</param>
/// <param name="Events">The protocol's events of this connection, in order; empty when the case does not say.</param>
internal sealed record WireCase(
    string File,
    int Line,
    string Name,
    string? Mode,
    IReadOnlyList<WireValue> Presets,
    IReadOnlyList<WireExchange> Exchanges,
    IReadOnlyList<WireValue> Expectations,
    IReadOnlyList<WireEvent> Events)
{
    public override string ToString() => $"{File}:{Line} {Name}";
}

/// <summary>One address of the process image with its value; lists in the file are taken apart into these.</summary>
internal sealed record WireValue(int Line, string Address, int Value);

/// <summary>What is sent, and all that must come back for it before the next is sent.</summary>
/// <param name="Expected">Empty when nothing may come back.</param>
/// <param name="Closes">The sensor ends the connection after <paramref name="Expected"/>.</param>
internal sealed record WireExchange(int Line, byte[] Sent, byte[] Expected, bool Closes);

/// <summary>One event of the journal; only the fields named here are compared, each with its text form.</summary>
internal sealed record WireEvent(int Line, string Action, IReadOnlyDictionary<string, string> Fields);
