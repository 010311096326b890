using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;
using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Hosting;

/// <summary>Reads the file of [plc] program, beside the configuration or where an absolute path says, and no more of it than a program may have.</summary>
internal static class ProgramFile
{
    public static TryParse<byte[]> Beside(string configDirectory) => (string text, [NotNullWhen(true)] out byte[]? bytes, out string problem) =>
        TryRead(Path.GetFullPath(text, configDirectory), out bytes, out problem);

    private static bool TryRead(string path, [NotNullWhen(true)] out byte[]? bytes, out string problem)
    {
        try
        {
            bytes = BoundedFile.Read(path, StlProgram.MostBytes);
            problem = "";
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            bytes = null;
            problem = e is FileNotFoundException or DirectoryNotFoundException
                ? $"there is no file {Shown.Plain(path)}; write a path from the settings file's directory on, or a built-in program: {string.Join(", ", ProgramConfig.Names)}"
                : $"it cannot be read ({e.Message}); make it a file that this user can read";
            return false;
        }
    }
}
