using Conpot.Pi.Plc.Signals;

namespace Conpot.Pi.Plc;

/// <summary>All lines of [io], in the order of a scan: inputs first, then the program; and the values of [initial].</summary>
internal sealed class IoProgram(IEnumerable<Signal> signals, IEnumerable<KeyValuePair<Address, uint>>? initial = null)
{
    public static readonly IoProgram Empty = new([]);

    private readonly Signal[] _signals = [.. signals.Where(s => s is not Free).OrderBy(s => s.IsInput ? 0 : 1)];
    private readonly KeyValuePair<Address, uint>[] _initial = [.. initial ?? []];

    public IReadOnlyList<Signal> Signals => _signals;

    /// <summary>Writes the [initial] values; once, at power-up.</summary>
    public void PowerUp(ProcessImage image)
    {
        foreach (var (address, value) in _initial)
            image.Write(address, value);
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
