using System.Text.Json;

namespace Conpot.Pi.Events;

/// <summary>What a sink would not take, kept for a person to look at: one JSON object per line with the reason and the event.</summary>
internal sealed class DeadLetters(string path)
{
    /// <summary>Of the file; it and the one before it are kept.</summary>
    internal const long MostBytes = 1 << 20;

    /// <returns>Null, or why it could not be kept.</returns>
    public string? Add(EventRecord e, string reason)
    {
        try
        {
            using var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                json.WriteStartObject();
                json.WriteString("refused", reason);
                json.WritePropertyName("event");
                json.WriteRawValue(e.Line.Span, skipInputValidation: true); // it has been parsed
                json.WriteEndObject();
            }
            line.WriteByte((byte)'\n');
            if (File.Exists(path) && new FileInfo(path).Length + line.Length > MostBytes) File.Move(path, path + ".old", overwrite: true);
            CreateDirectory(Path.GetDirectoryName(path)!);
            using var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.Read);
            line.WriteTo(file);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error.Message;
        }
    }

    private static void CreateDirectory(string directory)
    {
        // As the journal: what attackers sent is for its owner and group only.
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
    }
}
