using System.Diagnostics.CodeAnalysis;
using Conpot.Pi.Config;
using Conpot.Pi.Plc.Signals;
using Conpot.Pi.Plc.Stl;

namespace Conpot.Pi.Plc;

/// <summary>Reads [io] and [initial]: the user's lines first, then those of the profile that they leave room for.</summary>
internal sealed class IoConfig(DeviceSeed seed, int vMemory, IIoLines? hardware = null)
{
    private readonly List<(Signal Signal, bool Own)> _signals = [];
    private readonly List<Signal> _displaced = [];
    private readonly List<InitialValue> _initial = [];
    private readonly List<AddressRange> _owned = [];

    /// <param name="own">The root of the user's file.</param>
    /// <param name="profile">The root of the profile's.</param>
    /// <param name="hardware">Takes the lines that name real hardware; null where there is none.</param>
    /// <param name="program">What the statement list is, and whether it is the profile's.</param>
    public static IoProgram Read(
        ConfigSection own, ConfigSection profile, DeviceSeed seed, int vMemory, IIoLines? hardware = null, (StlProgram? List, bool IsProfiles) program = default)
    {
        var reader = new IoConfig(seed, vMemory, hardware);
        reader.ReadHardware(own.Section("io"));
        reader.ReadSignals(own.Section("io"), isOwn: true);
        reader.ReadSignals(profile.Section("io"), isOwn: false);
        // The profile's first: a later value goes over an earlier one, and the user has the last word.
        reader.ReadInitial(profile.Section("initial"), isOwn: false);
        reader.ReadInitial(own.Section("initial"), isOwn: true);
        // The profile's program gives way to the user's lines as the profile's lines do; a program of his own has the last word.
        bool IsException((Signal Signal, bool Own) line) => program is { List: not null, IsProfiles: true } && line is { Own: true, Signal.IsInput: false };
        return new IoProgram(
            reader._signals.Where(line => !IsException(line)).Select(line => line.Signal),
            reader._initial,
            program.List,
            reader._signals.Where(IsException).Select(line => line.Signal),
            reader._displaced);
    }

    /// <summary>One line of [io], without its neighbours.</summary>
    public bool TryParseLine(string key, string text, [NotNullWhen(true)] out Signal? signal, out string problem)
    {
        signal = null;
        if (!TryTarget(key, out var target, out problem))
            return false;
        if (target.Area == Area.SM)
        {
            problem = $"{target} belongs to the CPU itself; drive an M or V address instead";
            return false;
        }
        return SignalGrammar.TryParse(text, target, vMemory, seed.For($"io {target}"), out signal, out problem);
    }

    /// <summary>
    /// "9600", "on", or "8000..22000": a value of the range that is this device's own, with "step 100" a round one; "+ 35 per day" behind any of
    /// these is a counter that has gone on since the beginning of 2026.
    /// </summary>
    public bool TryParseInitial(string key, string text, [NotNullWhen(true)] out InitialValue[]? values, out string problem)
    {
        values = null;
        if (!AddressRange.TryParse(key, out var range, out problem) || !TryTarget(range.Last.ToString(), out _, out problem))
            return false;
        var words = new SignalWords(text.Trim() switch { "on" or "true" => "1", "off" or "false" => "0", var other => other }, vMemory);
        var (from, to) = words.Peek.Contains("..", StringComparison.Ordinal) ? words.Range(range.First) : Same(words.Number());
        var step = words.Take("step") ? words.Number() : 1;
        if (step < 1 || step != Math.Floor(step))
            words.Fail("the step is a whole number from 1 on");
        var perDay = words.Take("+") ? PerDay(words, range.Width) : 0;
        words.End();
        var (lowest, highest) = range.Width == Width.Bit ? (0, 1) : ValueSignal.Limits(range.First);
        if (Math.Min(from, to) < lowest || Math.Max(from, to) > highest)
            words.Fail($"{range.First} holds {lowest:0}..{highest:0}");
        problem = words.Problem is null ? "" : $"{words.Problem}; write for example \"9600\", \"8000..22000\", \"8000..9000 step 100\", \"8000..22000 + 35 per day\" or \"on\"";
        if (words.Problem is not null)
            return false;
        values = new InitialValue[range.Count];
        var stream = seed.Stream($"initial {range}");
        for (var i = 0; i < values.Length; i++)
        {
            var steps = Math.Floor(Math.Abs(to - from) / step) + 1;
            var value = Math.Floor(Math.Min(from, to) + Math.Floor(stream.NextDouble() * steps) * step);
            values[i] = new(range[i], unchecked((uint)(long)value), perDay);
        }
        return true;
    }

