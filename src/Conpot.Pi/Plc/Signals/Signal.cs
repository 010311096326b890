namespace Conpot.Pi.Plc.Signals;

/// <summary>One line of [io]: what drives an address. The scan asks it once and in order.</summary>
internal abstract class Signal(Address target)
{
    public Address Target { get; } = target;

    /// <summary>Inputs go on in STOP, as the field does; all else is program.</summary>
    public bool IsInput => Target.Area is Area.I or Area.AI;

    /// <summary>Computes and writes; called under the image's lock.</summary>
    public abstract void Scan(ProcessImage image, in ScanMoment moment);
}

/// <summary>Left to the network: takes a line of the profile away without putting another there.</summary>
internal sealed class Free(Address target) : Signal(target)
{
    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
    }
}

/// <summary>A signal that owns a bit: what the network wrote there lasts until the next scan.</summary>
internal abstract class BitSignal(Address target) : Signal(target)
{
    public override void Scan(ProcessImage image, in ScanMoment moment) => image[Target] = Value(image, moment);

    protected abstract bool Value(ProcessImage image, in ScanMoment moment);
}

/// <summary>A signal that owns a byte, a word or a double word.</summary>
internal abstract class ValueSignal(Address target) : Signal(target)
{
    /// <summary>So many counts at most, either way; set while the line is read.</summary>
    public (double Amplitude, ulong Seed) Noise { get; set; }

    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
        var value = Value(image, moment);
        if (Noise.Amplitude > 0)
        {
            var noisy = value + Noise.Amplitude * Waveform.Noise(Noise.Seed, moment.Time);
            // A unipolar input reads zero at the least, so noise on an idle 0..20 mA loop is cut there.
            value = Target.Area == Area.AI && value >= 0 ? Math.Max(0, noisy) : noisy;
        }
        image.Write(Target, Encode(Target, value));
    }

    /// <summary>The number as the address can hold it.</summary>
    /// <remarks>
    /// An EM 231 converts to 12 bits, left-justified in the word: the three lowest bits are zero and the value moves in steps of eight
    /// (S7-200 System Manual, figure A-16 and its tip). Full scale is 32000 either way.
    /// </remarks>
    public static uint Encode(Address target, double value)
    {
        var (lowest, highest) = Limits(target);
        var whole = (long)Math.Round(Math.Clamp(value, lowest, highest));
        return unchecked((uint)(target.Area == Area.AI ? whole & ~7L : whole));
    }

    /// <summary>What an address can hold, signed or unsigned.</summary>
    public static (double Lowest, double Highest) Limits(Address target) => target switch
    {
        { Area: Area.AI or Area.AQ } => (-32000, 32000),
        { Width: Width.Byte } => (0, byte.MaxValue),
        { Width: Width.Word } => (short.MinValue, ushort.MaxValue),
        _ => (int.MinValue, uint.MaxValue),
    };

    protected abstract double Value(ProcessImage image, in ScanMoment moment);
}
