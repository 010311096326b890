namespace Conpot.Pi.Fuzz;

/// <summary>Folders that go with the process, in memory where there is such a place: an execution writes, and a card or disk need not bear it.</summary>
internal static class Scratch
{
    private static readonly string Root = Path.Combine(System.IO.Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"conpot-pi-fuzz-{Environment.ProcessId}");

    public static string Directory(string name) => System.IO.Directory.CreateDirectory(Path.Combine(Root, name)).FullName;

    public static void Delete()
    {
        if (System.IO.Directory.Exists(Root)) System.IO.Directory.Delete(Root, recursive: true);
    }
}
