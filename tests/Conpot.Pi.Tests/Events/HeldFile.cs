using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace Conpot.Pi.Tests.Events;

/// <summary>A file whose next opening hangs in the kernel until it is let go, as a card that stalls: a lease, see fcntl(2).</summary>
internal sealed partial class HeldFile : IDisposable
{
    private const int SetSignal = 10, SetLease = 1024, GetLease = 1025;
    private const int WriteLease = 1, NoLease = 2;
    private const int UrgentSignal = 23; // SIGURG: the kernel's word that somebody waits; ignored by default

    private readonly SafeFileHandle _file;

    public HeldFile(string path)
    {
        _file = File.OpenHandle(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite);
        if (Fcntl(_file, SetSignal, UrgentSignal) < 0 || Fcntl(_file, SetLease, WriteLease) < 0) Assert.Skip("this file system has no leases");
    }

    /// <summary>Returns once somebody hangs in opening the file.</summary>
    public void AwaitVictim() => Assert.True(SpinWait.SpinUntil(() => Fcntl(_file, GetLease, 0) != WriteLease, TimeSpan.FromSeconds(10)));

    public void LetGo() => Fcntl(_file, SetLease, NoLease);

    public void Dispose()
    {
        LetGo();
        _file.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Fcntl(SafeFileHandle file, int command, nint argument);
}
