using Conpot.Pi.Plc.Signals;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Plc;

/// <summary>What a scan does, in its order: the inputs of [io], its other lines, the statement list; and the values of [initial].</summary>
/// <param name="program">The statement list, which has the last word; null when there is none.</param>
/// <param name="exceptions">Lines that come behind the statement list: those of a user who did not bring his own program beside them.</param>
/// <param name="displaced">
/// What the profile had in the place of real inputs. In the past that is made up at power-up nobody can have wired anything: without these a plant
/// with its emergency stop at 0 for hours would be the one that the first scan finds.
/// </param>
internal sealed class IoProgram(
    IEnumerable<Signal> signals, IEnumerable<InitialValue>? initial = null, StlProgram? program = null, IEnumerable<Signal>? exceptions = null, IEnumerable<Signal>? displaced = null)
{
    public static readonly IoProgram Empty = new([]);

    private readonly Signal[] _signals = [.. signals.Where(s => s is not Free).OrderBy(s => s.IsInput ? 0 : 1)];
    private readonly Signal[] _past = [.. (displaced ?? []).Where(s => s is not Free)];
    private readonly InitialValue[] _initial = [.. initial ?? []];
    private readonly StlMachine? _machine = program is null ? null : new StlMachine(program);
    private readonly Signal[] _exceptions = [.. (exceptions ?? []).Where(s => s is not Free)];

    /// <summary>What the program does to these is undone: they are left to the network.</summary>
    private readonly Address[] _free = [.. (exceptions ?? []).OfType<Free>().Select(s => s.Target)];
    private readonly uint[] _before = new uint[(exceptions ?? []).OfType<Free>().Count()];

    public StlProgram? Program => program;

    /// <summary>Writes the [initial] values; once, at power-up.</summary>
    /// <param name="time">Seconds since 1970: counters have come so far by then.</param>
    public void PowerUp(ProcessImage image, double time)
    {
        foreach (var initial in _initial)
            image.Write(initial.Address, initial.At(time));
        EnterRun(image);
    }

    /// <summary>From STOP to RUN.</summary>
    public void EnterRun(ProcessImage image) => _machine?.EnterRun(image);

    /// <summary>A scan of the time before power-up.</summary>
    public ProgramEnd ScanPast(ProcessImage image, in ScanMoment moment)
    {
        foreach (var signal in _past)
            signal.Scan(image, moment);
        return Scan(image, OperatingMode.Run, moment);
    }

    public ProgramEnd Scan(ProcessImage image, OperatingMode mode, in ScanMoment moment)
    {
        foreach (var signal in _signals)
        {
            if (mode == OperatingMode.Run || signal.IsInput)
                signal.Scan(image, moment);
        }
        if (mode != OperatingMode.Run)
            return ProgramEnd.Complete;
        for (var i = 0; i < _free.Length; i++)
            _before[i] = image.Read(_free[i]);
        var end = _machine?.Scan(image, moment) ?? ProgramEnd.Complete;
        for (var i = 0; i < _free.Length; i++)
            image.Write(_free[i], _before[i]);
        foreach (var signal in _exceptions)
            signal.Scan(image, moment);
        return end;
    }
}
