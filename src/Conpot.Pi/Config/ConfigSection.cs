using System.Diagnostics.CodeAnalysis;

namespace Conpot.Pi.Config;

/// <summary>Reads a text into a value, or says in <paramref name="problem"/> what is wrong and what would be right.</summary>
internal delegate bool TryParse<T>(string text, [NotNullWhen(true)] out T? value, out string problem);

/// <summary>One table of a configuration, typed: each read names a key, its default and its range, and reports mistakes with their place.</summary>
internal sealed class ConfigSection
{
    /// <summary>The user's table first, then those behind it; a table that no file holds is here as well, to remember what was asked.</summary>
    private readonly ConfigTable[] _layers;

    public ConfigSection(params ConfigTable[] layers) => _layers = layers;

    /// <summary>"modbus", "modbus.unit[2]"; empty for the root.</summary>
    public string Name => _layers[0].Name;

    /// <summary>Where mistakes go; those of a file that a setting names have places of their own.</summary>
    public ConfigErrors Errors => _layers[0].File.Errors;

    /// <summary>True when the table stands in the file (layered: in any of the files).</summary>
    public bool Exists => _layers.Any(l => l.Exists);

    /// <summary>Whether the key stands here (does not count as reading it).</summary>
    public bool Has(string key) => _layers.Any(l => l.Items.ContainsKey(key));

    /// <summary>The text at the key, or null when there is none (does not count as reading it).</summary>
    public string? Peek(string key) => _layers.Select(l => l.Items.GetValueOrDefault(key)).OfType<ConfigValue>().FirstOrDefault() is { Kind: ValueKind.Text } value ? value.Text : null;

    /// <summary>This section with <paramref name="defaults"/> (a profile's) behind it: a key missing here is read there.</summary>
    public ConfigSection Over(ConfigSection defaults) => new([.. _layers, .. defaults._layers]);

    /// <summary>The sub-table, empty when it is missing.</summary>
    public ConfigSection Section(string key)
    {
        return new ConfigSection([.. _layers.Select(Inner)]);

        ConfigTable Inner(ConfigTable layer)
        {
            var node = Ask(layer, key, Asked.Section);
            if (node is ConfigTables)
                Report(layer, node, $"{layer.Describe(key)} is a list of sections; write [{layer.PathOf(key)}], with single brackets, once");
            else if (node is ConfigValue value)
                Report(layer, node, $"{layer.Describe(key)} is {value.Description}; write [{layer.PathOf(key)}] in a line of its own and its settings below");
            return node as ConfigTable ?? layer.Missing(key);
        }
    }

    /// <summary>An array of tables, such as [[modbus.unit]]; empty when missing. Layered: this section's own if it has any, else the defaults'.</summary>
    public IReadOnlyList<ConfigSection> Sections(string key)
    {
        IReadOnlyList<ConfigSection>? sections = null;
        foreach (var layer in _layers)
        {
            var node = Ask(layer, key, Asked.Sections);
            if (node is null)
                continue;

            // An empty array is the way to say "none, whatever the profile has".
            if (node is not (ConfigTables or ConfigValue { Kind: ValueKind.Array, Items.Count: 0 }))
                Report(layer, node, $"{layer.Describe(key)} is {(node as ConfigValue)?.Description ?? "a single section"}; write [[{layer.PathOf(key)}]], with double brackets, for each one");
            sections ??= node is ConfigTables list ? [.. list.Items.Select(Handed)] : [];
        }

        return sections ?? [];

        static ConfigSection Handed(ConfigTable element)
        {
            element.IsRead = true;
            return new ConfigSection(element);
        }
    }

    /// <summary>One section or a list of them, whichever the person wrote: [webhook] or [[webhook]]; empty when missing.</summary>
    public IReadOnlyList<ConfigSection> OneOrMore(string key) =>
        _layers.Any(l => l.Items.GetValueOrDefault(key) is ConfigTables or ConfigValue { Kind: ValueKind.Array }) ? Sections(key) : Section(key) is { Exists: true } one ? [one] : [];

    /// <summary>All that stands in the section, as a text: equal texts, equal settings (does not count as reading).</summary>
    public string Print() => string.Join('\n', _layers.Select(l => Sketch.Of(l)));

    /// <summary>Every key of the section that holds a plain value ([io]: keys are addresses), layered by key; the caller reads each by name.</summary>
    public IEnumerable<string> Keys
    {
        get
        {
            foreach (var layer in _layers)
                layer.TakesAnyKey = true;
            return [.. _layers.SelectMany(l => l.Items).Where(i => i.Value is ConfigValue).Select(i => i.Key).Distinct(StringComparer.Ordinal)];
        }
    }

    /// <summary>Anything without control characters, so that no value can break a line of a log or of a reply.</summary>
    public string Text(string key, string fallback) => ReadText(key, "write it in quotes")?.Text ?? fallback;

