namespace Conpot.Pi.Cli.Doctor;

/// <summary>The machine as its kernel shows it in files; what cannot be read is missing.</summary>
/// <param name="root">"/" but in tests.</param>
internal sealed class MachineFiles(string root)
{
    public string Root => root;

    /// <param name="path">Without the leading slash: "proc/net/tcp".</param>
    public string? Read(string path) => Try(() => File.ReadAllText(Path.Join(root, path)).Trim('\n', '\0', ' '));

    public IReadOnlyList<string> Lines(string path) => Try(() => File.ReadAllLines(Path.Join(root, path))) ?? [];

    /// <summary>Names in a directory, in order.</summary>
    public IReadOnlyList<string> Names(string directory, string pattern = "*") =>
        Try(() => Directory.EnumerateFileSystemEntries(Path.Join(root, directory), pattern).Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal).ToArray()) ?? [];

    public bool Exists(string path) => Path.Exists(Path.Join(root, path));

    /// <summary>Where a symbolic link points, as it is written.</summary>
    public string? Link(string path) => Try(() => new FileInfo(Path.Join(root, path)).LinkTarget);

    private static T? Try<T>(Func<T?> read) where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
