namespace Conpot.Pi.Tests;

/// <summary>Files of the source tree that are no code: what the package and the image are made of.</summary>
internal static class Repository
{
    public static string File(params string[] path)
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!System.IO.File.Exists(Path.Combine(directory.FullName, "Conpot.Pi.sln"))) directory = directory.Parent ?? throw new InvalidOperationException("no solution above " + AppContext.BaseDirectory);
        return Path.Combine([directory.FullName, .. path]);
    }
}
