using Conpot.Pi.Plc;

namespace Conpot.Pi.Hardware;

/// <summary>The lines of [io] that one kind of hardware understands (the header's pins, chips on a bus): read first, opened when the sensor runs.</summary>
internal interface ILineFamily
{
    /// <summary>The first words of its lines: "gpio"; "mcp23017", "ads1115" ...</summary>
    IReadOnlyList<string> Words { get; }

    /// <summary>Takes a line, or says what is wrong with it by itself or beside this family's other lines.</summary>
    bool TryAdd(AddressRange target, string text, out string problem);

    /// <summary>The pins of the header that its lines use, for clashes between families, and for the wiring plan.</summary>
    IEnumerable<PinUse> Pins { get; }

    /// <summary>The points of the I/O module it makes, for the wiring plan and <c>io watch</c>.</summary>
    IEnumerable<IoPoint> Points { get; }

    /// <summary>The same with the device behind one address alone: whoever tries an output must not touch, nor wait for, any other.</summary>
    ILineFamily Only(Address address);

    /// <summary>Begins to work. A device that is not there is no reason to fail: it is told to <paramref name="host"/> and tried again.</summary>
    /// <exception cref="IOException">The machine cannot do this at all (no character device); the message names the remedy.</exception>
    IIoSource Open(HardwareHost host);
}

/// <summary>A pin of the 40-pin header that somebody uses.</summary>
/// <param name="Bcm">The processor's number of the pin, as in "gpio 17": GPIO17 is pin 11 of the header.</param>
/// <param name="User">What for, as in the settings: "I0.0", "[panel] run", "I2C bus 1 (SDA)".</param>
/// <param name="Shared">A bus line, which several devices may use.</param>
internal readonly record struct PinUse(int Bcm, string User, bool Shared = false);

/// <summary>An address of the process image and what it is wired to.</summary>
/// <param name="Where">"GPIO17, pin 11", "mcp23017 0x20 A0", "ads1115 0x48 ch0".</param>
internal readonly record struct IoPoint(Address Address, string Where);

/// <summary>A family at work: what the scan sees of it. Calls return at once; the family's own threads do the waiting.</summary>
internal interface IIoSource : IIoModule, IDisposable
{
    /// <summary>The outputs' safe states, put out now: at the sensor's end. May take some milliseconds.</summary>
    void MakeSafe();
}
