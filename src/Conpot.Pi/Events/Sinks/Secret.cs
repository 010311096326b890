using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Events.Sinks;

/// <summary>A password or key: written in the settings, or in a file that only its owner can read, or a systemd credential.</summary>
/// <remarks>A file is read at every use, so that a changed password needs no restart and a secret does not lie about in memory.</remarks>
internal sealed class Secret
{
    /// <summary>What a path begins with that means a credential of the service (systemd.exec(5), LoadCredential=).</summary>
    private const string Credentials = "$CREDENTIALS_DIRECTORY/";

    private const int LongestFile = 64 * 1024;

    private readonly string _text, _path, _setting;

    private Secret(string setting, string text, string path) => (_setting, _text, _path) = (setting, text, path);

    /// <summary>Reads <c>key</c> or <c>key_file</c>; null when the section has neither, or when what it has is wrong, which is reported.</summary>
    /// <param name="configDirectory">What a relative path is relative to.</param>
    public static Secret? Read(ConfigSection section, string key, string configDirectory)
    {
        var fileKey = key + "_file";
        var text = section.Text(key, "");
        var file = section.Text(fileKey, "");
        if (text.Length > 0 && file.Length > 0)
        {
            section.Error(key, $"[{section.Name}] has both '{key}' and '{fileKey}'; keep one of them");
            return null;
        }

        if (text.Length > 0) return new Secret($"'{key}' in [{section.Name}]", text, "");
        if (file.Length == 0)
        {
            foreach (var empty in (string[])[key, fileKey])
                if (section.Has(empty)) section.Error(empty, $"'{empty}' in [{section.Name}] is empty; write it, or remove the line");
            return null;
        }

        // A credential exists only for the running service, so that validate cannot look at it.
        var path = Locate(file, configDirectory);
        if (path.Length > 0 && Problem(path, isCredential: IsCredential(file)) is { } problem)
            section.Error(fileKey, $"'{fileKey}' in [{section.Name}]: {problem}");
        return new Secret($"'{fileKey}' in [{section.Name}]", "", path.Length > 0 ? path : file);
    }

    /// <summary>The secret as text; a line end at its end, which editors add, does not belong to it.</summary>
    /// <exception cref="SinkException">The file cannot be had, or others can read it.</exception>
    public string Reveal() => _path.Length == 0 ? _text : Encoding.UTF8.GetString(Bytes(_path, _setting)).TrimEnd('\r', '\n');

    /// <summary>Never the secret: this may end up in a message.</summary>
    public override string ToString() => _path.Length == 0 ? "(secret)" : $"(secret in {_path})";

    /// <summary>The path that a setting names; empty for a credential when this process was given none.</summary>
    public static string Locate(string file, string configDirectory)
    {
        if (!IsCredential(file)) return Path.GetFullPath(file, configDirectory);
        var directory = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        return string.IsNullOrEmpty(directory) ? "" : Path.Combine(directory, file[Credentials.Length..]);
    }

    /// <summary>A file that holds a secret (a private key as well), or why it cannot be used.</summary>
    /// <exception cref="SinkException">The file cannot be had, or others can read it.</exception>
    public static byte[] Bytes(string path, string setting)
    {
        if (path.StartsWith(Credentials, StringComparison.Ordinal))
            throw new SinkException($"{setting}: this process has no $CREDENTIALS_DIRECTORY; add LoadCredential= to the service, or write a path");
        var credentials = Environment.GetEnvironmentVariable("CREDENTIALS_DIRECTORY");
        var isCredential = !string.IsNullOrEmpty(credentials) && path.StartsWith(credentials + "/", StringComparison.Ordinal);
        if (Problem(path, isCredential) is { } problem) throw new SinkException($"{setting}: {problem}");
        try
        {
            if (new FileInfo(path).Length > LongestFile) throw new SinkException($"{setting}: {path} is longer than {LongestFile} bytes, and no secret; name the right file");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new SinkException($"{setting}: {path} cannot be read ({e.Message}); give it to the user that the sensor runs as: chown conpot-pi {path}", e);
        }
    }

    /// <summary>Why a file is no place for a secret, with the remedy, or null.</summary>
    public static string? Problem(string path, bool isCredential)
    {
        if (Directory.Exists(path)) return $"{path} is a directory; name the file in it";
        if (!File.Exists(path))
        {
            // Who may not look into the directory (validate as another user) cannot say that the file is missing.
            return Directory.Exists(Path.GetDirectoryName(path)) ? $"{path} does not exist; make it, readable for its owner alone: chmod 600 {path}" : null;
        }

        const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
        // systemd guards its credentials itself, with an access list that shows as group bits.
        return !isCredential && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & others) != 0
            ? $"{path} can be read or written by others than its owner; chmod 600 {path} (not possible on the boot partition: move it to /etc/conpot-pi)"
            : null;
    }

    private static bool IsCredential(string file) => file.StartsWith(Credentials, StringComparison.Ordinal);
}
