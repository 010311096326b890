namespace Conpot.Pi.Plc.Signals;

/// <summary>"on", "off".</summary>
internal sealed class ConstantBit(Address target, bool value) : BitSignal(target)
{
    protected override bool Value(ProcessImage image, in ScanMoment moment) => value;
}

/// <summary>"square period 20s duty 30%".</summary>
internal sealed class Square(Address target, double period, double duty) : BitSignal(target)
{
    protected override bool Value(ProcessImage image, in ScanMoment moment) => Waveform.Square(moment.Time, period, duty);
}

/// <summary>"sometimes every 3h for 90s".</summary>
internal sealed class Sometimes(Address target, ulong seed, double every, double lasting) : BitSignal(target)
{
    protected override bool Value(ProcessImage image, in ScanMoment moment) => Waveform.Sometimes(seed, moment.Time, every, lasting);
}

/// <summary>"follow Q0.0 on 1.5s off 0.5s": a contactor's feedback, a limit switch.</summary>
internal sealed class Follow(Address target, Address source, double onDelay, double offDelay) : BitSignal(target)
{
    private bool _output;
    private double _waited;

    protected override bool Value(ProcessImage image, in ScanMoment moment)
    {
        (_output, _waited) = Plant.Follow(_output, _waited, image[source], moment.Step, onDelay, offDelay);
        return _output;
    }
}

/// <summary>"above AIW0 27200 hysteresis 320", "below AIW0 6400": a float switch, a limit value.</summary>
internal sealed class Threshold(Address target, bool above, Operand value, Operand limit, double hysteresis) : BitSignal(target)
{
    private bool _on;

    protected override bool Value(ProcessImage image, in ScanMoment moment)
    {
        var (now, at) = (value.Value(image), limit.Value(image));
        return _on = above ? Plant.Above(_on, now, at, hysteresis) : Plant.Below(_on, now, at, hysteresis);
    }
}

/// <summary>"any I0.1 I0.2", "all I0.0 I0.4": one network of the ladder.</summary>
internal sealed class Contacts(Address target, bool any, Address[] contacts) : BitSignal(target)
{
    protected override bool Value(ProcessImage image, in ScanMoment moment)
    {
        foreach (var contact in contacts)
        {
            if (image[contact] == any)
                return any;
        }
        return !any;
    }
}

/// <summary>
/// "two-point AIW0 on-below VW10 off-above VW12": sets and resets beyond its thresholds only, so that between them a coil keeps what somebody
/// wrote, as with S and R in a ladder.
/// </summary>
internal sealed class TwoPoint(Address target, Operand value, bool onBelow, Operand on, Operand off) : Signal(target)
{
    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
        var now = value.Value(image);
        var (onAt, offAt) = (on.Value(image), off.Value(image));
        // Off comes last and wins, as R does in a ladder: with setpoints the wrong way round the pump stays off.
        if (onBelow ? now > offAt : now < offAt)
            image[Target] = false;
        else if (onBelow ? now < onAt : now > onAt)
            image[Target] = true;
    }
}

/// <summary>"schedule period 15m duty 70%": switches at its times only; in between the coil keeps what somebody wrote.</summary>
internal sealed class Schedule(Address target, double period, double duty) : Signal(target)
{
    private bool? _last;

    public override void Scan(ProcessImage image, in ScanMoment moment)
    {
        var now = Waveform.Square(moment.Time, period, duty);
        if (now != _last)
            image[Target] = now;
        _last = now;
    }
}
