using Conpot.Pi.Plc;
using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Hardware.Chips;

/// <summary>One address of the process image and the pin or channel of a chip behind it.</summary>
/// <param name="Channel">The chip's own count: pins 0..15 of an expander, inputs of a converter, quantities of a sensor.</param>
/// <param name="Label">The same as people write it: "A3", "ch0", "ch0-ch1", "humidity".</param>
internal sealed record ChipPoint(Address Address, int Channel, string Label)
{
    /// <summary>Full scale of an S7-200 analog value, either way.</summary>
    public const int FullScale = 32000;

    public bool IsOutput => Address.Area is Area.Q or Area.AQ;

    public bool ActiveLow { get; init; }

    public bool PullUp { get; init; }

    public TimeSpan Every { get; init; }

    /// <summary>What the converter can measure, in volts: chooses its gain.</summary>
    public double Range { get; init; }

    /// <summary>What means 0, in the channel's own unit; nothing for a bipolar channel, whose 0 is 0.</summary>
    public double From { get; init; }

    /// <summary>What means 32000.</summary>
    public double To { get; init; }

    public bool Bipolar { get; init; }

    /// <summary>Null: in STOP as the image has it, 0 at the end.</summary>
    public SafeOutput? Safe { get; init; }

    /// <summary>Reads 0 while the chip is away, where others keep the last reading.</summary>
    public bool ZeroOnFault { get; init; }

    /// <summary>A reading as the process image holds it.</summary>
    /// <remarks>
    /// Twelve bits, left-justified: a unipolar value moves in steps of 8, a bipolar one of 16 (S7-200 System Manual, figure A-16 and its tip).
    /// What lies outside stays at the end of the scale.
    /// </remarks>
    public uint Encode(double reading)
    {
        if (Address.IsBit)
            return reading != 0 ? 1u : 0u;
        if (!Bipolar)
            return ValueSignal.Encode(Address, Math.Clamp((reading - From) / (To - From), 0, 1) * FullScale);
        return ValueSignal.Encode(Address, reading / To * FullScale) & ~15u;
    }

    /// <summary>What the image holds for an output: 0 or 1, or 0..32000.</summary>
    public int Decode(uint value) => Address.IsBit ? (int)value : Math.Clamp((int)(short)value, 0, FullScale);
}
