namespace Conpot.Pi.Config;

internal enum ValueKind
{
    Text,
    Integer,
    Number,
    Flag,
    Time,
    Array,
    Table,
}

/// <summary>One value as it stands in a file or in a --set.</summary>
internal sealed class ConfigValue(Place place, ValueKind kind, string text) : ConfigNode(place)
{
    public ValueKind Kind { get; } = kind;

    /// <summary>Of a string its content, of anything else how it was written.</summary>
    public string Text { get; } = text;

    public long Integer { get; init; }

    public double Number { get; init; }

    public bool Flag { get; init; }

    public IReadOnlyList<ConfigValue> Items { get; init; } = [];

    /// <summary>A shell eats quotes, so a --set of 12345 may well mean the text.</summary>
    public bool IsFromCommandLine { get; init; }

    public bool MayBeText => Kind == ValueKind.Text || IsFromCommandLine && Kind is not (ValueKind.Array or ValueKind.Table);

    /// <summary>"a string ("502")"</summary>
    public string Description => Kind switch
    {
        ValueKind.Text => $"a string ({Shown.Quoted(Text)})",
        ValueKind.Integer => $"a whole number ({Shown.Plain(Text)})",
        ValueKind.Number => $"a number ({Shown.Plain(Text)})",
        ValueKind.Flag => $"a flag ({Text})",
        ValueKind.Time => $"a date or time ({Shown.Plain(Text)})",
        ValueKind.Array => "an array",
        _ => "a section",
    };
}