    /// <summary>A text, or a bare whole number, which is then written out: where both mean something.</summary>
    public string TextOrNumber(string key, string fallback)
    {
        var value = Read(key, v => v.MayBeText || v.Kind == ValueKind.Integer, _ => "write a text in quotes or a whole number");
        if (value is null || !IsPrintable(key, value)) return fallback;
        return value.Kind == ValueKind.Integer ? Bounds.Show(value.Integer) : value.Text;
    }

    public bool Flag(string key, bool fallback) => Read(key, "write true or false, without quotes", ValueKind.Flag)?.Flag ?? fallback;

    public long Integer(string key, long fallback, long minimum, long maximum)
    {
        var value = Read(key, Bounds.Remedy("a whole number", minimum, maximum, Bounds.Show), ValueKind.Integer);
        return value is not null && InRange(key, value, value.Integer, minimum, maximum, Bounds.Show) ? value.Integer : fallback;
    }

    public double Number(string key, double fallback, double minimum, double maximum)
    {
        var value = Read(key, Bounds.Remedy("a number", minimum, maximum, Bounds.Show), ValueKind.Number, ValueKind.Integer);
        return value is not null && InRange(key, value, value.Number, minimum, maximum, Bounds.Show) ? value.Number : fallback;
    }

    /// <summary>"3ms", "1.5s", "5m", "12h", "7d" or "0".</summary>
    public TimeSpan Duration(string key, TimeSpan fallback, TimeSpan minimum, TimeSpan maximum)
    {
        var value = ReadDuration(key, "write a number with its unit in quotes, such as \"3ms\", \"1.5s\" or \"5m\"");
        if (value is null)
            return fallback;
        if (!Quantity.TryDuration(value.Text, out var duration, out var problem))
            return Wrong(key, value, problem, fallback);
        return InRange(key, value, duration, minimum, maximum, Quantity.Show) ? duration : fallback;
    }

    /// <summary>"3ms..6ms", or one duration for both ends, or "0".</summary>
    public (TimeSpan From, TimeSpan To) DurationRange(string key, (TimeSpan From, TimeSpan To) fallback, TimeSpan maximum)
    {
        var value = ReadDuration(key, "write one duration or two in quotes: \"3ms\" or \"3ms..6ms\"");
        if (value is null)
            return fallback;
        if (!Quantity.TryDurationRange(value.Text, out var range, out var problem))
            return Wrong(key, value, problem, fallback);
        return InRange(key, value, range.To, TimeSpan.Zero, maximum, Quantity.Show) ? range : fallback;
    }

    /// <summary>Bytes: 65536, "64KiB", "16MB", "1GiB".</summary>
    public long Size(string key, long fallback, long minimum, long maximum)
    {
        var value = Read(key, "write a number of bytes, or one with its unit in quotes, such as \"64KiB\"", ValueKind.Text, ValueKind.Integer);
        if (value is null)
            return fallback;
        var size = value.Integer;
        if (value.Kind == ValueKind.Text && !Quantity.TrySize(value.Text, out size, out var problem))
            return Wrong(key, value, problem, fallback);
        return InRange(key, value, size, minimum, maximum, Quantity.ShowSize) ? size : fallback;
    }

    public string Choice(string key, string fallback, params ReadOnlySpan<string> allowed)
    {
        var names = allowed.ToArray();
        var list = string.Join(", ", names.Select(n => $"\"{n}\""));
        var value = ReadText(key, $"write one of {list}");
        if (value is null || names.Contains(value.Text, StringComparer.Ordinal))
            return value?.Text ?? fallback;
        var hint = NearestName.Find(value.Text, names) is { } near ? $"; did you mean \"{near}\"?" : "";
        return Wrong(key, value, $"allowed: {list}{hint}", fallback);
    }

    /// <summary>A string, or an array of strings; empty when missing.</summary>
    public IReadOnlyList<string> Texts(string key) =>
        [.. Items(key, "write texts in quotes: [\"a\", \"b\"]", v => v.MayBeText).Where(v => IsPrintable(key, v)).Select(v => v.Text)];

    /// <summary>Whole numbers as an array (one alone needs no brackets); empty when missing.</summary>
    public IReadOnlyList<long> Integers(string key, long minimum, long maximum) =>
        [.. Items(key, $"{Bounds.Remedy("whole numbers", minimum, maximum, Bounds.Show)}: [1, 2]", v => v.Kind == ValueKind.Integer)
            .Where(v => InRange(key, v, v.Integer, minimum, maximum, Bounds.Show)).Select(v => v.Integer)];

