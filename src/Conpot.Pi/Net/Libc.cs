using System.Buffers.Binary;
using System.Net;
using System.Runtime.InteropServices;

namespace Conpot.Pi.Net;

/// <summary>The few system calls of Linux that the network loop is made of.</summary>
/// <remarks>
/// Called directly because readiness of thousands of sockets, a batch of them per turn, is what makes one journal write serve many replies;
/// the class library's sockets hide that batch. Constants are those of x86-64 and arm64, which agree.
/// </remarks>
internal static unsafe partial class Libc
{
    public const int EpollIn = 0x001, EpollOut = 0x004, EpollErr = 0x008, EpollHup = 0x010, EpollPeerClosed = 0x2000;
    public const int EpollAdd = 1, EpollDelete = 2, EpollModify = 3;
    public const int DontWait = 0x40, NoSignal = 0x4000;
    public const int Again = 11, Interrupted = 4, TooManyFiles = 24, TooManyFilesInSystem = 23, ConnectionAborted = 103, NoBuffers = 105, NoMemory = 12;

    private const int CloseOnExec = 0x80000, NonBlocking = 0x800;
    private const int Monotonic = 1;
    private const int SolSocket = 1, SoLinger = 13;

    /// <summary>struct epoll_event is packed on x86-64 only.</summary>
    public static readonly int EventSize = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    public static int NewEpoll() => Checked(EpollCreate1(CloseOnExec), "epoll_create1");

    public static int NewEventFd() => Checked(EventFd(0, CloseOnExec | NonBlocking), "eventfd");

    public static int NewTimerFd() => Checked(TimerFdCreate(Monotonic, CloseOnExec | NonBlocking), "timerfd_create");

    public static int Control(int epoll, int operation, int fd, int events, ulong data)
    {
        Span<byte> entry = stackalloc byte[16];
        BitConverter.TryWriteBytes(entry, events);
        BitConverter.TryWriteBytes(entry[(EventSize - 8)..], data);
        fixed (byte* p = entry) return EpollCtl(epoll, operation, fd, p);
    }

    /// <summary>Fires once after <paramref name="delay"/> (at least 1 µs).</summary>
    public static void Arm(int timer, TimeSpan delay)
    {
        var nanoseconds = Math.Max(1000, delay.Ticks * 100);
        var spec = stackalloc long[4] { 0, 0, nanoseconds / 1_000_000_000, nanoseconds % 1_000_000_000 };
        TimerFdSetTime(timer, 0, spec, null);
    }

    public static int Accept(int listener, out IPEndPoint source)
    {
        Span<byte> address = stackalloc byte[28];
        var length = address.Length;
        fixed (byte* p = address)
        {
            var fd = Accept4(listener, p, &length, CloseOnExec | NonBlocking);
            source = fd < 0 ? NoEndPoint : EndPoint(address);
            return fd;
        }
    }

    /// <summary>Our own end of a connection, or null when the kernel no longer knows it.</summary>
    public static IPEndPoint? LocalEndPoint(int fd)
    {
        Span<byte> address = stackalloc byte[28];
        var length = address.Length;
        fixed (byte* p = address) return GetSockName(fd, p, &length) < 0 ? null : EndPoint(address);
    }

    /// <summary>Makes the next close send RST instead of FIN.</summary>
    public static void ResetOnClose(int fd)
    {
        var linger = stackalloc int[2] { 1, 0 };
        _ = SetSockOpt(fd, SolSocket, SoLinger, linger, 8);
    }

    private static readonly IPEndPoint NoEndPoint = new(IPAddress.None, 0);

    private static IPEndPoint EndPoint(ReadOnlySpan<byte> address)
    {
        var port = BinaryPrimitives.ReadUInt16BigEndian(address[2..]);
        if (address[0] == 2) return new IPEndPoint(new IPAddress(address.Slice(4, 4)), port); // AF_INET; family is host order, both little-endian
        var ip = new IPAddress(address.Slice(8, 16));
        return new IPEndPoint(ip.IsIPv4MappedToIPv6 ? ip.MapToIPv4() : ip, port);
    }

    private static int Checked(int result, string call) =>
        result >= 0 ? result : throw new IOException($"{call} failed: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int fd, byte* buffer, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EpollWait(int epoll, byte* events, int count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "shutdown")]
    public static partial int Shutdown(int fd, int how);

    [LibraryImport("libc", EntryPoint = "read")]
    public static partial nint Read(int fd, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    public static partial nint Write(int fd, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int EpollCreate1(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static partial int EpollCtl(int epoll, int operation, int fd, byte* entry);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    private static partial int TimerFdCreate(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    private static partial int TimerFdSetTime(int timer, int flags, long* spec, long* old);

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int Accept4(int listener, byte* address, int* length, int flags);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    private static partial int GetSockName(int fd, byte* address, int* length);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    private static partial int SetSockOpt(int fd, int level, int option, void* value, int length);
}
