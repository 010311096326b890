using System.Runtime.InteropServices;

namespace Conpot.Pi.Hosting;

/// <summary>Runs a program of the system and waits for it; its output is this process's.</summary>
/// <remarks>By posix_spawn(3): the class library's own way costs memory for pipes and threads that nobody reads here.</remarks>
internal static unsafe partial class ChildProgram
{
    private static readonly string[] Folders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

    /// <returns>Null, or what went wrong.</returns>
    public static string? Run(string name, params ReadOnlySpan<string> arguments)
    {
        if (Array.Find(Folders, f => File.Exists(Path.Combine(f, name))) is not { } folder) return $"{name} is not installed";
        string[] words = [Path.Combine(folder, name), .. arguments];
        using var argv = new Texts(words);
        using var environment = new Texts(["PATH=" + string.Join(':', Folders), "LC_ALL=C"]);
        var error = Spawn(out var child, words[0], 0, 0, argv.Pointer, environment.Pointer);
        if (error != 0) return $"{name} cannot be started ({Marshal.GetPInvokeErrorMessage(error)})";
        int status;
        while (Wait(child, out status, 0) < 0)
            if (Marshal.GetLastPInvokeError() != Interrupted) return $"{name} cannot be waited for";
        // wait(2): the signal in the low seven bits, the exit code above.
        return status == 0 ? null : (status & 0x7F) == 0 ? $"{name} ended with code {(status >> 8) & 0xFF}" : $"{name} was ended by signal {status & 0x7F}";
    }

    private const int Interrupted = 4; // EINTR

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int child, string path, nint actions, nint attributes, nint argv, nint environment);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int Wait(int child, out int status, int options);

    /// <summary>A null-terminated array of texts, as C has it.</summary>
    private sealed class Texts : IDisposable
    {
        private readonly nint[] _texts;

        public Texts(string[] texts)
        {
            _texts = [.. texts.Select(Marshal.StringToCoTaskMemUTF8)];
            Pointer = Marshal.AllocCoTaskMem((texts.Length + 1) * sizeof(nint));
            for (var i = 0; i < texts.Length; i++) ((nint*)Pointer)[i] = _texts[i];
            ((nint*)Pointer)[texts.Length] = 0;
        }

        public nint Pointer { get; }

        public void Dispose()
        {
            foreach (var text in _texts) Marshal.FreeCoTaskMem(text);
            Marshal.FreeCoTaskMem(Pointer);
        }
    }
}
