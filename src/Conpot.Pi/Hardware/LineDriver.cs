using System.Device.Gpio;

namespace Conpot.Pi.Hardware;

/// <summary>How a pin is to be used.</summary>
/// <param name="Mode">Direction and bias.</param>
/// <param name="ActiveLow">Low is on: all values are then turned round, reading and writing.</param>
/// <param name="Debounce">An input's value counts when it has stood that long; zero for at once.</param>
/// <param name="Edges">Whether its changes end a <see cref="LineDriver.WaitForEdges"/>.</param>
internal readonly record struct LineOptions(PinMode Mode, bool ActiveLow = false, TimeSpan Debounce = default, bool Edges = false)
{
    public bool IsOutput => Mode == PinMode.Output;
}

/// <summary>A driver of System.Device.Gpio, with what that has no words for: polarity, debounce, and one wait for the edges of all pins.</summary>
/// <remarks>The I/O module works with the members below; a GpioController works with the same pins through the inherited ones.</remarks>
internal abstract class LineDriver : GpioDriver
{
    private readonly Dictionary<int, PinMode> _modes = [];

    /// <exception cref="IOException">The pin cannot be had; the message names the remedy.</exception>
    public abstract void Request(int pin, in LineOptions options, bool value);

    public abstract void Release(int pin);

    /// <exception cref="IOException">The chip is gone.</exception>
    public abstract bool ReadLine(int pin);

    /// <exception cref="IOException">The chip is gone.</exception>
    public abstract void WriteLine(int pin, bool value);

    /// <summary>Waits until a pin has changed since the last call, or <see cref="Interrupt"/>; changes are taken in one go, however many they are.</summary>
    /// <returns>The pins that changed, one bit each by number; 0 after the time or an interrupt.</returns>
    /// <exception cref="IOException">The chip is gone.</exception>
    public abstract ulong WaitForEdges(TimeSpan timeout);

    /// <summary>Ends the wait that is under way, or the next one; from any thread.</summary>
    public abstract void Interrupt();

    /// <summary>The numbers 0..27 of the header.</summary>
    protected override int PinCount => HeaderPins.Count;

    protected override void OpenPin(int pinNumber) => SetPinMode(pinNumber, PinMode.Input);

    protected override void ClosePin(int pinNumber)
    {
        _modes.Remove(pinNumber);
        Release(pinNumber);
    }

    protected override void SetPinMode(int pinNumber, PinMode mode) => SetPinMode(pinNumber, mode, PinValue.Low);

    protected override void SetPinMode(int pinNumber, PinMode mode, PinValue initialValue)
    {
        if (_modes.Remove(pinNumber)) Release(pinNumber);
        Request(pinNumber, new LineOptions(mode, Edges: mode != PinMode.Output), initialValue == PinValue.High);
        _modes[pinNumber] = mode;
    }

    protected override PinMode GetPinMode(int pinNumber) => _modes[pinNumber];

    protected override bool IsPinModeSupported(int pinNumber, PinMode mode) => mode is PinMode.Input or PinMode.InputPullDown or PinMode.InputPullUp or PinMode.Output;

    protected override PinValue Read(int pinNumber) => ReadLine(pinNumber);

    protected override void Toggle(int pinNumber) => WriteLine(pinNumber, !ReadLine(pinNumber));

    protected override void Write(int pinNumber, PinValue value) => WriteLine(pinNumber, value == PinValue.High);

    protected override WaitForEventResult WaitForEvent(int pinNumber, PinEventTypes eventTypes, CancellationToken cancellationToken)
    {
        using var interrupt = cancellationToken.Register(Interrupt);
        while (!cancellationToken.IsCancellationRequested)
        {
            if ((WaitForEdges(Timeout.InfiniteTimeSpan) >> pinNumber & 1) == 0) continue;
            var edge = ReadLine(pinNumber) ? PinEventTypes.Rising : PinEventTypes.Falling;
            if ((eventTypes & edge) != 0) return new WaitForEventResult { EventTypes = edge };
        }
        return new WaitForEventResult { TimedOut = true };
    }

    /// <summary>Callbacks would cost a thread each; this driver exists to have one wait for all.</summary>
    protected override void AddCallbackForPinValueChangedEvent(int pinNumber, PinEventTypes eventTypes, PinChangeEventHandler callback) =>
        throw new NotSupportedException("this driver has no callbacks; use WaitForEvent");

    protected override void RemoveCallbackForPinValueChangedEvent(int pinNumber, PinChangeEventHandler callback)
    {
        // There are none.
    }
}
