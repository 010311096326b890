namespace Conpot.Pi.Config;

/// <summary>A file that a person names in settings or on the command line: read whole, unless it has more than it may have, as a device does that never ends.</summary>
internal static class BoundedFile
{
    /// <returns>One byte more than <paramref name="most"/> at most: whoever gets that says that it is too long.</returns>
    public static byte[] Read(string path, int most)
    {
        using var file = File.OpenRead(path);
        var bytes = new MemoryStream();
        var buffer = new byte[Math.Min(most + 1, 1 << 16)];
        while (bytes.Length <= most && file.Read(buffer, 0, (int)Math.Min(buffer.Length, most + 1 - bytes.Length)) is > 0 and var read) bytes.Write(buffer, 0, read);
        return bytes.ToArray();
    }
}
