using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Plc;

/// <summary>All lines of [io], in the order of a scan: inputs first, then the program; and the values of [initial].</summary>
internal sealed class IoProgram(IEnumerable<Signal> signals, IEnumerable<InitialValue>? initial = null)
{
    public static readonly IoProgram Empty = new([]);

    private readonly Signal[] _signals = [.. signals.Where(s => s is not Free).OrderBy(s => s.IsInput ? 0 : 1)];
    private readonly InitialValue[] _initial = [.. initial ?? []];

    public IReadOnlyList<Signal> Signals => _signals;

    /// <summary>Writes the [initial] values; once, at power-up.</summary>
    /// <param name="time">Seconds since 1970: counters have come so far by then.</param>
    public void PowerUp(ProcessImage image, double time)
    {
        foreach (var initial in _initial)
            image.Write(initial.Address, initial.At(time));
    }

    public void Scan(ProcessImage image, OperatingMode mode, in ScanMoment moment)
    {
        foreach (var signal in _signals)
        {
            if (mode == OperatingMode.Run || signal.IsInput)
                signal.Scan(image, moment);
        }
    }
}
