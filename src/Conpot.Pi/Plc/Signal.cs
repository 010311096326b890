namespace Conpot.Pi.Plc;

/// <summary>One line of [io]: what drives an address. The scan asks it once and in order.</summary>
internal abstract class Signal(Address target)
{
    public Address Target { get; } = target;

    /// <summary>Inputs go on in STOP, as the field does; all else is program.</summary>
    public bool IsInput => Target.Area is Area.I or Area.AI;

    /// <summary>Computes and writes; called under the image's lock.</summary>
    public abstract void Scan(ProcessImage image, in ScanMoment moment);
}