    private static double PerDay(SignalWords words, Width width)
    {
        var number = words.Number();
        words.Expect("per");
        words.Expect("day");
        if (width == Width.Bit)
            words.Fail("a bit does not count");
        if (number is < 0 or > 1_000_000)
            words.Fail("a counter gains 0 to 1000000 per day");
        return number;
    }

    private static (double From, double To) Same(double number) => (number, number);

    private bool TryTarget(string key, out Address target, out string problem)
    {
        if (!Address.TryParse(key, out target, out problem))
            return false;
        if (!MemoryMap.Fits(target, vMemory))
            problem = $"{target} is beyond the V memory of this CPU (VB0..VB{vMemory - 1})";
        return problem.Length == 0;
    }

    /// <summary>The lines that name hardware; an input belongs to its pin alone, an output is shown by it and driven by whoever drives it.</summary>
    private void ReadHardware(ConfigSection section)
    {
        if (hardware is null)
            return;
        foreach (var key in section.Keys.Where(key => IsHardware(section, key)))
        {
            _ = section.Parsed<string?>(key, null, (string text, [NotNullWhen(true)] out string? parsed, out string problem) =>
            {
                parsed = text;
                if (!AddressRange.TryParse(key, out var target, out problem) || !hardware.TryAdd(target, text, out problem))
                    return false;
                if (target.Area is Area.I or Area.AI)
                    _owned.Add(target);
                return true;
            });
        }
    }

    private bool IsHardware(ConfigSection section, string key) =>
        hardware is not null && section.Peek(key) is { } text && hardware.Words.Contains(FirstWord(text), StringComparer.OrdinalIgnoreCase);

    private static string FirstWord(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries) is [var word, ..] ? word : "";

    /// <summary>Null for a signal; a chip of another kind or a slip of the pen is told as what it was meant to be.</summary>
    private string? NeitherNor(string text)
    {
        var word = FirstWord(text);
        if (hardware is null || SignalGrammar.Knows(word))
            return null;
        var near = NearestName.Find(word, hardware.Words.Concat(SignalGrammar.Names));
        return $"'{word}' is neither hardware nor a signal of this version; "
            + (near is null ? $"hardware is: {string.Join(", ", hardware.Words)}; signals are: {string.Join(", ", SignalGrammar.Names)}" : $"did you mean '{near}'?");
    }

    private void ReadSignals(ConfigSection section, bool isOwn)
    {
        foreach (var key in section.Keys)
        {
            if (isOwn && IsHardware(section, key))
                continue;
            var signal = section.Parsed<Signal?>(key, null, (string text, [NotNullWhen(true)] out Signal? parsed, out string problem) =>
            {
                parsed = null;
                problem = NeitherNor(text) ?? "";
                return problem.Length == 0 && TryParseLine(key, text, out parsed, out problem);
            });
            if (signal is null)
                continue;
            if (_owned.FirstOrDefault(owned => owned.Overlaps(AddressRange.Of(signal.Target, 1))) is { Count: > 0 } pin)
            {
                if (isOwn)
                    section.Error(key, $"{signal.Target} is a real input already (the line \"{pin}\"); keep one of the two");
                else
                    _displaced.Add(signal); // the profile's line gives way
                continue;
            }
            var other = _signals.FirstOrDefault(line => line.Signal.Target.Overlaps(signal.Target));
            if (other.Signal is null)
                _signals.Add((signal, isOwn));
            else if (other.Own == isOwn)
                section.Error(key, $"{signal.Target} is driven by the line \"{other.Signal.Target}\" already; keep one of the two");
            // Else the user has taken the address: the profile's line gives way.
        }
    }

    /// <summary>Every bit of it belongs to a pin.</summary>
    private bool IsOwned(Address address)
    {
        var bits = address.IsBit ? [address] : Enumerable.Range(address.BitIndex, 8 * address.Bytes).Select(bit => Address.BitAt(address.Area, bit));
        return bits.All(bit => _owned.Exists(owned => owned.Overlaps(AddressRange.Of(bit, 1))));
    }

    private void ReadInitial(ConfigSection section, bool isOwn)
    {
        foreach (var key in section.Keys)
        {
            var values = section.Parsed<InitialValue[]>(key, [], (string text, [NotNullWhen(true)] out InitialValue[]? parsed, out string problem) =>
                TryParseInitial(key, text, out parsed, out problem));
            if (isOwn && values.Length > 0 && values.All(v => IsOwned(v.Address)))
                section.Error(key, $"{key} is a real input, which no initial value stays in; remove the line");
            _initial.AddRange(values);
        }
    }
}
