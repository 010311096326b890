namespace Conpot.Pi.Plc.Signals;

/// <summary>"constant 1234", "1234".</summary>
internal sealed class ConstantValue(Address target, double value) : ValueSignal(target)
{
    protected override double Value(ProcessImage image, in ScanMoment moment) => value;
}

/// <summary>"ramp 0..32000 period 10m".</summary>
internal sealed class Ramp(Address target, double from, double to, double period) : ValueSignal(target)
{
    protected override double Value(ProcessImage image, in ScanMoment moment) => Waveform.Ramp(moment.Time, from, to, period);
}

/// <summary>"sine 0..32000 period 60s".</summary>
internal sealed class Sine(Address target, double from, double to, double period) : ValueSignal(target)
{
    protected override double Value(ProcessImage image, in ScanMoment moment) => Waveform.Sine(moment.Time, from, to, period);
}

/// <summary>"walk 9000..11000 step 30s".</summary>
internal sealed class Walk(Address target, ulong seed, double from, double to, double step) : ValueSignal(target)
{
    protected override double Value(ProcessImage image, in ScanMoment moment) => Waveform.Walk(seed, moment.Time, from, to, step);
}

/// <summary>"tank 0..32000 fill Q0.0 180s drain Q0.1 420s start 60%".</summary>
internal sealed class Tank(Address target, double from, double to, Address fill, double fillTime, Address drain, double drainTime, double start) : ValueSignal(target)
{
    private double _level = start;

    protected override double Value(ProcessImage image, in ScanMoment moment)
    {
        _level = Plant.Tank(_level, moment.Step, image[fill], fillTime, image[drain], drainTime);
        return from + (to - from) * _level;
    }
}

/// <summary>"lag Q0.0 0..13500 tau 4s": rests at the first value while the bit is off, at the second while it is on.</summary>
internal sealed class Lag(Address target, Address source, double from, double to, double tau) : ValueSignal(target)
{
    private double? _state;

    protected override double Value(ProcessImage image, in ScanMoment moment) =>
        (_state = Plant.Lag(_state ?? from, image[source] ? to : from, moment.Step, tau)).Value;
}

/// <summary>"scale AIW0 0..32000 to 0..1000".</summary>
internal sealed class Scale(Address target, Operand value, double from, double to, double newFrom, double newTo) : ValueSignal(target)
{
    protected override double Value(ProcessImage image, in ScanMoment moment) => Plant.Scale(value.Value(image), from, to, newFrom, newTo);
}

/// <summary>"count I0.0": adds one to whatever stands there when the bit comes on.</summary>
internal sealed class Count(Address target, Address source) : Signal(target)
{
    private bool? _last;

    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
        var now = image[source];
        if (now && _last == false)
            image.Write(Target, unchecked(image.Read(Target) + 1));
        _last = now;
    }
}

/// <summary>"runtime I0.0 per 1h": adds one to whatever stands there for each such time that the bit was on.</summary>
internal sealed class Runtime(Address target, Address source, double per) : Signal(target)
{
    private double _run;

    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
        if (!image[source])
            return;
        _run += moment.Step;
        if (_run < per)
            return;
        _run -= per;
        image.Write(Target, unchecked(image.Read(Target) + 1));
    }
}
