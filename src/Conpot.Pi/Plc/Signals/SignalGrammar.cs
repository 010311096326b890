using System.Diagnostics.CodeAnalysis;

namespace Conpot.Pi.Plc.Signals;

/// <summary>The right-hand sides of [io]: the table of what this version can do, and how each is written. "noise 16" may follow whatever computes a number; a time may be a range, "200s..280s", of which each device has its own.</summary>
internal static class SignalGrammar
{
    private delegate Signal Build(SignalWords words, Address target, ulong seed);

    private sealed record Kind(string Name, bool ForBits, string Example, Build Build);

    private static readonly Kind[] s_kinds =
    [
        new("constant", false, "constant 1234", static (w, t, _) => new ConstantValue(t, Value(w, t))),
        new("ramp", false, "ramp 0..32000 period 10m", ReadRamp),
        new("sine", false, "sine 0..32000 period 60s", ReadSine),
        new("walk", false, "walk 9000..11000 step 30s", ReadWalk),
        new("tank", false, "tank 0..32000 fill Q0.0 180s drain Q0.1 420s start 60%", ReadTank),
        new("lag", false, "lag Q0.0 0..13500 tau 4s", ReadLag),
        new("scale", false, "scale AIW0 0..32000 to 0..1000", ReadScale),
        new("count", false, "count I0.0", static (w, t, _) => new Count(t, w.Bit())),
        new("runtime", false, "runtime I0.0 per 1h", ReadRuntime),
        new("on", true, "on", static (_, t, _) => new ConstantBit(t, true)),
        new("off", true, "off", static (_, t, _) => new ConstantBit(t, false)),
        new("square", true, "square period 20s duty 30%", static (w, t, _) => ReadClock(w, (period, duty) => new Square(t, period, duty))),
        new("sometimes", true, "sometimes every 3h for 90s", ReadSometimes),
        new("follow", true, "follow Q0.0 on 1.5s off 0.5s", ReadFollow),
        new("above", true, "above AIW0 27200 hysteresis 320", static (w, t, _) => ReadThreshold(w, t, above: true)),
        new("below", true, "below AIW0 6400 hysteresis 320", static (w, t, _) => ReadThreshold(w, t, above: false)),
        new("any", true, "any I0.1 I0.2", static (w, t, _) => ReadContacts(w, t, any: true)),
        new("all", true, "all I0.0 I0.4", static (w, t, _) => ReadContacts(w, t, any: false)),
        new("two-point", true, "two-point AIW0 on-below VW10 off-above VW12", ReadTwoPoint),
        new("schedule", true, "schedule period 15m duty 70%", static (w, t, _) => ReadClock(w, (period, duty) => new Schedule(t, period, duty))),
    ];

    /// <summary>"constant, ramp, sine ...": what can stand behind a bit, or behind a number.</summary>
    public static string Kinds(bool forBits) => string.Join(", ", s_kinds.Where(k => k.ForBits == forBits).Select(k => k.Name));

    /// <summary>Whether a line that begins so is a signal, right or wrong.</summary>
    public static bool Knows(string word) =>
        word.Length == 0 || char.IsAsciiDigit(word[0]) || word[0] is '-' or '+' || Names.Contains(word, StringComparer.OrdinalIgnoreCase);

    /// <summary>Every first word.</summary>
    public static IEnumerable<string> Names => s_kinds.Select(kind => kind.Name).Concat(["free", "true", "false"]);

    /// <param name="seed">Differs from line to line, so that no two walks are alike.</param>
    public static bool TryParse(string text, Address target, int vMemory, ulong seed, [NotNullWhen(true)] out Signal? value, out string problem)
    {
        value = null;
        var words = new SignalWords(text, vMemory, seed);
        if (words.Take("free"))
        {
            words.End();
            value = words.Problem is null ? new Free(target) : null;
            problem = value is not null ? "" : "'free' stands alone: it leaves the address to the network";
            return value is not null;
        }
        var kind = Find(words, target);
        if (kind is null)
        {
            problem = words.AtEnd
                ? $"what drives {target} is missing; write one of: {Kinds(target.IsBit)}, free"
                : Unknown(words.Peek, target);
            return false;
        }
        if (kind.ForBits != target.IsBit)
        {
            problem = target.IsBit
                ? $"'{kind.Name}' gives a number, and {target} is a bit; a bit can have: {Kinds(forBits: true)}"
                : $"'{kind.Name}' gives a bit, and {target} is not one; a number can have: {Kinds(forBits: false)}";
            return false;
        }
        value = kind.Build(words, target, seed);
        // The noise of a walk must not be cut from the walk's own cloth.
        if (value is ValueSignal analog && words.Take("noise"))
            analog.Noise = (Amplitude(words), SplitMix64.Mix(~seed));
        words.End();
        problem = words.Problem is null ? "" : $"{words.Problem}; write for example \"{kind.Example}\"";
        if (words.Problem is not null)
            value = null;
        return value is not null;
    }

