using System.Globalization;
using System.Text;
using Conpot.Pi.Config;

namespace Conpot.Pi.Protocols.Snmp;

/// <summary>A small file of lines "name value", replaced as a whole: after a power cut it holds the old text or the new one.</summary>
internal static class StateFile
{
    /// <summary>Ours has 4 KB at the most; anything larger was not written by us.</summary>
    private const int MostBytes = 16 * 1024;

    /// <summary>The lines; none when there is no such file or it is not ours.</summary>
    public static Dictionary<string, string> Read(string? path)
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        if (path is null || SmallFile.Read(path, MostBytes) is not { } bytes) return lines;
        foreach (var line in Encoding.ASCII.GetString(bytes).Split('\n'))
            if (line.IndexOf(' ') is > 0 and var end)
                lines[line[..end]] = line[(end + 1)..];
        return lines;
    }

    /// <returns>Null, or what is wrong and what helps.</returns>
    public static string? Write(string path, string content)
    {
        try
        {
            if (Path.GetDirectoryName(path) is { Length: > 0 } directory) Directory.CreateDirectory(directory);
            var next = path + ".new";
            using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, 0))
            {
                file.Write(Encoding.ASCII.GetBytes(content));
                file.Flush(flushToDisk: true);
            }
            File.Move(next, path, overwrite: true);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{path}: cannot be written ({e.Message}); make its directory writable for this user, or what visitors write over SNMP is lost at the next restart";
        }
    }

    public static long? Number(string? text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>All of them, or none when one is not a number.</summary>
    public static uint[] Numbers(string? text)
    {
        var words = text?.Split(' ') ?? [];
        var numbers = new uint[words.Length];
        for (var i = 0; i < words.Length; i++)
            if (!uint.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
                return [];
        return numbers;
    }

    public static byte[]? Bytes(string hex) => hex.Length % 2 == 0 && hex.All(char.IsAsciiHexDigit) ? Convert.FromHexString(hex) : null;
}
