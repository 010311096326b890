using System.Device.Gpio;
using System.Globalization;
using static Conpot.Pi.Hardware.GpioIoctl;

namespace Conpot.Pi.Hardware;

/// <summary>The header's pins through the kernel's character device (/dev/gpiochipN), on every Raspberry Pi and on a simulated chip alike.</summary>
/// <remarks>A pin's number is the line's number on its chip: true of the header's chip on every model, and of whatever [hardware] gpiochip names.</remarks>
internal sealed class CharacterDriver : LineDriver
{
    /// <summary>What gpioinfo shows as the user of our lines: nothing that says decoy.</summary>
    public const string Consumer = "plc-io";

    /// <summary>The controllers that the header hangs on: Pi Zero to 3, Pi 4, Pi 5.</summary>
    public static readonly string[] HeaderLabels = ["pinctrl-bcm2835", "pinctrl-bcm2711", "pinctrl-rp1"];

    private readonly int _chip;
    private readonly string _path;
    private readonly int _interrupt = NewEventFd();
    private readonly Dictionary<int, int> _lines = [];
    private PollFd[] _waiting = [];
    private int[] _waitingPins = [];

    private CharacterDriver(int chip, string path)
    {
        (_chip, _path) = (chip, path);
        Watch([]);
    }

    /// <param name="root">Where the kernel shows its devices: "/".</param>
    /// <param name="wanted">A path or a label; null for the header of a Raspberry Pi.</param>
    /// <exception cref="IOException">There is none, or it may not be opened; the message names the remedy.</exception>
    public static CharacterDriver Open(string root, string? wanted)
    {
        var denied = "";
        if (wanted is not null && wanted.StartsWith('/'))
        {
            var path = Path.Join(root, wanted);
            var fd = GpioIoctl.Open(path);
            return fd >= 0 ? new CharacterDriver(fd, path) : throw new IOException(-fd == NoEntry
                ? $"{path} does not exist; 'conpot-pi io list' shows the chips there are, [hardware] gpiochip names one of them"
                : Refusal(path, -fd));
        }
        foreach (var path in Chips(root))
        {
            var fd = GpioIoctl.Open(path);
            if (fd < 0)
            {
                denied = Refusal(path, -fd);
                continue;
            }
            if (ChipInfo(fd, out var label, out _) == 0 && (wanted is null ? HeaderLabels.Contains(label) : label == wanted)) return new CharacterDriver(fd, path);
            _ = Close(fd);
        }
        throw new IOException(denied.Length > 0 ? denied : wanted is null
            ? "there is no GPIO chip of a Raspberry Pi here (/dev/gpiochip*); on other boards name the chip with [hardware] gpiochip, 'conpot-pi io list' shows what there is"
            : $"no GPIO chip is called '{wanted}'; 'conpot-pi io list' shows those there are, [hardware] gpiochip names one of them");
    }

    /// <summary>Every chip's device, in order of number.</summary>
    public static IEnumerable<string> Chips(string root)
    {
        var directory = Path.Join(root, "dev");
        return Directory.Exists(directory)
            ? Directory.EnumerateFileSystemEntries(directory, "gpiochip*").OrderBy(p => p.Length).ThenBy(p => p, StringComparer.Ordinal)
            : [];
    }

    public static string Refusal(string path, int error) => error is AccessDenied or NotPermitted
        ? $"{path} may not be opened by this user; add it to the group gpio (sudo usermod -aG gpio {Environment.UserName}) and log in again, or run the packaged service, which has it"
        : $"{path} cannot be opened ({Message(error)}); 'dmesg' may name the cause";

    public override void Request(int pin, in LineOptions options, bool value)
    {
        var flags = options.Mode switch
        {
            PinMode.Output => Output,
            PinMode.InputPullUp => Input | PullUp,
            PinMode.InputPullDown => Input | PullDown,
            _ => Input,
        };
        if (options.ActiveLow) flags |= ActiveLow;
        if (options is { Edges: true, IsOutput: false }) flags |= Rising | Falling;
        var fd = GpioIoctl.Request(_chip, pin, Consumer, flags, value, (uint)Math.Min(options.Debounce.TotalMicroseconds, uint.MaxValue));
        if (fd < 0) throw new IOException(WhyNot(pin, -fd, options));
        _lines[pin] = fd;
        if (options is { Edges: true, IsOutput: false }) Watch([.. _waitingPins, pin]);
    }

    public override void Release(int pin)
    {
        if (!_lines.Remove(pin, out var fd)) return;
        Watch([.. _waitingPins.Where(p => p != pin)]);
        _ = Close(fd);
    }

    public override bool ReadLine(int pin)
    {
        var error = GpioIoctl.Read(_lines[pin], out var value);
        return error == 0 ? value : throw Gone(error);
    }

    public override void WriteLine(int pin, bool value)
    {
        var error = GpioIoctl.Write(_lines[pin], value);
        if (error != 0) throw Gone(error);
    }

    public override ulong WaitForEdges(TimeSpan timeout)
    {
        ulong changed = 0;
        var waiting = _waiting;
        if (Poll(waiting, timeout < TimeSpan.Zero ? -1 : (int)timeout.TotalMilliseconds) <= 0) return 0; // a signal of ours interrupts it too
        if ((waiting[0].Returned & PollIn) != 0) Reset(_interrupt);
        for (var i = 1; i < waiting.Length; i++)
        {
            if ((waiting[i].Returned & PollFault) != 0) throw Gone(NoDevice);
            if ((waiting[i].Returned & PollIn) == 0) continue;
            Drain(waiting[i].Fd);
            changed |= 1UL << _waitingPins[i - 1];
        }
        return changed;
    }

    public override void Interrupt() => Signal(_interrupt);

    protected override void Dispose(bool disposing)
    {
        foreach (var fd in _lines.Values) _ = Close(fd);
        _lines.Clear();
        _ = Close(_chip);
        _ = Close(_interrupt);
        base.Dispose(disposing);
    }

    private void Watch(int[] pins)
    {
        _waitingPins = pins;
        _waiting = [new PollFd { Fd = _interrupt, Events = PollIn }, .. pins.Select(p => new PollFd { Fd = _lines[p], Events = PollIn })];
    }

    private IOException Gone(int error) => new($"{_path} does not answer any more ({Message(error)}); it is tried again, 'dmesg' may name the cause");

    private string WhyNot(int pin, int error, in LineOptions options)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"GPIO{pin} of {_path}");
        if (error == Busy)
        {
            _ = LineInfo(_chip, pin, out _, out var consumer, out _);
            return $"{line} is in use by '{(consumer.Length > 0 ? consumer : "the kernel")}'; end that program, or remove the dtoverlay or dtparam that takes it from /boot/firmware/config.txt, or wire another pin";
        }
        if (error == Invalid) return $"{line} does not exist or cannot do that; wire another pin, 'conpot-pi io list' shows the lines there are";
        if (error == NoAddress && options.Edges) return $"{line} has no interrupts on this controller; wire another pin";
        return error is AccessDenied or NotPermitted ? Refusal(_path, error) : $"{line} cannot be had ({Message(error)}); 'dmesg' may name the cause";
    }
}