    /// <summary>The kind that the first words name. A number alone is a constant; a bit has many names for on and off.</summary>
    private static Kind? Find(SignalWords words, Address target)
    {
        if (target.IsBit)
        {
            var constant = words.Take("constant");
            if (words.Take("on") || words.Take("true") || words.Take("1"))
                return Named("on");
            if (words.Take("off") || words.Take("false") || words.Take("0"))
                return Named("off");
            if (constant)
                words.Fail(words.AtEnd ? "on or off is missing at the end" : $"'{words.Peek}' is neither on nor off");
            if (constant)
                return Named("on");
        }
        else if (words.Peek.Length > 0 && (char.IsAsciiDigit(words.Peek[0]) || words.Peek[0] is '-' or '+'))
        {
            return Named("constant");
        }
        return s_kinds.FirstOrDefault(kind => words.Take(kind.Name));
    }

    private static Kind Named(string name) => s_kinds.First(kind => kind.Name == name);

    private static string Unknown(string word, Address target) => $"'{word}' is not a signal in this version; {target} can have: {Kinds(target.IsBit)}, free";

    private static double Value(SignalWords words, Address target)
    {
        var number = words.Number();
        var (lowest, highest) = ValueSignal.Limits(target);
        if (number < lowest || number > highest)
            words.Fail($"{target} holds {lowest:0}..{highest:0}");
        return number;
    }

    private static double Amplitude(SignalWords words)
    {
        var number = words.Number();
        if (number is < 0 or > 32000)
            words.Fail("noise is 0 to 32000 counts");
        return number;
    }

    private static double After(SignalWords words, string word)
    {
        words.Expect(word);
        return words.Seconds();
    }

    private static Ramp ReadRamp(SignalWords words, Address target, ulong seed)
    {
        var (from, to) = words.Range(target);
        return new Ramp(target, from, to, After(words, "period"));
    }

    private static Sine ReadSine(SignalWords words, Address target, ulong seed)
    {
        var (from, to) = words.Range(target);
        return new Sine(target, from, to, After(words, "period"));
    }

    private static Walk ReadWalk(SignalWords words, Address target, ulong seed)
    {
        var (from, to) = words.Range(target);
        return new Walk(target, seed, from, to, After(words, "step"));
    }

    private static Tank ReadTank(SignalWords words, Address target, ulong seed)
    {
        var (from, to) = words.Range(target);
        words.Expect("fill");
        var (fill, fillTime) = (words.Bit(), words.Seconds());
        words.Expect("drain");
        var (drain, drainTime) = (words.Bit(), words.Seconds());
        var start = words.Take("start") ? words.Percent() : 0.5;
        return new Tank(target, from, to, fill, fillTime, drain, drainTime, start);
    }

    private static Lag ReadLag(SignalWords words, Address target, ulong seed)
    {
        var source = words.Bit();
        var (from, to) = words.Range(target);
        return new Lag(target, source, from, to, After(words, "tau"));
    }

    private static Scale ReadScale(SignalWords words, Address target, ulong seed)
    {
        var source = words.Place();
        var (from, to) = words.Range();
        words.Expect("to");
        var (newFrom, newTo) = words.Range(target);
        return new Scale(target, source, from, to, newFrom, newTo);
    }

    private static Runtime ReadRuntime(SignalWords words, Address target, ulong seed)
    {
        var source = words.Bit();
        return new Runtime(target, source, After(words, "per"));
    }

    private static Sometimes ReadSometimes(SignalWords words, Address target, ulong seed)
    {
        var every = After(words, "every");
        var lasting = After(words, "for");
        if (lasting >= every)
            words.Fail("the time after 'for' is not shorter than the one after 'every'");
        return new Sometimes(target, seed, every, lasting);
    }

    private static Follow ReadFollow(SignalWords words, Address target, ulong seed)
    {
        var source = words.Bit();
        var onDelay = words.Take("on") ? words.Seconds() : 0;
        var offDelay = words.Take("off") ? words.Seconds() : 0;
        return new Follow(target, source, onDelay, offDelay);
    }

    private static Threshold ReadThreshold(SignalWords words, Address target, bool above)
    {
        var (value, limit) = (words.Place(), words.Operand());
        var hysteresis = words.Take("hysteresis") ? words.Number() : 0;
        if (hysteresis < 0)
            words.Fail("the hysteresis is negative");
        return new Threshold(target, above, value, limit, hysteresis);
    }

    private static Contacts ReadContacts(SignalWords words, Address target, bool any)
    {
        List<Address> contacts = [words.Bit()];
        while (!words.AtEnd && words.Problem is null)
            contacts.Add(words.Bit());
        return new Contacts(target, any, [.. contacts]);
    }

    private static TwoPoint ReadTwoPoint(SignalWords words, Address target, ulong seed)
    {
        var value = words.Place();
        var onBelow = !words.Take("on-above");
        if (onBelow)
            words.Expect("on-below");
        var on = words.Operand();
        words.Expect(onBelow ? "off-above" : "off-below");
        return new TwoPoint(target, value, onBelow, on, words.Operand());
    }

    private static Signal ReadClock(SignalWords words, Func<double, double, Signal> build)
    {
        var period = After(words, "period");
        var duty = words.Take("duty") ? words.Percent() : 0.5;
        return build(period, duty);
    }
}
