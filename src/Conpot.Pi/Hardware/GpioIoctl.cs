using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Conpot.Pi.Hardware;

/// <summary>The kernel's GPIO character device, version 2 of its interface: the structures and calls of linux/gpio.h.</summary>
/// <remarks>
/// Called directly because it needs no library: System.Device.Gpio has pin events, and everything on a Pi 5, through libgpiod alone, and pays a
/// pool thread for each pin. Offsets are those of the header file; they are the same on 32 and 64 bits, that is what its padding is for.
/// </remarks>
internal static unsafe partial class GpioIoctl
{
    public const ulong Used = 1 << 0, ActiveLow = 1 << 1, Input = 1 << 2, Output = 1 << 3, Rising = 1 << 4, Falling = 1 << 5, PullUp = 1 << 8, PullDown = 1 << 9;

    public const int NotPermitted = 1, NoEntry = 2, NoAddress = 6, AccessDenied = 13, Busy = 16, NoDevice = 19, Invalid = 22;

    public const short PollIn = 0x001, PollFault = 0x008 | 0x010 | 0x020; // POLLERR, POLLHUP, POLLNVAL

    /// <summary>struct gpio_v2_line_event.</summary>
    public const int EventSize = 48;

    private const nuint GetChipInfo = 0x8044_B401, GetLineInfo = 0xC100_B405, GetLine = 0xC250_B407, GetValues = 0xC010_B40E, SetValues = 0xC010_B40F;
    private const int ChipInfoSize = 68, LineInfoSize = 256, LineRequestSize = 592;
    private const uint OutputValues = 2, Debounce = 3; // enum gpio_v2_line_attr_id
    private const int ReadWrite = 2, CloseOnExec = 0x80000, NonBlocking = 0x800;

    /// <summary>A descriptor, or the negative error number.</summary>
    public static int Open(string path)
    {
        var fd = OpenFile(path, ReadWrite | CloseOnExec);
        return fd < 0 ? -Marshal.GetLastPInvokeError() : fd;
    }

    /// <summary>struct gpiochip_info: 0, or the error number.</summary>
    public static int ChipInfo(int chip, out string label, out int lines)
    {
        Span<byte> info = stackalloc byte[ChipInfoSize];
        info.Clear();
        var error = Call(chip, GetChipInfo, info);
        label = Text(info.Slice(32, 32));
        lines = BinaryPrimitives.ReadInt32LittleEndian(info[64..]);
        return error;
    }

    /// <summary>struct gpio_v2_line_info: 0, or the error number.</summary>
    public static int LineInfo(int chip, int line, out string name, out string consumer, out ulong flags)
    {
        Span<byte> info = stackalloc byte[LineInfoSize];
        info.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(info[64..], line);
        var error = Call(chip, GetLineInfo, info);
        (name, consumer) = (Text(info[..32]), Text(info.Slice(32, 32)));
        flags = BinaryPrimitives.ReadUInt64LittleEndian(info[72..]);
        return error;
    }

    /// <summary>Takes one line: its descriptor, or the negative error number.</summary>
    /// <param name="value">What an output shows from the first moment on, in its own polarity.</param>
    /// <param name="debounceMicroseconds">0 for none; the kernel debounces where the controller does not.</param>
    public static int Request(int chip, int line, string consumer, ulong flags, bool value, uint debounceMicroseconds)
    {
        Span<byte> request = stackalloc byte[LineRequestSize];
        FillRequest(request, line, consumer, flags, value, debounceMicroseconds);
        var error = Call(chip, GetLine, request);
        if (error != 0) return -error;
        var fd = BinaryPrimitives.ReadInt32LittleEndian(request[588..]);
        // Draining reads until nothing is left, so it must not wait for more.
        _ = Control(fd, 4 /* F_SETFL */, NonBlocking);
        return fd;
    }

    /// <summary>struct gpio_v2_line_request for one line.</summary>
    internal static void FillRequest(Span<byte> request, int line, string consumer, ulong flags, bool value, uint debounceMicroseconds)
    {
        request.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(request, line); // offsets[64]
        Encoding.ASCII.GetBytes(consumer.AsSpan(0, Math.Min(consumer.Length, 31)), request[256..]);
        var config = request[288..];
        BinaryPrimitives.WriteUInt64LittleEndian(config, flags);
        uint attributes = 0;
        if ((flags & Output) != 0) Attribute(config, ref attributes, OutputValues, value ? 1u : 0u);
        if (debounceMicroseconds > 0) Attribute(config, ref attributes, Debounce, debounceMicroseconds);
        BinaryPrimitives.WriteUInt32LittleEndian(config[8..], attributes);
        BinaryPrimitives.WriteUInt32LittleEndian(request[560..], 1); // num_lines
    }

    /// <summary>The value in the line's polarity: 0, or the error number.</summary>
    public static int Read(int line, out bool value)
    {
        Span<byte> values = stackalloc byte[16];
        values.Clear();
        values[8] = 1; // mask
        var error = Call(line, GetValues, values);
        value = values[0] != 0;
        return error;
    }

    public static int Write(int line, bool value)
    {
        Span<byte> values = stackalloc byte[16];
        values.Clear();
        values[0] = value ? (byte)1 : (byte)0;
        values[8] = 1;
        return Call(line, SetValues, values);
    }

    /// <summary>Takes all waiting events off a line; what they were shows in the value afterwards.</summary>
    public static void Drain(int line)
    {
        var events = stackalloc byte[16 * EventSize];
        while (ReadBytes(line, events, 16 * EventSize) == 16 * EventSize)
        {
        }
    }

    public static int NewEventFd() => EventFd(0, CloseOnExec | NonBlocking);

    public static void Signal(int eventFd)
    {
        ulong one = 1;
        _ = WriteBytes(eventFd, &one, sizeof(ulong));
    }

    public static void Reset(int eventFd)
    {
        ulong count;
        _ = ReadBytes(eventFd, &count, sizeof(ulong));
    }

    /// <summary>Waits for any of the descriptors; a negative time means for ever.</summary>
    public static int Poll(Span<PollFd> descriptors, int milliseconds)
    {
        fixed (PollFd* p = descriptors) return PollAll(p, (nuint)descriptors.Length, milliseconds);
    }

    public static string Message(int error) => Marshal.GetPInvokeErrorMessage(error);

    private static void Attribute(Span<byte> config, ref uint count, uint id, ulong value)
    {
        var attribute = config[(32 + 24 * (int)count++)..]; // struct gpio_v2_line_config_attribute
        BinaryPrimitives.WriteUInt32LittleEndian(attribute, id);
        BinaryPrimitives.WriteUInt64LittleEndian(attribute[8..], value);
        BinaryPrimitives.WriteUInt64LittleEndian(attribute[16..], 1); // mask: the first line
    }

    private static int Call(int fd, nuint request, Span<byte> argument)
    {
        fixed (byte* p = argument) return IoControl(fd, request, p) < 0 ? Marshal.GetLastPInvokeError() : 0;
    }

    private static string Text(ReadOnlySpan<byte> field)
    {
        var end = field.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? field : field[..end]);
    }

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenFile(string path, int flags);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    private static partial int IoControl(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int fd, int command, nint argument);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int PollAll(PollFd* descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadBytes(int fd, void* buffer, nint length);

    [LibraryImport("libc", EntryPoint = "write")]
    private static partial nint WriteBytes(int fd, void* buffer, nint length);
}