    /// <summary>A string in a grammar of the caller's (an address, a signal).</summary>
    public T Parsed<T>(string key, T fallback, TryParse<T> parse)
    {
        var value = ReadText(key, "write it in quotes");
        if (value is null)
            return fallback;
        return parse(value.Text, out var parsed, out var problem) ? parsed : Wrong(key, value, problem, fallback);
    }

    /// <summary>Reports a mistake at the key's value (at the section's header when the key is missing).</summary>
    public void Error(string key, string message)
    {
        if (_layers.FirstOrDefault(l => l.Items.ContainsKey(key)) is { } owner)
        {
            // A value with a mistake was read as its default; what the default leads to is nobody's mistake.
            if (!owner.Items[key].IsFaulty)
                owner.File.Errors.Add(owner.Items[key].Place, message);
            return;
        }

        // The line that holds the key may be the one that could not be read.
        if (_layers.Any(l => l.File.IsDamaged))
            return;
        var header = _layers.FirstOrDefault(l => l.Exists);
        _layers[0].File.Errors.Add(header?.KeyPlace ?? new Place(_layers[0].File.Name, 0, 0), message);
    }

    private static ConfigNode? Ask(ConfigTable layer, string key, Asked how)
    {
        layer.AskedFor.TryAdd(key, how);
        if (layer.Items.TryGetValue(key, out var node))
            node.IsRead = true;
        return node;
    }

    /// <summary>Asks every layer, so that the key counts as known in each, and takes the first answer.</summary>
    private ConfigValue? Read(string key, Func<ConfigValue, bool> isRight, Func<ConfigValue?, string> remedy)
    {
        ConfigValue? found = null;
        var isFirst = true;
        foreach (var layer in _layers)
        {
            var node = Ask(layer, key, Asked.Value);
            if (node is null || !isFirst)
                continue;

            isFirst = false;
            var value = node as ConfigValue;
            if (value is not null && isRight(value))
                found = value;
            else
                Report(layer, node, $"{layer.Describe(key)} is {value?.Description ?? (node is ConfigTables ? "a list of sections" : "a section")}; {remedy(value)}");
        }

        return found;
    }

    private ConfigValue? Read(string key, string remedy, params ValueKind[] kinds) => Read(key, v => kinds.Contains(v.Kind), _ => remedy);

    private ConfigValue? ReadText(string key, string remedy)
    {
        var value = Read(key, v => v.MayBeText, v => v?.Text.Length > 0 && remedy.EndsWith("quotes", StringComparison.Ordinal) ? $"{remedy}: {Shown.Quoted(v.Text)}" : remedy);
        return value is not null && IsPrintable(key, value) ? value : null;
    }

    /// <summary>A bare 0 is the one number that needs no unit.</summary>
    private ConfigValue? ReadDuration(string key, string remedy) =>
        Read(key, v => v.Kind == ValueKind.Text || v is { Kind: ValueKind.Integer, Text: "0" }, _ => remedy);

    /// <summary>The elements of an array, or one value alone; those of the wrong kind are reported and left out.</summary>
    private List<ConfigValue> Items(string key, string remedy, Func<ConfigValue, bool> isRight)
    {
        var value = Read(key, v => v.Kind == ValueKind.Array || isRight(v), _ => remedy);
        if (value is not { Kind: ValueKind.Array })
            return value is null ? [] : [value];

        foreach (var item in value.Items.Where(i => !isRight(i)))
            Report(Owner(key), item, $"{Owner(key).Describe(key)} holds {item.Description}; {remedy}");
        return [.. value.Items.Where(isRight)];
    }

    private bool IsPrintable(string key, ConfigValue value)
    {
        foreach (var c in value.Text.Where(char.IsControl))
        {
            Report(Owner(key), value, $"{Owner(key).Describe(key)} holds the control character {Shown.Codepoint(c)}; remove it");
            return false;
        }

        return true;
    }

    private bool InRange<T>(string key, ConfigValue value, T number, T minimum, T maximum, Func<T, string> show)
        where T : IComparable<T>
    {
        // NaN compares as less than everything, so it is in no range.
        if (number.CompareTo(minimum) >= 0 && number.CompareTo(maximum) <= 0)
            return true;
        return Wrong(key, value, $"allowed: {Bounds.Allowed(minimum, maximum, show)}", false);
    }

    private T Wrong<T>(string key, ConfigValue value, string problem, T fallback)
    {
        var text = value.Kind == ValueKind.Text ? Shown.Quoted(value.Text) : Shown.Plain(value.Text);
        Report(Owner(key), value, $"{Owner(key).Describe(key)} is {text}; {problem}");
        return fallback;
    }

    private ConfigTable Owner(string key) => _layers.First(l => l.Items.ContainsKey(key));

    private static void Report(ConfigTable layer, ConfigNode node, string message)
    {
        node.IsFaulty = true;
        layer.File.Errors.Add(node.Place, message);
    }
}
